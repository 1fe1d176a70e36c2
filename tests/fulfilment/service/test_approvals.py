"""Approvals of a plan: exactly this one, signed by identity, of as many people as the profile says."""

from dataclasses import replace
from datetime import timedelta

import pytest

from habeas.clock import uuid7
from habeas.crypto.signing import Signed
from habeas.testing.house import parked
from habeas.warrants import check_warrant, issue_approval
from habeas_fulfilment.actions import call_back, plan_again
from habeas_fulfilment.models import Plan
from habeas_fulfilment.timers import begin_erasures


def approval(desk, case, /, **changes):
    facts = {
        "id": uuid7(),
        "case": case,
        "plan": desk.plan(case).digest,
        "agent": "p1",
        "role": "approver",
        "now": desk.clock.now(),
    }
    return issue_approval(desk.context.keys.signer("identity"), **{**facts, **changes})


def test_two_people_have_to_approve_and_one_counts_once(small):
    case = small.planned()
    for _ in range(3):
        small.approve(case, "p1")
    assert small.plan(case).state == "frozen"
    small.approve(case, "p2")
    assert small.plan(case).state == "approved"


def test_nothing_is_erased_before_the_time_to_call_it_back_is_over(small):
    """Case 23."""
    case = small.planned()
    small.approve(case, "p1")
    small.approve(case, "p2")
    small.clock.advance(timedelta(hours=23, minutes=59))
    begin_erasures(small.context)
    assert small.orders(case, "erase") == []
    small.clock.advance(timedelta(minutes=1))
    begin_erasures(small.context)
    assert [each.event.system for each in small.orders(case, "erase")] == ["shop"]


def test_an_erasure_that_was_called_back_is_never_ordered(small):
    case = small.planned()
    small.approve(case, "p1")
    small.approve(case, "p2")
    with small.context.transaction() as tx:
        call_back(tx, case, "agent-1")
    small.cool_off()
    small.approve(case, "p3")
    assert small.orders(case, "erase") == []
    assert "plan.called_back" in small.leaves(case)


def test_an_order_to_erase_carries_a_warrant_that_its_runner_believes(desk):
    case = desk.approved()
    [order] = desk.orders(case, "erase")
    warrant = check_warrant(
        Signed.from_object(order.event.warrant),
        desk.context.keys.directory(),
        system="shop",
        operation="erase",
        case=case,
        order=order.event.order,
        scope=order.sealed["scope"],
        identifiers=order.sealed["identifiers"],
        now=desk.clock.now(),
        approvals_needed=2,
    )
    assert len(warrant.approvals) == 2


FORGERIES = {
    "another case": {"case": "11111111-1111-4111-8111-111111111111"},
    "another plan": {"plan": "0" * 64},
    "from the future": {"now": None},
}


@pytest.mark.parametrize("changes", FORGERIES.values(), ids=FORGERIES)
def test_an_approval_that_does_not_fit_is_parked_and_counts_nothing(small, changes):
    case = small.planned()
    if "now" in changes:
        changes = {"now": small.clock.now() + timedelta(days=1)}
    small.approve(case, "p1", approval=approval(small, case, **changes))
    small.approve(case, "p2")
    small.cool_off()
    assert small.orders(case, "erase") == []
    assert len(parked(small.context)) == 1


def forge(desk, case, how):
    true = approval(desk, case)
    own = desk.context.keys.signer("fulfilment").sign(true.payload_type, true.payload)
    return {
        "signed by fulfilment": own,
        "signed by fulfilment in identity's name": replace(own, owner="identity"),
        "another's signature": replace(true, signature=own.signature),
        "another payload": replace(true, payload=true.payload.replace(b"p1", b"p9")),
        "another type": replace(true, payload_type="application/vnd.habeas.proof+json"),
        "an unknown key": replace(true, key_id="2026-11-0000000000000000"),
    }[how]


@pytest.mark.parametrize(
    "how",
    [
        "signed by fulfilment",
        "signed by fulfilment in identity's name",
        "another's signature",
        "another payload",
        "another type",
        "an unknown key",
    ],
)
def test_a_forged_approval_is_parked_and_counts_nothing(small, how):
    case = small.planned()
    small.approve(case, "p1", approval=forge(small, case, how))
    small.approve(case, "p2")
    small.approve(case, "p3")
    small.cool_off()
    assert small.orders(case, "erase") == []
    assert len(parked(small.context)) == 1


def test_an_approval_of_another_cases_plan_counts_nothing(small):
    case, other = small.planned(), small.planned()
    assert small.plan(case).digest != small.plan(other).digest
    small.approve(case, "p1", digest=small.plan(other).digest, approval=approval(small, other))
    assert small.plan(case).state == "frozen"
    assert len(parked(small.context)) == 1


def test_an_approval_of_a_replaced_plan_is_written_down_and_counts_nothing(small):
    case = small.planned()
    old = small.plan(case).digest
    with small.context.transaction() as tx:
        plan_again(tx, case, "agent-1")
    small.answer_all(case, "locate", small.held)
    assert small.plan(case).digest != old
    small.approve(case, "p1", digest=old, approval=approval(small, case, plan=old))
    small.approve(case, "p2")
    small.cool_off()
    assert small.orders(case, "erase") == []
    assert parked(small.context) == []
    assert "approval.too_late" in small.leaves(case)


def test_a_plan_that_was_changed_in_the_database_is_not_carried_out(small):
    case = small.planned()
    small.approve(case, "p1")
    small.approve(case, "p2")
    with small.context.transaction() as tx:
        plan = tx.session.get(Plan, (case, 1))
        plan.decided = plan.decided[:-1] + bytes([plan.decided[-1] ^ 1])
    with pytest.raises(Exception, match="moved or changed"):
        small.cool_off()
    assert small.orders(case, "erase") == []
