"""When a clock stands still or begins later: while the controller waits for what it needs from the person."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from habeas_intake.laws.law import ClockEvent, Happened
from habeas_intake.laws.periods import WorksOn, local_date, roll

#: Whether a question was one that may move the clock.
Counts = Callable[[ClockEvent], bool]


@dataclass(frozen=True)
class Suspension:
    """One stretch of days that do not count: from the day of asking up to `until`, the first day that counts again.

    `until` is None while no answer has come.
    """

    since: date
    until: date | None
    waiting_for: Happened


def identity_stretches(told: Sequence[ClockEvent], zone: ZoneInfo, counts: Counts) -> Iterator[Suspension]:
    """The waits for a proof of identity, from a question that counts to the day on which enough had come.

    `told` is in the order of time. An answer that falls short ends its wait only where nothing was asked with cause
    after it.
    """
    since: date | None = None
    fell_short: date | None = None
    for event in told:
        day = local_date(event.at, zone)
        if event.kind is Happened.IDENTITY_REQUESTED:
            if counts(event):
                since = since or day
            elif since and fell_short:
                # Asked again without cause or too late: what the person had sent ended the stretch.
                yield Suspension(since, fell_short, Happened.IDENTITY_REQUESTED)
                since = None
            fell_short = None
        elif event.kind is Happened.IDENTITY_RECEIVED and since:
            if event.says("sufficient", unsaid=True):
                yield Suspension(since, day, Happened.IDENTITY_REQUESTED)
                since = fell_short = None
            else:
                fell_short = fell_short or day
    if since:
        yield Suspension(since, None, Happened.IDENTITY_REQUESTED)


def clarification_stretches(
    told: Sequence[ClockEvent], zone: ZoneInfo, counts: Counts, *, with_answer: bool = False
) -> Iterator[Suspension]:
    """The waits for what the person means; `with_answer` says that the day of the answer does not count either."""
    since: date | None = None
    for event in told:
        day = local_date(event.at, zone)
        if event.kind is Happened.CLARIFICATION_REQUESTED and counts(event):
            since = since or day
        elif event.kind is Happened.CLARIFICATION_RECEIVED and since:
            yield Suspension(since, day + timedelta(days=with_answer), Happened.CLARIFICATION_REQUESTED)
            since = None
    if since:
        yield Suspension(since, None, Happened.CLARIFICATION_REQUESTED)


def fee_stretches(told: Sequence[ClockEvent], zone: ZoneInfo) -> Iterator[Suspension]:
    """The waits for a fee, from the day it was asked for to the day it was paid."""
    since: date | None = None
    for event in told:
        day = local_date(event.at, zone)
        if event.kind is Happened.FEE_REQUESTED:
            since = since or day
        elif event.kind is Happened.FEE_PAID and since:
            yield Suspension(since, day, Happened.FEE_REQUESTED)
            since = None
    if since:
        yield Suspension(since, None, Happened.FEE_REQUESTED)


def joined(found: Iterable[Suspension], not_before: date) -> list[Suspension]:
    """The stretches in the order of time, joined where they overlap, without the days before `not_before`."""
    clamped = (_from(each, not_before) for each in found)
    together: list[Suspension] = []
    for each in sorted(clamped, key=lambda each: each.since):
        last = together[-1] if together else None
        if last and (last.until is None or each.since <= last.until):
            together[-1] = Suspension(last.since, *_later(last, each))
        else:
            together.append(each)
    return together


def suspended_until(end: date, stretches: Iterable[Suspension], works_on: WorksOn) -> tuple[date | None, int]:
    """`end` moved by the days that did not count, and how many these were; None where the clock still stands.

    A question that was put when the time was over stops nothing.
    """
    days = 0
    for each in stretches:
        if each.since > roll(end, works_on):
            break
        if each.until is None:
            return None, days
        end += each.until - each.since
        days += (each.until - each.since).days
    return end, days


def _later(one: Suspension, other: Suspension) -> tuple[date | None, Happened]:
    """How long two stretches together last, and what for: who someone is comes before what they mean."""
    if one.until is None and other.until is None:
        identity = Happened.IDENTITY_REQUESTED
        return None, identity if identity in (one.waiting_for, other.waiting_for) else one.waiting_for
    if one.until is None or other.until is None:
        return None, (one if one.until is None else other).waiting_for
    longer = one if one.until >= other.until else other
    return longer.until, longer.waiting_for


def _from(each: Suspension, not_before: date) -> Suspension:
    until = None if each.until is None else max(each.until, not_before)
    return Suspension(max(each.since, not_before), until, each.waiting_for)
