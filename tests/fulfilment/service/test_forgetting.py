"""What fulfilment forgets, and when: answers on their day, cases when nothing of them is owed any more."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from habeas.crypto.datakeys import DataKey
from habeas.events import SessionEnded
from habeas.testing.house import deliver, parked, run
from habeas_fulfilment.actions import hand_out
from habeas_fulfilment.models import CaseFile, EndedSession, Plan, UsedGrant
from habeas_fulfilment.timers import begin_erasures, expire_answers, forget_cases, forget_grants


def keys(desk, case):
    with desk.context.database.reading() as session:
        return list(session.scalars(select(DataKey.retention_class).where(DataKey.case_id == case)))


def test_a_case_is_forgotten_when_all_its_answers_have_expired(desk):
    case = desk.approved()
    desk.erase_all(case)
    desk.clock.advance(timedelta(days=13))
    expire_answers(desk.context)
    forget_cases(desk.context)
    assert set(keys(desk, case)) == {"absence", "package"}
    desk.clock.advance(timedelta(days=1))
    expire_answers(desk.context)
    forget_cases(desk.context)
    assert keys(desk, case) == ["absence"], "the looks go on: tests/fulfilment/absence"
    assert list(desk.context.store.list("")) == []
    with desk.context.database.reading() as session:
        found = session.get(CaseFile, case)
        assert (found.identifiers, found.private_key) == (b"", b"")
        assert session.get(Plan, (case, 1)).decided == b""
    assert all(each.content is None for each in desk.rows(case))
    assert desk.leaves(case)[-1] == "case.forgotten"


def test_a_case_is_not_forgotten_while_an_erasure_of_it_is_still_owed(small):
    case = small.packaged("access", "erasure")
    small.clock.advance(timedelta(days=14))
    expire_answers(small.context)
    forget_cases(small.context)
    assert keys(small, case) == ["package"]
    small.answer_all(case, "locate", small.held)
    small.approve(case, "p1")
    small.approve(case, "p2")
    small.cool_off()
    small.erase_all(case)
    assert {each.right: each.state for each in small.answers(case)} == {"access": "expired", "erasure": "ready"}


@pytest.mark.parametrize("rights", [("access",), ("rectification",)])
def test_a_case_that_nobody_proved_is_forgotten_after_ninety_days(small, rights):
    case = small.open(*rights)
    small.clock.advance(timedelta(days=89))
    forget_cases(small.context)
    assert keys(small, case) == ["package"]
    small.clock.advance(timedelta(days=1))
    forget_cases(small.context)
    forget_cases(small.context)
    assert keys(small, case) == []
    assert small.leaves(case).count("case.forgotten") == 1


def test_a_late_answer_in_a_forgotten_case_brings_nothing_back(small):
    case = small.packaged()
    small.clock.advance(timedelta(days=14))
    expire_answers(small.context)
    forget_cases(small.context)
    small.answer(small.orders(case)[0], small.exported["shop"])
    small.work()
    assert parked(small.context) == []
    assert [each.state for each in small.answers(case)] == ["expired"]
    begin_erasures(small.context)


def test_an_answer_is_forgotten_although_its_file_could_not_be_deleted_at_once(small):
    case = small.packaged()
    small.clock.advance(timedelta(days=14))
    key = small.answers(case)[0].key
    small.context.store.delete(key)
    expire_answers(small.context)
    expire_answers(small.context)
    assert [(each.state, each.key) for each in small.answers(case)] == [("expired", None)]


def test_used_grants_and_ended_sessions_are_forgotten_a_day_later(small):
    case = small.packaged()
    with small.context.transaction() as tx:
        hand_out(tx, case, "access", "g1")
    deliver(small.context, SessionEnded(session="s1"), source="identity")
    run(small.context)
    forget_grants(small.context)
    with small.context.database.reading() as session:
        assert session.get(UsedGrant, ("g1", "access"))
        assert session.get(EndedSession, "s1")
    small.clock.advance(timedelta(days=1, minutes=1))
    forget_grants(small.context)
    with small.context.database.reading() as session:
        assert session.get(UsedGrant, ("g1", "access")) is None
        assert session.get(EndedSession, "s1") is None
