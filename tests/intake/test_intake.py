"""Opening a case, and what intake makes of what it hears."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from tests.intake.conftest import MARKED, NOW, SAMPLE, ask, prove, state

from habeas.clock import FixedClock
from habeas.database.migration import downgrade, upgrade
from habeas.errors import Faults
from habeas.events import (
    AnswerHandedOut,
    AnswerReady,
    ApprovalGiven,
    CaseOpened,
    IdentityUnmatched,
    MessageSent,
    PlanMade,
    SystemFailed,
)
from habeas.service import Context
from habeas.testing.house import deliver, make_context, parked, run, said
from habeas.vocabulary import CaseState
from habeas.web.application import create_app
from habeas_intake.actions import read_personal
from habeas_intake.guards import digest_of
from habeas_intake.models import ApiKey, Base, Case
from habeas_intake.queries import find_reference, queue, view
from habeas_intake.service import SERVICE, check_holidays


def test_a_case_has_a_number_and_a_date_by_law(intake: Context) -> None:
    opened = ask(intake)
    # Received on Sunday 22 November 2026: the law gives until Tuesday 22 December, the house promises 21 days.
    assert opened.respond_by == date(2026, 12, 13)
    assert opened.target_on < opened.respond_by
    # The law alone rules an erasure: nothing else was promised.
    assert ask(intake, "form-2", rights=["erasure"]).respond_by == date(2026, 12, 22)
    with intake.reading() as tx:
        found = view(tx, opened.case)
        assert find_reference(tx, opened.reference) == opened.case
    assert found is not None
    assert found.rights[0].steps
    assert [line.kind for line in found.timeline] == ["case.opened"]


def test_a_day_that_a_state_has_declared_moves_the_date(tmp_path: Path, clock: FixedClock) -> None:
    declared = tmp_path / "declared.yaml"
    declared.write_text("SE: [2026-12-22]\n", encoding="utf-8")
    context = make_context(SERVICE, tmp_path, clock=clock, profiles=str(SAMPLE), holidays=str(declared))
    check_holidays(context)
    assert ask(context, rights=["erasure"]).respond_by == date(2026, 12, 23)
    context.database.close()


@pytest.mark.parametrize(("text", "place"), [("SE: [2026-13-01]", "SE[0]"), ("DE: [2026-12-22]", "DE")])
def test_days_that_cannot_be_counted_by_are_refused_at_the_start(
    tmp_path: Path, clock: FixedClock, text: str, place: str
) -> None:
    declared = tmp_path / "declared.yaml"
    declared.write_text(text, encoding="utf-8")
    context = make_context(SERVICE, tmp_path, clock=clock, profiles=str(SAMPLE), holidays=str(declared))
    with pytest.raises(Faults) as wrong:
        check_holidays(context)
    assert [fault.where for fault in wrong.value.faults] == [f"declared.yaml: {place}"]
    context.database.close()


def test_what_the_person_told_goes_sealed_to_those_who_need_it(intake: Context) -> None:
    opened = ask(intake, contact="reply@example.com", rights=["erasure", "access"])
    letters = {each.recipient: each for each in said(intake, CaseOpened)}
    assert set(letters) == {"identity", "fulfilment", "notifier"}
    assert letters["identity"].sealed == {"identifiers": {"email": [MARKED]}, "assertion": "", "acting": {}}
    assert letters["notifier"].sealed == {"contact": "reply@example.com"}
    assert letters["fulfilment"].sealed == {}
    event = letters["fulfilment"].event
    assert isinstance(event, CaseOpened)
    assert (event.case, event.rights) == (opened.case, ["access", "erasure"])


def test_a_form_that_is_sent_twice_opens_one_case(intake: Context) -> None:
    first, second = ask(intake), ask(intake)
    assert (second.case, second.again) == (first.case, True)
    assert len(said(intake, CaseOpened)) == 3


def test_a_marked_person_leaves_no_mark_in_the_tables(intake: Context) -> None:
    opened = ask(intake)
    with intake.database.engine.connect() as connection:
        for table in (*Base.metadata.tables, "outbox", "ledger_leaf"):
            assert "canary" not in repr(connection.execute(text(f"SELECT * FROM {table}")).all())
    with intake.reading() as tx:
        personal = read_personal(tx, tx.session.get_one(Case, opened.case))
    assert personal == {"identifiers": {"email": MARKED}, "contact": "", "words": "canary words"}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"rights": []}, "rights"),
    ({"rights": ["everything"]}, "rights"),
    ({"identifiers": {}}, "identifiers.email"),
    ({"identifiers": {"email": "anna"}}, "identifiers.email"),
    ({"identifiers": {"email": "anna@example.com", "shoe_size": "38"}}, "identifiers.shoe_size"),
    ({"identifiers": {"email": "a%@example.com"}}, "identifiers.email"),
    ({"contact": "not an address"}, "contact"),
    ({"language": "tlh"}, "language"),
    ({"words": "x" * 4001}, "words"),
]


@pytest.mark.parametrize(("changes", "field"), WRONG)
def test_a_wrong_application_names_its_field(intake: Context, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Faults) as wrong:
        ask(intake, **changes)
    assert field in {fault.where for fault in wrong.value.faults}
    assert MARKED not in str(wrong.value)


def test_every_fault_of_an_application_is_told_at_once(intake: Context) -> None:
    with pytest.raises(Faults) as wrong:
        ask(intake, rights=[], identifiers={"email": "x", "shoe": "1"}, contact="y", language="z", words="w" * 5000)
    assert len(wrong.value.faults) == 6


def test_an_access_goes_from_received_to_closed(intake: Context) -> None:
    case = ask(intake).case
    prove(intake, case)
    assert state(intake, case) is CaseState.PROVED
    deliver(intake, AnswerReady(case=case, kind="package", right="access", days=14), source="fulfilment")
    run(intake)
    assert state(intake, case) is CaseState.ANSWERED
    deliver(intake, AnswerHandedOut(case=case, kind="package", right="access", times=1), source="fulfilment")
    deliver(intake, AnswerHandedOut(case=case, kind="package", right="access", times=2), source="fulfilment")
    run(intake)
    assert state(intake, case) is CaseState.CLOSED
    assert parked(intake) == []


def test_an_erasure_waits_for_its_approval(intake: Context) -> None:
    case = ask(intake, rights=["erasure"]).case
    prove(intake, case)
    deliver(intake, PlanMade(case=case, digest="d" * 64, approvals=2, counts={"shop": 9}), source="fulfilment")
    run(intake)
    for agent in ("agent-1", "agent-2"):
        assert state(intake, case) is CaseState.TO_APPROVE
        deliver(intake, ApprovalGiven(case=case, digest="d" * 64, agent=agent, approval={}), source="identity")
        run(intake)
    assert state(intake, case) is CaseState.APPROVED


def test_an_approval_that_overtakes_its_plan_waits_for_it(intake: Context, clock: FixedClock) -> None:
    case = ask(intake, rights=["erasure"]).case
    prove(intake, case)
    deliver(intake, ApprovalGiven(case=case, digest="d" * 64, agent="agent-1", approval={}), source="identity")
    run(intake)
    deliver(intake, PlanMade(case=case, digest="d" * 64, approvals=1, counts={}), source="fulfilment")
    run(intake)
    assert state(intake, case) is CaseState.TO_APPROVE
    clock.advance(timedelta(seconds=2))
    run(intake)
    assert state(intake, case) is CaseState.APPROVED


def test_an_approval_of_an_earlier_plan_counts_for_nothing(intake: Context) -> None:
    case = ask(intake, rights=["erasure"]).case
    prove(intake, case)
    for digest in ("d" * 64, "e" * 64):
        deliver(intake, PlanMade(case=case, digest=digest, approvals=1, counts={}), source="fulfilment")
    deliver(intake, ApprovalGiven(case=case, digest="d" * 64, agent="agent-1", approval={}), source="identity")
    run(intake)
    assert state(intake, case) is CaseState.TO_APPROVE


def test_events_that_overtake_each_other_wait_for_each_other(intake: Context, clock: FixedClock) -> None:
    case = ask(intake).case
    deliver(intake, AnswerReady(case=case, kind="package", right="access", days=14), source="fulfilment")
    run(intake)
    assert state(intake, case) is CaseState.RECEIVED
    prove(intake, case)
    clock.advance(timedelta(seconds=2))
    run(intake)
    assert state(intake, case) is CaseState.ANSWERED


def test_a_failing_system_and_an_unmatched_person_stand_in_the_queue(intake: Context) -> None:
    case = ask(intake).case
    deliver(intake, IdentityUnmatched(case=case, reason="no stored address"), source="identity")
    failed = SystemFailed(case=case, system="shop", operation="export", reason="away")
    deliver(intake, failed, source="fulfilment")
    sent = MessageSent(case=case, message="acknowledgement", channel="inbox", outcome="sent", at=NOW.isoformat())
    deliver(intake, sent, source="notifier")
    run(intake)
    with intake.reading() as tx:
        (line,) = queue(tx)
    assert (line.failing, line.unmatched, line.days_left) == (("shop",), "no stored address", 21)


def test_the_queue_is_by_due_date_and_without_answered_cases(intake: Context, clock: FixedClock) -> None:
    first = ask(intake, token="one").case
    clock.advance(timedelta(days=3))
    second = ask(intake, token="two").case
    with intake.reading() as tx:
        assert [line.case for line in queue(tx)] == [first, second]
    prove(intake, first)
    deliver(intake, AnswerReady(case=first, kind="package", right="access", days=14), source="fulfilment")
    run(intake)
    with intake.reading() as tx:
        assert [line.case for line in queue(tx)] == [second]


def test_migrations_go_up_down_and_up_with_data_in_them(intake: Context) -> None:
    ask(intake)
    downgrade(intake, "base")
    upgrade(intake)
    case = ask(intake).case
    assert state(intake, case) is CaseState.RECEIVED


@pytest.fixture
def api(intake: Context) -> FlaskClient:
    with intake.transaction() as tx:
        tx.session.add(ApiKey(name="shop-site", digest=digest_of("hk_test"), added_at=tx.now))
        tx.session.add(ApiKey(name="other", digest=digest_of("hk_other"), added_at=tx.now))
    return create_app(intake).test_client()


BODY = {"controller": "nordlunds-lampor", "rights": ["access"], "identifiers": {"email": MARKED}}


def post(api: FlaskClient, body: Any, *, key: str = "hk_test", idempotency: str = "call-0001") -> Any:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": idempotency}
    return api.post("/api/cases", json=body, headers=headers)


def test_a_program_opens_a_case_once_and_sees_where_it_stands(api: FlaskClient, intake: Context) -> None:
    first, second = post(api, BODY), post(api, BODY)
    assert first.status_code == 201
    assert first.json["id"] == second.json["id"]
    seen = api.get(f"/api/cases/{first.json['id']}", headers={"Authorization": "Bearer hk_test"})
    assert seen.json["state"] == "received"
    assert MARKED not in seen.text
    with intake.reading() as tx:
        assert len(tx.session.scalars(select(Case)).all()) == 1


def test_another_programs_case_looks_like_none(api: FlaskClient) -> None:
    case = post(api, BODY).json["id"]
    foreign = api.get(f"/api/cases/{case}", headers={"Authorization": "Bearer hk_other"})
    unknown = api.get(f"/api/cases/{case[:-1]}0", headers={"Authorization": "Bearer hk_other"})
    assert foreign.status_code == unknown.status_code == 404


@pytest.mark.parametrize("key", ["", "hk_wrong"])
def test_a_program_without_a_key_is_turned_away(api: FlaskClient, key: str) -> None:
    assert post(api, BODY, key=key).status_code == 401


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**BODY, "verified": True}, "verified"),
        ({**BODY, "rights": ["access", "fly"]}, "rights"),
        ({**BODY, "identifiers": {"email": 7}}, "identifiers"),
        ({**BODY, "controller": "nobody"}, "controller"),
        ({"controller": "nordlunds-lampor"}, "rights"),
        ([], ""),
    ],
)
def test_a_wrong_body_gets_a_problem_that_names_the_field(api: FlaskClient, body: Any, field: str) -> None:
    answer = post(api, body)
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert any(field in each["field"] for each in answer.json["errors"])
    assert MARKED not in answer.text


def test_the_machine_door_is_described_in_openapi(api: FlaskClient) -> None:
    described = api.get("/api/openapi.json", base_url="http://127.0.0.1:8080").json
    assert described["openapi"].startswith("3.1")
    assert {"/api/cases", "/api/cases/{case}"} <= described["paths"].keys()
