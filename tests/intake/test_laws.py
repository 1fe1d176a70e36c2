"""The clock of the GDPR: dates worked out by hand, and the traps of calendars, zones and orders."""

import json
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.sdk.errors import Faults
from habeas_intake.laws import calendars
from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.eu import EU
from habeas_intake.laws.law import ClockEvent, Happened, Law
from habeas_intake.laws.order import in_order
from habeas_intake.laws.periods import Period, add_months, last_day, period_end, roll
from habeas_intake.laws.words import LANGUAGES, SENTENCES

CASES = json.loads((Path(__file__).parent / "deadline_cases.json").read_text(encoding="utf-8"))["vectors"]
NOON = datetime(2025, 9, 1, 12, tzinfo=UTC)


def told(event: dict[str, Any]) -> ClockEvent:
    return ClockEvent(Happened(event["kind"]), datetime.fromisoformat(event["at"]), event.get("facts", {}))


@pytest.mark.parametrize("vector", CASES, ids=lambda vector: vector["id"])
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
    assert [step.rule for step in steps] == ["receipt", "period", "extended", "suspended", "roll", "refusal"]
    assert all(step.source and step.words for step in steps)


def test_a_calendar_is_built_once_a_year_and_not_for_each_case() -> None:
    for hours in range(1000):
        EU.deadlines(NOON + timedelta(hours=hours), "SE", "Europe/Stockholm", "access")
    built = calendars._public.cache_info().misses
    for hours in range(1000):
        EU.deadlines(NOON + timedelta(hours=hours), "SE", "Europe/Stockholm", "access")
    assert calendars._public.cache_info().misses == built


ASKED = {"reasonable_doubt": True, "without_undue_delay": True}
MEANT = {"large_quantity": True, "without_undue_delay": True}
IMPOSSIBLE: list[tuple[list[tuple[str, int, dict[str, bool]]], str]] = [
    ([("identity_received", 2, {})], "events[0]"),
    ([("identity_requested", 3, ASKED), ("identity_received", 2, {})], "events[1]"),
    ([("clarification_received", 2, {}), ("clarification_requested", 4, MEANT)], "events[0]"),
    ([("identity_requested", 1, ASKED), ("clarification_received", 2, {})], "events[1]"),
    ([("fee_paid", 2, {})], "events[0]"),
    ([("identity_requested", -1, ASKED)], "events[0].at"),
    ([("extension_notified", -1, {"reasons_given": True})], "events[0].at"),
    ([("decision_refuse", 80000, {})], "events[0].at"),
    ([("identity_requested", 1, {"resonable_doubt": True})], "events[0].resonable_doubt"),
]


@pytest.mark.parametrize(("told_events", "field"), IMPOSSIBLE)
def test_what_cannot_have_happened_is_refused_and_never_guessed_around(told_events: Any, field: str) -> None:
    events = [ClockEvent(Happened(kind), NOON + timedelta(days=day), facts) for kind, day, facts in told_events]
    with pytest.raises(Faults) as refused:
        EU.deadlines(NOON, "SE", "Europe/Stockholm", "access", events)
    assert [fault.where for fault in refused.value.faults] == [field]


def test_a_first_question_goes_before_its_answer_of_the_same_instant() -> None:
    asked = ClockEvent(Happened.IDENTITY_REQUESTED, NOON + timedelta(days=2), ASKED)
    got = ClockEvent(Happened.IDENTITY_RECEIVED, NOON + timedelta(days=2), {"sufficient": False})
    again = ClockEvent(Happened.IDENTITY_REQUESTED, NOON + timedelta(days=2), {})
    for events in ([asked, got], [got, asked]):
        assert EU.deadlines(NOON, "SE", "Europe/Stockholm", "access", events).suspended_by is asked.kind
        assert in_order(NOON, events) == (asked, got)
    assert in_order(NOON, [got, asked, again]) == (asked, again, got)


def test_an_event_without_an_offset_is_refused_with_its_place() -> None:
    event = ClockEvent(Happened.IDENTITY_REQUESTED, datetime(2025, 9, 3, 12))  # noqa: DTZ001 -- that is the fault
    with pytest.raises(Faults) as refused:
        EU.deadlines(NOON, "SE", "Europe/Stockholm", "access", [event])
    assert refused.value.faults[0].where == "events[0].at"


def test_a_right_that_the_law_does_not_give_is_refused() -> None:
    with pytest.raises(Faults) as refused:
        EU.deadlines(NOON, "SE", "Europe/Stockholm", "appeal")
    assert refused.value.faults[0].where == "right"


