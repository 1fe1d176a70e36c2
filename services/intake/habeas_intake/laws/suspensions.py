"""When the clock of the GDPR stands still: while the controller waits for what it needs from the person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from habeas_intake.laws.law import ClockEvent, Happened
from habeas_intake.laws.periods import WorksOn, local_date, roll


@dataclass(frozen=True)
class Suspension:
    """One stretch of days that do not count: from the day of asking up to the day of the answer, which counts.

    `until` is None while no answer has come.
    """

    since: date
    until: date | None
    waiting_for: Happened


def suspensions(events: Sequence[ClockEvent], received_on: date, zone: ZoneInfo, right: str) -> list[Suspension]:
    """The stretches of one case, joined where they overlap, in the order of time.

    Source: EDPB Guidelines 01/2022 section 5.3; Klarna (Berlin 631.410, IMY 521.14730); recitals 63 and 64.
    """
    told = sorted(events, key=lambda event: event.at)
    found = list(_identity(told, zone))
    if right == "access":  # recital 63 speaks of the right of access alone
        found += _clarification(told, zone)
    clamped = (_from(each, received_on) for each in found)
    return _joined(sorted(clamped, key=lambda each: each.since))


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


def _identity(told: Sequence[ClockEvent], zone: ZoneInfo) -> Iterable[Suspension]:
    since: date | None = None
    fell_short: date | None = None
    for event in told:
        day = local_date(event.at, zone)
        if event.kind is Happened.IDENTITY_REQUESTED:
            if event.says("reasonable_doubt") and event.says("without_undue_delay"):
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


def _clarification(told: Sequence[ClockEvent], zone: ZoneInfo) -> Iterable[Suspension]:
    since: date | None = None
    for event in told:
        day = local_date(event.at, zone)
        if event.kind is Happened.CLARIFICATION_REQUESTED:
            if event.says("large_quantity") and event.says("without_undue_delay"):
                since = since or day
        elif event.kind is Happened.CLARIFICATION_RECEIVED and since:
            yield Suspension(since, day, Happened.CLARIFICATION_REQUESTED)
            since = None
    if since:
        yield Suspension(since, None, Happened.CLARIFICATION_REQUESTED)


def _from(each: Suspension, received_on: date) -> Suspension:
    until = None if each.until is None else max(each.until, received_on)
    return Suspension(max(each.since, received_on), until, each.waiting_for)


def _joined(ordered: Iterable[Suspension]) -> list[Suspension]:
    joined: list[Suspension] = []
    for each in ordered:
        last = joined[-1] if joined else None
        if last and (last.until is None or each.since <= last.until):
            if last.until is not None and (each.until is None or each.until > last.until):
                joined[-1] = Suspension(last.since, each.until, each.waiting_for)
        else:
            joined.append(each)
    return joined
