"""What every law says about time: the promise of this plug-in room, as types without a word of any one law."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol


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


@dataclass(frozen=True)
class ClockEvent:
    """One thing that happened to a case, when, and what is known of it.

    `facts` are named claims, for example `reasonable_doubt`, `without_undue_delay`, `large_quantity`, `sufficient`,
    `reasons_given`. A claim that is not made is taken in the way that gives the earlier date.
    """

    kind: Happened
    at: datetime
    facts: Mapping[str, bool] = field(default_factory=dict)

    def says(self, fact: str, *, unsaid: bool = False) -> bool:
        """Whether `fact` was claimed; `unsaid` is what silence means."""
        return self.facts.get(fact, unsaid)


@dataclass(frozen=True)
class Step:
    """One step from the receipt to the date: the rule's name, the reason in words with the dates, and its source."""

    rule: str
    words: str
    source: str


@dataclass(frozen=True)
class Deadlines:
    """The dates that one right in one case has, and the steps that led to them.

    Dates are the last day in time, in the controller's zone; None while the clock stands still. `ends_at` is the
    first instant after `respond_by`, in UTC. `extended` is None where no extension was notified, False where the
    notice came too late or without reasons and so changed nothing.
    """

    received_on: date
    respond_by: date | None
    refuse_by: date | None
    ends_at: datetime | None
    steps: tuple[Step, ...]
    respond_by_unrolled: date | None = None
    extension_notice_by: date | None = None
    extended: bool | None = None
    suspended_days: int = 0
    suspended_by: Happened | None = None
    acknowledge_by: date | None = None
    at_once: bool = False


class Law(Protocol):
    """One law's clock; a plug-in is a value of this shape, and pure: same arguments, same dates, no I/O."""

    @property
    def name(self) -> str:
        """The name a profile or a setting calls this law by, for example `eu`."""

    def deadlines(
        self, received: datetime, calendar: str, zone: str, right: str, events: Sequence[ClockEvent] = ()
    ) -> Deadlines:
        """Returns the dates of one right.

        `received` is aware; `calendar` a country or country-subdivision (`SE`, `DE-BY`); `zone` an IANA name;
        `right` a member of habeas.vocabulary.Right or a law's own finer word. Raises Faults for any it cannot use.
        """
