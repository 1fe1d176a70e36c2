"""Where periods of keeping end: calendar arithmetic that gives a day, or None where no day can be computed."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta

from habeas.decisions.types import ActivityFacts
from habeas.profile.types import LegalRetention, Length, PeriodEnd, Retention, StartEvent, Unit

#: A month and a day that every year has, whatever a financial year says.
_LAST_OF_YEAR = (12, 31)
_MONTHS = 12
_IN_EVERY_MONTH = 28


@dataclass(frozen=True)
class End:
    """The last day on which something is needed, None where none can be computed; not `exact`: it may end earlier.

    `first` is the day on which the period of the oldest record ends, where each record has one of its own.
    """

    day: date | None
    exact: bool
    first: date | None = None


def add(length: Length, start: date) -> date | None:
    """The last day of a period that starts on that day; a day that its month lacks is the month's last."""
    if length.unit is Unit.DAYS:
        left = (date.max - start).days
        return start + timedelta(days=length.count) if length.count <= left else None
    months = length.count * (_MONTHS if length.unit is Unit.YEARS else 1) + start.month - 1
    return _on(start.year + months // _MONTHS, months % _MONTHS + 1, start.day)


def kept_until(rule: LegalRetention, start: date) -> date | None:
    """The last day on which a law keeps what its period counts from that day; None beyond the calendar.

    With `end_of_year`: the end of the calendar year that the period reaches, and years are counted from the one in
    which the record's financial year ended. Source: Bookkeeping Act (1999:1078) chapter 7 section 2 is the pattern,
    with 7 years.
    """
    if rule.until is PeriodEnd.DAY:
        return add(rule.length, start)
    if rule.length.unit is Unit.YEARS:
        year = _books_closed(rule, start) + rule.length.count
        return _on(year, *_LAST_OF_YEAR)
    end = add(rule.length, start)
    return end and _on(end.year, *_LAST_OF_YEAR)


def starts_of(after: StartEvent, known: ActivityFacts) -> tuple[date | None, ...]:
    """The days that a period counts from, as far as the facts tell: of every record, or the one of an event."""
    if after is StartEvent.RECORD_DATE:
        return tuple(day for dates in known.records.values() for day in dates) or (None,)
    return (known.dates.get(after),)


def needed_until(retention: Retention, known: ActivityFacts, period_holds: bool) -> End:
    """The last day on which an activity's own retention needs its data, over all the records that are known.

    `period_holds` False leaves out the length: the data is needed to the start of the period and not beyond.
    """
    end: date | None = None
    first: date | None = None
    if retention.after is not None:
        length = retention.length if period_holds and retention.length else Length(0, Unit.DAYS)
        first, end = _ends(length, starts_of(retention.after, known))
    if retention.at_most is None:
        return End(end, exact=True, first=first)
    oldest, cap = _ends(retention.at_most, starts_of(StartEvent.RECORD_DATE, known))
    if end is None or cap is None:
        return End(end or cap, exact=False)
    return End(min(end, cap), exact=True, first=oldest and first and min(oldest, first))


def _ends(length: Length, starts: tuple[date | None, ...]) -> tuple[date | None, date | None]:
    """The ends of what starts first and of what starts last: what starts later never ends earlier."""
    if None in starts:
        return None, None
    days = [start for start in starts if start]
    return add(length, min(days)), add(length, max(days))


def _books_closed(rule: LegalRetention, dated: date) -> int:
    closes = _on(dated.year, *rule.financial_year_ends)
    return dated.year if closes is None or dated <= closes else dated.year + 1


def _on(year: int, month: int, day: int) -> date | None:
    if year > MAXYEAR:
        return None
    return date(year, month, day if day <= _IN_EVERY_MONTH else min(day, monthrange(year, month)[1]))
