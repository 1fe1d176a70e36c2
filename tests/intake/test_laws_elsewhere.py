"""The clocks of other laws, by dates that were counted by hand; `deadline_vectors.json` has more."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from habeas.sdk.errors import Faults
from habeas_intake.laws.br import BRAZIL
from habeas_intake.laws.ca_qc import QUEBEC
from habeas_intake.laws.ch import SWITZERLAND
from habeas_intake.laws.law import ClockEvent, Deadlines, Happened
from habeas_intake.laws.registry import find_law
from habeas_intake.laws.regulation import DaysOfRegulation
from habeas_intake.laws.uk import UK
from habeas_intake.laws.us import CALIFORNIA, COLORADO, FLORIDA, IOWA, RHODE_ISLAND, UTAH, VIRGINIA

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DOUBT = {"reasonable_doubt": True, "without_undue_delay": True}
NEEDED = {"reasonably_required": True}
REASONS = {"reasons_given": True}


def after(*told: Any) -> list[ClockEvent]:
    return [ClockEvent(Happened(kind), NOON + timedelta(days=days), facts) for kind, days, facts in told]


def in_england(*told: Any, right: str = "access") -> Deadlines:
    return UK.deadlines(NOON, "GB-ENG", "Europe/London", right, after(*told))


def in_the_states(law: Any, *told: Any, right: str = "access") -> Deadlines:
    return law.deadlines(NOON, "US", "America/New_York", right, after(*told))


def test_the_british_month_begins_at_the_latest_of_request_identity_and_fee() -> None:
    identity = [("identity_requested", 1, DOUBT), ("identity_received", 10, {})]
    fee = [("fee_requested", 2, {}), ("fee_paid", 14, {})]
    assert in_england(*identity).started_on == date(2026, 3, 12)
    found = in_england(*identity, *fee)
    assert (found.started_on, found.respond_by, found.refuse_by) == (date(2026, 3, 16), *[date(2026, 4, 16)] * 2)
    assert "begins_later" in {step.rule for step in found.steps}
    # The three months of an extension are counted from there, too.
    longer = in_england(*identity, *fee, ("extension_notified", 30, REASONS))
    assert (longer.respond_by, longer.extended) == (date(2026, 6, 16), True)


def test_a_complaint_to_a_british_controller_is_acknowledged_within_thirty_days() -> None:
    found = in_england(right="complaint")
    # 1 April 2026, a Wednesday.
    assert (found.acknowledge_by, found.respond_by) == (date(2026, 4, 1), date(2026, 4, 1))
    assert "DPA 2018 s. 164A" in {step.source for step in found.steps}


def test_a_british_clock_that_waits_has_no_date() -> None:
    assert in_england(("identity_requested", 1, DOUBT)).suspended_by is Happened.IDENTITY_REQUESTED
    assert in_england(("fee_requested", 1, {})).suspended_by is Happened.FEE_REQUESTED
    assert in_england(("fee_requested", 1, {}), ("fee_confirmed", 3, {})).respond_by is None
    waiting = in_england(("clarification_requested", 1, NEEDED))
    assert (waiting.respond_by, waiting.ends_at, waiting.suspended_by) == (None, None, Happened.CLARIFICATION_REQUESTED)


@pytest.mark.parametrize("facts", [{}, {"reasonable_doubt": True, "without_undue_delay": False}])
def test_a_british_question_without_cause_or_asked_late_moves_nothing(facts: dict[str, bool]) -> None:
    found = in_england(("identity_requested", 1, facts), ("identity_received", 10, {}))
    assert found.respond_by == date(2026, 4, 2)
    assert "no_effect" in {step.rule for step in found.steps}


def test_a_british_question_after_the_month_moves_nothing() -> None:
    found = in_england(("identity_requested", 40, DOUBT), ("fee_requested", 41, {}))
    assert found.respond_by == date(2026, 4, 2)


def test_british_days_of_asking_and_answering_are_both_left_out_once() -> None:
    twice = [("clarification_requested", 3, NEEDED), ("clarification_received", 5, {})]
    twice += [("clarification_requested", 5, NEEDED), ("clarification_received", 8, {})]
    assert in_england(*twice).suspended_days == 6
    # The day of receipt is not counted, so it cannot be left out.
    same_day = [("clarification_requested", 0, NEEDED), ("clarification_received", 2, {})]
    assert in_england(*same_day).suspended_days == 2
    # Nor are days before the month began: asked on the 4th, identity on the 10th, answered on the 12th.
    identity = [("identity_requested", 1, DOUBT), ("identity_received", 8, {})]
    found = in_england(("clarification_requested", 2, NEEDED), *identity, ("clarification_received", 10, {}))
    assert (found.started_on, found.suspended_days, found.respond_by) == (date(2026, 3, 10), 2, date(2026, 4, 13))


def test_verification_stops_no_clock_in_the_states() -> None:
    told = [("identity_requested", 1, DOUBT), ("identity_received", 20, {})]
    for law in (CALIFORNIA, VIRGINIA, IOWA):
        assert in_the_states(law, *told).respond_by == in_the_states(law).respond_by
    assert "no_effect" in {step.rule for step in in_the_states(VIRGINIA, *told).steps}


@pytest.mark.parametrize(
    ("law", "right", "days"),
    [
        (VIRGINIA, "access", 45),
        (VIRGINIA, "appeal", 60),
        (COLORADO, "appeal", 45),
        (IOWA, "delete", 90),
        (RHODE_ISLAND, "consent_withdrawal", 15),
        (RHODE_ISLAND, "opt_out_sale", 45),
        (FLORIDA, "correct", 45),
    ],
)
def test_a_state_gives_its_days_for_its_rights(law: Any, right: str, days: int) -> None:
    assert in_the_states(law, right=right).respond_by == date(2026, 3, 2) + timedelta(days=days)


@pytest.mark.parametrize(("law", "days"), [(VIRGINIA, 90), (CALIFORNIA, 90), (FLORIDA, 60), (IOWA, 135)])
def test_an_extension_adds_what_the_state_gives_and_moves_no_refusal(law: Any, days: int) -> None:
    found = in_the_states(law, ("extension_notified", 30, REASONS))
    assert found.respond_by == date(2026, 3, 2) + timedelta(days=days)
    assert found.refuse_by == found.extension_notice_by
    assert found.refuse_by < found.respond_by
    late = in_the_states(law, ("extension_notified", 100, REASONS))
    assert (late.extended, late.respond_by) == (False, late.refuse_by)
    assert "extension_late" in {step.rule for step in late.steps}


@pytest.mark.parametrize(("law", "right"), [(CALIFORNIA, "appeal"), (UTAH, "appeal"), (VIRGINIA, "generic")])
def test_a_right_that_a_state_does_not_give_has_no_date(law: Any, right: str) -> None:
    with pytest.raises(Faults) as refused:
        in_the_states(law, right=right)
    assert refused.value.faults[0].where == "right"


@pytest.mark.parametrize("right", ["opt_out_sale", "limit", "objection_marketing", "consent_withdrawal"])
def test_california_stops_within_fifteen_business_days_and_knows_no_longer_time(right: str) -> None:
    found = in_the_states(CALIFORNIA, ("extension_notified", 3, REASONS), right=right)
    assert (found.respond_by, found.extended, found.acknowledge_by) == (date(2026, 3, 23), False, None)
    assert "extension_unknown" in {step.rule for step in found.steps}


@pytest.mark.parametrize(("law", "days"), [(BRAZIL, 15), (SWITZERLAND, 30), (QUEBEC, 30)])
def test_laws_without_an_extension_stay_at_their_day(law: Any, days: int) -> None:
    found = law.deadlines(NOON, "CH", "UTC", "access", after(("extension_notified", 3, REASONS)))
    assert found.respond_by == date(2026, 3, 2) + timedelta(days=days)
    assert (found.extendable, found.extended, found.extension_notice_by) == (False, False, None)


def test_swiss_days_begin_after_the_days_for_thinking_whenever_the_yes_comes() -> None:
    def found(*told: Any) -> Deadlines:
        return SWITZERLAND.deadlines(NOON, "CH", "Europe/Zurich", "access", after(*told))

    asked = ("fee_requested", 2, {})
    assert found(asked, ("fee_confirmed", 3, {})).respond_by == date(2026, 4, 13)
    assert found(asked, ("fee_paid", 11, {})).respond_by == date(2026, 4, 13)
    waiting = found(asked)
    assert (waiting.respond_by, waiting.suspended_by) == (None, Happened.FEE_REQUESTED)
    assert "deemed_withdrawn" in {step.rule for step in waiting.steps}
    # Asked when the thirty days were over, it moves nothing.
    assert found(("fee_requested", 31, {})).respond_by == date(2026, 4, 1)


def test_a_period_in_days_has_a_length_that_can_be() -> None:
    for days in (0, -3, 10**9):
        with pytest.raises(Faults, match="period_days"):
            DaysOfRegulation(days).deadlines(NOON, "SE", "Europe/Stockholm", "generic")


ACTS = {
    "EU_GDPR": "eu", "gdpr": "eu", "UK_GDPR_DUAA": "uk", "CCPA": "us-ca", "VCDPA": "us-va", "CPA": "us-co",
    "CTDPA": "us-ct", "UCPA": "us-ut", "TDPSA": "us-tx", "OCPA": "us-or", "MCDPA": "us-mt", "MTCDPA": "us-mt",
    "DPDPA": "us-de", "NHPA": "us-nh", "NDPA": "us-ne", "NJDPA": "us-nj", "TIPA": "us-tn", "MNCDPA": "us-mn",
    "MODPA": "us-md", "INCDPA": "us-in", "KCDPA": "us-ky", "RIDTPPA": "us-ri", "FDBR": "us-fl", "ICDPA": "us-ia",
    "LGPD": "br", "CH_FADP": "ch", "QC_LAW25": "ca-qc", "us-va": "us-va",
}  # fmt: skip


@pytest.mark.parametrize("called", ACTS)
def test_a_law_is_found_by_what_people_call_it(called: str) -> None:
    assert find_law(called).name == ACTS[called]


def test_no_two_laws_are_called_the_same() -> None:
    from habeas import plugins

    laws = [find_law(name) for name in plugins.names("habeas.laws")]
    called = [name.lower() for law in laws for name in (law.name, *law.aliases)]
    assert len(called) == len(set(called))


def test_a_law_that_nobody_installed_is_refused_with_those_there_are() -> None:
    with pytest.raises(Faults, match="us-va") as refused:
        find_law("NOPE")
    assert refused.value.faults[0].where == "law"
