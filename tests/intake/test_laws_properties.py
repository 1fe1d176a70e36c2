"""What holds for every law, calendar and day: properties over 2024 to 2035."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from habeas import plugins
from habeas.profile.places import CALENDARS
from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.law import ClockEvent, Deadlines, Happened
from habeas_intake.laws.periods import Period, add_months, last_day, local_date, period_end, zone_of
from habeas_intake.laws.registry import find_law
from habeas_intake.laws.statute import Statute
from habeas_intake.laws.words import LANGUAGES

ROLLING = ("eu", "uk")
#: The most that a last day moves: from Maundy Thursday over Easter, and a weekend with a national day behind it.
MOST_ROLLED = timedelta(days=8)
ZONES = ("Europe/Stockholm", "Europe/London", "America/Los_Angeles", "Pacific/Auckland", "America/Sao_Paulo")
RIGHTS = ("access", "erasure", "objection_marketing", "consent_withdrawal")
CLAIMS = {"reasonable_doubt": True, "without_undue_delay": True, "large_quantity": True, "reasonably_required": True}
EVERY_DAY = [date(2024, 1, 1) + timedelta(days=n) for n in range((date(2036, 1, 1) - date(2024, 1, 1)).days)]

laws = st.sampled_from(plugins.names("habeas.laws"))
calendars = st.sampled_from(sorted(CALENDARS))
instants = st.integers(0, 12 * 365 * 24 * 60).map(lambda m: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=m))
zones, rights = st.sampled_from(ZONES), st.sampled_from(RIGHTS)


@st.composite
def happened(draw: Any, received: datetime) -> list[ClockEvent]:
    """Questions and their answers, some of them none; a notice of extension; in any order as a list."""
    told: list[ClockEvent] = []
    for question, reply in (
        (Happened.IDENTITY_REQUESTED, Happened.IDENTITY_RECEIVED),
        (Happened.CLARIFICATION_REQUESTED, Happened.CLARIFICATION_RECEIVED),
        (Happened.FEE_REQUESTED, Happened.FEE_PAID),
    ):
        for _ in range(draw(st.integers(0, 2))):
            at = received + timedelta(hours=draw(st.integers(0, 24 * 40)))
            facts = draw(st.sampled_from([CLAIMS, {}]))
            told.append(ClockEvent(question, at, facts))
            if draw(st.booleans()):
                told.append(ClockEvent(reply, at + timedelta(hours=draw(st.integers(0, 24 * 60)))))
    if draw(st.booleans()):
        at = received + timedelta(days=draw(st.integers(0, 60)))
        told.append(ClockEvent(Happened.EXTENSION_NOTIFIED, at, {"reasons_given": True}))
    return list(draw(st.permutations(told)))


@cache
def span(name: str, right: str) -> tuple[Period, Period]:
    """The shortest and the longest that a law gives, as it says them."""
    law = find_law(name)
    assert isinstance(law, Statute)
    terms = law.terms(right)
    assert terms is not None
    return terms.first, terms.extended or terms.first


@given(laws, calendars, zones, rights, instants)
def test_a_last_day_lies_where_the_law_says_and_on_a_working_day_where_it_rolls(
    name: str, calendar: str, zone: str, right: str, received: datetime
) -> None:
    found = find_law(name).deadlines(received, calendar, zone, right)
    shortest, _ = span(name, right)
    earliest = last_day(local_date(received, zone_of(zone)), shortest)
    assert found.respond_by is not None
    assert found.ends_at is not None
    assert earliest <= found.respond_by <= earliest + MOST_ROLLED
    assert local_date(found.ends_at - timedelta(seconds=1), zone_of(zone)) == found.respond_by
    if name in ROLLING:
        assert Calendars().works_on(calendar, found.respond_by)
    else:
        assert found.respond_by_unrolled == found.respond_by


@given(laws, calendars, zones, rights, instants, st.integers(0, 60 * 24 * 40))
def test_what_arrives_later_is_never_due_earlier(
    name: str, calendar: str, zone: str, right: str, received: datetime, minutes: int
) -> None:
    law, later = find_law(name), received + timedelta(minutes=minutes)
    first = law.deadlines(received, calendar, zone, right)
    second = law.deadlines(later, calendar, zone, right)
    assert first.respond_by is not None
    assert second.respond_by is not None
    assert first.respond_by <= second.respond_by


@given(st.data(), laws, calendars, rights, instants)
def test_whatever_happens_no_day_comes_earlier_and_none_later_than_the_longest_and_the_waits(
    data: Any, name: str, calendar: str, right: str, received: datetime
) -> None:
    zone = "Europe/Stockholm"
    law, events = find_law(name), data.draw(happened(received))
    plain, found = (
        law.deadlines(received, calendar, zone, right),
        law.deadlines(received, calendar, zone, right, events),
    )
    assert (found.respond_by is None) == (found.suspended_by is not None)
    assert found.received_on == plain.received_on
    tell(found)
    if found.respond_by is None or plain.respond_by is None or found.started_on is None:
        return
    assert found.respond_by >= plain.respond_by
    assert found.refuse_by is not None
    assert plain.refuse_by is not None
    assert plain.refuse_by <= found.refuse_by <= found.respond_by
    longest = last_day(found.started_on, span(name, right)[1])
    assert found.respond_by <= longest + timedelta(days=found.suspended_days) + MOST_ROLLED
    if name in ROLLING:
        assert Calendars().works_on(calendar, found.respond_by)


def tell(found: Deadlines) -> None:
    """Every step has a source and a sentence in every language, without a gap left in it."""
    assert found.steps
    for step in found.steps:
        assert step.source
        assert all(step.in_(language) and "{" not in step.in_(language) for language in LANGUAGES)


def test_every_calendar_of_a_profile_counts_every_first_and_last_day_of_a_month() -> None:
    """At these days months differ; all other days are swept for Sweden and sampled for the rest."""
    edges = [day for day in EVERY_DAY if day.day == 1 or (day + timedelta(days=1)).day <= 2]
    known = Calendars()
    for calendar in sorted(CALENDARS):
        for day in edges:
            received = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            due = find_law("eu").deadlines(received, calendar, "Europe/Stockholm", "access").respond_by
            assert due is not None
            assert known.works_on(calendar, due), (calendar, day)
            assert timedelta(0) <= due - add_months(day, 1) <= MOST_ROLLED, (calendar, day)


def test_swedish_months_end_right_for_every_single_day() -> None:
    known = Calendars()
    for day in EVERY_DAY:
        received = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        due = find_law("eu").deadlines(received, "SE", "Europe/Stockholm", "access").respond_by
        raw = add_months(day, 1)
        assert due is not None
        assert known.works_on("SE", due)
        skipped = [raw + timedelta(days=n) for n in range((due - raw).days)]
        assert not any(known.works_on("SE", each) for each in skipped), day


@given(st.dates(date(2024, 1, 1), date(2035, 12, 1)), st.integers(1, 40), calendars)
def test_a_period_of_days_ends_on_a_working_day_with_two_of_them_in_it(day: date, count: int, calendar: str) -> None:
    def works(each: date) -> bool:
        return Calendars().works_on(calendar, each)

    end = period_end(day, Period(count, "days"), works)
    within = [day + timedelta(days=n) for n in range(1, (end - day).days + 1)]
    assert works(end)
    assert sum(map(works, within)) >= min(count, 2)
    assert timedelta(days=count) <= end - day <= timedelta(days=count) + 2 * MOST_ROLLED
