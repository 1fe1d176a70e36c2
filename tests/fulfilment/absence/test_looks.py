"""The looks after an erasure: at once, after a day, a week and a month; what they tell, and how long they remember."""

import json
from datetime import timedelta

import pytest
from fulfilment.service.conftest import HELD
from sqlalchemy import select

from habeas.crypto.datakeys import DataKey
from habeas.crypto.signing import Signed
from habeas.errors import Refused
from habeas.events import AbsenceChecked, AnswerReady, OrderGiven, PlanMade, ResidueFound, SystemFailed
from habeas.testing.house import parked
from habeas.warrants import check_warrant
from habeas_fulfilment.actions.looking import let_stay, look_now
from habeas_fulfilment.actions.residues import erase_again
from habeas_fulfilment.look_timers import go_on_looking
from habeas_fulfilment.models import CaseFile, Look, Tombstone
from habeas_fulfilment.timers import expire_answers, forget_cases

AT_ONCE = [(0, "applications", "absent"), (0, "newsletter", "absent"), (0, "shop", "absent")]
RESIDUE = {"shop": [each for each in HELD["shop"] if each["key"] in ("2024-1", "1")]}


def keys(desk, case):
    with desk.context.database.reading() as session:
        return set(session.scalars(select(DataKey.retention_class).where(DataKey.case_id == case)))


def verified(read_bag, desk, case):
    """What the confirmation says of each thing that went: by system and class, whether it was verified."""
    with read_bag(desk, case, "erasure") as bag:
        manifest = json.loads(bag.read("data/manifest.json"))
    return {
        (system["name"], deed["record_class"]): deed["verified"]
        for system in manifest["systems"]
        for deed in system["deeds"]
        if deed["deed"] in ("erased", "anonymised")
    }


def test_the_confirmation_waits_for_the_first_look_and_says_what_it_saw(desk, kept, read_bag):
    case = desk.erased()
    assert desk.said(AnswerReady, case) == []
    desk.look(case, kept)
    assert [each.kind for each in desk.said(AnswerReady, case)] == ["confirmation"]
    assert desk.seen(case) == AT_ONCE
    assert set(verified(read_bag, desk, case).values()) == {True}
    assert desk.said(ResidueFound) == []
    assert desk.said(AbsenceChecked, case) == [
        AbsenceChecked(case=case, look=1, days=0, outcomes={name: "absent" for _, name, _ in AT_ONCE})
    ]


def test_a_system_that_keeps_what_it_says_it_erased_is_never_verified(desk, read_bag):
    case = desk.erased()
    desk.look(case, RESIDUE)
    assert desk.said(AnswerReady, case) == [], "a first look that found something is taken once more"
    assert desk.said(ResidueFound, case) == []
    desk.next_look(case, RESIDUE, minutes=15)
    assert (0, "shop", "residual") in desk.seen(case)
    told = verified(read_bag, desk, case)
    assert told["shop", "orders"] is False
    assert told["shop", "customers"] is True, "of this class none was left"
    assert told["newsletter", "subscribers"] is True
    assert desk.said(ResidueFound, case) == [
        ResidueFound(case=case, system="shop", look=1, days=0, outcome="residual", count=1)
    ]


def test_an_index_that_lags_behind_is_no_alarm(small, kept, read_bag):
    case = small.erased()
    small.look(case, RESIDUE)
    small.next_look(case, kept, minutes=15)
    assert small.seen(case) == AT_ONCE
    assert small.said(ResidueFound) == []
    assert set(verified(read_bag, small, case).values()) == {True}


def test_a_system_that_cannot_be_searched_is_only_believed(small, read_bag):
    case = small.erased()
    for order in small.orders(case, "locate")[3:]:
        if order.event.system == "shop":
            small.fail(order, reason="the search was turned off")
        else:
            small.answer(order)
    small.work()
    assert (0, "shop", "unverifiable") in small.seen(case)
    told = verified(read_bag, small, case)
    assert not any(proved for (system, _), proved in told.items() if system == "shop")
    assert told["newsletter", "subscribers"] is True
    assert small.said(SystemFailed, case) == [], "a look says so itself"


def test_what_cannot_be_read_counts_as_not_searched(small, read_bag):
    case = small.erased()
    small.look(case, {"shop": [{"kind": "orders"}]})
    assert (0, "shop", "unverifiable") in small.seen(case)
    assert not verified(read_bag, small, case)["shop", "orders"]


