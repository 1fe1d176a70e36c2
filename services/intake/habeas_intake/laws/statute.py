"""A law as a value: what it gives for each right, when its time begins, and what stops it; counted here for all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Self

from habeas.sdk.errors import Fault, Faults
from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.law import SAME_RIGHT, ClockEvent, Deadlines, Happened, Step
from habeas_intake.laws.order import in_order
from habeas_intake.laws.periods import Period, WorksOn, end_of, last_day, local_date, roll, zone_of
from habeas_intake.laws.suspensions import Suspension, suspended_until
from habeas_intake.laws.terms import Sources, Start, Terms, Told, at_receipt, never
from habeas_intake.laws.words import WEEKEND, Value, asked, awaited

_ASKING = frozenset({Happened.IDENTITY_REQUESTED, Happened.CLARIFICATION_REQUESTED, Happened.FEE_REQUESTED})


@dataclass(frozen=True)
class Statute:
    """One law's clock, put together from its parts; see habeas_intake.laws.law.Law.

    `rolls` is the source by which a last day that is no working day moves on; empty where the law says nothing of it,
    and then the day stays. `working_days` is the calendar for periods in working days; empty means the controller's.
    """

    name: str
    title: str
    terms: Callable[[str], Terms | None]
    sources: Sources
    aliases: tuple[str, ...] = ()
    begins: Callable[[Told], Start] = at_receipt
    stops: Callable[[Told, date], list[Suspension]] = never
    rolls: str = ""
    working_days: str = ""
    calendars: Calendars = field(default_factory=Calendars)

    def counting_by(self, calendars: Calendars) -> Self:
        """Returns the same law by other calendars."""
        return replace(self, calendars=calendars)

    def deadlines(
        self, received: datetime, calendar: str, zone: str, right: str, events: Sequence[ClockEvent] = ()
    ) -> Deadlines:
        """Returns the dates of one right."""
        self.calendars.check(calendar)
        place = zone_of(zone)
        received_on = local_date(received, place)
        right = SAME_RIGHT.get(right, right)
        terms = self.terms(right)
        if terms is None:
            problem = f"the law {self.name!r} has no time for {right!r}"
            raise Faults([Fault("right", problem, "name a right that this law gives")])
        told = Told(
            received_on, place, right, in_order(received, events), lambda day: self.calendars.works_on(calendar, day)
        )
        return _Count(self, terms, told, calendar).deadlines()


class _Count:
    """One case's counting, which gathers the steps that a person can follow."""

    def __init__(self, law: Statute, terms: Terms, told: Told, calendar: str) -> None:
        self.law, self.terms, self.told, self.calendar = law, terms, told, calendar
        self.rolls_on: WorksOn = told.works_on if law.rolls else lambda _day: True
        self.notices = [event for event in told.events if event.kind is Happened.EXTENSION_NOTIFIED]
        self.refused = any(event.kind is Happened.DECISION_REFUSE for event in told.events)
        self.at_once = bool(terms.at_once)
        self.steps: list[Step] = []

    def deadlines(self) -> Deadlines:
        told, terms = self.told, self.terms
        self._say("receipt", self.law.sources.receipt, day=told.received_on, zone=told.zone.key)
        if self.at_once:
            self._say("at_once", terms.at_once)
        acknowledge_by = self._acknowledge()
        start = self.law.begins(told)
        self.steps += start.steps
        if start.on is None:
            self._say_idle(start.waits)
            self._say_waits(0, None, start.waits[-1].waiting_for)
            extended = self._judge(told.received_on, None)
            return self._found(None, None, None, acknowledge_by, 0, start.waits[-1].waiting_for, extended)
        stretches = self.law.stops(told, start.on)
        self._say_idle((*start.waits, *stretches))
        end = self._last_day(terms.first, start.on, terms.source)
        self._say("period", terms.source, length=terms.first, day=end)
        first, days = suspended_until(end, stretches, self.rolls_on)
        notice_by = roll(first, self.rolls_on) if first else None
        extended = self._judge(start.on, notice_by)
        last: date | None = first
        if extended and terms.extended and not self.refused:
            end = self._last_day(terms.extended, start.on, terms.source)
            self._say("extended", self.law.sources.extension, length=terms.extended, start=start.on, day=end)
            last, days = suspended_until(end, stretches, self.rolls_on)
        waiting = None if last else _open(stretches)
        self._say_waits(days, last, waiting)
        return self._found(start.on, last, notice_by, acknowledge_by, days, waiting, extended)

    def _found(
        self,
        started_on: date | None,
        last: date | None,
        notice_by: date | None,
        acknowledge_by: date | None,
        days: int,
        waiting: Happened | None,
        extended: bool | None,
    ) -> Deadlines:
        respond_by = self._rolled(last) if last else None
        if extended and notice_by:
            self._say("refusal", self.law.sources.refusal, day=notice_by)
        for rule, source in self.terms.notes if respond_by else ():
            self._say(rule, source, day=respond_by)
        return Deadlines(
            received_on=self.told.received_on,
            respond_by=respond_by,
            refuse_by=notice_by,
            ends_at=end_of(respond_by, self.told.zone) if respond_by else None,
            steps=tuple(self.steps),
            respond_by_unrolled=last,
            extension_notice_by=notice_by if self.terms.extended else None,
            extended=extended,
            extendable=self.terms.extended is not None,
            started_on=started_on,
            suspended_days=days,
            suspended_by=waiting,
            acknowledge_by=acknowledge_by,
            at_once=self.at_once,
        )

    def _last_day(self, period: Period, start: date, source: str) -> date:
        if period.unit != "working_days":
            return last_day(start, period)
        end = last_day(start, period, self._is_working_day)
        plain = last_day(start, period)
        if plain != end:
            self._say("weekdays_only", source, day=plain)
        return end

    def _is_working_day(self, day: date) -> bool:
        return self.law.calendars.works_on(self.law.working_days or self.calendar, day)

    def _acknowledge(self) -> date | None:
        if self.terms.acknowledge is None:
            return None
        source = self.law.sources.acknowledge
        by = self._last_day(self.terms.acknowledge, self.told.received_on, source)
        self._say("acknowledge", source, length=self.terms.acknowledge, day=by)
        return by

    def _judge(self, start: date, notice_by: date | None) -> bool | None:
        """Whether a notice extended the time: None without one, False where each came too late or without reasons."""
        for notice in self.notices:
            day, source = local_date(notice.at, self.told.zone), self.law.sources.extension
            if self.terms.extended is None:
                self._say("extension_unknown", source, day=day)
            elif not notice.says("reasons_given"):
                self._say("extension_without_reasons", source, day=day)
            elif notice_by is not None and day > notice_by:
                self._say("extension_late", source, day=day, last=notice_by)
            else:
                return True
        return False if self.notices else None

    def _say_waits(self, days: int, last: date | None, waiting: Happened | None) -> None:
        if waiting:
            self._say("standing_still", self.law.sources.waiting, awaited=awaited(waiting))
        elif days and last:
            self._say("suspended", self.law.sources.waiting, length=Period(days, "days"), day=last)

    def _say_idle(self, waits: Sequence[Suspension]) -> None:
        """Say which questions move nothing, so that nobody counts on them."""
        for event in self.told.events:
            day = local_date(event.at, self.told.zone)
            moves = any(each.since <= day and (each.until is None or day <= each.until) for each in waits)
            if event.kind in _ASKING and not moves:
                self._say("no_effect", self.law.sources.waiting, asked=asked(event.kind), day=day)

    def _rolled(self, day: date) -> date:
        end = roll(day, self.rolls_on)
        if end != day:
            why = self.law.calendars.name_of(self.calendar, day) or WEEKEND
            self._say("roll", self.law.rolls, day=day, why=why, calendar=self.calendar, end=end)
        eve = self.law.calendars.eve(self.calendar, end) if self.law.rolls else None
        if eve:
            self._say("eve", self.law.rolls, day=end, why=eve)
        return end

    def _say(self, rule: str, source: str, **values: Value | None) -> None:
        self.steps.append(Step(rule, source, {name: value for name, value in values.items() if value is not None}))


def _open(stretches: Sequence[Suspension]) -> Happened | None:
    return next((each.waiting_for for each in stretches if each.until is None), None)
