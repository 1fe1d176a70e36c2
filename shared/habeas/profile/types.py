"""A controller's policy as values: who answers, what is processed why, where it lies, and what the law keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from habeas.vocabulary import LegalBasis, Right


@dataclass(frozen=True)
class Text:
    """The same words in every language of a controller; `default` is the language to fall back to."""

    words: Mapping[str, str]
    default: str

    def in_(self, language: str) -> str:
        """The words in that language, or in the default one; `sv-FI` finds `sv`."""
        for each in (language, language.partition("-")[0]):
            if each in self.words:
                return self.words[each]
        return self.words[self.default]


@dataclass(frozen=True)
class Authority:
    """A supervisory authority that a person can complain to (GDPR Art. 77)."""

    name: str
    url: str
    address: str


@dataclass(frozen=True)
class Contact:
    """Where a controller or its data protection officer is reached."""

    email: str
    post: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class Controller:
    """Who answers: its calendar (`SE`, `DE-BY`) and zone (IANA) count the days, its first language is the default."""

    name: str
    country: str
    calendar: str
    zone: str
    languages: tuple[str, ...]
    authority: Authority
    contact: Contact
    data_protection_officer: Contact | None = None


@dataclass(frozen=True)
class RightPolicy:
    """Whether the controller's own text states a right; it holds either way, since rights follow the law."""

    stated: bool


@dataclass(frozen=True)
class Promise:
    """A shorter time than the law's that a controller has promised for one right, and where."""

    right: Right
    within_days: int
    source: str


class IdentifierKind(StrEnum):
    """What form an identifier has, so that a page can ask for it and check it."""

    EMAIL = "email"
    TEXT = "text"
    PHONE = "phone"


@dataclass(frozen=True)
class IdentifierField:
    """One thing a person may be asked for, so that systems can be searched, and why it is needed."""

    name: str
    label: Text
    why: Text
    required: bool
    kind: IdentifierKind


@dataclass(frozen=True)
class Recipient:
    """Who receives data; `safeguard` says what protects it outside the EEA (GDPR Art. 15(1)(c) and 15(2))."""

    name: str
    country: str
    safeguard: str | None = None


class KeepUntil(StrEnum):
    """Where a period of keeping ends: on its own day, or with the calendar year that it ends in."""

    DAY = "day"
    END_OF_YEAR = "end_of_year"


class CountedFrom(StrEnum):
    """Where a period of keeping begins."""

    RECORD_DATE = "record_date"


@dataclass(frozen=True)
class Keep:
    """A law that demands records for some years, so that an erasure is refused for that long (GDPR Art. 17(3)).

    `financial_year_ends` is (month, day); it matters to laws that count from the year in which the books closed.
    """

    ground: Text
    law: str
    article: str
    years: int
    counted_from: CountedFrom
    until: KeepUntil
    financial_year_ends: tuple[int, int] = (12, 31)


class Role(StrEnum):
    """Whether the controller decides about the data, or holds it for a customer who does (GDPR Art. 28)."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"


@dataclass(frozen=True)
class Activity:
    """One processing activity: what a reply to an access request tells, and what an erasure decides by."""

    name: str
    title: Text
    purpose: Text
    basis: LegalBasis
    categories: Text
    recipients: tuple[Recipient, ...]
    source: Text
    retention: Text
    keep: Keep | None = None
    role: Role = Role.CONTROLLER
    automated: Text | None = None
    third_parties: bool = False
    marketing: bool = False


@dataclass(frozen=True)
class System:
    """One place that holds data; `feeds` names the systems that it fills again, so it is erased before them.

    `required`: a case cannot be answered while this system is silent.
    """

    name: str
    title: Text
    connector: str
    activities: tuple[str, ...]
    holds: Text
    feeds: tuple[str, ...] = ()
    required: bool = True


class Approval(StrEnum):
    """How many people have to approve a plan that destroys."""

    ONE = "one"
    TWO = "two"


@dataclass(frozen=True)
class ErasurePolicy:
    """Who approves an erasure, and how long it can still be called back after the approval."""

    approval: Approval = Approval.TWO
    cooling_off_hours: int = 24


@dataclass(frozen=True)
class IdentityPolicy:
    """How a code that proves a mailbox behaves."""

    code_minutes: int = 10
    tries: int = 5
    codes_per_hour: int = 3


@dataclass(frozen=True)
class PackagePolicy:
    """How often and how long a package can be fetched."""

    downloads: int = 3
    days: int = 14


@dataclass(frozen=True)
class Profile:
    """The whole policy of one controller, as read from its file."""

    name: str
    controller: Controller
    rights: Mapping[Right, RightPolicy]
    identifiers: tuple[IdentifierField, ...]
    contact_of_record: tuple[str, ...]
    activities: tuple[Activity, ...]
    systems: tuple[System, ...]
    promises: tuple[Promise, ...] = ()
    target_days: int = 20
    law: str = "eu"
    erasure: ErasurePolicy = field(default_factory=ErasurePolicy)
    identity: IdentityPolicy = field(default_factory=IdentityPolicy)
    package: PackagePolicy = field(default_factory=PackagePolicy)

    def activity(self, name: str) -> Activity:
        """The activity of that name; KeyError where the profile has none."""
        return _named(self.activities, name)

    def system(self, name: str) -> System:
        """The system of that name; KeyError where the profile has none."""
        return _named(self.systems, name)


_Named = TypeVar("_Named", Activity, System)


def _named(values: Sequence[_Named], name: str) -> _Named:
    for value in values:
        if value.name == name:
            return value
    raise KeyError(name)
