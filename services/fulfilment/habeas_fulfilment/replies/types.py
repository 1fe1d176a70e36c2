# long because all that a letter is about and made of is read together
"""What a letter about one right of one case is about, and the parts that it is made of."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from habeas.decisions.types import ActivityFacts, Decision, Facts, Reason, Ruling, Verdict
from habeas.profile.types import Activity, Authority, Profile, Text
from habeas.vocabulary import Right


class LetterKind(StrEnum):
    """Which letter it is; all but the reply say one thing only."""

    REPLY = "reply"
    EXTENSION = "extension"
    LIFTING = "lifting"
    RECIPIENT_NOTICE = "recipient_notice"
    RECIPIENT_LIST = "recipient_list"


class PartName(StrEnum):
    """What a part of a letter is for; a name stays the same whatever the language and the words."""

    WHO = "who"
    OUTCOME = "outcome"
    HELD = "held"
    COPY = "copy"
    USE = "use"
    YOUR_RIGHTS = "your_rights"
    CORRECTED = "corrected"
    STATEMENT = "statement"
    ERASED = "erased"
    KEPT = "kept"
    BLOCKED = "blocked"
    BACKUPS = "backups"
    RESTRICTED = "restricted"
    STILL_ALLOWED = "still_allowed"
    EFFECT = "effect"
    BEFORE_LIFTING = "before_lifting"
    STOPPED = "stopped"
    MARKETING = "marketing"
    MEANWHILE = "meanwhile"
    FILE = "file"
    LEFT_OUT = "left_out"
    TRANSFER = "transfer"
    REVIEW = "review"
    CONTEST = "contest"
    FROM_NOW_ON = "from_now_on"
    REASON = "reason"
    NOT_CONCERNED = "not_concerned"
    FORWARDED = "forwarded"
    GAPS = "gaps"
    TOLD = "told"
    CONTACT = "contact"
    COMPLAINT = "complaint"
    COMPLAINT_TO_US = "complaint_to_us"
    COURT = "court"
    EXTENSION = "extension"
    LIFTING = "lifting"
    ABOUT = "about"
    HAPPENED = "happened"
    TO_DO = "to_do"
    RECIPIENTS = "recipients"


class ExtensionGround(StrEnum):
    """The only two grounds on which an answer may take longer (GDPR Art. 12(3))."""

    COMPLEXITY = "complexity"
    NUMBER_OF_REQUESTS = "number_of_requests"


@dataclass(frozen=True)
class Extension:
    """A longer time for the answer: why, in the controller's own words, until when, and when the person was told."""

    ground: ExtensionGround
    because: Text
    until: date
    told_on: date


@dataclass(frozen=True)
class Dates:
    """The days of one right of one case in the controller's zone; intake counts them, a letter only tells them.

    `refuse_by` is the last day for a refusal, which an extension does not move (GDPR Art. 12(4)).
    """

    received_on: date
    written_on: date
    respond_by: date
    refuse_by: date
    extension: Extension | None = None


class CopyPlace(StrEnum):
    """Where the person gets a file."""

    PORTAL = "portal"
    ENCLOSED = "enclosed"


class GapKind(StrEnum):
    """How something is missing from an answer."""

    WITHHELD = "withheld"
    REDACTED = "redacted"
    FAILED = "failed"


@dataclass(frozen=True)
class Gap:
    """Something that is missing from an answer: in which system, of which activity if it is known, and why."""

    kind: GapKind
    system: str
    reason: Text
    activity: str | None = None


@dataclass(frozen=True)
class Told:
    """Whether a recipient was told (GDPR Art. 19): the day, or why that is impossible or asks too much."""

    on: date | None = None
    why_not: Text | None = None


@dataclass(frozen=True)
class Review:
    """What a person came to who looked at an automated decision again; `reviewer` is a role, not a name."""

    reviewer: Text
    changed: bool
    why: Text


@dataclass(frozen=True)
class Transfer:
    """The direct way to another controller (GDPR Art. 20(2)): to whom and when, or why it is not feasible."""

    to: str
    on: date | None = None
    why_not: Text | None = None


