# long because a policy is one value, and one reads it from top to bottom
"""A controller's policy as values: who answers, what is processed why, where it lies, and what the law keeps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from habeas.vocabulary import Assurance, LegalBasis, Operation, Right


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
    address: str = ""


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


class SafeguardKind(StrEnum):
    """What protects data that leaves the EEA (GDPR Art. 45 to 49); the last two protect nothing any more."""

    ADEQUACY = "adequacy"
    STANDARD_CLAUSES = "standard_clauses"
    BINDING_RULES = "binding_rules"
    DEROGATION = "derogation"
    PRIVACY_SHIELD = "privacy_shield"
    SAFE_HARBOUR = "safe_harbour"


@dataclass(frozen=True)
class Safeguard:
    """What protects data outside the EEA, in words where the kind alone does not say it, and where a copy is had."""

    kind: SafeguardKind
    note: str | None = None
    copy_at: str | None = None


@dataclass(frozen=True)
class Company:
    """Another company of the controller's group; one with a calendar and a zone of its own can answer a case."""

    name: str
    title: str
    country: str
    calendar: str | None = None
    zone: str | None = None
    authority: Authority | None = None
    safeguard: Safeguard | None = None


@dataclass(frozen=True)
class ToConfirm:
    """What a text leaves open and its company has to confirm; `assumed` is what holds until then."""

    about: str
    question: str
    assumed: str


@dataclass(frozen=True)
class Notice:
    """The privacy notice that this profile is read from; `prevails` is the language whose version rules."""

    title: str
    language: str
    prevails: str
    url: str | None = None


class ChannelKind(StrEnum):
    """How a request can come in."""

    PORTAL = "portal"
    EMAIL = "email"
    LETTER = "letter"
    PHONE = "phone"
    ON_SITE = "on_site"


@dataclass(frozen=True)
class Channel:
    """One way in that the controller names; `rights` narrows it to some, empty means all."""

    kind: ChannelKind
    address: str | None = None
    rights: tuple[Right, ...] = ()


class Signal(StrEnum):
    """What a browser can say for its person."""

    GLOBAL_PRIVACY_CONTROL = "global_privacy_control"
    DO_NOT_TRACK = "do_not_track"


@dataclass(frozen=True)
class RightPolicy:
    """Whether the controller's own text states a right; it holds either way, since rights follow the law."""

    stated: bool


@dataclass(frozen=True)
class Promise:
    """A time that a controller has promised for one right, and where; it never moves the law's own date later."""

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
    safeguard: Safeguard | None = None


class Unit(StrEnum):
    """What a length of time is counted in."""

    DAYS = "days"
    MONTHS = "months"
    YEARS = "years"


@dataclass(frozen=True)
class Length:
    """A length of time, as a notice or a law words it: 90 days, 6 months, 7 years."""

    count: int
    unit: Unit


class StartEvent(StrEnum):
    """What a period of keeping is counted from; all but the record's own date are facts of the person."""

    RECORD_DATE = "record_date"
    LAST_CONTACT = "last_contact"
    CONTRACT_END = "contract_end"
    ACCOUNT_CLOSED = "account_closed"
    CASE_CLOSED = "case_closed"
    RECRUITMENT_CLOSED = "recruitment_closed"


class PeriodEnd(StrEnum):
    """Where a period of keeping ends: on its own day, or with the calendar year that it ends in."""

    DAY = "day"
    END_OF_YEAR = "end_of_year"


@dataclass(frozen=True)
class Retention:
    """How long an activity's data stays: in words always, and as a rule where there is one.

    `after` and `length` give the last day; `at_most` bounds it from the record's own date. `only_with` names the basis
    without which the period does not hold. `on_request` says that the person's own wish ends it: an account of one's
    own, for example.
    """

    words: Text
    after: StartEvent | None = None
    length: Length | None = None
    at_most: Length | None = None
    only_with: LegalBasis | None = None
    on_request: bool = False


@dataclass(frozen=True)
class LegalRetention:
    """A law that demands records for a time, so that an erasure is refused for that long (GDPR Art. 17(3)).

    `covers` says which data, `article` which exception. With `until: end_of_year` years are counted from the calendar
    year in which the financial year of the record closed; `financial_year_ends` is (month, day).
    """

    name: str
    law: str
    article: str
    ground: Text
    covers: Text
    after: StartEvent
    length: Length
    until: PeriodEnd = PeriodEnd.DAY
    financial_year_ends: tuple[int, int] = (12, 31)