def test_a_silent_system_keeps_the_confirmation_back_for_a_day_and_no_longer(small):
    case = small.erased()
    for order in small.orders(case, "locate")[3:]:
        if order.event.system != "shop":
            small.answer(order)
    small.work()
    for hours, told in ((23, 0), (1, 1)):
        small.clock.advance(timedelta(hours=hours))
        go_on_looking(small.context)
        small.work()
        assert len(small.said(AnswerReady, case)) == told
    assert (1, "shop", "unverifiable") in small.seen(case)


def test_on_the_last_day_by_law_a_silent_system_keeps_it_back_for_a_quarter_of_an_hour(small):
    case = small.approved()
    small.clock.advance(timedelta(days=30))
    small.erase(case)
    small.clock.advance(timedelta(minutes=15))
    go_on_looking(small.context)
    small.work()
    assert len(small.said(AnswerReady, case)) == 1


def test_looks_come_after_a_day_a_week_and_a_month_and_then_it_is_forgotten(desk, kept):
    case = desk.erased()
    desk.look(case, kept)
    for days, passed in ((1, 1), (7, 6), (30, 23)):
        desk.next_look(case, kept, days=passed - 0.01)
        assert desk.seen(case)[-1][0] < days, "it is not due yet"
        desk.next_look(case, kept, days=0.01)
        assert desk.seen(case)[-3:] == [(days, name, "absent") for _, name, _ in AT_ONCE]
    expire_answers(desk.context)
    forget_cases(desk.context)
    assert keys(desk, case) == {"absence"}
    go_on_looking(desk.context)
    assert keys(desk, case) == set()
    watch = desk.watch(case)
    assert (watch.person, watch.records, watch.private_key, watch.next_at) == (b"", b"", b"", None)
    assert list(desk.context.store.list("")) == []
    assert desk.leaves(case)[-1] == "absence.forgotten"
    go_on_looking(desk.context)
    assert parked(desk.context) == []


def test_it_is_not_forgotten_whom_to_look_for_when_the_case_is(small, kept):
    case = small.erased()
    small.look(case, kept)
    for days in (1, 6, 8):
        small.next_look(case, kept, days=days)
        expire_answers(small.context)
        forget_cases(small.context)
    with small.context.database.reading() as session:
        assert session.get_one(CaseFile, case).identifiers == b""
    small.next_look(case, RESIDUE, days=15)
    assert small.seen(case)[-1] == (30, "shop", "reappeared")


def test_what_comes_back_later_is_told_once_for_each_look(small, kept, read_bag):
    case = small.erased()
    small.look(case, kept)
    small.next_look(case, RESIDUE, days=1)
    small.next_look(case, RESIDUE, days=6)
    found = [(each.days, each.system, each.outcome, each.count) for each in small.said(ResidueFound, case)]
    assert found == [(1, "shop", "reappeared", 1), (7, "shop", "reappeared", 1)]
    assert verified(read_bag, small, case)["shop", "orders"], "what was confirmed was true when it was"


def test_a_new_relationship_may_stay_and_is_not_told_again(small, kept):
    case = small.erased()
    small.look(case, kept)
    small.next_look(case, RESIDUE, days=1)
    with small.context.transaction() as tx:
        let_stay(tx, case, "shop", "agent-1")
    assert small.said(AbsenceChecked, case)[-1].outcomes == {"shop": "known"}
    small.next_look(case, RESIDUE, days=6)
    assert small.seen(case)[-1] == (7, "shop", "absent")
    with small.context.database.reading() as session:
        stones = session.scalars(select(Tombstone)).all()
        assert {each.system for each in stones if each.lifted_on} == {"shop"}
        assert {each.system for each in stones if not each.lifted_on} == {"newsletter"}
    with small.context.transaction() as tx, pytest.raises(Refused, match="nothing was found"):
        let_stay(tx, case, "shop", "agent-1")


def test_what_was_found_is_erased_again_under_a_new_plan_and_confirmed_anew(desk, kept, read_bag):
    case = desk.erased()
    desk.look(case, RESIDUE)
    desk.next_look(case, RESIDUE, minutes=15)
    with desk.context.transaction() as tx:
        erase_again(tx, case, "agent-1")
    assert [each.state for each in desk.answers(case)] == ["stuck"], "the old confirmation is not to be had any more"
    desk.answer_all(case, "locate", {**RESIDUE, "newsletter": [], "applications": []})
    assert [each.counts["erase"] for each in desk.said(PlanMade, case)] == [4, 1]
    desk.approve(case, "p1")
    desk.approve(case, "p2")
    desk.cool_off()
    desk.erase_all(case)
    desk.look(case, kept)
    assert desk.seen(case)[-3:] == AT_ONCE
    assert verified(read_bag, desk, case)["shop", "orders"] is True
    assert [each.state for each in desk.answers(case)] == ["ready"]
    with desk.context.transaction() as tx, pytest.raises(Refused, match="no system"):
        erase_again(tx, case, "agent-1")


