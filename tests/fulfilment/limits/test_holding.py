"""Legal holds keep records out of every erasure, and let each go on by itself when they end."""

from datetime import date, timedelta

import pytest
from fulfilment.limits.conftest import CONTROLLER, PORTAL
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import Client

from habeas.errors import Faults, Refused
from habeas.events import PlanMade, SystemFailed
from habeas.work.tables import OutboxLetter
from habeas_fulfilment.actions import forget_case, is_over, retry_order
from habeas_fulfilment.actions.holding import NewHold, lift_hold, read_hold, set_hold
from habeas_fulfilment.decisions import Fate, Line
from habeas_fulfilment.holds import Covering, longest
from habeas_fulfilment.limit_timers import end_holds, keep_open
from habeas_fulfilment.models import CaseFile, HeldBack, PlanLine
from habeas_fulfilment.timers import expire_answers

WORDS = st.sampled_from(["", "a", "b"])
HOLDS = st.builds(Covering, st.text(min_size=1, max_size=4), WORDS, WORDS, WORDS, st.just("why"), st.just("law"),
                  st.none() | st.dates())  # fmt: skip
KEPT = "Legal hold: a dispute about the lamps of 2024"


@given(st.lists(HOLDS, max_size=5), WORDS, WORDS, WORDS)
def test_a_record_is_kept_by_the_hold_that_lasts_longest(holds, system, activity, kind) -> None:
    found = longest(holds, [Line(system, activity, kind, Fate.ERASE, "", "", None, 1)])
    covering = [each for each in holds if each.covers(system, activity, kind)]
    assert (found is None) == (not covering)
    if found is not None:
        assert all((each.until or date.max) <= (found.until or date.max) for each in covering)


def hold(small, *, by="o1", **changes):
    new = NewHold(**{
        "controller": CONTROLLER, "system": "", "activity": "orders", "kind": "",
        "reason": "a dispute about the lamps of 2024", "law": "Article 17(3)(e) GDPR", "until": None, **changes,
    })  # fmt: skip
    with small.desk.context.transaction() as tx:
        made = set_hold(tx, new, by)
    small.desk.work()
    return made


def lift(small, held, by="o2"):
    with small.desk.context.transaction() as tx:
        lift_hold(tx, held, "the dispute is settled", by)
    small.desk.work()


def searches(small, case):
    """How often all systems were searched for a plan; what fills others is asked to stop before each time."""
    small.desk.pass_over(case)
    return sum(row.task == "plan" for row in small.desk.rows(case)) / 3


def lines(small, case):
    with small.desk.context.reading() as tx:
        rows = tx.session.query(PlanLine).filter_by(case_id=case, round=small.desk.plan(case).round)
        return {(row.kind, row.decision): (row.ground, row.law, row.until) for row in rows}


def erased(small, case):
    for person in ("p1", "p2"):
        small.desk.approve(case, person)
    small.desk.cool_off()
    small.desk.erase_all(case)


def test_a_plan_keeps_what_is_held_and_says_why(stops) -> None:
    hold(stops, until=date(2027, 6, 30))
    case = stops.desk.planned()
    assert lines(stops, case)["orders", "keep"] == (KEPT, "Article 17(3)(e) GDPR", "2027-06-30")
    assert ("subscribers", "erase") in lines(stops, case), "of another system"
    beside = lines(stops, case)["customers", "keep"][0]
    assert beside == KEPT.replace("Legal hold", "Legal hold (to find what it covers)")
    [leaf] = stops.leaves("hold.kept")
    assert leaf["count"] == 3, "the order, its customer, and the invoice that no law keeps any more"


def test_a_hold_covers_nothing_of_another_controller(small) -> None:
    hold(small, controller="sydlunds-lampor")
    assert ("orders", "erase") in lines(small, small.desk.planned())


def test_what_a_law_keeps_is_kept_by_that_law(small) -> None:
    hold(small, activity="invoicing")
    found = lines(small, small.desk.planned())
    assert not found["invoices", "keep"][0].startswith("Legal hold") or found["invoices", "keep"][0] == KEPT
    assert ("invoices", "erase") not in found