@dataclass(frozen=True)
class Account:
    """What was done and found in a case, beside what was decided.

    `told` is by recipient; `weighed` and `reviews` are by activity, in the words of whoever weighed or looked again.
    `backups_lapse_on` is None where the controller has said nothing of backups. `statement` says that the person's own
    statement was added to the data (GDPR Art. 16).
    """

    copy: CopyPlace = CopyPlace.PORTAL
    gaps: tuple[Gap, ...] = ()
    told: Mapping[str, Told] = field(default_factory=dict)
    weighed: Mapping[str, Text] = field(default_factory=dict)
    reviews: Mapping[str, Review] = field(default_factory=dict)
    transfer: Transfer | None = None
    backups_lapse_on: date | None = None
    statement: bool = False


@dataclass(frozen=True)
class Lifting:
    """The end of a restriction that was granted: from when on, and why (GDPR Art. 18(3))."""

    on: date
    because: Text


SayReason = Callable[[Reason, str], str]
"""Says a reason in a language (`sv`, `en`)."""


_STOPPING = (Right.OBJECTION, Right.CONSENT_WITHDRAWAL, Right.AUTOMATED_DECISION)


@dataclass(frozen=True)
class Matter:
    """Everything that a letter is about; the lint judges the letter by it, whatever its writer thought."""

    kind: LetterKind
    reference: str
    language: str
    profile: Profile = field(repr=False)
    ruling: Ruling = field(repr=False)
    facts: Facts = field(repr=False)
    dates: Dates
    authorities: tuple[Authority, ...] = field(repr=False)
    say_reason: SayReason = field(repr=False)
    account: Account = field(default_factory=Account, repr=False)
    lifting: Lifting | None = None
    recipient: str | None = None

    @property
    def right(self) -> Right:
        """The right that was asked for."""
        return self.ruling.right

    def activity(self, decision: Decision) -> Activity:
        """The activity that a decision is about."""
        return self.profile.activity(decision.activity)

    def known(self, decision: Decision) -> ActivityFacts:
        """What is known of the activity that a decision is about."""
        return self.facts.about(decision.activity)

    def granted(self) -> tuple[Decision, ...]:
        """The decisions that give the person something: not those on data of which nothing is there."""
        return tuple(each for each in self.ruling.of(Verdict.APPLIES, Verdict.IN_PART) if each not in self.empty())

    def empty(self) -> tuple[Decision, ...]:
        """The decisions about activities in which nothing is stored, whatever they say; a stop needs nothing stored."""
        verdicts = [Verdict.NOT_CONCERNED]
        if self.right not in _STOPPING:
            verdicts += [Verdict.APPLIES, Verdict.IN_PART]
        return tuple(each for each in self.ruling.of(*verdicts) if self.known(each).holds_data is False)

    def denied(self) -> tuple[Decision, ...]:
        """The decisions that deny the person something, so that reasons are owed (GDPR Art. 12(4))."""
        return self.ruling.of(Verdict.REFUSED, Verdict.IN_PART)

    def held(self) -> tuple[Decision, ...]:
        """The decisions that give access to something that the controller itself holds about the person."""
        return tuple(each for each in self.granted() if self.known(each).holds_data)

    def to_tell(self) -> tuple[str, ...]:
        """The recipients who are told of what was corrected, erased or restricted, each once."""
        return tuple(dict.fromkeys(name for each in self.granted() for name in each.recipients))


@dataclass(frozen=True)
class Paragraph:
    """Some sentences."""

    text: str


@dataclass(frozen=True)
class Bullets:
    """A list of short texts."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """One named fact; `name` is stable, `term` is what the person reads."""

    name: str
    term: str
    text: str


@dataclass(frozen=True)
class Entries:
    """A list of named facts."""

    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Place:
    """Somebody to turn to: a name, an address, and a page on the web."""

    name: str
    url: str
    address: str


@dataclass(frozen=True)
class Places:
    """A list of those to turn to, the nearest first."""

    places: tuple[Place, ...]


Block = Paragraph | Bullets | Entries | Places


@dataclass(frozen=True)
class Part:
    """One part of a letter, with the activity that it is about if it is about one."""

    name: PartName
    heading: str
    blocks: tuple[Block, ...] = field(repr=False)
    activity: str | None = None


@dataclass(frozen=True)
class Reply:
    """A letter in parts, ready to be rendered."""

    matter: Matter
    title: str
    parts: tuple[Part, ...]

    def part(self, name: PartName, activity: str | None = None) -> Part:
        """The part of that name about that activity; KeyError where the letter has none."""
        for each in self.parts:
            if (each.name, each.activity) == (name, activity):
                return each
        raise KeyError(name)
