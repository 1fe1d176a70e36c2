"""The clock of a right: laws and promises together, what is owed at once, and extensions that come in time."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.errors import Fault, Faults, Refused
from habeas.profile import load_profile
from habeas.profile.types import Authority, Contact, Controller, Profile, Promise
from habeas.vocabulary import Right
from habeas_intake.clocks import OBJECTION_MARKETING, ExtensionReason, extend, start_clock
from habeas_intake.laws.law import ClockEvent, Happened

CONTROLLER = Controller(
    name="Nordlunds Lampor",
    country="SE",
    calendar="SE",
    zone="Europe/Stockholm",
    languages=("sv", "en"),
    authority=Authority("IMY", "https://www.imy.se", "Box 8114, Stockholm"),
    contact=Contact("privacy@example.com"),
)
PLAIN = Profile(
    name="lampor",
    controller=CONTROLLER,
    rights={},
    identifiers=(),
    contact_of_record=(),
    activities=(),
    systems=(),
    laws=("eu",),
    target_days=20,
)
PROFILES = Path(__file__).parents[2] / "examples/profiles"
#: A Tuesday; the month ends on Tuesday 10 March.
NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
DOUBT = {"reasonable_doubt": True, "without_undue_delay": True}
WORDS = "Three archives have to be read by hand."


def promising(right: Right, days: int, **changes: Any) -> Profile:
    return replace(PLAIN, promises=(Promise(right, days, "section 7 of the notice"),), **changes)


def event(kind: Happened, days: float, **facts: bool) -> ClockEvent:
    return ClockEvent(kind, NOON + timedelta(days=days), facts)


def rules(clock: Any) -> list[str]:
    return [step.rule for step in clock.steps]


def test_two_rights_in_one_letter_have_two_clocks() -> None:
    profile = promising(Right.ACCESS, 15)
    access, erasure = start_clock(profile, Right.ACCESS, NOON), start_clock(profile, Right.ERASURE, NOON)
    assert (access.respond_by, erasure.respond_by) == (date(2026, 2, 25), date(2026, 3, 10))
    assert (access.right, erasure.right) == ("access", "erasure")


def test_a_promise_is_an_outer_limit_and_says_where_it_was_made() -> None:
    clock = start_clock(promising(Right.ACCESS, 15), Right.ACCESS, NOON)
    assert (clock.respond_by, clock.refuse_by, clock.target_on) == (date(2026, 2, 25),) * 3
    assert clock.ends_at == datetime(2026, 2, 25, 23, tzinfo=UTC)
    promise = next(step for step in clock.steps if step.rule == "promise")
    assert (promise.source, promise.words) == (
        "section 7 of the notice",
        "Nordlunds Lampor promises 15 days: Wednesday 25 February 2026.",
    )
    assert rules(clock)[-1] == "earliest"


def test_a_promise_that_is_slower_than_the_law_changes_nothing() -> None:
    clock = start_clock(promising(Right.ACCESS, 60), Right.ACCESS, NOON)
    assert (clock.respond_by, clock.target_on) == (date(2026, 3, 10), date(2026, 3, 2))
    assert "promise_later" in rules(clock)


@pytest.mark.parametrize("right", [Right.CONSENT_WITHDRAWAL, OBJECTION_MARKETING])
@pytest.mark.parametrize("laws", [("eu",), ("us-va",), ("ca-qc", "uk")])
def test_what_harms_nobody_is_owed_at_once_and_no_promise_slows_it(right: str, laws: tuple[str, ...]) -> None:
    profile = replace(PLAIN, laws=laws, promises=(Promise(Right.CONSENT_WITHDRAWAL, 15, "the notice"),))
    clock = start_clock(profile, right, NOON)
    assert (clock.at_once, clock.target_on) == (True, date(2026, 2, 10))
    assert "at_once" in rules(clock)


def test_an_objection_that_has_to_be_weighed_is_not_at_once() -> None:
    assert not start_clock(PLAIN, Right.OBJECTION, NOON).at_once


def test_a_promise_for_objections_bounds_the_reply_to_a_marketing_objection() -> None:
    assert start_clock(promising(Right.OBJECTION, 5), OBJECTION_MARKETING, NOON).respond_by == date(2026, 2, 15)


def test_the_earliest_of_all_laws_rules_and_every_law_is_told() -> None:
    """Ten days for the proof of identity: they stop the month of the Union, begin the British one, and Brazil's run."""
    told = [
        event(Happened.IDENTITY_REQUESTED, 1, **DOUBT),
        event(Happened.IDENTITY_RECEIVED, 11),
    ]
    both = start_clock(replace(PLAIN, laws=("eu", "uk")), Right.ACCESS, NOON, told)
    assert {law: found.respond_by for law, found in both.by_law.items()} == {
        "eu": date(2026, 3, 20),
        "uk": date(2026, 3, 23),
    }
    assert both.respond_by == date(2026, 3, 20)
    assert rules(both).count("law") == 2
    third = start_clock(replace(PLAIN, laws=("eu", "uk", "br")), Right.ACCESS, NOON, told)
    assert third.respond_by == date(2026, 2, 25)


def test_a_clock_stands_still_only_where_every_law_waits() -> None:
    waiting = [event(Happened.IDENTITY_REQUESTED, 1, **DOUBT)]
    still = start_clock(promising(Right.ACCESS, 21), Right.ACCESS, NOON, waiting)
    assert (still.respond_by, still.target_on, still.ends_at) == (None, None, None)
    assert still.suspended_by is Happened.IDENTITY_REQUESTED
    assert "promise_waits" in rules(still)
    running = start_clock(promising(Right.ACCESS, 21, laws=("eu", "us-va")), Right.ACCESS, NOON, waiting)
    assert (running.respond_by, running.suspended_by) == (date(2026, 3, 3), None)


