"""By what a program asks about a person whom it does not name: digests under a key that it got with its API key.

A program makes the subject key of each identifier that it knows of a person itself, so that no address of anybody
stands in a URL, a header or a log:

    subject key = <mark of the key>.<hex of HMAC-SHA-256(key, "<name of the identifier>:<its value>")>

The value is taken as it is, without spaces around it and with A to Z in lower case, as the house compares identifiers
everywhere. All programs of one controller have one key: a key of each program's own would mean that the identifiers
of everybody who objected have to be kept readable, so that a program that comes later can find them. No two
controllers have the same key, so that what one knows tells nothing of another's people.

The mark says which key was used. A digest under another key would never be found, and "not found" means yes here: so
it is refused instead.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from habeas.crypto.blind import BlindIndex
from habeas.errors import Refused
from habeas.sdk.subject import fold_ascii

SECRET = "subject-keys"  # noqa: S105 - the name of a secret, not one
MARK_DIGITS = 8
_DIGITS = re.compile(r"[0-9a-f]{64}")


class NoSubjectKey(Refused):
    """Says that a text is no subject key of this controller."""


@dataclass(frozen=True)
class SubjectKey:
    """The key under which one controller's people are asked about."""

    secret: bytes = field(repr=False)
    controller: str

    @property
    def _key(self) -> bytes:
        return hmac.digest(self.secret, f"subject key of {self.controller}".encode(), hashlib.sha256)

    @property
    def mark(self) -> str:
        """Tell the key from others without giving it away."""
        return hashlib.sha256(self._key).hexdigest()[:MARK_DIGITS]

    def give(self) -> str:
        """Write the key for the program that gets it: `<mark>:<64 hex digits>`."""
        return f"{self.mark}:{self._key.hex()}"

    def of(self, name: str, value: str) -> str:
        """Make the subject key of one identifier, as a program does."""
        message = f"{name}:{fold_ascii(value.strip())}"
        return f"{self.mark}.{hmac.digest(self._key, message.encode(), hashlib.sha256).hex()}"

    def find_by(self, subject: str) -> str:
        """Give by what a subject key is found in the tables; raises NoSubjectKey where it is none of this controller.

        It is blinded once more: with a program's key alone nobody can look anybody up in a stolen database.
        """
        mark, dot, digest = subject.partition(".")
        if not dot or not _DIGITS.fullmatch(digest):
            raise NoSubjectKey("a subject key is written as <mark>.<64 hex digits>")
        if mark != self.mark:
            raise NoSubjectKey("this was made with another key than this controller's: ask for the key again")
        return BlindIndex(self.secret, f"lease of {self.controller}").of(digest)

    def find_all(self, identifiers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
        """Give by what a person of these identifiers is found: one for each name and folded value."""
        found = {self.of(name, value) for name, values in identifiers.items() for value in values}
        return tuple(sorted(map(self.find_by, found)))
