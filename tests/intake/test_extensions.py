"""More time for a case: only for a reason the law knows, and only once its person was told in time."""

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.intake.conftest import NOW, ask, prove, state

from habeas.clock import FixedClock, uuid7
from habeas.errors import Faults, Refused
from habeas.events import AnswerReady, CaseExtended, ExtensionDecided, MessageSent
from habeas.grants import Grant, mint
from habeas.service import Context
from habeas.testing.house import deliver, parked, run, said
from habeas.testing.visitor import Visitor
from habeas.vocabulary import CaseState
from habeas.web.application import create_app
from habeas.web.cookies import grant_cookie
from habeas_intake.extensions import decide_extension
from habeas_intake.models import Case
from habeas_intake.queries import view

WORDS = "Twelve years of canary letters have to be read by hand."
BROWSER = "b" * 43


def decide(context: Context, case: str, reason: str = "complexity", told: str = WORDS) -> date:
    with context.transaction() as tx:
        return decide_extension(tx, case, reason, told, "agent-1")


def tell(context: Context, case: str, at: datetime, outcome: str = "sent") -> None:
    sent = MessageSent(case=case, message="extension", channel="smtp", outcome=outcome, at=at.isoformat())
    deliver(context, sent, source="notifier")
    run(context)


def dates(context: Context, case: str) -> dict[str, date]:
    with context.reading() as tx:
        found = view(tx, case)
    assert found is not None
    return {right.right: right.respond_by for right in found.rights}


def kinds(context: Context, case: str) -> list[str]:
    with context.reading() as tx:
        found = view(tx, case)
    assert found is not None
    return [line.kind for line in found.timeline]


@pytest.fixture
def erasure(intake: Context) -> str:
    case = ask(intake, rights=["erasure"]).case
    prove(intake, case)
    return case


def test_a_date_moves_when_the_person_was_told_and_not_before(intake: Context, erasure: str) -> None:
    assert decide(intake, erasure) == date(2027, 2, 22)
    [told] = said(intake, ExtensionDecided)
    assert (told.recipient, told.sealed) == ("notifier", {"words": WORDS})
    assert dates(intake, erasure) == {"erasure": date(2026, 12, 22)}
    tell(intake, erasure, NOW + timedelta(days=1))
    assert dates(intake, erasure) == {"erasure": date(2027, 2, 22)}
    [extended] = said(intake, CaseExtended)
    assert isinstance(extended.event, CaseExtended)
    assert (extended.recipient, extended.event.respond_by) == ("fulfilment", {"erasure": "2027-02-22"})
    assert kinds(intake, erasure)[-3:] == ["extension.decided", "message.sent", "case.extended"]
    with intake.reading() as tx:
        row = tx.session.get_one(Case, erasure)
        assert any(step["rule"] == "extension_reason" for right in row.rights for step in right.steps)


def test_a_refusal_keeps_its_date(intake: Context, erasure: str) -> None:
    decide(intake, erasure)
    tell(intake, erasure, NOW)
    with intake.reading() as tx:
        [right] = tx.session.get_one(Case, erasure).rights
    assert right.refuse_by == date(2026, 12, 22)


def test_a_letter_that_left_too_late_moves_nothing(intake: Context, erasure: str) -> None:
    decide(intake, erasure)
    tell(intake, erasure, NOW + timedelta(days=31))
    assert dates(intake, erasure) == {"erasure": date(2026, 12, 22)}
    assert kinds(intake, erasure)[-1] == "extension.void"
    assert said(intake, CaseExtended) == []
    assert parked(intake) == []


def test_a_letter_that_could_not_leave_moves_nothing_and_may_be_tried_again(intake: Context, erasure: str) -> None:
    decide(intake, erasure)
    tell(intake, erasure, NOW, outcome="failed")
    assert dates(intake, erasure) == {"erasure": date(2026, 12, 22)}
    decide(intake, erasure)
    tell(intake, erasure, NOW)
    assert dates(intake, erasure) == {"erasure": date(2027, 2, 22)}


def test_after_the_month_no_extension_can_be_decided(intake: Context, erasure: str, clock: FixedClock) -> None:
    clock.advance(timedelta(days=31))
    with pytest.raises(Refused, match="too late"):
        decide(intake, erasure)
    assert said(intake, ExtensionDecided) == []


