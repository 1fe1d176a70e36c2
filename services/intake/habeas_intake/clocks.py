"""The clock of one right in one case: every law that holds and every promise of the house; the earliest day rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from habeas.errors import Fault, Faults, Refused
from habeas.profile import Profile
from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.eu import AT_ONCE, OBJECTION_MARKETING
from habeas_intake.laws.law import ClockEvent, Deadlines, Happened, Step
from habeas_intake.laws.periods import Period, end_of, last_day, zone_of
from habeas_intake.laws.registry import find_law
from habeas_intake.laws.words import Value

__all__ = ["OBJECTION_MARKETING", "Clock", "ExtensionReason", "extend", "start_clock"]

_AT_ONCE_SOURCE = "house rule, after GDPR Art. 7(3) and 21(3)"
_EARLIEST_SOURCE = "house rule"
_EXTENSION_SOURCE = "GDPR Art. 12(3)"


def _(words: str) -> str:
    """Mark words that a page translates; a program gets them as they are."""
    return words


class ExtensionReason(StrEnum):
    """Why an answer may take longer (GDPR Art. 12(3)): nothing about the house's own systems or staff is among it."""

    COMPLEXITY = "complexity"
    NUMBER_OF_REQUESTS = "number_of_requests"


_REASONS = {
    ExtensionReason.COMPLEXITY: {"en": "the request is complex", "sv": "begäran är komplicerad"},
    ExtensionReason.NUMBER_OF_REQUESTS: {"en": "the number of requests", "sv": "antalet begäranden"},
}


@dataclass(frozen=True)
class Clock:
    """The days of one right, and every step that led to them.

    `respond_by` is the earliest day of all laws and promises, None while every law's clock stands still; `refuse_by`
    never lies after the first of them. `target_on` is the aim inside the house. `ends_at` is the first instant after
    `respond_by`, in UTC. `by_law` holds what each law found alone.
    """

    right: str
    received_on: date
    respond_by: date | None
    refuse_by: date | None
    target_on: date | None
    ends_at: datetime | None
    steps: tuple[Step, ...]
    at_once: bool = False
    acknowledge_by: date | None = None
    extension_notice_by: date | None = None
    extended: bool = False
    suspended_by: Happened | None = None
    by_law: Mapping[str, Deadlines] = field(default_factory=dict)


def start_clock(
    profile: Profile,
    right: str,
    received: datetime,
    events: Sequence[ClockEvent] = (),
    calendars: Calendars | None = None,
) -> Clock:
    """The clock of `right`, a member of Right or `objection_marketing`, by every law and promise of the profile.

    `received` and the events carry offsets; `calendars` hold what a State has declared and the library does not know.
    Raises Faults for what cannot be: see habeas_intake.laws.law.Law.
    """
    place = profile.controller
    laws = {name: find_law(name).counting_by(calendars or Calendars()) for name in profile.laws}
    found = {name: law.deadlines(received, place.calendar, place.zone, right, events) for name, law in laws.items()}
    return _joined(profile, str(right), found)


def extend(
    profile: Profile,
    right: str,
    received: datetime,
    events: Sequence[ClockEvent],
    notified_at: datetime,
    reason: str,
    told: str,
    calendars: Calendars | None = None,
) -> Clock:
    """The clock after a notice of extension that was sent at `notified_at`, for an ExtensionReason.

    `told` are the controller's own words: they are asked for, and kept out of the steps, since they are for one person
    and may say something of them.
    Raises Refused where it comes too late, comes twice, or no law gives it; Faults for a reason that is none.
    """
    _check_reason(reason, told)
    before = start_clock(profile, right, received, events, calendars)
    if before.at_once:
        raise Refused(f"{right} is acted on at once: there is nothing to extend")
    if any(event.kind is Happened.DECISION_REFUSE for event in events):
        raise Refused("the request was refused: an extension does not move a refusal")
    if before.extended:
        raise Refused("the time was extended before: a law gives one extension")
    notice = ClockEvent(Happened.EXTENSION_NOTIFIED, notified_at, {"reasons_given": True})
    earlier = [event for event in events if event.kind is not Happened.EXTENSION_NOTIFIED]
    clock = start_clock(profile, right, received, [*earlier, notice], calendars)
    wrong = [_why_not(law, each) for law, each in clock.by_law.items() if not each.extended]
    if wrong:
        raise Refused("; ".join(wrong))
    said = Step("extension_reason", _EXTENSION_SOURCE, {"reason": _REASONS[ExtensionReason(reason)]})
    return replace(clock, steps=(*clock.steps, said))


