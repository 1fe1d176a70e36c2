"""What a person asked to be stopped is stopped when they are proved, and lifted only when it may be."""

from datetime import timedelta

import pytest

from habeas.errors import Faults, Refused
from habeas.events import CaseFrozen, CaseThawed, ProcessingLimited, ProcessingReleased
from habeas.testing.house import deliver
from habeas_fulfilment.actions import call_back
from habeas_fulfilment.actions.limiting import announce_again, lift, refuse, uphold
from habeas_fulfilment.models import Lease, OrderState

ALL = ("customer_account", "orders", "invoicing", "support", "security", "newsletter", "recruitment")


def test_marketing_stops_at_once_and_for_good(stops):
    assert stops.may("newsletter")
    case = stops.desk.open("objection")
    assert stops.may("newsletter"), "nobody is believed unproved"
    stops.desk.prove(case, assurance="A1")
    answer = stops.ask("newsletter").json
    assert answer["may"] is False
    [reason] = answer["reasons"]
    assert (reason["kind"], reason["until"], answer["until"]) == ("objection", None, None)
    assert ("newsletter", "suppress", False) in stops.ordered(case)
    stops.wait(4000)
    assert not stops.may("newsletter")


def test_a_stop_of_marketing_needs_nobodys_approval_and_touches_nothing_else(stops):
    case = stops.desk.proved("objection")
    assert stops.ordered(case) == {("newsletter", "suppress", False)}
    assert stops.may("orders")
    assert stops.may("newsletter", email="somebody.else@example.com")


def test_another_objection_stops_until_a_person_has_weighed_it(stops):
    case = stops.desk.proved("objection")
    assert not stops.may("security")
    stops.decide(uphold, case, "objection", "security", ground="nothing outweighs it")
    assert not stops.may("security")
    assert [each["by"] for each in stops.leaves("limit.upheld")] == ["p1"]


def test_what_is_refused_goes_on_only_after_the_person_was_told(stops):
    case = stops.desk.proved("objection")
    stops.decide(refuse, case, "objection", "security", ground="fraud would go unseen")
    assert stops.told(case) == ["2026-11-29"]
    stops.wait(30)
    assert not stops.may("security"), "the letter has not left"


def test_a_restriction_ends_on_the_day_that_the_person_was_told(stops):
    case = stops.desk.proved("restriction")
    assert not any(stops.may(activity) for activity in ALL)
    stops.decide(refuse, case, "restriction", *ALL, ground="none of the four grounds is met")
    stops.tell(case)
    stops.wait(6)
    assert not stops.may("orders"), "told of the seventh day"
    assert stops.ask("orders").json["until"] == "2026-11-28T23:00:00Z"
    stops.wait(1)
    assert all(stops.may(activity) for activity in ALL)
    assert len(stops.desk.said(ProcessingReleased, case)) == 1


def test_a_letter_that_could_not_leave_lifts_nothing_until_somebody_has_told_the_person(stops):
    case = stops.desk.proved("restriction")
    stops.decide(refuse, case, "restriction", *ALL)
    stops.tell(case, told=False)
    stops.wait(30)
    assert not stops.may("orders")
    with stops.desk.context.transaction() as tx:
        announce_again(tx, case, "restriction", "p1", by_hand=True)
    stops.wait(6)
    assert not stops.may("orders")
    stops.wait(2)
    assert stops.may("orders")
    assert [each["by"] for each in stops.leaves("lifting.told_by_hand")] == ["p1"]


def test_a_letter_that_left_after_its_day_counts_for_nothing(stops):
    case = stops.desk.proved("restriction")
    stops.decide(refuse, case, "restriction", *ALL)
    stops.tell(case, timedelta(days=8))
    stops.wait(1)
    assert not stops.may("orders")
    with stops.desk.context.transaction() as tx:
        announce_again(tx, case, "restriction", "p1", by_hand=False)
    stops.tell(case)
    stops.wait(7)
    assert stops.may("orders")


def test_a_restriction_is_ordered_of_all_systems_at_once_and_lifted_there_again(stops):
    case = stops.desk.proved("restriction")
    assert stops.ordered(case) == {(system, "restrict", False) for system in ("shop", "newsletter", "applications")}
    stops.desk.answer_all(case, "restrict", {"shop": ["done"], "newsletter": [], "applications": []})
    stops.decide(refuse, case, "restriction", *ALL)
    assert not any(lifts for _, _, lifts in stops.ordered(case)), "not before the person was told"
    stops.tell(case)
    stops.wait(7)
    assert {each for each in stops.ordered(case) if each[2]} == {
        (system, "restrict", True) for system in ("shop", "newsletter", "applications")
    }
    stops.wait(1)
    assert len(stops.desk.orders(case)) == 6, "once"


def test_a_restriction_of_a_part_is_not_ordered_of_a_system_that_serves_more(stops):
    """The shop could only restrict everything; so programs are told by purpose and a person by the page."""
    case = stops.desk.proved("objection")
    assert not stops.may("security")
    assert ("shop", "restrict", False) not in stops.ordered(case)
    page = stops.agent("approver").get(f"/plan/{case}").text
    assert "What no order can say" in page
    assert "The shop: use nothing of it" in page


