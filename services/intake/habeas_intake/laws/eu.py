"""The clock of the GDPR in the EU and the EEA: one month, counted by Regulation 1182/71."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from habeas_intake.laws.calendars import Calendars, check_calendar
from habeas_intake.laws.law import ClockEvent, Deadlines, Happened, Step
from habeas_intake.laws.periods import Period, end_of, last_day, local_date, roll, zone_of
from habeas_intake.laws.suspensions import Suspension, suspended_until, suspensions

MONTH = Period(1, "months")
#: An extension adds two months to the one; counted from the receipt, never from the first date (law of 31 January).
EXTENDED = Period(3, "months")

#: What harms nobody and is owed without weighing: the month is only the outer limit for saying that it is done.
AT_ONCE = frozenset({"consent_withdrawal", "objection_marketing"})

_RECEIPT = "Regulation 1182/71 Art. 3(1); EDPB Guidelines 01/2022 section 5.3"
_COUNT = "GDPR Art. 12(3); Regulation 1182/71 Art. 3(2)(c)"
_ROLL = "Regulation 1182/71 Art. 3(4) and 2(1)"
_PAUSE = "EDPB Guidelines 01/2022 section 5.3; GDPR Art. 12(6), recital 63"
_REFUSE = "GDPR Art. 12(4)"
_MARKETING = "GDPR Art. 7(3) and 21(3)"
_EVE = "Regulation 1182/71 Art. 2(1)"


@dataclass(frozen=True)
class EuropeanLaw:
    """The GDPR's dates for a controller that answers in a State of the EU or the EEA."""

    name: str = "eu"
    calendars: Calendars = field(default_factory=Calendars)

    def deadlines(
        self, received: datetime, calendar: str, zone: str, right: str, events: Sequence[ClockEvent] = ()
    ) -> Deadlines:
        """Returns the dates of one right; see habeas_intake.laws.law.Law."""
        check_calendar(calendar)
        return _Count(self.calendars, received, calendar, zone, right, events).deadlines()


EU = EuropeanLaw()


class _Count:
    """One case's counting, which gathers the steps that a person can follow."""

    def __init__(
        self,
        calendars: Calendars,
        received: datetime,
        calendar: str,
        zone: str,
        right: str,
        events: Sequence[ClockEvent],
    ) -> None:
        self.calendars = calendars
        self.calendar = calendar
        self.zone = zone_of(zone)
        self.received_on = local_date(received, self.zone)
        self.right = right
        self.stretches = suspensions(events, self.received_on, self.zone, right)
        self.notices = [event for event in events if event.kind is Happened.EXTENSION_NOTIFIED]
        self.refused = any(event.kind is Happened.DECISION_REFUSE for event in events)
        self.steps: list[Step] = []

    def deadlines(self) -> Deadlines:
        self._say(
            "receipt", f"Received on {_day(self.received_on)} in {self.zone.key}; that day is not counted.", _RECEIPT
        )
        if self.right in AT_ONCE:
            self._say("at-once", "To be acted on at once; the month is only the outer limit of the reply.", _MARKETING)
        plain = last_day(self.received_on, MONTH)
        self._say("month", f"One month ends on {_day(plain)}.", _COUNT)
        first, days = suspended_until(plain, self.stretches, self._works_on)
        first_end = roll(first, self._works_on) if first else None
        extended = self._is_extended(first_end)
        end = first
        if extended and not self.refused:
            plain = last_day(self.received_on, EXTENDED)
            self._say("extension", f"Extended in time: three months from the receipt end on {_day(plain)}.", _COUNT)
            end, days = suspended_until(plain, self.stretches, self._works_on)
        waiting = None if end else self._waiting()
        self._say_suspended(days, end, waiting)
        respond_by = self._rolled(end) if end else None
        if extended and first_end:
            self._say("refusal", f"A refusal is due by {_day(first_end)}: an extension does not move it.", _REFUSE)
        return Deadlines(
            received_on=self.received_on,
            respond_by=respond_by,
            refuse_by=first_end,
            ends_at=end_of(respond_by, self.zone) if respond_by else None,
            steps=tuple(self.steps),
            respond_by_unrolled=end,
            extension_notice_by=first_end,
            extended=extended,
            suspended_days=days,
            suspended_by=waiting,
            at_once=self.right in AT_ONCE,
        )

    def _works_on(self, day: date) -> bool:
        return self.calendars.works_on(self.calendar, day)

    def _is_extended(self, notice_by: date | None) -> bool | None:
        if not self.notices:
            return None
        for notice in self.notices:
            day = local_date(notice.at, self.zone)
            if notice.says("reasons_given") and (notice_by is None or self.received_on <= day <= notice_by):
                return True
        self._say("extension", "A notice of extension came too late or without reasons: it changes nothing.", _COUNT)
        return False

    def _waiting(self) -> Happened | None:
        open_ones: list[Suspension] = [each for each in self.stretches if each.until is None]
        return open_ones[0].waiting_for if open_ones else None

    def _say_suspended(self, days: int, end: date | None, waiting: Happened | None) -> None:
        if waiting:
            self._say("suspension", "The clock stands still until the person has answered.", _PAUSE)
        elif days and end:
            self._say("suspension", f"{days} days did not count while an answer was awaited: {_day(end)}.", _PAUSE)

    def _rolled(self, day: date) -> date:
        end = roll(day, self._works_on)
        if end != day:
            why = self.calendars.holiday(self.calendar, day) or "a weekend"
            self._say("roll", f"{_day(day)} is {why} in {self.calendar}: the next working day is {_day(end)}.", _ROLL)
        eve = self.calendars.eve(self.calendar, end)
        if eve:
            words = f"{_day(end)} is {eve}: a holiday to national procedure only, so it is not relied on."
            self._say("eve", words, _EVE)
        return end

    def _say(self, rule: str, words: str, source: str) -> None:
        self.steps.append(Step(rule, words, source))


def _day(day: date) -> str:
    return f"{day:%A} {day.isoformat()}"
