"""Passports of connectors: what was proved of one, on which day and against what, signed by whoever proved it.

A passport is a signed statement (`habeas.crypto.signing`) of one JSON object: {connector, python, system, distribution,
version, sdk, against, day, promises: {promise: passed|failed|not offered}, failed: [tests of the kit], counts: {tried,
refused, accepted, skipped}}. Whoever proves a class with the contract kit signs as `connector-NAME`; a runner that
proved its own system with a synthetic person signs as `connect-SYSTEM`, the key that its answers bear as well.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, ClassVar

from habeas.crypto.canonical import read_json, read_object, write_base64, write_json
from habeas.crypto.directory import OWNER, Directory
from habeas.crypto.signing import Signed, Signer
from habeas.errors import Refused
from habeas.vocabulary import participant_of

DAYS = 30
"""For so many days a passport is fresh, unless somebody says otherwise."""
MAX_BYTES = 256 * 1024
PASSED, FAILED, NOT_OFFERED = "passed", "failed", "not offered"
STATES = ("fresh", "stale", "failed", "none", "broken")
MOST_AGAINST = 300
COUNTS = ("tried", "refused", "accepted", "skipped")
"""Of the tests that try to break a promise: so many, withstood, not withstood; and the tests that were not run."""
_SHAPE = {
    **dict.fromkeys(("connector", "python", "system", "distribution", "version", "sdk", "against", "day"), str),
    "promises": dict,
    "failed": list,
    "counts": dict,
}


@dataclass(frozen=True)
class Passport:
    """What was proved of a connector."""

    TYPE: ClassVar[str] = "application/vnd.habeas.passport+json"
    NAME: ClassVar[str] = "the passport"

    connector: str
    python: str
    """The class, as `package.module:Class`."""
    system: str
    """The system whose own runner proved it; empty for a class that the kit proved."""
    distribution: str
    """The distribution that the class comes from, and its version; both empty if it comes from none."""
    version: str
    sdk: str
    against: str
    day: date
    promises: Mapping[str, str]
    failed: tuple[str, ...]
    counts: Mapping[str, int]

    @property
    def holds(self) -> bool:
        """Say whether every promise that is offered was kept, and something was proved at all."""
        states = self.promises.values()
        return PASSED in states and FAILED not in states and not self.failed and not self.counts["skipped"]

    @property
    def owner(self) -> str:
        """Name the one who has to have signed it, as the key directory does."""
        return participant_of(self.system) if self.system else signer_of(self.connector)


def signer_of(connector: str) -> str:
    """Name whoever proves a connector in the key directory; raises Refused for a name that cannot be one."""
    owner = f"connector-{connector}"
    if not OWNER.fullmatch(owner):
        raise Refused("a connector is named in lower-case letters, digits and hyphens")
    return owner


def sign_passport(passport: Passport, signer: Signer) -> Signed:
    """Sign a passport; that it is not this signer's to make is a bug."""
    if signer.owner != passport.owner:
        raise ValueError(f"this passport is for {passport.owner} to sign")
    value = {name: getattr(passport, name) for name in _SHAPE}
    plain = {
        "day": passport.day.isoformat(),
        "promises": dict(passport.promises),
        "failed": list(passport.failed),
        "counts": dict(passport.counts),
    }
    return signer.sign(Passport.TYPE, write_json({**value, **plain}))


def read_passport(file: Path, trust: Directory | bytes) -> Passport:
    """Read a passport and believe it; raises Refused with the reason.

    trust: the pinned keys, or the public key (32 bytes) of the one who is believed.
    """
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_BYTES + 1)
    except OSError as error:
        raise Refused(f"the passport {file.name} cannot be read ({error.strerror})") from None
    if len(data) > MAX_BYTES:
        raise Refused(f"the passport {file.name} is too long to be one")
    signed = Signed.from_json(data)
    directory = trust if isinstance(trust, Directory) else _directory_of(signed, trust)
    passport = _read(directory.verify(signed, owner=signed.owner, payload_type=Passport.TYPE))
    if passport.owner != signed.owner:
        raise Refused(f"the passport of {passport.connector} is signed by another: {signed.owner}")
    return passport


