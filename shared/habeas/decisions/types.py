"""What is decided about a right, as values: the facts of a case, and the decision for each processing activity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from habeas.profile.types import Origin, StartEvent, Text
from habeas.vocabulary import LegalBasis, Right


class Verdict(StrEnum):
    """How a decision about one activity ends."""

    APPLIES = "applies"
    IN_PART = "in_part"
    REFUSED = "refused"
    ASKS = "asks"
    """No rule can decide it: a person at the controller has to."""
    FORWARDED = "forwarded"
    """The data is held for a customer, who decides; the person is told who that is (GDPR Art. 28(3)(e))."""
    NOT_CONCERNED = "not_concerned"
    """The right does not reach this activity: a withdrawal where nothing rests on consent, for example."""


class Measure(StrEnum):
    """What follows from a decision, beside the words of the reply."""

    EXPORT = "export"
    ERASE = "erase"
    ANONYMISE = "anonymise"
    RECTIFY = "rectify"
    RESTRICT = "restrict"
    SUPPRESS = "suppress"
    STOP = "stop"
    """The processing itself ends; what is stored may stay for another purpose."""
    RESTRICT_MEANWHILE = "restrict_meanwhile"
    """Nothing is used until somebody has decided (GDPR Art. 18(1)(a) and (d))."""
    BLOCK_OTHER_USES = "block_other_uses"
    """What a law keeps is used for that law alone."""
    NOTICE_BEFORE_LIFTING = "notice_before_lifting"
    TELL_RECIPIENTS = "tell_recipients"
    FORWARD = "forward"
    DELIVER_ACCESS_FIRST = "deliver_access_first"
    HUMAN_REVIEW = "human_review"
    REDACT_THIRD_PERSONS = "redact_third_persons"


class Ground(StrEnum):
    """What a person states, or what is established, that a right can rest on."""

    NO_LONGER_NEEDED = "no_longer_needed"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    OBJECTION = "objection"
    MARKETING_OBJECTION = "marketing_objection"
    UNLAWFUL = "unlawful"
    LEGAL_DUTY_TO_ERASE = "legal_duty_to_erase"
    CHILD = "child"
    ACCURACY_CONTESTED = "accuracy_contested"
    UNLAWFUL_BUT_KEEP = "unlawful_but_keep"
    NEEDED_FOR_CLAIMS = "needed_for_claims"
    """The person needs the data for a legal claim (GDPR Art. 18(1)(c))."""
    OBJECTION_PENDING = "objection_pending"
    PARTICULAR_SITUATION = "particular_situation"


@dataclass(frozen=True)
class ActivityFacts:
    """What is known of a person in one activity; what is not known stays None, and is never guessed.

    `dates` are the starts of periods (the contract's end), `records` the dates of records by kind. `controller_claims`
    says that the controller needs the data for a legal claim (Art. 17(3)(e)). `accurate` is what an agent found out
    about a contested datum; `solely_automated` and `significant` are about a decision (Art. 22).
    """

    dates: Mapping[StartEvent, date] = field(default_factory=dict)
    records: Mapping[str, tuple[date | None, ...]] = field(default_factory=dict)
    holds_data: bool | None = None
    consented: bool | None = None
    contract_runs: bool | None = None
    """Whether a contract runs whose end nobody has set yet; one with an end has that among `dates`."""
    controller_claims: bool | None = None
    overridden: bool | None = None
    """Whether a person has weighed: True says that the controller's compelling grounds outweigh the objection."""
    accurate: bool | None = None
    solely_automated: bool | None = None
    significant: bool | None = None
    origin: tuple[Origin, ...] | None = None
    customer: str | None = None


@dataclass(frozen=True)
class Facts:
    """What is known of a case when it is decided; `together` are the other rights of the same letter."""

    today: date
    country: str | None = None
    grounds: tuple[Ground, ...] = ()
    together: tuple[Right, ...] = ()
    scope: tuple[str, ...] = ()
    """The activities that the person means; empty means all of them."""
    activities: Mapping[str, ActivityFacts] = field(default_factory=dict)
    corrected: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """For a rectification: the field, its old value and the new one."""

    def about(self, activity: str) -> ActivityFacts:
        """What is known of one activity; nothing, where nothing was said."""
        return self.activities.get(activity, ActivityFacts())


@dataclass(frozen=True)
class Reason:
    """Why, as a name of the catalogue and what fills its places, so that every language can say it."""

    name: str
    values: Mapping[str, str | date | Text | tuple[LegalBasis, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Kept:
    """What a law keeps: its words, what it covers, which kinds of record, and the last day (None: not computable)."""

    rule: str
    law: str
    article: str
    ground: Text
    covers: Text
    until: date | None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """One right × one activity: the verdict, its article and reason, what follows, where, and what is kept until when.

    `systems` are those that act, in the order in which they have to; `tasks` those whose connector cannot, so that a
    person does it: a system that can do one thing of two stands in both. `until` is the day up to which the data is
    still needed where nothing legal keeps it.
    """

    right: Right
    activity: str
    verdict: Verdict
    article: str
    reason: Reason
    at_once: bool = False
    measures: tuple[Measure, ...] = ()
    kept: tuple[Kept, ...] = ()
    until: date | None = None
    systems: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    """Whom to tell of what was corrected, erased or restricted (GDPR Art. 19)."""


@dataclass(frozen=True)
class Ruling:
    """What becomes of one right of one case: a decision for each activity, in the profile's order."""

    right: Right
    decisions: tuple[Decision, ...]

    def of(self, *verdicts: Verdict) -> tuple[Decision, ...]:
        """The decisions that ended in one of these ways."""
        return tuple(each for each in self.decisions if each.verdict in verdicts)
