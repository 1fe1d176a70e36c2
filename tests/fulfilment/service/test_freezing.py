"""A frozen case: searching goes on and its time too, but nothing is handed out and nothing destroyed until it thaws."""

from datetime import timedelta

import pytest

from habeas.errors import Refused
from habeas.events import AnswerReady, CaseFrozen, CaseThawed
from habeas.sdk import Operation
from habeas.testing.house import deliver
from habeas_fulfilment import actions
from habeas_fulfilment.actions.cases import locked_case
from habeas_fulfilment.actions.orders import give_order
from habeas_fulfilment.models import AnswerState, CaseFile, PlanState, Task
from habeas_fulfilment.timers import begin_erasures, expire_answers

FETCHABLE = timedelta(days=14)


def freeze(desk, case):
    deliver(desk.context, CaseFrozen(case=case), source="identity")
    desk.work()


def thaw(desk, case):
    deliver(desk.context, CaseThawed(case=case, reason="shown_again"), source="identity")
    desk.work()


def hand_out(desk, case, grant="g1", right="access"):
    with desk.context.transaction() as tx:
        actions.hand_out(tx, case, right, grant)


def test_a_frozen_case_hands_nothing_out_until_it_thaws(desk):
    """Case 17 and 22: also not by a ticket that was minted a moment before."""
    case = desk.packaged()
    freeze(desk, case)
    with desk.context.reading() as tx:
        assert actions.ready_answers(tx, case) == []
        with pytest.raises(actions.Over):
            actions.find_answer(tx, case, "access")
    with pytest.raises(actions.Over):
        hand_out(desk, case)
    thaw(desk, case)
    hand_out(desk, case)
    assert [answer.times for answer in desk.answers(case)] == [1]


def test_an_approved_plan_of_a_frozen_case_is_not_carried_out(desk):
    """Case 17 and 23; its time to be called back begins anew when it thaws."""
    case = desk.planned()
    desk.approve(case, "p1")
    freeze(desk, case)
    desk.approve(case, "p2")
    desk.cool_off()
    desk.cool_off()
    assert desk.plan(case).state == PlanState.APPROVED
    assert desk.orders(case, "erase") == []
    thaw(desk, case)
    begin_erasures(desk.context)
    desk.work()
    assert desk.orders(case, "erase") == []
    desk.cool_off()
    assert desk.orders(case, "erase") != []


def test_a_freeze_while_systems_erase_gives_no_further_order(desk):
    """Case 17: the wave that has begun cannot be called back; the next one does not begin."""
    case = desk.approved()
    begun = len(desk.orders(case, "erase"))
    assert begun
    freeze(desk, case)
    for order in desk.orders(case, "erase"):
        desk.answer(order, desk.deeds(order.sealed["scope"]))
    desk.work()
    assert len(desk.orders(case, "erase")) == begun
    assert desk.said(AnswerReady, case) == []
    thaw(desk, case)
    desk.erase_all(case)
    assert desk.said(AnswerReady, case) != []


@pytest.mark.parametrize("operation", [Operation.ERASE, Operation.RECTIFY, Operation.RESTRICT])
def test_no_order_that_destroys_or_changes_is_given_in_a_frozen_case(small, operation):
    """Case 23, 24 and 25: whoever asks for it, also an agent who tries a failed order again."""
    case = small.planned()
    freeze(small, case)
    with pytest.raises(Refused), small.context.transaction() as tx:
        give_order(tx, locked_case(tx, case), Task.ERASURE, "shop", operation)
    assert small.orders(case, operation.value) == []


def test_searching_goes_on_in_a_frozen_case_and_so_does_its_time(desk):
    case = desk.proved("access")
    freeze(desk, case)
    desk.answer_all(case, "export", desk.exported)
    [answer] = desk.answers(case)
    assert answer.state == AnswerState.READY
    with desk.context.reading() as tx:
        assert tx.session.get_one(CaseFile, case).respond_by == {"access": "2026-12-22"}


def test_an_answer_waits_for_the_thaw_and_can_then_be_fetched_for_all_its_days(desk):
    case = desk.packaged()
    freeze(desk, case)
    desk.clock.advance(FETCHABLE + timedelta(days=1))
    expire_answers(desk.context)
    assert desk.answers(case)[0].state == AnswerState.READY
    thaw(desk, case)
    [answer] = desk.answers(case)
    assert answer.until == desk.clock.now() + FETCHABLE
    desk.clock.advance(FETCHABLE)
    expire_answers(desk.context)
    assert desk.answers(case)[0].state == AnswerState.EXPIRED


def test_an_answer_that_nobody_lets_go_on_is_deleted_after_ninety_days(desk):
    case = desk.packaged()
    freeze(desk, case)
    desk.clock.advance(timedelta(days=90))
    expire_answers(desk.context)
    assert desk.answers(case)[0].state == AnswerState.EXPIRED


def test_freezing_twice_and_thawing_what_is_not_frozen_change_nothing(desk):
    case = desk.packaged()
    thaw(desk, case)
    freeze(desk, case)
    freeze(desk, case)
    assert desk.leaves(case).count("freeze.accepted") == 1
    assert "thaw.accepted" not in desk.leaves(case)
