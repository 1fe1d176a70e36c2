"""A period in days as Regulation 1182/71 counts it, for what a controller has set itself or an authority has set."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Self

from habeas.sdk.errors import Fault, Faults
from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.eu import ROLL
from habeas_intake.laws.law import ClockEvent, Deadlines, Step
from habeas_intake.laws.order import in_order
from habeas_intake.laws.periods import Period, end_of, last_day, local_date, period_end, roll, zone_of
from habeas_intake.laws.words import WEEKEND

#: More days than any period of this kind has.
MOST_DAYS = 3660


@dataclass(frozen=True)
class DaysOfRegulation:
    """A period of some days under the Regulation; nothing that happens to a case moves it."""

    days: int
    calendars: Calendars = field(default_factory=Calendars)
    name: str = "reg-1182-71"
    title: str = "Regulation 1182/71"
    aliases: tuple[str, ...] = ("REG_1182_71_DAYS",)

    def counting_by(self, calendars: Calendars) -> Self:
        """Returns the same period by other calendars."""
        return replace(self, calendars=calendars)

    def deadlines(
        self, received: datetime, calendar: str, zone: str, right: str, events: Sequence[ClockEvent] = ()
    ) -> Deadlines:
        """Returns its last day; `right` is not asked about, since a period of this kind belongs to none."""
        if not 1 <= self.days <= MOST_DAYS:
            raise Faults([Fault("period_days", f"{self.days} days are no period", f"from 1 to {MOST_DAYS}")])
        self.calendars.check(calendar)
        place = zone_of(zone)
        received_on = local_date(received, place)
        in_order(received, events)
        works_on = partial(self.calendars.works_on, calendar)
        period = Period(self.days, "days")
        raw = last_day(received_on, period)
        rolled, end = roll(raw, works_on), period_end(received_on, period, works_on)
        steps = [
            Step("receipt", "Regulation 1182/71 Art. 3(1)", {"day": received_on, "zone": zone}),
            Step("period", "Regulation 1182/71 Art. 3(2)(b)", {"length": period, "day": raw}),
        ]
        if rolled != raw:
            why = self.calendars.name_of(calendar, raw) or WEEKEND
            steps.append(Step("roll", ROLL, {"day": raw, "why": why, "calendar": calendar, "end": rolled}))
        if end != rolled:
            steps.append(Step("two_working_days", "Regulation 1182/71 Art. 3(5)", {"day": end}))
        return Deadlines(
            received_on=received_on,
            respond_by=end,
            refuse_by=None,
            ends_at=end_of(end, place),
            steps=tuple(steps),
            respond_by_unrolled=raw,
            started_on=received_on,
        )