def test_a_case_that_was_forgotten_can_be_erased_again_while_looks_go_on(small, kept):
    case = small.erased()
    small.look(case, kept)
    for days in (1, 6, 8):
        small.next_look(case, kept, days=days)
        expire_answers(small.context)
        forget_cases(small.context)
    small.next_look(case, RESIDUE, days=15)
    with small.context.transaction() as tx:
        erase_again(tx, case, "agent-1")
    small.answer_all(case, "locate", {**RESIDUE, "newsletter": [], "applications": []})
    small.approve(case, "p1")
    small.approve(case, "p2")
    small.cool_off()
    small.erase_all(case)
    assert [each.state for each in small.answers(case)] == ["ready"]
    assert small.seen(case)[-1] == (0, "shop", "absent")


def test_nothing_is_erased_again_by_a_proof_that_is_over(small, kept):
    case = small.erased()
    small.look(case, kept)
    small.next_look(case, RESIDUE, days=30)
    small.next_look(case, RESIDUE, hours=1)
    small.clock.advance(timedelta(days=70))
    with small.context.transaction() as tx, pytest.raises(Refused, match="expired"):
        erase_again(tx, case, "agent-1")


def test_whom_to_look_for_is_kept_for_a_person_who_has_still_to_decide_but_not_for_ever(small, kept):
    case = small.erased()
    small.look(case, kept)
    for days in (1, 6):
        small.next_look(case, kept, days=days)
    small.next_look(case, RESIDUE, days=23)
    go_on_looking(small.context)
    assert "absence" in keys(small, case)
    small.clock.advance(timedelta(days=29))
    go_on_looking(small.context)
    assert "absence" in keys(small, case)
    small.clock.advance(timedelta(days=1))
    go_on_looking(small.context)
    assert "absence" not in keys(small, case)


def test_a_proof_lets_systems_be_searched_after_its_day_but_nothing_else(small, kept):
    case = small.erased()
    small.look(case, kept)
    proof_ends = small.clock.now() + timedelta(days=90)
    order = small.orders(case, "locate")[-1]
    given = order.event
    assert isinstance(given, OrderGiven)
    asked = {
        "system": given.system,
        "case": case,
        "order": given.order,
        "scope": [],
        "identifiers": order.sealed["identifiers"],
    }

    def check(operation, now):
        from habeas.warrants import issue_warrant

        with small.context.reading() as tx:
            proof = Signed.from_object(tx.session.get_one(CaseFile, case).proof)
        warrant = issue_warrant(
            small.context.keys.signer("fulfilment"),
            **asked,
            operation=operation,
            proof=proof,
            now=now,
            expires=now + timedelta(days=30),
        )
        check_warrant(warrant, small.context.keys.directory(), **asked, operation=operation, now=now)

    check("export", proof_ends - timedelta(days=2))
    check("locate", proof_ends + timedelta(days=38))
    with pytest.raises(Refused, match="the proof has expired"):
        check("export", proof_ends)
    with pytest.raises(Refused, match="the proof has expired"):
        check("locate", proof_ends + timedelta(days=41))


def test_a_look_beside_the_calendar_moves_no_other(small, kept):
    case = small.erased()
    small.look(case, kept)
    with small.context.transaction() as tx:
        assert look_now(tx, case)
    with small.context.transaction() as tx:
        assert not look_now(tx, case), "one look at a time"
    small.look(case, RESIDUE)
    assert (0, "shop", "reappeared") in small.seen(case)
    small.next_look(case, kept, days=1)
    assert small.seen(case)[-1] == (1, "shop", "absent")


def test_a_look_that_is_compared_twice_is_written_once(small, kept):
    case = small.erased()
    small.look(case, kept)
    small.work()
    with small.context.database.reading() as session:
        assert len(session.scalars(select(Look).where(Look.case_id == case)).all()) == 3
    assert small.leaves(case).count("absence.checked") == 1


def test_nothing_personal_stands_in_the_clear(small, kept):
    case = small.erased()
    small.look(case, RESIDUE)
    small.next_look(case, RESIDUE, minutes=15)
    with small.context.database.engine.connect() as connection:
        for table in ("absence_watch", "absence_look", "tombstone"):
            rows = repr(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
            assert "anna.canary" not in rows
            assert "1017" not in rows