def test_who_someone_is_comes_before_what_they_mean() -> None:
    """Both questions are open: the case waits for the identity, whatever was asked first."""
    events = [
        ClockEvent(Happened.CLARIFICATION_REQUESTED, NOON + timedelta(days=1), MEANT),
        ClockEvent(Happened.CLARIFICATION_RECEIVED, NOON + timedelta(days=6)),
        ClockEvent(Happened.IDENTITY_REQUESTED, NOON + timedelta(days=3), ASKED),
    ]
    for told_events in (events, [events[0], events[2]]):
        found = EU.deadlines(NOON, "SE", "Europe/Stockholm", "access", told_events)
        assert (found.respond_by, found.suspended_by) == (None, Happened.IDENTITY_REQUESTED)


def test_a_step_is_said_in_both_languages_and_a_holiday_by_its_name() -> None:
    received = datetime(2026, 3, 5, 10, tzinfo=UTC)
    roll_step = EU.deadlines(received, "SE", "Europe/Stockholm", "access").steps[-1]
    assert (
        roll_step.words == "Sunday 5 April 2026 is Easter Sunday in SE: the next working day is Tuesday 7 April 2026."
    )
    assert roll_step.in_("sv-FI").startswith("Söndag 5 april 2026 är Påskdagen i SE")
    assert roll_step.in_("de") == roll_step.words
    assert roll_step.stored()["words"] == {"en": roll_step.words, "sv": roll_step.in_("sv")}


def test_the_language_of_whoever_runs_it_changes_no_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library of holidays speaks the locale's language where none is named, or one that the country lacks."""
    calendars._public.cache_clear()
    monkeypatch.setenv("LANGUAGE", "de")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert Calendars().name_of("NO", date(2026, 4, 2)) == {"en": "Maundy Thursday", "sv": "Maundy Thursday"}
    calendars._public.cache_clear()


def test_every_sentence_stands_in_both_languages_with_the_same_values() -> None:
    for rule, sentences in SENTENCES.items():
        assert set(sentences) == set(LANGUAGES), rule
        fields = [{name for _, name, _, _ in Formatter().parse(each) if name} for each in sentences.values()]
        assert fields[0] == fields[1], rule


@pytest.mark.parametrize("calendar", ["DE", "GB"])
def test_a_land_of_many_calendars_needs_its_subdivision(calendar: str) -> None:
    with pytest.raises(Faults, match=f"holidays differ within {calendar}") as refused:
        EU.deadlines(NOON, calendar, "Europe/Berlin", "access")
    assert f"{calendar}-" in refused.value.faults[0].remedy


@pytest.mark.parametrize("calendar", ["XX", "", "DE-XX", "SE-AB", "se", "GB-", "SE-"])
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
    law = EU.counting_by(Calendars(more={"SE": frozenset({date(2025, 10, 1)})}))
    assert law.deadlines(NOON, "SE", "Europe/Stockholm", "access").respond_by == date(2025, 10, 2)
    assert EU.deadlines(NOON, "SE", "Europe/Stockholm", "access").respond_by == date(2025, 10, 1)


def test_a_short_period_holds_two_working_days() -> None:
    """Art. 3(5): three days from Christmas Eve hold one working day only, so the period goes on to the second."""
    works = partial(Calendars().works_on, "SE")
    assert period_end(date(2025, 12, 23), Period(3, "days"), works) == date(2025, 12, 29)
    assert period_end(date(2025, 12, 24), Period(2, "days"), works) == date(2025, 12, 30)
    assert period_end(date(2026, 2, 9), Period(2, "days"), works) == date(2026, 2, 11)
    assert period_end(date(2025, 12, 24), Period(1, "days"), works) == date(2025, 12, 29)


def test_working_days_step_over_weekends_and_holidays() -> None:
    works = partial(Calendars().works_on, "US")
    assert last_day(date(2026, 1, 15), Period(10, "working_days"), works) == date(2026, 1, 30)
    assert last_day(date(2026, 1, 15), Period(10, "working_days")) == date(2026, 1, 29)


def test_weeks_and_years_end_on_the_same_day() -> None:
    assert last_day(date(2025, 12, 24), Period(2, "weeks")) == date(2026, 1, 7)
    assert last_day(date(2028, 2, 29), Period(1, "years")) == date(2029, 2, 28)


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 24))
def test_a_month_later_is_the_same_date_or_the_last_of_its_month(day: date, months: int) -> None:
    later = add_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and (later + timedelta(days=1)).day == 1)


@given(st.dates(date(2024, 1, 1), date(2035, 1, 1)))
def test_rolling_twice_changes_nothing(day: date) -> None:
    works = partial(Calendars().works_on, "NO")
    assert roll(roll(day, works), works) == roll(day, works)