def is_stale(passport: Passport, today: date, days: int = DAYS) -> bool:
    """Say whether a passport is too old to be relied on, or from a day that has not come."""
    return bool(why_stale(passport, today, days))


def why_stale(passport: Passport, today: date, days: int = DAYS) -> str:
    """Say why a passport is not fresh; nothing if it is."""
    age = (today - passport.day).days
    if age < 0:
        return f"it says that it was proved on {passport.day}, which has not come"
    if age > days:
        return f"it was proved {age} days ago, which is more than {days}"
    return ""


def passport_fact(path: Path | None, key: Directory | bytes, today: date, days: int = DAYS) -> dict[str, Any]:
    """Tell in plain facts whether a system's connector is proved: {proved_on, against, state}.

    state: `fresh`; `stale`, proved too long ago; `failed`, a promise was not kept; `none`, there is no passport;
    `broken`, it cannot be read or is not signed by who should have. Only what was believed is told of it.
    """
    if path is None or not path.exists():
        return {"proved_on": "", "against": "", "state": "none"}
    try:
        passport = read_passport(path, key)
    except Refused:
        return {"proved_on": "", "against": "", "state": "broken"}
    state = "failed" if not passport.holds else "stale" if is_stale(passport, today, days) else "fresh"
    return {"proved_on": passport.day.isoformat(), "against": passport.against, "state": state}


def read_fact(told: Mapping[str, Any]) -> dict[str, str]:
    """Believe what a runner tells of its passport as far as it has that form; what has not is a broken passport.

    It goes into the answer that the person gets. Empty for a system that keeps no passport.
    """
    if not told:
        return {}
    day, against, state = (told.get(name) for name in ("proved_on", "against", "state"))
    texts = isinstance(against, str) and len(against) <= MOST_AGAINST and against.isprintable()
    dated = isinstance(day, str) and (day == "" or _is_day(day))
    undated = day == "" and state in ("stale", "failed", "fresh")
    if not texts or not dated or undated or state not in STATES or told.keys() - {"proved_on", "against", "state"}:
        return {"proved_on": "", "against": "", "state": "broken"}
    return {"proved_on": str(day), "against": str(against), "state": str(state)}


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def publish_key(owner: str, key_id: str, public: bytes) -> dict[str, Any]:
    """Give a public key as a key directory with one owner, for `--keys` and for pinning."""
    return {"owners": {owner: {"sign": {key_id: write_base64(public)}, "seal": {}, "revoked": []}}}


def read_keys(file: Path) -> Directory:
    """Read the public keys that were published beside passports; raises Refused."""
    try:
        return Directory.of(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise Refused(f"{file.name} is no file of public keys") from None


def _directory_of(signed: Signed, public: bytes) -> Directory:
    return Directory.of(publish_key(signed.owner, signed.key_id, public))


def _read(payload: bytes) -> Passport:
    value = read_object(read_json(payload), _SHAPE, Passport.NAME)
    counts = read_object(value["counts"], dict.fromkeys(COUNTS, int), f"the counts of {Passport.NAME}")
    if not all(state in (PASSED, FAILED, NOT_OFFERED) for state in value["promises"].values()):
        raise Refused("the passport says something else of a promise than passed, failed or not offered")
    if not all(isinstance(each, str) for each in value["failed"]) or any(each < 0 for each in counts.values()):
        raise Refused("a list or a count of the passport is not what it should be")
    try:
        day = datetime.strptime(value["day"], "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise Refused("the day of the passport does not exist in the calendar") from None
    return Passport(**{**value, "day": day, "failed": tuple(value["failed"])})