def test_a_law_gives_one_extension(intake: Context, erasure: str) -> None:
    decide(intake, erasure)
    with pytest.raises(Refused, match="one extension"):
        decide(intake, erasure)
    tell(intake, erasure, NOW)
    with pytest.raises(Refused, match="one extension"):
        decide(intake, erasure)


def test_nobody_can_be_told_before_the_proof(intake: Context) -> None:
    case = ask(intake, rights=["erasure"]).case
    with pytest.raises(Refused, match="no address to tell"):
        decide(intake, case)


def test_what_is_answered_is_not_extended(intake: Context) -> None:
    case = ask(intake, rights=["access", "erasure"]).case
    prove(intake, case)
    deliver(intake, AnswerReady(case=case, kind="package", right="access", days=14), source="fulfilment")
    run(intake)
    before = dates(intake, case)
    decide(intake, case)
    tell(intake, case, NOW)
    assert dates(intake, case) == {**before, "erasure": date(2027, 2, 22)}
    assert state(intake, case) is CaseState.PROVED


@pytest.mark.parametrize(("reason", "told", "field"), [("slow_system", WORDS, "reason"), ("complexity", " ", "told")])
def test_a_slow_system_and_silence_are_no_reasons(
    intake: Context, erasure: str, reason: str, told: str, field: str
) -> None:
    with pytest.raises(Faults) as wrong:
        decide(intake, erasure, reason, told)
    assert [fault.where for fault in wrong.value.faults] == [field]


def test_what_the_person_is_told_stands_nowhere_in_clear(intake: Context, erasure: str) -> None:
    decide(intake, erasure)
    tell(intake, erasure, NOW)
    with intake.database.engine.connect() as connection:
        for table in ("case_file", "case_right", "timeline", "outbox", "ledger_leaf"):
            rows = repr(connection.execute(text(f"SELECT * FROM {table}")).all())
            assert "canary letters" not in rows, table


@pytest.fixture
def agent(intake: Context) -> Callable[..., Visitor]:
    def sign_in(*roles: str) -> Visitor:
        visitor = Visitor(create_app(intake))
        visitor.hold("habeas_browser", BROWSER)
        now = intake.clock.now()
        grant = Grant(
            id=uuid7(),
            kind="agent",
            person="person-1",
            roles=roles or ("agent",),
            controllers=(),
            service="intake",
            purpose="console",
            case="",
            browser=hashlib.sha256(BROWSER.encode()).hexdigest(),
            session="s1",
            issued=now,
            expires=now + timedelta(minutes=5),
            once=False,
        )
        visitor.hold(grant_cookie("intake", secure=False), mint(intake.keys.signer("identity"), grant), path="/console")
        return visitor

    return sign_in


def test_an_agent_extends_a_case_on_its_page(intake: Context, erasure: str, agent: Any) -> None:
    page = f"/console/case/{erasure}/extend"
    visitor = agent()
    assert page in visitor.get(f"/console/case/{erasure}").text
    wrong = visitor.post(page, {"reason": "", "told": WORDS})
    assert wrong.status_code == 422
    assert WORDS in wrong.text, "nothing that was written is lost"
    assert 'href="#reason"' in wrong.text
    done = visitor.post(page, {"reason": "number_of_requests", "told": WORDS})
    assert (done.status_code, done.location) == (303, f"/console/case/{erasure}")
    shown = visitor.get(f"/console/case/{erasure}").text
    assert "More time was decided" in shown
    assert f'href="{page}"' not in shown


def test_what_the_law_forbids_is_said_on_the_page(intake: Context, erasure: str, agent: Any, clock: FixedClock) -> None:
    visitor = agent()
    clock.advance(timedelta(minutes=1))
    decide(intake, erasure)
    answer = visitor.post(f"/console/case/{erasure}/extend", {"reason": "complexity", "told": WORDS})
    assert answer.status_code == 422
    assert "one extension" in answer.text


def test_whoever_only_looks_cannot_extend(erasure: str, agent: Any) -> None:
    assert agent("officer").get(f"/console/case/{erasure}/extend").status_code == 403
