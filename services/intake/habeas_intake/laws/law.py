"""What every law says about time: the promise of this plug-in room, as types without a word of any one law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol, Self

from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.words import LANGUAGES, SOURCE, Value, say


class Happened(StrEnum):
    """What can happen to a case that a law's clock may listen to."""

    IDENTITY_REQUESTED = "identity_requested"
    IDENTITY_RECEIVED = "identity_received"
    CLARIFICATION_REQUESTED = "clarification_requested"
    CLARIFICATION_RECEIVED = "clarification_received"
    FEE_REQUESTED = "fee_requested"
    FEE_CONFIRMED = "fee_confirmed"
    FEE_PAID = "fee_paid"
    EXTENSION_NOTIFIED = "extension_notified"
    DECISION_REFUSE = "decision_refuse"


#: What can be claimed of an event; a word that is not among them is a slip that could move a date.
FACTS = (
    "reasonable_doubt",
    "without_undue_delay",
    "sufficient",
    "large_quantity",
    "reasonably_required",
    "reasons_given",
)

#: Rights by the words that other laws have for them.
SAME_RIGHT: Mapping[str, str] = {"know": "access", "delete": "erasure", "correct": "rectification"}


@dataclass(frozen=True)
class ClockEvent:
    """One thing that happened to a case, when, and what is known of it.

    `facts` are named claims out of FACTS. A claim that is not made is taken in the way that gives the earlier date.
    """

    kind: Happened
    at: datetime
    facts: Mapping[str, bool] = field(default_factory=dict)

    def says(self, fact: str, *, unsaid: bool = False) -> bool:
        """Whether `fact` was claimed; `unsaid` is what silence means."""
        return self.facts.get(fact, unsaid)


@dataclass(frozen=True)
class Step:
    """One step from the receipt to the date: the rule's name, its source, and what is said of it in any language.

    `values` are put into the rule's sentence; `sentences` are that rule's own, language by language, for a law whose
    rules the catalogue in `words` does not know.
    """

    rule: str
    source: str
    values: Mapping[str, Value] = field(default_factory=dict)
    sentences: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> str:
        """The step in English."""
        return self.in_(SOURCE)

    def in_(self, language: str) -> str:
        """The step in that language, in English where it has no sentence for it."""
        return say(self.rule, self.values, language, self.sentences)

    def stored(self) -> dict[str, Any]:
        """The step as a case keeps it, said in every language: {rule, words: {language: …}, source}.

        A case shows for good what was said when its clock began, whatever the catalogue says later.
        """
        return {"rule": self.rule, "words": {each: self.in_(each) for each in LANGUAGES}, "source": self.source}


@dataclass(frozen=True)
class Deadlines:
    """The dates that one right in one case has, and the steps that led to them.

    Dates are the last day in time, in the controller's zone; None while the clock stands still. `ends_at` is the
    first instant after `respond_by`, in UTC. `extended` is None where no extension was notified, False where the
    notice changed nothing. `started_on` is the day that the time is counted from. `extendable` tells a law without
    extensions from one whose last day for the notice is not known yet.
    """

    received_on: date
    respond_by: date | None
    refuse_by: date | None
    ends_at: datetime | None
    steps: tuple[Step, ...]
    respond_by_unrolled: date | None = None
    extension_notice_by: date | None = None
    extended: bool | None = None
    extendable: bool = False
    started_on: date | None = None
    suspended_days: int = 0
    suspended_by: Happened | None = None
    acknowledge_by: date | None = None
    at_once: bool = False


class Law(Protocol):
    """One law's clock; a plug-in is a value of this shape, and pure: same arguments, same dates, no I/O."""

    @property
    def name(self) -> str:
        """The name a profile or a setting calls this law by, for example `eu`."""

    @property
    def title(self) -> str:
        """The law as people call it, for example `UK GDPR`."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """What else this law is called, for example `VCDPA`; compared without regard to case."""

    def counting_by(self, calendars: Calendars) -> Self:
        """The same law by other calendars: with days that the library of holidays does not know."""

    def deadlines(
        self, received: datetime, calendar: str, zone: str, right: str, events: Sequence[ClockEvent] = ()
    ) -> Deadlines:
        """Returns the dates of one right.

        `received` is aware; `calendar` a country or country-subdivision (`SE`, `DE-BY`); `zone` an IANA name;
        `right` a member of habeas.vocabulary.Right or a law's own finer word. Raises Faults for any it cannot use,
        and for events in an order that cannot be.
        """
