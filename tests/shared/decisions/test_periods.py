"""Where a period ends: law by law and day by day."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policies import BOOKKEEPING, CONTRACT_AND_A_YEAR, YEAR, retention

from habeas.decisions import ActivityFacts, kept_until
from habeas.decisions.periods import End, add, needed_until
from habeas.profile import Length, PeriodEnd, StartEvent, Unit

dates = st.dates(date(1990, 1, 1), date(2090, 1, 1))
lengths = st.builds(Length, st.integers(1, 400), st.sampled_from(list(Unit)))
rules = st.builds(
    lambda length, until, ends: replace(BOOKKEEPING, length=length, until=until, financial_year_ends=ends),
    lengths,
    st.sampled_from(list(PeriodEnd)),
    st.tuples(st.integers(1, 12), st.integers(1, 31)),
)
ENDED = {StartEvent.CONTRACT_END: date(2025, 11, 24)}


@pytest.mark.parametrize(
    ("dated", "year_ends", "until"),
    [
        (date(2019, 1, 1), (12, 31), date(2026, 12, 31)),
        (date(2018, 12, 31), (12, 31), date(2025, 12, 31)),
        (date(2019, 6, 30), (6, 30), date(2026, 12, 31)),
        (date(2019, 7, 1), (6, 30), date(2027, 12, 31)),
        (date(2020, 2, 29), (2, 29), date(2027, 12, 31)),
        (date(2019, 2, 28), (2, 29), date(2026, 12, 31)),
        (date(2019, 3, 1), (2, 29), date(2027, 12, 31)),
    ],
)
def test_books_are_kept_to_the_end_of_the_seventh_year(dated: date, year_ends: tuple[int, int], until: date) -> None:
    """Bookkeeping Act chapter 7 section 2: after the calendar year in which the financial year ended."""
    assert kept_until(replace(BOOKKEEPING, financial_year_ends=year_ends), dated) == until


def test_a_period_can_end_on_its_own_day() -> None:
    rule = replace(BOOKKEEPING, until=PeriodEnd.DAY, length=Length(6, Unit.YEARS))
    assert kept_until(rule, date(2020, 5, 17)) == date(2026, 5, 17)
    assert kept_until(rule, date(2020, 2, 29)) == date(2026, 2, 28)


def test_months_that_end_with_the_year_reach_its_last_day() -> None:
    rule = replace(BOOKKEEPING, length=Length(18, Unit.MONTHS))
    assert kept_until(rule, date(2024, 5, 1)) == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("length", "start", "end"),
    [
        (Length(90, Unit.DAYS), date(2026, 1, 1), date(2026, 4, 1)),
        (Length(6, Unit.MONTHS), date(2026, 8, 31), date(2027, 2, 28)),
        (Length(12, Unit.MONTHS), date(2026, 12, 31), date(2027, 12, 31)),
        (Length(1, Unit.MONTHS), date(2026, 11, 30), date(2026, 12, 30)),
        (Length(3, Unit.YEARS), date(2024, 2, 29), date(2027, 2, 28)),
        (Length(0, Unit.DAYS), date(2026, 1, 1), date(2026, 1, 1)),
    ],
)
def test_a_length_is_counted_in_its_own_unit(length: Length, start: date, end: date) -> None:
    assert add(length, start) == end


@pytest.mark.parametrize("unit", list(Unit))
def test_a_day_beyond_the_calendar_is_no_day(unit: Unit) -> None:
    assert add(Length(400, unit), date.max) is None
    assert kept_until(replace(BOOKKEEPING, length=Length(400, unit)), date.max) is None


@given(rules, dates, dates)
def test_what_is_dated_later_is_never_kept_shorter(rule, one, other) -> None:
    ends = [kept_until(rule, day) for day in sorted([one, other])]
    assert ends[0] <= ends[1]


@given(rules, dates)
def test_the_law_never_lets_go_before_its_period_is_over(rule, dated) -> None:
    until = kept_until(rule, dated)
    shortest = {Unit.DAYS: 1, Unit.MONTHS: 30, Unit.YEARS: 365}[rule.length.unit] * rule.length.count - 31
    assert until - dated >= timedelta(days=shortest)
    assert rule.until is PeriodEnd.DAY or (until.month, until.day) == (12, 31)


def known(**changes) -> ActivityFacts:
    return ActivityFacts(**changes)


@pytest.mark.parametrize(
    ("about", "end"),
    [
        (known(dates=ENDED), End(date(2026, 11, 24), exact=True, first=date(2026, 11, 24))),
        (known(), End(None, exact=True)),
        (known(records={"orders": (date(2020, 1, 1),)}), End(None, exact=True)),
    ],
)
def test_a_period_after_an_event_needs_the_event(about, end) -> None:
    assert needed_until(CONTRACT_AND_A_YEAR, about, period_holds=True) == end


def test_a_period_that_does_not_hold_ends_on_the_day_it_would_begin() -> None:
    assert needed_until(CONTRACT_AND_A_YEAR, known(dates=ENDED), period_holds=False).day == date(2025, 11, 24)


@pytest.mark.parametrize(
    ("records", "first", "day"),
    [
        ({"calls": (date(2025, 1, 1), date(2026, 1, 1))}, date(2026, 1, 1), date(2027, 1, 1)),
        ({"calls": (date(2025, 1, 1), None)}, None, None),
        ({"calls": ()}, None, None),
        ({}, None, None),
    ],
)
def test_a_period_of_each_record_ends_with_the_last_of_them(records, first, day) -> None:
    rule = retention(after=StartEvent.RECORD_DATE, length=YEAR)
    assert needed_until(rule, known(records=records), period_holds=True) == End(day, exact=True, first=first)


@pytest.mark.parametrize(
    ("dates_", "records", "end"),
    [
        (ENDED, {"files": (date(2025, 6, 1),)}, End(date(2025, 12, 1), exact=True, first=date(2025, 12, 1))),
        (ENDED, {"files": (date(2026, 11, 1),)}, End(date(2026, 11, 24), exact=True, first=date(2026, 11, 24))),
        (ENDED, {}, End(date(2026, 11, 24), exact=False)),
        ({}, {"files": (date(2025, 6, 1),)}, End(date(2025, 12, 1), exact=False)),
        ({}, {}, End(None, exact=False)),
    ],
)
def test_a_bound_shortens_a_period_and_alone_says_only_the_latest_day(dates_, records, end) -> None:
    rule = replace(CONTRACT_AND_A_YEAR, at_most=Length(6, Unit.MONTHS))
    assert needed_until(rule, known(dates=dates_, records=records), period_holds=True) == end