def test_a_promise_waits_as_long_as_the_law_does() -> None:
    told = [event(Happened.IDENTITY_REQUESTED, 1, **DOUBT), event(Happened.IDENTITY_RECEIVED, 4)]
    assert start_clock(promising(Right.ACCESS, 15), Right.ACCESS, NOON, told).respond_by == date(2026, 2, 28)
    # Brazil's clock does not wait, and so the promise does not either.
    running = start_clock(promising(Right.ACCESS, 10, laws=("eu", "br")), Right.ACCESS, NOON, told)
    assert running.respond_by == date(2026, 2, 20)


def test_an_extension_in_time_moves_the_answer_and_no_refusal() -> None:
    clock = extend(PLAIN, Right.ACCESS, NOON, [], NOON + timedelta(days=28), ExtensionReason.COMPLEXITY, WORDS)
    assert (clock.respond_by, clock.refuse_by, clock.extended) == (date(2026, 5, 11), date(2026, 3, 10), True)
    assert clock.steps[-1].words == "The reason that was told: the request is complex."
    assert clock.steps[-1].in_("sv") == "Skälet som angavs: begäran är komplicerad."
    # The words to the person may say something of them: no step carries them, since steps are kept in the open.
    assert not any(WORDS in step.in_("en") + step.in_("sv") for step in clock.steps)


def test_an_extension_moves_no_promise() -> None:
    sent, reason = NOON + timedelta(days=5), ExtensionReason.NUMBER_OF_REQUESTS
    clock = extend(promising(Right.ACCESS, 21), Right.ACCESS, NOON, [], sent, reason, WORDS)
    assert (clock.respond_by, clock.extended) == (date(2026, 3, 3), True)


LATE = NOON + timedelta(days=29)


@pytest.mark.parametrize(
    ("changes", "right", "events", "sent", "why"),
    [
        ({}, Right.ACCESS, [], LATE, "too late for the law eu: its last day was 2026-03-10"),
        ({"laws": ("eu", "br")}, Right.ACCESS, [], NOON, "the law br knows no extension"),
        ({"laws": ("uk", "us-fl")}, Right.ACCESS, [], NOON + timedelta(days=40), "too late for the law uk"),
        ({}, Right.CONSENT_WITHDRAWAL, [], NOON, "at once"),
        ({}, OBJECTION_MARKETING, [], NOON, "at once"),
        ({}, Right.ERASURE, [event(Happened.DECISION_REFUSE, 3)], NOON + timedelta(days=4), "refused"),
        ({}, Right.ACCESS, [event(Happened.EXTENSION_NOTIFIED, 3, reasons_given=True)], NOON, "extended before"),
    ],
)
def test_an_extension_that_no_law_gives_is_refused_and_says_why(
    changes: Any, right: str, events: list[ClockEvent], sent: datetime, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        extend(replace(PLAIN, **changes), right, NOON, events, sent, ExtensionReason.COMPLEXITY, WORDS)


def test_a_notice_that_did_not_count_does_not_bar_one_that_does() -> None:
    without_reasons = [event(Happened.EXTENSION_NOTIFIED, 3)]
    clock = extend(PLAIN, Right.ACCESS, NOON, without_reasons, NOON, ExtensionReason.COMPLEXITY, WORDS)
    assert clock.extended


@pytest.mark.parametrize(("reason", "told", "field"), [("slow_system", WORDS, "reason"), ("complexity", "  ", "told")])
def test_an_extension_needs_a_reason_of_the_law_and_words_of_its_own(reason: Any, told: str, field: str) -> None:
    with pytest.raises(Faults) as refused:
        extend(PLAIN, Right.ACCESS, NOON, [], NOON, reason, told)
    assert [fault.where for fault in refused.value.faults] == [field]


def test_a_notice_from_before_the_request_is_no_order_of_things() -> None:
    before = NOON - timedelta(days=1)
    with pytest.raises(Faults) as refused:
        extend(PLAIN, Right.ACCESS, NOON, [], before, ExtensionReason.COMPLEXITY, WORDS)
    assert isinstance(refused.value.faults[0], Fault)
    assert refused.value.faults[0].where == "events[0].at"


@pytest.mark.parametrize("right", [*Right, OBJECTION_MARKETING])
@pytest.mark.parametrize("file", sorted(PROFILES.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_company_s_profile_starts_a_clock_for_every_right(file: Path, right: str) -> None:
    clock = start_clock(load_profile(file), right, NOON)
    assert clock.respond_by is not None
    assert clock.respond_by <= date(2026, 3, 10)
    assert clock.target_on is not None
    assert clock.target_on <= clock.respond_by


@given(
    st.integers(0, 12 * 365).map(lambda days: datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(days=days)),
    st.integers(1, 120),
    st.lists(st.sampled_from(["eu", "uk", "us-ca", "us-ia", "br", "ch", "ca-qc"]), min_size=1, max_size=3, unique=True),
)
def test_no_promise_and_no_further_law_ever_moves_a_day_later(received: datetime, days: int, laws: list[str]) -> None:
    one = start_clock(replace(PLAIN, laws=(laws[0],)), Right.ACCESS, received)
    all_of_them = start_clock(promising(Right.ACCESS, days, laws=tuple(laws)), Right.ACCESS, received)
    assert one.respond_by is not None
    assert all_of_them.respond_by is not None
    assert all_of_them.target_on is not None
    assert all_of_them.refuse_by is not None
    assert all_of_them.respond_by <= one.respond_by
    assert all_of_them.target_on <= all_of_them.respond_by
    assert all_of_them.refuse_by <= all_of_them.respond_by
    assert all_of_them.respond_by <= all_of_them.received_on + timedelta(days=days)
    assert all(step.source for step in all_of_them.steps)
