"""Agents' passwords: the way in when nothing better is at hand, and the second look before an act that destroys.

Argon2id with 19 MiB, two passes and one lane (OWASP's least, about 45 ms): a flood of guesses must not take the memory
of the machine, and the quotas of signing in are what slows a guesser down.
"""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from habeas.errors import Fault, Faults

SHORTEST, LONGEST = 12, 128
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODYS = "$argon2id$v=19$m=19456,t=2,p=1$IramwqHMQq3nbZCg3jy0bg$s6Nb+rSIeS6jP0UFPGFKJ9nTM4BIlfbNB9Z2PVLtLWs"
"""Kept for accounts that are not there, so that looking for one takes as long as trying one."""


def hash_password(password: str) -> str:
    """Return what is kept of a password; one that is too short or too long is refused."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Faults([Fault("password", f"has {len(password)} characters", f"give {SHORTEST} to {LONGEST}")])
    return _HASHER.hash(password)


def is_password(kept: str | None, password: str) -> bool:
    """Say whether a password fits; for an account that is not there it takes as long, and never fits."""
    try:
        fits = _HASHER.verify(kept or _NOBODYS, password[:LONGEST])
    except (VerificationError, InvalidHashError):
        return False
    return fits and kept is not None