def test_a_hold_stops_a_plan_that_was_approved_before_it(stops) -> None:
    case = stops.desk.planned()
    for person in ("p1", "p2"):
        stops.desk.approve(case, person)
    before = stops.desk.plan(case).digest
    hold(stops)
    stops.desk.cool_off()
    assert stops.desk.orders(case, "erase") == []
    stops.desk.answer_all(case, "locate", stops.desk.held)
    assert stops.desk.plan(case).digest != before
    assert ("orders", "keep") in lines(stops, case)
    assert stops.desk.plan(case).state == "frozen", "what people approve next is what is done"


def test_a_hold_that_comes_while_systems_erase_stops_the_rest(stops) -> None:
    case = stops.desk.approved()
    [shop] = stops.desk.orders(case, "erase")
    hold(stops, activity="newsletter")
    stops.desk.answer(shop, stops.desk.deeds(shop.sealed["scope"]))
    stops.desk.work()
    assert [each.event.system for each in stops.desk.orders(case, "erase")] == ["shop"]
    assert searches(stops, case) == 2


def test_an_order_to_erase_is_not_given_again_under_a_hold(small) -> None:
    case = small.desk.approved()
    [shop] = small.desk.orders(case, "erase")
    small.desk.fail(shop)
    small.desk.work()
    hold(small)
    with pytest.raises(Refused, match="legal hold"), small.desk.context.transaction() as tx:
        retry_order(tx, case, shop.event.order, "p1")


def test_when_a_hold_is_lifted_the_erasure_goes_on_and_is_confirmed_again(stops) -> None:
    held = hold(stops)
    case = stops.desk.planned()
    erased(stops, case)
    lift(stops, held)
    assert searches(stops, case) == 2
    stops.desk.answer_all(case, "locate", {"shop": [stops.desk.held["shop"][1]], "newsletter": [], "applications": []})
    assert len(stops.desk.said(PlanMade, case)) == 2
    assert stops.desk.plan(case).state == "frozen", "people approve it as any other"
    erased(stops, case)
    assert stops.desk.leaves(case).count("answer.made") == 2
    assert not any(each["keep"] for each in stops.desk.orders(case, "erase")[-1].sealed["scope"])
    [answer] = stops.desk.answers(case)
    assert (answer.state, answer.times) == ("ready", 0)
    assert "erasure.resumed" in stops.desk.leaves(case)


def test_another_hold_keeps_it_back_again(small) -> None:
    first, second = hold(small), hold(small, system="shop", activity="", kind="orders")
    case = small.desk.planned()
    erased(small, case)
    lift(small, first)
    lift(small, second)
    small.desk.answer_all(case, "locate", {"shop": [small.desk.held["shop"][1]], "newsletter": [], "applications": []})
    assert ("orders", "erase") in lines(small, case)


def test_a_hold_ends_by_itself_after_its_last_day(stops) -> None:
    hold(stops, until=date(2026, 11, 24))
    case = stops.desk.planned()
    erased(stops, case)
    end_holds(stops.desk.context)
    assert stops.leaves("hold.lifted") == [], "its last day counts"
    stops.desk.clock.advance(timedelta(days=2))
    end_holds(stops.desk.context)
    stops.desk.work()
    assert [each["by"] for each in stops.leaves("hold.lifted")] == ["its last day"]
    assert searches(stops, case) == 2


def test_a_hold_that_is_lifted_while_systems_erase_lets_the_rest_go_on_afterwards(small) -> None:
    held = hold(small)
    case = small.desk.planned()
    for person in ("p1", "p2"):
        small.desk.approve(case, person)
    small.desk.cool_off()
    lift(small, held)
    assert searches(small, case) == 1
    small.desk.erase_all(case)
    end_holds(small.desk.context)
    small.desk.work()
    assert searches(small, case) == 2