def _check_reason(reason: str, told: str) -> None:
    faults: list[Fault] = []
    if reason not in list(ExtensionReason):
        remedy = _("choose complexity or the number of requests; a slow system or absent staff is none")
        faults.append(Fault("reason", _("this is no reason that the law knows"), remedy))
    if not told.strip():
        faults.append(Fault("told", _("the person has to be told why"), _("say it in your own words, for this case")))
    if faults:
        raise Faults(faults)


def _why_not(law: str, found: Deadlines) -> str:
    if not found.extendable:
        return f"the law {law} knows no extension of this"
    return f"the notice comes too late for the law {law}: its last day was {found.extension_notice_by}"


def _joined(profile: Profile, right: str, found: Mapping[str, Deadlines]) -> Clock:
    received_on = next(iter(found.values())).received_on
    steps = list(_said(found))
    at_once = right in AT_ONCE or any(each.at_once for each in found.values())
    if at_once and not any(each.at_once for each in found.values()):
        steps.append(Step("at_once", _AT_ONCE_SOURCE))
    by_law = _earliest(each.respond_by for each in found.values())
    promised = _promised(profile, right, received_on, found, by_law, steps)
    respond_by = _earliest([by_law, *promised])
    if respond_by and (promised or len(found) > 1):
        steps.append(Step("earliest", _EARLIEST_SOURCE, {"day": respond_by}))
    refuse_by = _earliest(each.refuse_by for each in found.values())
    return Clock(
        right=right,
        received_on=received_on,
        respond_by=respond_by,
        refuse_by=_earliest([refuse_by, respond_by]) if respond_by else None,
        target_on=_target(profile, received_on, respond_by, at_once=at_once),
        ends_at=end_of(respond_by, zone_of(profile.controller.zone)) if respond_by else None,
        steps=tuple(steps),
        at_once=at_once,
        acknowledge_by=_earliest(each.acknowledge_by for each in found.values()),
        extension_notice_by=_earliest(each.extension_notice_by for each in found.values()),
        extended=all(bool(each.extended) for each in found.values()),
        suspended_by=None if by_law else next(each.suspended_by for each in found.values() if each.suspended_by),
        by_law=found,
    )


def _said(found: Mapping[str, Deadlines]) -> Iterable[Step]:
    for law, each in found.items():
        if len(found) > 1:
            yield Step("law", each.steps[0].source, {"law": find_law(law).title})
        yield from each.steps


def _promised(
    profile: Profile,
    right: str,
    received_on: date,
    found: Mapping[str, Deadlines],
    by_law: date | None,
    steps: list[Step],
) -> list[date]:
    """The days of the house's promises: an outer limit beside the law's, which waits only where every law waits.

    No extension moves them, and what is owed at once they cannot slow.
    """
    waited = _waited(found)
    days: list[date] = []
    for each in profile.promises:
        if each.right != ("objection" if right == OBJECTION_MARKETING else right):
            continue
        length = Period(each.within_days, "days")
        values: dict[str, Value] = {"controller": profile.controller.name, "length": length}
        if waited is None or by_law is None:
            steps.append(Step("promise_waits", each.source, values))
            continue
        day = last_day(received_on, length) + waited
        rule = "promise" if day <= by_law else "promise_later"
        steps.append(Step(rule, each.source, {**values, "day": day}))
        days.append(day)
    return days


def _waited(found: Mapping[str, Deadlines]) -> timedelta | None:
    """The fewest days that any law has waited for the person; None while all of them wait."""
    waits = [
        each.started_on - each.received_on + timedelta(days=each.suspended_days)
        for each in found.values()
        if each.respond_by and each.started_on
    ]
    return min(waits) if waits else None


def _target(profile: Profile, received_on: date, respond_by: date | None, *, at_once: bool) -> date | None:
    if respond_by is None:
        return None
    return received_on if at_once else min(received_on + timedelta(days=profile.target_days), respond_by)


def _earliest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day), default=None)
