"""By what somebody who was erased is recognised: keyed digests, which find them when they come back and tell nothing.

    tombstone = HMAC(the year's key, subject key)        subject key: see `habeas_fulfilment.subject_keys`

A digest cannot be made again under another key, since nobody knows any more of whom it is. So a key is not replaced
but followed: each calendar year has its own, a look-up tries those that are kept, and what a year's key has marked is
forgotten, here and in every copy, when that key is destroyed. Five to six years on nothing points to a case any more
either: the log of a case is kept as long.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from habeas.crypto.blind import BlindIndex
from habeas.crypto.keyring import Keyring
from habeas.errors import NeedsPerson
from habeas_fulfilment.subject_keys import SECRET, SubjectKey

YEARS_KEPT = 6
"""How many calendar years' tombstones are kept, this one's among them."""


@dataclass(frozen=True)
class Where:
    """From where somebody was erased: a system, and one activity of it."""

    system: str
    activity: str


def subject_key(keys: Keyring, controller: str) -> SubjectKey:
    """Give the key under which programs name one controller's people."""
    return SubjectKey(keys.secret("fulfilment", SECRET), controller)


def mark_all(keys: Keyring, controller: str, year: int, identifiers: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Give what is carved of a person in a year: one digest an identifier, in their order."""
    key = subject_key(keys, controller)
    named = sorted({key.of(name, value) for name, values in identifiers.items() for value in values})
    return tuple(_index(keys, controller, year).of(each) for each in named)


def find_by(keys: Keyring, controller: str, subject: str, years: Sequence[int]) -> tuple[str, ...]:
    """Give the digests by which a subject key is found in some years; raises NoSubjectKey where it is none of ours."""
    subject_key(keys, controller).find_by(subject)
    for year in years:
        if not keys.holds_secret("fulfilment", secret_name(year)):
            raise NeedsPerson(
                f"the key of the tombstones of {year} is lost: restore the keyring, or nobody is recognised"
            )
    return tuple(_index(keys, controller, year).of(subject) for year in years)


def is_kept(year: int, now_year: int) -> bool:
    """Say whether a year's tombstones are still kept."""
    return year > now_year - YEARS_KEPT


def secret_name(year: int) -> str:
    """Name the key of a year in the keyring."""
    return f"tombstones-{year}"


def _index(keys: Keyring, controller: str, year: int) -> BlindIndex:
    return BlindIndex(keys.secret("fulfilment", secret_name(year)), f"tombstone of {controller}")
