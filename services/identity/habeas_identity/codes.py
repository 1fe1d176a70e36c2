"""The codes that people type: short enough to copy from a mail, long enough that guessing is hopeless.

Eight of 31 letters are 39.6 bits. With five tries a code and three mails a day to one address, guessing in 10,000 cases
every day finds one in about 15,000 years.
"""

import hashlib
import hmac
import secrets

from habeas.crypto.canonical import bind

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""What a code is made of: no 0 and O, no 1, I and L, which people read as each other."""
LENGTH = 8


def make_code() -> str:
    """Make a code, as it is kept in no table."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def show_code(code: str) -> str:
    """Write a code as it stands in a mail: two groups of four."""
    return f"{code[:4]}-{code[4:]}"


def read_code(typed: str) -> str | None:
    """Read what somebody typed or pasted, in small letters or with spaces and dashes; None if it can be no code."""
    code = "".join(letter for letter in typed[:64] if letter not in " -\t\r\n\u00a0\u2010\u2011\u2012\u2013").upper()
    return code if len(code) == LENGTH and set(code) <= set(LETTERS) else None


def mark_code(
    pepper: bytes, code: str, *, challenge: str, case: str, purpose: str, channel: str, browser: str
) -> bytes:
    """Return what is kept of a code (HMAC-SHA-256, 32 bytes), bound to all that it may be used for."""
    bound = bind("habeas", "code", challenge, case, purpose, channel, browser, code)
    return hmac.digest(pepper, bound, hashlib.sha256)
