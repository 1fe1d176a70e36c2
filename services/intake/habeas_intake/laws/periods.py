"""How a period becomes a date: Regulation (EEC, Euratom) No 1182/71 of the Council, for periods from days to years.

Periods in hours are left out on purpose: Art. 3(4) rolls none of them, and no right of a person is counted in hours.
"""

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from habeas.sdk.errors import Fault, Faults

WorksOn = Callable[[date], bool]
Unit = Literal["days", "working_days", "weeks", "months", "years"]

#: The years that an instant can lie in: Regulation 1182/71 is the oldest rule here.
YEARS = range(1972, 2200)


@dataclass(frozen=True)
class Period:
    """A length of time as a law words it; working days are counted by a calendar."""

    count: int
    unit: Unit


def on_weekdays(day: date) -> bool:
    """Whether `day` is no Saturday and no Sunday: working days where a law says no more."""
    return day.weekday() < 5


def last_day(after: date, period: Period, works_on: WorksOn = on_weekdays) -> date:
    """The last day of a period that begins with an event on `after`; `works_on` is asked for working days only.

    The day of the event is not counted (Art. 3(1)). Weeks end on the same weekday, months and years on the same
    date; where the last month lacks that date, on its last day (Art. 3(2)(c)).
    """
    match period.unit:
        case "days":
            return after + timedelta(days=period.count)
        case "working_days":
            return _nth_working_day(after, period.count, works_on)
        case "weeks":
            return after + timedelta(weeks=period.count)
        case "months":
            return add_months(after, period.count)
        case "years":
            return add_months(after, 12 * period.count)


def _nth_working_day(after: date, count: int, works_on: WorksOn) -> date:
    day = after
    for _ in range(count):
        day = roll(day + timedelta(days=1), works_on)
    return day


def add_months(day: date, months: int) -> date:
    """The same date so many months later, or the last day of that month where it has no such date."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def roll(day: date, works_on: WorksOn) -> date:
    """`day` itself, or the next working day where it is none (Art. 3(4))."""
    while not works_on(day):
        day += timedelta(days=1)
    return day


def period_end(after: date, period: Period, works_on: WorksOn) -> date:
    """The last day of a period in full: counted, rolled, and with the two working days of Art. 3(5) in it.

    Art. 3(5) holds for periods of two days or more; it adds days only to short ones over a holiday.
    """
    end = roll(last_day(after, period), works_on)
    if period == Period(1, "days"):
        return end
    while not _holds_two_working_days(after, end, works_on):
        end = roll(end + timedelta(days=1), works_on)
    return end


def _holds_two_working_days(after: date, end: date, works_on: WorksOn) -> bool:
    worked, day = 0, end
    while day > after and worked < 2:
        worked += works_on(day)
        day -= timedelta(days=1)
    return worked == 2


def zone_of(name: str) -> ZoneInfo:
    """The time zone of that IANA name; raises Faults for one that does not exist."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # OSError: a name that is a folder of the database, such as `Europe`.
        raise Faults(
            [Fault("zone", f"no time zone is called {name!r}", "use an IANA name: Europe/Stockholm")]
        ) from error


def local_date(at: datetime, zone: ZoneInfo, field: str = "received") -> date:
    """The calendar date of an instant where the controller is.

    Raises Faults that name `field` for an instant without an offset, or of a year that no law here knows.
    """
    if at.utcoffset() is None:
        raise Faults([Fault(field, "the instant has no offset from UTC", "write it like 2026-03-05T10:00+01:00")])
    if at.year not in YEARS:
        raise Faults([Fault(field, f"the year {at.year} is out of reach", f"from {YEARS[0]} to {YEARS[-1]}")])
    return at.astimezone(zone).date()


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant after `day` in that zone, in UTC."""
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=zone).astimezone(UTC)