def test_what_only_one_part_still_needs_is_lifted_for_the_rest(stops):
    case = stops.desk.proved("restriction")
    stops.decide(uphold, case, "restriction", "security")
    stops.decide(refuse, case, "restriction", *(each for each in ALL if each != "security"))
    stops.tell(case)
    stops.wait(7)
    assert ("shop", "restrict", True) in stops.ordered(case)
    assert stops.may("orders")
    assert not stops.may("security")


def test_one_case_does_not_lift_what_another_of_the_same_person_needs(stops):
    first, second = stops.desk.proved("restriction"), stops.desk.proved("restriction")
    stops.decide(refuse, first, "restriction", *ALL)
    stops.tell(first)
    stops.wait(7)
    assert not any(lifts for _, _, lifts in stops.ordered(first))
    assert not stops.may("orders")
    stops.decide(refuse, second, "restriction", *ALL)
    stops.tell(second)
    stops.wait(7)
    assert ("shop", "restrict", True) in stops.ordered(second)
    assert stops.may("orders")


def test_a_withdrawal_stops_what_rests_on_consent_and_nothing_else(stops):
    case = stops.desk.proved("consent_withdrawal")
    assert {each: stops.may(each) for each in ALL} == {each: each not in ("newsletter", "recruitment") for each in ALL}
    assert stops.ordered(case) == {("newsletter", "suppress", False), ("applications", "restrict", False)}
    assert stops.ask("recruitment").json["reasons"][0]["kind"] == "withdrawal"


def test_what_the_person_wants_again_goes_on_at_once(stops):
    case = stops.desk.proved("consent_withdrawal")
    stops.decide(lift, case, "consent_withdrawal", "newsletter", ground="signed up again")
    assert stops.told(case) == []
    assert stops.may("newsletter")
    assert ("newsletter", "suppress", True) in stops.ordered(case)


def test_nothing_is_decided_without_a_ground_or_twice(small):
    case = small.desk.proved("objection")
    for act, ground, activities in (
        (uphold, " ", ["security"]),
        (uphold, "because", []),
        (uphold, "because", ["newsletter"]),  # marketing is never weighed
        (refuse, "because", ["newsletter"]),
        (uphold, "b" * 1001, ["security"]),
        (lift, "because", ["security"]),
    ):
        with pytest.raises(Faults), small.desk.context.transaction() as tx:
            act(tx, case, "objection", activities, ground, "p1")
    small.decide(uphold, case, "objection", "security")
    with pytest.raises(Faults):
        small.decide(refuse, case, "objection", "security")


def test_a_frozen_case_stops_nothing_and_orders_nothing_until_it_thaws(stops):
    """Case 25."""
    case = stops.desk.open("objection")
    deliver(stops.desk.context, CaseFrozen(case=case), source="identity")
    stops.desk.prove(case)
    assert stops.may("newsletter")
    assert stops.ordered(case) == set()
    deliver(stops.desk.context, CaseThawed(case=case, reason="shown_again"), source="identity")
    stops.desk.work()
    assert not stops.may("newsletter")
    assert stops.ordered(case) == {("newsletter", "suppress", False)}


def test_intake_is_told_once_for_each_right(stops):
    case = stops.desk.proved("objection", "consent_withdrawal")
    said = {each.right: each.activities for each in stops.desk.said(ProcessingLimited, case)}
    assert said == {"objection": ["security", "newsletter"], "consent_withdrawal": ["newsletter", "recruitment"]}


def test_a_failed_stop_is_shown_and_ordered_again(small):
    case = small.desk.proved("objection")
    [order] = small.desk.orders(case, "suppress")
    small.desk.fail(order, reason="the list is away")
    small.desk.work()
    path = f"/plan/{case}"
    agent = small.agent("agent")
    assert "the list is away" in agent.get(path).text
    assert agent.post(f"{path}/orders/{order.event.order}/again", {}, page=path).status_code == 303
    assert len(small.desk.orders(case, "suppress")) == 2
    assert [row.state for row in small.desk.rows(case)].count(OrderState.REPLACED) == 1


def test_a_system_that_cannot_is_left_to_people(small):
    case = small.desk.proved("objection")
    [order] = small.desk.orders(case, "suppress")
    small.desk.answer(order, outcome="not_applicable")
    small.desk.work()
    assert "The newsletter: send no more marketing" in small.agent("agent").get(f"/plan/{case}").text


def test_a_lease_ends_with_its_limit_and_leaves_no_trace_of_whom(small):
    case = small.desk.proved("consent_withdrawal")
    small.decide(lift, case, "consent_withdrawal", "newsletter")
    with small.desk.context.reading() as tx:
        left = {row.activity for row in tx.session.query(Lease)}
    assert left == {"recruitment"}


def test_what_an_approved_plan_erases_is_used_no_more_until_it_is_gone(stops):
    case = stops.desk.planned()
    assert stops.may("orders")
    for person in ("p1", "p2"):
        stops.desk.approve(case, person)
    assert stops.ask("orders").json["reasons"][0]["kind"] == "erasure-pending"
    assert not stops.may("newsletter")
    assert stops.may("recruitment"), "nothing of it is there"
    with stops.desk.context.transaction() as tx:
        call_back(tx, case, "p1")
    assert stops.may("orders")


def test_only_what_can_be_told_again_is(small):
    case = small.desk.proved("restriction")
    with pytest.raises(Refused), small.desk.context.transaction() as tx:
        announce_again(tx, case, "restriction", "p1", by_hand=True)
