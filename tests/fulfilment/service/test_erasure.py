"""An erasure in fulfilment: the plan, its approvals, the waves, and the confirmation."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from habeas.errors import Refused
from habeas.events import AnswerReady, PlanMade, SystemFailed
from habeas_fulfilment.actions import hand_out, make_again, plan_again, retry_order
from habeas_fulfilment.models import PlanLine
from habeas_fulfilment.timers import begin_erasures, expire_answers


def test_a_proved_erasure_asks_every_system_what_it_holds_and_erases_nothing(desk):
    case = desk.proved("erasure")
    assert Counter(each.event.operation for each in desk.orders(case)) == {"suppress": 2, "locate": 3}


def test_a_plan_is_made_when_every_system_was_searched(desk):
    case = desk.planned()
    [made] = desk.said(PlanMade, case)
    plan = desk.plan(case)
    assert (made.digest, made.approvals) == (plan.digest, 2)
    assert made.counts == {"erase": 4, "keep": 1, "person": 0}
    assert plan.state == "frozen"
    assert desk.orders(case, "erase") == []


def test_the_plan_keeps_what_a_law_demands_and_says_why_and_until_when(small):
    case = small.planned()
    with small.context.database.reading() as session:
        kept = session.query(PlanLine).filter_by(case_id=case, decision="keep").one()
    assert (kept.kind, kept.activity, kept.until, kept.count) == ("invoices", "invoicing", "2031-12-31", 1)
    assert "2 §" in kept.law


def test_what_no_rule_decides_stays_and_is_shown(small):
    held = {**small.held, "shop": [small.located("invoices", "1", "invoicing", None), small.located("a", "1", "moon")]}
    case = small.planned(held=held)
    assert small.plan(case).counts == {"erase": 1, "keep": 0, "person": 2}
    small.approve(case, "p1")
    small.approve(case, "p2")
    small.cool_off()
    [shop] = [each for each in small.orders(case, "erase") if each.event.system == "shop"]
    assert [each["keep"] for each in shop.sealed["scope"]] == [True, True]


def test_a_system_that_fills_another_is_erased_in_a_wave_before_it(small):
    case = small.approved()
    assert [each.event.system for each in small.orders(case, "erase")] == ["shop"]
    [shop] = small.orders(case, "erase")
    small.answer(shop, small.deeds(shop.sealed["scope"]))
    small.work()
    assert [each.event.system for each in small.orders(case, "erase")] == ["shop", "newsletter"]


def test_an_erasure_ends_in_a_confirmation(desk):
    case = desk.approved()
    desk.erase_all(case)
    assert desk.said(AnswerReady, case) == [AnswerReady(case=case, kind="confirmation", right="erasure", days=14)]
    assert desk.said(SystemFailed, case) == []
    assert [kind for kind in desk.leaves(case) if kind.startswith(("absence", "answer"))] == [
        "absence.watched",
        "absence.checked",
        "answer.made",
    ]


def test_the_confirmation_names_what_was_kept_on_which_ground_and_until_when(small, read_bag):
    case = small.approved()
    small.erase_all(case)
    with read_bag(small, case, "erasure") as bag:
        manifest = json.loads(bag.read("data/manifest.json"))
    shop = next(each for each in manifest["systems"] if each["name"] == "shop")
    text = json.dumps(shop)
    assert "2031-12-31" in text
    assert '"erased"' in text
    assert '"kept"' in text


def test_an_erasure_that_finds_nothing_is_answered_without_approval(small):
    case = small.planned(held={"shop": [], "newsletter": [], "applications": []})
    assert small.said(PlanMade, case)[0].approvals == 0
    assert [each.state for each in small.answers(case)] == ["ready"]
    assert small.orders(case, "erase") == []


def test_no_plan_is_made_while_a_system_was_not_searched(small):
    case = small.proved("erasure")
    first, *others = small.orders(case, "locate")
    small.fail(first)
    for order in others:
        small.answer(order)
    small.work()
    assert small.said(PlanMade, case) == []
    assert small.plan(case) is None


def test_a_garbled_search_fails_its_system_and_the_plan_is_made_after_a_new_one(small):
    case = small.proved("erasure")
    for order in small.orders(case, "locate"):
        small.answer(order, [{"kind": "x"}] if order.event.system == "shop" else [])
    small.work()
    assert small.plan(case) is None
    assert [each.system for each in small.said(SystemFailed, case)] == ["shop"]
    [failed] = [each for each in small.rows(case) if each.state == "failed"]
    with small.context.transaction() as tx:
        retry_order(tx, case, failed.id, "agent-1")
    small.answer(small.orders(case, "locate")[-1])
    small.work()
    assert small.plan(case).state == "ordered"


def test_more_records_than_a_plan_can_decide_fail_their_system_and_make_no_plan(small, monkeypatch):
    monkeypatch.setattr("habeas_fulfilment.planning.MOST_RECORDS", len(small.held["shop"]) - 1)
    case = small.proved("erasure")
    small.answer_all(case, "locate", small.held)
    (order,) = [row for row in small.rows(case) if row.system == "shop" and row.task == "plan"]
    assert (order.state, order.final) == ("failed", True)
    assert order.reason.startswith("it holds more than 3 records of this person")
    assert small.plan(case) is None


def test_a_frozen_plan_does_not_change_with_a_late_answer(small):
    case = small.planned()
    before = small.plan(case).digest
    small.answer(small.orders(case, "locate")[0], [small.located("orders", "99", "orders")])
    small.work()
    assert small.plan(case).digest == before


def test_what_changed_since_the_plan_needs_a_person_and_then_a_new_plan(small, read_bag):
    case = small.approved()
    [shop] = small.orders(case, "erase")
    done = small.deeds(shop.sealed["scope"])
    done[0] |= {"deed": "needs_person", "why": "it changed since the plan", "verified": False}
    small.answer(shop, done)
    small.work()
    newsletter = small.orders(case, "erase")[-1]
    small.answer(newsletter, small.deeds(newsletter.sealed["scope"]))
    small.work()
    small.look(case)
    assert [(each.state, each.right) for each in small.answers(case)] == [("stuck", "erasure")]
    assert [each.system for each in small.said(SystemFailed, case)] == ["shop"]

    with small.context.transaction() as tx:
        plan_again(tx, case, "agent-1")
    left = {"shop": [*small.held["shop"][:1], small.held["shop"][2]], "newsletter": [], "applications": []}
    small.answer_all(case, "locate", left)
    small.approve(case, "p1")
    small.approve(case, "p2")
    small.cool_off()
    again = small.orders(case, "erase")[-1]
    assert len(again.sealed["scope"]) == 2
    small.answer(again, small.deeds(again.sealed["scope"]))
    small.work()
    small.look(case)
    assert [each.state for each in small.answers(case)] == ["ready"]
    with read_bag(small, case, "erasure") as bag:
        manifest = json.loads(bag.read("data/manifest.json"))
    assert {each["name"]: each["outcome"] for each in manifest["systems"]} == {
        "shop": "found",
        "newsletter": "found",
        "applications": "nothing",
    }


def test_a_confirmation_is_not_made_while_a_record_is_not_accounted_for(small):
    case = small.approved()
    [shop] = small.orders(case, "erase")
    small.answer(shop, small.deeds(shop.sealed["scope"])[1:])
    small.work()
    newsletter = small.orders(case, "erase")[-1]
    small.answer(newsletter, small.deeds(newsletter.sealed["scope"]))
    small.work()
    small.look(case)
    assert [each.state for each in small.answers(case)] == ["stuck"]


def test_a_confirmation_is_not_made_of_more_than_was_let_go(small):
    case = small.approved()
    [shop] = small.orders(case, "erase")
    done = [each | {"deed": "erased"} for each in small.deeds(shop.sealed["scope"])]
    small.answer(shop, done)
    small.work()
    newsletter = small.orders(case, "erase")[-1]
    small.answer(newsletter, small.deeds(newsletter.sealed["scope"]))
    small.work()
    small.look(case)
    assert [each.state for each in small.answers(case)] == ["stuck"]


def test_a_system_that_cannot_erase_needs_a_person(small):
    case = small.approved()
    [shop] = small.orders(case, "erase")
    small.answer(shop, outcome="not_applicable")
    small.work()
    newsletter = small.orders(case, "erase")[-1]
    small.answer(newsletter, small.deeds(newsletter.sealed["scope"]))
    small.work()
    small.look(case)
    assert [each.state for each in small.answers(case)] == ["stuck"]
    with pytest.raises(Refused, match="has not done its part"), small.context.transaction() as tx:
        make_again(tx, case, "erasure", "agent-1")


def test_the_next_wave_waits_for_a_system_that_failed(small):
    case = small.approved()
    [shop] = small.orders(case, "erase")
    small.fail(shop)
    small.work()
    assert len(small.orders(case, "erase")) == 1
    with small.context.transaction() as tx:
        retry_order(tx, case, shop.event.order, "agent-1")
    again = small.orders(case, "erase")[-1]
    assert again.sealed["scope"] == shop.sealed["scope"]
    small.erase_all(case)
    assert [each.state for each in small.answers(case)] == ["ready"]
    assert "order.retried" in small.leaves(case)


def test_access_comes_first_where_both_are_asked(small):
    case = small.planned("access", "erasure")
    small.approve(case, "p1")
    small.approve(case, "p2")
    small.cool_off()
    assert small.orders(case, "erase") == []
    small.answer_all(case, "export", small.exported)
    begin_erasures(small.context)
    assert small.orders(case, "erase") == [], "the package is made, but not fetched"
    small.clock.advance(timedelta(days=14))
    begin_erasures(small.context)
    assert small.orders(case, "erase") == []
    expire_answers(small.context)
    assert [each.event.system for each in small.orders(case, "erase")] == ["shop"]


def test_erasing_begins_when_the_package_was_fetched(small):
    case = small.planned("access", "portability", "erasure")
    small.approve(case, "p1")
    small.approve(case, "p2")
    small.answer_all(case, "export", small.exported)
    small.cool_off()
    for right, begun in (("access", False), ("portability", True)):
        with small.context.transaction() as tx:
            hand_out(tx, case, right, "grant-1")
        assert bool(small.orders(case, "erase")) is begun
    small.erase_all(case)
    assert {each.right: each.state for each in small.answers(case)} == {
        "access": "ready",
        "portability": "ready",
        "erasure": "ready",
    }


def test_a_plan_cannot_be_replaced_while_systems_are_erasing(small):
    case = small.approved()
    with small.context.transaction() as tx, pytest.raises(Refused):
        plan_again(tx, case, "agent-1")
    small.erase_all(case)
    with small.context.transaction() as tx, pytest.raises(Refused):
        plan_again(tx, case, "agent-1")


def test_a_right_that_no_system_carries_out_orders_nothing(small):
    case = small.proved("rectification")
    assert small.orders(case) == []