@dataclass(frozen=True)
class KeptUnder:
    """The records of an activity that a legal retention rule covers; no `kinds` means all of them."""

    rule: str
    kinds: tuple[str, ...] = ()


class Role(StrEnum):
    """Whether the controller decides about the data, or holds it for a customer who does (GDPR Art. 28)."""

    CONTROLLER = "controller"
    PROCESSOR = "processor"


class Origin(StrEnum):
    """How data came to be: only what a person provided or was observed in doing can be taken along (WP242 rev.01)."""

    PROVIDED = "provided"
    OBSERVED = "observed"
    INFERRED = "inferred"
    OBTAINED = "obtained"


class Risk(StrEnum):
    """What it would do to a person if a stranger got these data: the ladder of assurance asks for proofs by it.

    `low`: what the stored mailbox receives anyway, and the like. `high`: special categories (GDPR Art. 9), personal
    numbers, money, children. Where a profile says nothing, marketing is `low` and all else `ordinary`.
    """

    LOW = "low"
    ORDINARY = "ordinary"
    HIGH = "high"


#: Stands in an activity for the risk of its kind, until it is made.
_OF_ITS_KIND: Any = None


class Removal(StrEnum):
    """What an erasure does to records: deletes them, or takes the person out of them for good."""

    DELETION = "deletion"
    ANONYMISATION = "anonymisation"


@dataclass(frozen=True)
class Activity:
    """One processing activity: what a reply to an access request tells, and what every decision names.

    `company` is the company of the group that is responsible, None the controller itself. `customer` says for whom a
    processor holds the data. `overriding` are compelling grounds that the controller claims against an objection: a
    person weighs them. `without` says what the person loses while this is restricted, stopped or erased.
    """

    name: str
    title: Text
    purpose: Text
    bases: tuple[LegalBasis, ...]
    categories: Text
    subjects: Text
    recipients: tuple[Recipient, ...]
    source: Text
    retention: Retention
    keep: tuple[KeptUnder, ...] = ()
    role: Role = Role.CONTROLLER
    customer: Text | None = None
    company: str | None = None
    origin: tuple[Origin, ...] = (Origin.PROVIDED,)
    by_machine: bool = True
    automated: Text | None = None
    overriding: Text | None = None
    without: Text | None = None
    removal: Removal = Removal.DELETION
    third_parties: bool = False
    marketing: bool = False
    risk: Risk = _OF_ITS_KIND

    def __post_init__(self) -> None:
        """Take the risk of its kind where none is given."""
        if self.risk is _OF_ITS_KIND:
            object.__setattr__(self, "risk", Risk.LOW if self.marketing else Risk.ORDINARY)


BY_HAND = "person"
"""The connector of a system that no program reaches."""


@dataclass(frozen=True)
class System:
    """One place that holds data; `feeds` names the systems that it fills again, so it is erased before them.

    `required`: a case cannot be answered while this system is silent. `operations` are those its connector can carry
    out, None all of them; the rest is a person's task, for which `instructions` say how it is done. `gives` names the
    identifiers that are found here and by which other systems know the person: it is asked before they are.
    """

    name: str
    title: Text
    connector: str
    activities: tuple[str, ...]
    holds: Text
    feeds: tuple[str, ...] = ()
    required: bool = True
    operations: tuple[Operation, ...] | None = None
    gives: tuple[str, ...] = ()
    instructions: Text | None = None

    def leaves_to_people(self, operation: Operation) -> bool:
        """Say whether a person does this here: no program reaches the system, or its own cannot do it."""
        return self.connector == BY_HAND or (self.operations is not None and operation not in self.operations)


class Approval(StrEnum):
    """How many people have to approve a plan that destroys."""

    ONE = "one"
    TWO = "two"


@dataclass(frozen=True)
class ErasurePolicy:
    """Who approves an erasure, and how long it can still be called back after the approval."""

    approval: Approval = Approval.TWO
    cooling_off_hours: int = 24


