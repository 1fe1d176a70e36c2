"""The clock of the law: dates worked out by hand, and the traps of calendars and zones."""

import json
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.sdk.errors import Faults
from habeas_intake.laws import calendars
from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.eu import EU, EuropeanLaw
from habeas_intake.laws.law import ClockEvent, Happened, Law
from habeas_intake.laws.periods import Period, add_months, last_day, period_end, roll

VECTORS = json.loads((Path(__file__).parent / "deadline_vectors.json").read_text(encoding="utf-8"))["vectors"]
SNAPSHOT = json.loads((Path(__file__).parent / "holidays_snapshot.json").read_text(encoding="utf-8"))
NOON = datetime(2025, 9, 1, 12, tzinfo=UTC)


def told(event: dict[str, Any]) -> ClockEvent:
    return ClockEvent(Happened(event["kind"]), datetime.fromisoformat(event["at"]), event.get("facts", {}))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_every_date_worked_out_by_hand_comes_out(vector: dict[str, Any]) -> None:
    received = datetime.fromisoformat(vector["received_at"])
    law: Law = EU
    got = law.deadlines(
        received, vector["calendar"], vector["zone"], vector["right"], [told(event) for event in vector["events"]]
    )
    expect = dict(vector["expect"])
    assert any(step.rule == "eve" for step in got.steps) == expect.pop("eve", False)
    expect.setdefault("respond_by_unrolled", expect["respond_by"])
    for name, value in expect.items():
        found = getattr(got, name)
        if isinstance(found, datetime):
            found = found.strftime("%Y-%m-%dT%H:%M:%SZ")
        elif isinstance(found, date):
            found = found.isoformat()
        assert found == value, (name, vector["why"])


def test_every_step_names_its_source() -> None:
    received = datetime(2025, 10, 31, 9, tzinfo=UTC)
    events = [
        ClockEvent(Happened.IDENTITY_REQUESTED, received, {"reasonable_doubt": True, "without_undue_delay": True}),
        ClockEvent(Happened.IDENTITY_RECEIVED, received + timedelta(days=7)),
        ClockEvent(Happened.EXTENSION_NOTIFIED, received + timedelta(days=9), {"reasons_given": True}),
    ]
    steps = EU.deadlines(received, "SE", "Europe/Stockholm", "access", events).steps
    assert [step.rule for step in steps] == ["receipt", "month", "extension", "suspension", "roll", "refusal"]
    assert all(step.source and step.words for step in steps)


def test_a_calendar_is_built_once_a_year_and_not_for_each_case() -> None:
    EU.deadlines(NOON, "SE", "Europe/Stockholm", "access")
    built = calendars._public.cache_info().misses
    for hours in range(1000):
        EU.deadlines(NOON + timedelta(hours=hours), "SE", "Europe/Stockholm", "access")
    assert calendars._public.cache_info().misses == built


@pytest.mark.parametrize("calendar", ["DE", "GB"])
def test_a_land_of_many_calendars_needs_its_subdivision(calendar: str) -> None:
    with pytest.raises(Faults, match=f"holidays differ within {calendar}") as refused:
        EU.deadlines(NOON, calendar, "Europe/Berlin", "access")
    assert f"{calendar}-" in refused.value.faults[0].remedy


@pytest.mark.parametrize("calendar", ["XX", "", "DE-XX", "SE-AB", "se", "GB-"])
def test_an_unknown_calendar_is_refused(calendar: str) -> None:
    with pytest.raises(Faults):
        EU.deadlines(NOON, calendar, "Europe/Berlin", "access")


@pytest.mark.parametrize("zone", ["Europe", "Europe/Atlantis", "", "../etc/passwd", "/etc/localtime"])
def test_an_unknown_zone_is_refused(zone: str) -> None:
    with pytest.raises(Faults, match="time zone"):
        EU.deadlines(NOON, "SE", zone, "access")


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(Faults, match="offset"):
        EU.deadlines(NOON.replace(tzinfo=None), "SE", "Europe/Stockholm", "access")


def test_a_day_that_the_library_does_not_know_yet_can_be_declared() -> None:
    law = EuropeanLaw(calendars=Calendars(more={"SE": frozenset({date(2025, 10, 1)})}))
    assert law.deadlines(NOON, "SE", "Europe/Stockholm", "access").respond_by == date(2025, 10, 2)
    assert EU.deadlines(NOON, "SE", "Europe/Stockholm", "access").respond_by == date(2025, 10, 1)


@pytest.mark.parametrize("calendar", sorted(SNAPSHOT))
def test_the_library_gives_the_days_that_were_checked_against_the_statutes(calendar: str) -> None:
    """A release that adds or drops a day fails here, so that somebody looks why before a deadline moves."""
    known = Calendars()
    for year, days in SNAPSHOT[calendar].items():
        first = date(int(year), 1, 1)
        year_days = (first + timedelta(days=n) for n in range((date(int(year) + 1, 1, 1) - first).days))
        free = [day.isoformat() for day in year_days if day.weekday() < 5 and not known.works_on(calendar, day)]
        assert free == days, year


def test_a_short_period_holds_two_working_days() -> None:
    """Art. 3(5): three days from Christmas Eve hold one working day only, so the period goes on to the second."""
    works = partial(Calendars().works_on, "SE")
    assert period_end(date(2025, 12, 23), Period(3, "days"), works) == date(2025, 12, 29)
    assert period_end(date(2025, 12, 24), Period(2, "days"), works) == date(2025, 12, 30)
    assert period_end(date(2026, 2, 9), Period(2, "days"), works) == date(2026, 2, 11)
    assert period_end(date(2025, 12, 24), Period(1, "days"), works) == date(2025, 12, 29)


def test_weeks_and_years_end_on_the_same_day() -> None:
    assert last_day(date(2025, 12, 24), Period(2, "weeks")) == date(2026, 1, 7)
    assert last_day(date(2028, 2, 29), Period(1, "years")) == date(2029, 2, 28)


@given(
    st.integers(0, 10 * 365 * 24 * 60).map(
        lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.sampled_from(["SE", "NO", "SI", "DE-BY", "GB-ENG", "FR"]),
)
def test_the_end_is_a_working_day_at_most_a_week_after_the_month(received: datetime, calendar: str) -> None:
    got = EU.deadlines(received, calendar, "Europe/Stockholm", "access")
    assert got.respond_by is not None
    assert got.ends_at is not None
    assert Calendars().works_on(calendar, got.respond_by)
    assert timedelta(0) <= got.respond_by - add_months(got.received_on, 1) <= timedelta(days=6)
    assert got.ends_at > received + timedelta(days=28)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 24))
def test_a_month_later_is_the_same_date_or_the_last_of_its_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(st.dates(date(2024, 1, 1), date(2035, 1, 1)))
def test_rolling_twice_changes_nothing(day: date) -> None:
    works = partial(Calendars().works_on, "NO")
    assert roll(roll(day, works), works) == roll(day, works)