def test_a_case_is_not_forgotten_while_a_hold_keeps_some_of_it(small) -> None:
    held = hold(small)
    case = small.desk.planned()
    erased(small, case)
    for _ in range(4):
        small.desk.clock.advance(timedelta(days=25))
        small.desk.context.keys.rotate(small.desk.clock.now())
        keep_open(small.desk.context)
    expire_answers(small.desk.context)
    with small.desk.context.transaction() as tx:
        found = tx.session.get_one(CaseFile, case)
        assert not is_over(tx, found)
        forget_case(tx, case)
        assert found.forgotten_at is None
    before = len(small.desk.rows(case))
    lift(small, held)
    assert len(small.desk.rows(case)) == before, "the proof is over by then"
    assert small.leaves("erasure.resumed")
    with small.desk.context.reading() as tx:
        [row] = tx.session.query(OutboxLetter).filter_by(type=SystemFailed.TYPE, thread=case)
    assert "the proof of who asks is over" in row.body.decode()


def test_whoever_set_a_hold_does_not_lift_it(small) -> None:
    held = hold(small)
    with pytest.raises(Refused, match="another person"):
        lift(small, held, by="o1")
    lift(small, held)
    with pytest.raises(Refused, match="before"):
        lift(small, held)
    with small.desk.context.reading() as tx:
        assert tx.session.query(HeldBack).count() == 0


WRONG = {
    "controller": {"controller": "nobody"},
    "activity": {"activity": "order"},
    "system": {"system": "shops"},
    "reason": {"reason": " "},
    "law": {"law": ""},
    "until": {"until": "2026-11-21"},
    "kind": {"kind": "k" * 101},
}


@pytest.mark.parametrize("field", WRONG)
def test_a_hold_that_says_too_little_is_refused_by_the_field(small, field) -> None:
    good = {"controller": CONTROLLER, "activity": "orders", "reason": "a dispute", "law": "Article 17(3)(e)"}
    profiles, now = small.desk.context.profiles, small.desk.clock.now()
    assert read_hold(profiles, {CONTROLLER}, good, now).until is None
    with pytest.raises(Faults) as wrong:
        read_hold(profiles, {CONTROLLER}, {**good, **WRONG[field]}, now)
    assert [fault.where for fault in wrong.value.faults] == [field]


def test_a_hold_of_everything_is_refused(small) -> None:
    with pytest.raises(Faults, match="activity"):
        read_hold(
            small.desk.context.profiles,
            {CONTROLLER},
            {"controller": CONTROLLER, "reason": "a", "law": "b"},
            small.desk.clock.now(),
        )


def call(small, method, path, key, **more):
    headers = {"Authorization": f"Bearer {key}"}
    return Client(small.desk.app).open(path, method=method, headers=headers, base_url=PORTAL, **more)


def test_a_program_sets_a_hold_and_another_lifts_it(small) -> None:
    small.add_program("legal", "hs_legal", holds=True)
    small.add_program("board", "hs_board", holds=True)
    body = {"controller": CONTROLLER, "activity": "orders", "reason": "a dispute", "law": "Article 17(3)(e) GDPR"}
    made = call(small, "POST", "/legal-holds", "hs_legal", json=body)
    assert made.status_code == 201
    [listed] = call(small, "GET", "/legal-holds", "hs_board").json["holds"]
    assert (listed["id"], listed["set_by"]) == (made.json["id"], "key legal")
    path = f"/legal-holds/{made.json['id']}/lift"
    assert call(small, "POST", path, "hs_legal", json={"why": "settled"}).status_code == 409
    assert call(small, "POST", path, "hs_board", json={}).status_code == 422
    assert call(small, "POST", path, "hs_board", json={"why": "settled"}).status_code == 204
    assert call(small, "GET", "/legal-holds", "hs_board").json == {"holds": []}


def test_a_key_that_only_asks_sets_no_hold_and_one_of_elsewhere_sees_none(small) -> None:
    hold(small)
    assert call(small, "GET", "/legal-holds", "hs_newsletter").status_code == 401
    small.add_program("elsewhere", "hs_elsewhere", controllers=["sydlunds-lampor"], holds=True)
    assert call(small, "GET", "/legal-holds", "hs_elsewhere").json == {"holds": []}