class Demand(StrEnum):
    """What a text demands of a person before it answers; none of it may be demanded of everybody."""

    FORM = "form"
    SIGNATURE = "signature"
    IDENTITY_DOCUMENT = "identity_document"
    PERSONAL_NUMBER = "personal_number"


class When(StrEnum):
    """When a step is taken: for everybody, or only where there is reason to doubt who asks (GDPR Art. 12(6))."""

    ALWAYS = "always"
    DOUBT = "doubt"


@dataclass(frozen=True)
class Demanded:
    """What a text demands, when, where it says so, and on which ground if it gives one."""

    what: Demand
    when: When
    source: str
    ground: Text | None = None


@dataclass(frozen=True)
class IdentityStep:
    """How sure to be who asks, always or in doubt, for some rights and some risks (for all, if none is named).

    A step can raise what the house's ladder asks for, and never lowers it.
    """

    assurance: Assurance
    when: When
    rights: tuple[Right, ...] = ()
    risks: tuple[Risk, ...] = ()


@dataclass(frozen=True)
class SignIn:
    """A place where a person can sign in to show who they are: the controller's own site, or an electronic identity.

    `provider` names the OpenID Connect provider in the operator's settings. `acr` are the authentication contexts
    that count, all if none is named. `identifiers` says which identifier of ours each claim of the provider is.
    """

    provider: str
    title: Text
    assurance: Assurance
    identifiers: Mapping[str, str]
    acr: tuple[str, ...] = ()


@dataclass(frozen=True)
class Asserter:
    """The controller's own signed-in pages, which may open a case and say who is signed in there.

    `public_key` is Ed25519, base64; `assurance` is how sure their sign-in is.
    """

    public_key: str
    assurance: Assurance


@dataclass(frozen=True)
class IdentityPolicy:
    """How a code that proves a mailbox behaves, which steps are taken, and what the text demands beside them."""

    code_minutes: int = 10
    tries: int = 5
    codes_per_hour: int = 3
    steps: tuple[IdentityStep, ...] = ()
    demands: tuple[Demanded, ...] = ()
    sign_in: tuple[SignIn, ...] = ()
    asserter: Asserter | None = None
    shared_mailboxes: tuple[str, ...] = ()
    """Local parts that more than one person reads, beside those that are known everywhere (`info`, `sales`, …)."""


@dataclass(frozen=True)
class PackagePolicy:
    """How often and how long a package can be fetched."""

    downloads: int = 3
    days: int = 14


@dataclass(frozen=True)
class Profile:
    """The whole policy of one controller, as read from its file; `laws` are all that hold, the earliest date rules."""

    name: str
    controller: Controller
    rights: Mapping[Right, RightPolicy]
    identifiers: tuple[IdentifierField, ...]
    contact_of_record: tuple[str, ...]
    activities: tuple[Activity, ...]
    systems: tuple[System, ...]
    laws: tuple[str, ...] = ("eu",)
    group: tuple[Company, ...] = ()
    authorities: Mapping[str, Authority] = field(default_factory=dict)
    notice: Notice | None = None
    to_confirm: tuple[ToConfirm, ...] = ()
    channels: tuple[Channel, ...] = ()
    signals: tuple[Signal, ...] = ()
    promises: tuple[Promise, ...] = ()
    target_days: int = 20
    legal_retention: tuple[LegalRetention, ...] = ()
    erasure: ErasurePolicy = field(default_factory=ErasurePolicy)
    identity: IdentityPolicy = field(default_factory=IdentityPolicy)
    package: PackagePolicy = field(default_factory=PackagePolicy)

    def activity(self, name: str) -> Activity:
        """The activity of that name; KeyError where the profile has none."""
        return _named(self.activities, name)

    def system(self, name: str) -> System:
        """The system of that name; KeyError where the profile has none."""
        return _named(self.systems, name)

    def company(self, name: str) -> Company:
        """The company of the group with that name; KeyError where the profile has none."""
        return _named(self.group, name)

    def law_that_keeps(self, name: str) -> LegalRetention:
        """The legal retention rule of that name; KeyError where the profile has none."""
        return _named(self.legal_retention, name)


_Named = TypeVar("_Named", Activity, System, Company, LegalRetention)


def _named(values: Sequence[_Named], name: str) -> _Named:
    for value in values:
        if value.name == name:
            return value
    raise KeyError(name)
