"""The parts that a law's clock is put together from: what it gives for a right, and the case it looks at."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from habeas_intake.laws.law import ClockEvent, Step
from habeas_intake.laws.periods import Period, WorksOn
from habeas_intake.laws.suspensions import Suspension


@dataclass(frozen=True)
class Terms:
    """What a law gives for one right.

    `extended` is counted from the beginning, never from the end of `first`; None where the law knows no longer time.
    `notes` are rules of the catalogue, each with its source, that are said with the last day put in as `day`.
    """

    first: Period
    source: str
    extended: Period | None = None
    acknowledge: Period | None = None
    at_once: str = ""
    """The source by which the act itself is owed at once; empty where it is not."""
    notes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Told:
    """One case as a law looks at it: its events in the order of time, its days in the controller's zone."""

    received_on: date
    zone: ZoneInfo
    right: str
    events: tuple[ClockEvent, ...]
    works_on: WorksOn


@dataclass(frozen=True)
class Start:
    """The day that the time is counted from, None while it has not begun; with the waits that led there."""

    on: date | None
    waits: tuple[Suspension, ...] = ()
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Sources:
    """Where a law says what its steps say."""

    receipt: str
    extension: str
    refusal: str
    waiting: str
    acknowledge: str = ""


def at_receipt(told: Told) -> Start:
    """The beginning where a law says no more: the day on which the request came in."""
    return Start(told.received_on)


def never(_told: Told, _start: date) -> list[Suspension]:
    """The stretches of a law whose clock nothing stops."""
    return []
