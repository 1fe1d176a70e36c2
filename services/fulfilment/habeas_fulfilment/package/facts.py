"""What a package is made of, and what has to be true of it before a byte is written."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, BinaryIO

from habeas.errors import Fault, Faults, Refused
from habeas.vocabulary import LegalBasis, Outcome, Right
from habeas_fulfilment.package.words import LANGUAGES


class Kind(StrEnum):
    """Which of the two containers it is."""

    PACKAGE = "package"
    CONFIRMATION = "confirmation"


@dataclass(frozen=True)
class Authority:
    """A supervisory authority that a person can complain to (GDPR Article 77)."""

    name: str
    url: str


@dataclass(frozen=True)
class Controller:
    """Who answers, who watches over them, and by which laws; `elsewhere` are the authorities of other countries."""

    name: str
    contact: str
    authority_name: str
    authority_url: str
    elsewhere: tuple[Authority, ...] = ()
    laws: tuple[str, ...] = ("eu",)


@dataclass(frozen=True)
class Activity:
    """What Article 15(1) and (2) want said of one processing activity, in the person's language.

    `name` is what records call it by; `legal_bases` are all that it rests on; empty texts are left out of the page.
    """

    name: str
    title: str
    purpose: str
    legal_bases: tuple[LegalBasis, ...]
    categories: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    source: str = ""
    retention: str = ""
    transfers: str = ""
    automated: str = ""


@dataclass(frozen=True)
class Deeds:
    """What was done to `count` records of a class: `deed` is a Deed, `corrected`, `restricted` or `suppressed`.

    `verified` says that it was read back; otherwise the system only asserts it.
    """

    record_class: str
    deed: str
    count: int
    ground: str = ""
    until: date | None = None
    verified: bool = False
    why: str = ""


def _no_records() -> Iterator[Mapping[str, Any]]:
    return iter(())


def _no_attachment(attachment: str) -> BinaryIO:
    raise Refused("this system has no attachments")


@dataclass(frozen=True)
class Part:
    """One system's share. `records` yields {kind, key, activity, data, attachments: [{id, name, media_type, size}]}.

    It may be called more than once. `attachment` opens an attachment by its id. `outcome` is None while the system has
    not answered, which no package may leave the house with. `proof` says how its connector is proved, as
    `habeas.passports.passport_fact` tells it; empty for a system that keeps no passport.
    """

    name: str
    title: str
    outcome: Outcome | None
    ground: str = ""
    records: Callable[[], Iterator[Mapping[str, Any]]] = _no_records
    attachment: Callable[[str], BinaryIO] = _no_attachment
    deeds: tuple[Deeds, ...] = ()
    proof: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Facts:
    """What is true of the whole: the case, the controller, the dates, and `systems`, every system of the profile."""

    kind: Kind
    case_id: str
    reference: str
    right: Right
    language: str
    controller: Controller
    received: date
    due: date
    answered: date
    asked: str
    systems: tuple[str, ...]
    activities: tuple[Activity, ...] = ()


def check_whole(facts: Facts, parts: Sequence[Part]) -> None:
    """Refuse what must not be released, naming every fault: a system without an outcome above all."""
    faults = []
    if facts.language not in LANGUAGES:
        faults.append(Fault("language", f"there are no texts in {facts.language!r}", f"use {', '.join(LANGUAGES)}"))
    names = [part.name for part in parts]
    faults += [
        Fault(f"systems.{system}", "the system has no part", "every system has to end in an outcome")
        for system in facts.systems
        if system not in names
    ]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            faults.append(Fault(f"systems.{name}", "the system has more than one part", "give one part a system"))
        if name not in facts.systems:
            faults.append(Fault(f"systems.{name}", "the profile knows no such system", "name it in the profile"))
    for part in parts:
        faults += _check_part(facts, part)
    if faults:
        raise Faults(faults)


def _check_part(facts: Facts, part: Part) -> Iterator[Fault]:
    where = f"systems.{part.name}"
    if part.outcome is None:
        yield Fault(where, "the system has no outcome yet", "wait for its answer, or let a person decide")
    if part.outcome is Outcome.WITHHELD and not part.ground:
        yield Fault(where, "it is withheld without a ground", "name the rule that allows it")
    if facts.kind is Kind.CONFIRMATION and part.outcome is Outcome.FOUND and not part.deeds:
        yield Fault(where, "something was found, but it is not said what was done", "list what was done")
    if facts.kind is Kind.PACKAGE and part.deeds:
        yield Fault(where, "a package says what was done", "deeds belong into a confirmation")
