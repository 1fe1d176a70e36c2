"""A complaint: a kind of case with a time of its own, answered by a person and closed once its person was told."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from tests.intake.conftest import NOW, ask, prove, state
from tests.intake.test_extensions import agent, dates, kinds

from habeas.errors import Faults, Refused
from habeas.events import ComplaintAnswered, MessageSent
from habeas.service import Context
from habeas.testing.house import deliver, parked, run, said
from habeas.vocabulary import CaseState
from habeas_intake.clocks import start_clock
from habeas_intake.complaints import answer_complaint
from habeas_intake.extensions import decide_extension

WORDS = "The canary letter went to an old address; we have corrected it."
__all__ = ["agent"]


def answer(context: Context, case: str, outcome: str = "upheld", told: str = WORDS) -> None:
    with context.transaction() as tx:
        answer_complaint(tx, case, outcome, told, "agent-1")


def tell(context: Context, case: str, outcome: str = "sent") -> None:
    sent = MessageSent(case=case, message="complaint_answer", channel="smtp", outcome=outcome, at=NOW.isoformat())
    deliver(context, sent, source="notifier")
    run(context)


@pytest.fixture
def complaint(intake: Context) -> str:
    case = ask(intake, rights=["complaint"]).case
    prove(intake, case)
    return case


def test_a_complaint_has_a_last_day_by_house_rule(intake: Context, complaint: str) -> None:
    assert dates(intake, complaint) == {"complaint": date(2026, 12, 22)}
    profile = next(iter(intake.profiles.values()))
    assert "house rule" in {step.source for step in start_clock(profile, "complaint", NOW).steps}


def test_a_complaint_is_closed_when_the_person_was_told_and_not_before(intake: Context, complaint: str) -> None:
    answer(intake, complaint)
    [told] = said(intake, ComplaintAnswered)
    assert (told.recipient, told.sealed) == ("notifier", {"words": WORDS})
    assert state(intake, complaint) is CaseState.PROVED
    tell(intake, complaint)
    assert state(intake, complaint) is CaseState.CLOSED
    assert kinds(intake, complaint)[-3:] == ["complaint.answered", "message.sent", "complaint.told"]
    assert parked(intake) == []


def test_a_letter_that_could_not_leave_keeps_the_complaint_open(intake: Context, complaint: str) -> None:
    answer(intake, complaint)
    with pytest.raises(Refused, match="is being answered"):
        answer(intake, complaint)
    tell(intake, complaint, outcome="failed")
    assert state(intake, complaint) is CaseState.PROVED
    answer(intake, complaint, "not_upheld")
    tell(intake, complaint)
    assert state(intake, complaint) is CaseState.CLOSED
    with pytest.raises(Refused, match="no open complaint"):
        answer(intake, complaint)


def test_nobody_can_be_answered_before_the_proof_and_nothing_but_a_complaint_is(intake: Context) -> None:
    with pytest.raises(Refused, match="no address to tell"):
        answer(intake, ask(intake, rights=["complaint"]).case)
    with pytest.raises(Refused, match="no open complaint"):
        answer(intake, ask(intake, token="two", rights=["access"]).case)


@pytest.mark.parametrize(("outcome", "told", "field"), [("ignored", WORDS, "outcome"), ("upheld", " ", "told")])
def test_an_answer_needs_an_outcome_and_words(
    intake: Context, complaint: str, outcome: str, told: str, field: str
) -> None:
    with pytest.raises(Faults) as wrong:
        answer(intake, complaint, outcome, told)
    assert [fault.where for fault in wrong.value.faults] == [field]


def test_what_the_person_is_told_of_a_complaint_stands_nowhere_in_clear(intake: Context, complaint: str) -> None:
    answer(intake, complaint)
    tell(intake, complaint)
    with intake.database.engine.connect() as connection:
        for table in ("case_file", "case_right", "timeline", "outbox", "ledger_leaf"):
            assert "canary letter" not in repr(connection.execute(text(f"SELECT * FROM {table}")).all()), table


def test_an_extension_leaves_a_complaint_beside_it_alone(intake: Context) -> None:
    case = ask(intake, rights=["complaint", "erasure"]).case
    prove(intake, case)
    with intake.transaction() as tx:
        decide_extension(tx, case, "complexity", "Much has to be read.", "agent-1")
    sent = MessageSent(case=case, message="extension", channel="smtp", outcome="sent", at=NOW.isoformat())
    deliver(intake, sent, source="notifier")
    run(intake)
    assert dates(intake, case) == {"complaint": date(2026, 12, 22), "erasure": date(2027, 2, 22)}


def test_an_agent_answers_a_complaint_on_its_page(intake: Context, complaint: str, agent: Any) -> None:
    page, visitor = f"/console/case/{complaint}/complaint", agent()
    assert page in visitor.get(f"/console/case/{complaint}").text
    wrong = visitor.post(page, {"outcome": "", "told": WORDS})
    assert (wrong.status_code, 'href="#outcome"' in wrong.text, WORDS in wrong.text) == (422, True, True)
    assert visitor.post(page, {"outcome": "in_part", "told": WORDS}).status_code == 303
    shown = visitor.get(f"/console/case/{complaint}").text
    assert "The complaint was answered" in shown
    assert f'href="{page}"' not in shown
