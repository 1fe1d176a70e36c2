"""Answers to orders: believed from the system that was ordered, about what was ordered, once."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habeas.clock import random_id
from habeas.errors import Refused
from habeas.events import AnswerReady, CaseGathered
from habeas.testing.house import parked
from habeas_fulfilment.actions import retry_order


def shop_of(desk, case):
    return next(each for each in desk.orders(case) if each.event.system == "shop")


FORGED = {
    "an unknown order": {"order": "01a00000-0000-7000-8000-000000000000"},
    "another operation": {"operation": "locate"},
    "an outcome that is none": {"outcome": "splendid"},
    "counts below nothing": {"counts": {"x": -1}},
    "content that is no base64": {"content": "§§"},
    "a part that was not uploaded": {"parts": [{"part": "records", "key": "orders/x", "size": 1, "sha256": "0"}]},
    "a part that is none": {"parts": [{}]},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=FORGED)
def test_an_answer_that_does_not_fit_its_order_is_parked(small, changes):
    case = small.proved("access")
    small.answer(shop_of(small, case), **changes)
    small.work()
    assert len(parked(small.context)) == 1
    assert {each.state for each in small.rows(case)} == {"given"}


def test_an_answer_of_another_system_is_parked(small):
    case = small.proved("access")
    shop = shop_of(small, case)
    small.answer(shop, source="connect-newsletter", system="newsletter")
    small.work()
    assert parked(small.context) == ["this answers an order that was given to another system"]
    assert {each.state for each in small.rows(case)} == {"given"}


def test_an_answer_in_another_systems_name_is_not_even_stored(small):
    case = small.proved("access")
    with pytest.raises(AssertionError, match="not believed"):
        small.answer(shop_of(small, case), source="connect-newsletter")


def test_an_answer_for_an_order_of_another_case_is_parked(small):
    case, other = small.proved("access"), small.proved("access")
    small.answer(shop_of(small, case), case=other)
    small.work()
    assert parked(small.context) == ["this answers an order that was never given in this case"]


def test_an_answer_for_an_unknown_case_is_parked(small):
    case = small.proved("access")
    small.answer(shop_of(small, case), case=random_id())
    small.work()
    assert parked(small.context) == ["fulfilment knows no such case"]


def test_a_failed_order_is_given_again_to_the_same_system_only(desk):
    case = desk.proved("access")
    shop = shop_of(desk, case)
    desk.fail(shop)
    desk.work()
    with desk.context.transaction() as tx:
        retry_order(tx, case, shop.event.order, "agent-1")
    again = desk.orders(case)[-1]
    assert (again.recipient, again.event.operation) == ("connect-shop", "export")
    assert again.event.order != shop.event.order
    assert {each.id: each.state for each in desk.rows(case)}[shop.event.order] == "replaced"
    assert "order.retried" in desk.leaves(case)


def test_an_order_that_was_answered_is_not_given_again(small):
    case = small.proved("access")
    shop = shop_of(small, case)
    small.answer(shop)
    small.work()
    with pytest.raises(Refused), small.context.transaction() as tx:
        retry_order(tx, case, shop.event.order, "agent-1")
    with pytest.raises(Refused), small.context.transaction() as tx:
        retry_order(tx, case, random_id(), "agent-1")
    assert len(small.orders(case)) == 3


def test_a_late_answer_to_a_replaced_order_changes_nothing(small):
    case = small.proved("access")
    shop = shop_of(small, case)
    small.fail(shop)
    small.work()
    with small.context.transaction() as tx:
        retry_order(tx, case, shop.event.order, "agent-1")
    small.answer(shop)
    small.work()
    assert sorted(each.state for each in small.rows(case)) == ["given", "given", "given", "replaced"]


STEP = st.tuples(st.integers(0, 2), st.sampled_from(["good", "good", "failed", "failed for now", "retry"]))


@given(steps=st.lists(STEP, max_size=12), batch=st.integers(1, 4))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_of_answers_ends_in_one_answer_or_an_open_visible_case(small, steps, batch):
    """Whatever comes, doubled, mixed or failed: one answer when all were good, else none and a row that says why."""
    case = small.proved("access")
    for number, (system, what) in enumerate(steps):
        newest = {each.event.system: each for each in small.orders(case)}
        order = newest[sorted(newest)[system]]
        if what == "good":
            small.answer(order, small.exported[order.event.system])
        elif what == "retry":
            small.work()
            row = next(each for each in small.rows(case) if each.id == order.event.order)
            if row.state == "failed":
                with small.context.transaction() as tx:
                    retry_order(tx, case, row.id, "agent-1")
        else:
            small.fail(order, final=what == "failed")
        if number % batch == 0:
            small.work()
    small.work()
    present = [each for each in small.rows(case) if each.state != "replaced"]
    done = all(each.state == "answered" for each in present)
    assert len(present) == 3
    assert [each.state for each in small.answers(case)] == (["ready"] if done else [])
    assert len(small.said(CaseGathered, case)) == int(done)
    assert len(small.said(AnswerReady, case)) == int(done)
    assert parked(small.context) == []
    assert done or {each.state for each in present} & {"given", "failed"}


ERASE_STEP = st.tuples(st.integers(0, 5), st.sampled_from(["good", "good", "failed", "again"]))


@given(steps=st.lists(ERASE_STEP, max_size=10), people=st.lists(st.sampled_from(["p1", "p2"]), max_size=3))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_erased_without_two_peoples_approval_whatever_is_answered(small, steps, people):
    """Answers may come doubled and mixed: an order to erase exists only under a plan that two people approved."""
    case = small.planned()
    for person in people:
        small.approve(case, person)
    small.cool_off()
    approved = len(set(people)) == 2
    for number, what in steps:
        orders = small.orders(case)
        order = orders[number % len(orders)]
        if what == "failed":
            small.fail(order)
        else:
            erase = order.event.operation == "erase"
            small.answer(order, small.deeds(order.sealed["scope"]) if erase else small.held[order.event.system])
        if what == "again":
            small.work()
    small.work()
    assert bool(small.orders(case, "erase")) is approved
    small.erase_all(case)
    assert [each.state for each in small.answers(case)] in ([], ["ready"])
    assert approved or small.answers(case) == []
    assert parked(small.context) == []
