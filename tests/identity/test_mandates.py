"""Whoever acts for another: the person is asked on the stored channel, and without their yes nothing goes on."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.identity.conftest import PHONE, SAMPLE, STORED, Desk, token_free

from habeas.clock import FixedClock
from habeas.events import (
    ChallengeIssued,
    ChannelsAsked,
    IdentityProved,
    IdentityUnmatched,
    MandateAnswered,
    MandateAsked,
    PersonInvited,
)
from habeas.testing.house import make_context, parked
from habeas.testing.visitor import Visitor
from habeas_identity.mandates import REFUSED
from habeas_identity.service import SERVICE

ACTING = {"agent": "right-hand", "reference": "RH-canary-17", "mandate": "attested"}
EVIL = {"agent": "right-hand", "reference": '<script>alert("x")</script> call 0900-123', "mandate": "document"}


def file_for(
    desk: Desk, *, right: str = "restriction", acting: dict[str, str] | None = None, phone: bool = False
) -> str:
    """An agent's case, whose person the shop holds a mailbox of."""
    case = desk.open(browser="", rights=(right,), capacity="authorised", acting=acting or ACTING)
    record = {"email": STORED, "customer_number": "1017", **({"phone": PHONE} if phone else {})}
    desk.answer(case, record)
    return case


def show(desk: Desk, visitor: Visitor, case: str, *, page: str = "") -> Any:
    """Ask for a code in this browser and type it in."""
    before = len(desk.codes(case))
    visitor.post(f"/prove/{case}/code", {}, page=page or f"/prove/{case}")
    desk.relay()
    return visitor.post(f"/prove/{case}", {"code": desk.codes(case)[before]})


def say(visitor: Visitor, case: str, answer: str) -> Any:
    return visitor.post(f"/prove/{case}/mandate", {"answer": answer})


def text_of(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def test_the_person_is_asked_where_they_are_known_and_nobody_is_named(desk: Desk) -> None:
    """Case 20: the letter goes to the stored address and holds nothing that the agent has chosen."""
    case = file_for(desk)
    [asked] = desk.said(MandateAsked, case)
    assert asked.sealed["address"] == STORED
    assert set(asked.sealed) == {"address", "stop"}
    assert asked.event.facts() == {"case": case, "language": "en"}
    assert desk.said(PersonInvited, case) == desk.said(ChallengeIssued, case) == []


def test_a_mandate_that_its_person_confirms_proves_the_case(desk: Desk) -> None:
    case, person = file_for(desk), desk.visitor()
    assert show(desk, person, case).location.endswith(f"/prove/{case}")
    assert desk.said(IdentityProved, case) == [], "who it is is shown; whether somebody acts for them is not said yet"
    assert person.get(f"/prove/{case}").location.endswith(f"/prove/{case}/mandate")
    page = text_of(person.get(f"/prove/{case}/mandate"))
    assert "right-hand" in page
    assert "RH-canary-17" in page
    assert say(person, case, "yes").status_code == 303
    [proved] = [each.event for each in desk.said(IdentityProved, case) if each.recipient == "fulfilment"]
    assert isinstance(proved, IdentityProved)
    assert (proved.assurance, proved.method) == ("A1", "mailbox+mandate")
    assert [each.event.given for each in desk.said(MandateAnswered, case)] == [True]  # type: ignore[attr-defined]
    assert person.get(f"/prove/{case}").location.endswith(f"/case/{case}")


def test_a_no_closes_the_case_whatever_is_shown_later(desk: Desk) -> None:
    case, person = file_for(desk), desk.visitor()
    show(desk, person, case)
    assert "nothing happens" in text_of(say(person, case, "no"))
    assert [each.event.given for each in desk.said(MandateAnswered, case)] == [False]  # type: ignore[attr-defined]
    assert [each.event.reason for each in desk.said(IdentityUnmatched, case)] == [REFUSED]  # type: ignore[attr-defined]
    assert desk.rows("SELECT * FROM given_proof") == desk.rows("SELECT * FROM visit") == []
    show(desk, person, case, page=f"/prove/{case}?act=mandate")
    assert "You said no" in text_of(person.get(f"/prove/{case}/mandate"))
    person.post(f"/prove/{case}/mandate", {"answer": "yes"}, page="/agents/sign-in")
    assert desk.said(IdentityProved, case) == []
    assert {row[0] for row in desk.rows("SELECT kind FROM ledger_leaf")} >= {"mandate.refused"}


def test_a_yes_takes_all_that_the_case_needs_and_a_no_the_mailbox_alone(desk: Desk) -> None:
    case, person = file_for(desk, right="access", phone=True), desk.visitor()
    show(desk, person, case)
    assert "see who" in text_of(person.get(f"/prove/{case}"))
    page = person.get(f"/prove/{case}/mandate")
    assert 'value="no"' in page.get_data(as_text=True)
    assert 'value="yes"' not in page.get_data(as_text=True)
    say(person, case, "yes")
    assert desk.said(MandateAnswered, case) == [], "the mailbox alone says no yes"
    person.post(f"/prove/{case}", {"code": desk.codes(case)[-1]})
    say(person, case, "yes")
    [proved] = [each.event for each in desk.said(IdentityProved, case) if each.recipient == "intake"]
    assert isinstance(proved, IdentityProved)
    assert (proved.assurance, proved.method) == ("A2", "mailbox+phone+mandate")


def test_a_mandate_adds_nothing_to_who_it_is(desk: Desk) -> None:
    """A yes is a proof of the mandate: beside a mailbox it does not make A2."""
    case, person = file_for(desk, right="access"), desk.visitor()
    show(desk, person, case)
    say(person, case, "yes")
    assert desk.said(IdentityProved, case) == []


def test_who_has_shown_nothing_learns_nothing_of_a_mandate(page_desk: Desk) -> None:
    """Cases 8 and 9: a case with a mandate, one without and none at all answer alike."""
    desk = page_desk
    cases = [file_for(desk), desk.found(), "00000000-0000-4000-8000-000000000000"]
    seen = []
    for case in cases:
        visitor = desk.visitor("B" * 43)
        got = visitor.get(f"/prove/{case}/mandate")
        sent = visitor.post(f"/prove/{case}/mandate", {"answer": "no"}, page=f"/prove/{case}")
        page = visitor.get(got.location.replace("http://127.0.0.1:8080", ""))
        bare = token_free(page.get_data(as_text=True)).replace(case, "CASE")
        seen.append((got.status_code, sent.status_code, page.status_code, bare, sent.location.replace(case, "CASE")))
    assert seen[0] == seen[1] == seen[2]
    assert desk.said(MandateAnswered) == []


def test_opening_the_pages_changes_nothing(page_desk: Desk, counts: Any) -> None:
    """Case 5: a mail scanner follows links, also of a case that was shown in this very browser."""
    case, person = file_for(page_desk, right="access", phone=True), page_desk.visitor()
    show(page_desk, person, case)
    tables = ("mandate", "call_back", "given_proof", "challenge", "claim", "outbox", "ledger_leaf")
    before = [page_desk.rows(f"SELECT * FROM {table}") for table in tables]
    for _ in range(counts(5, 250)):
        for path in ("/mandate", "/call", "/release/call", "/mandate?answer=yes"):
            person.get(f"/prove/{case}{path}")
            person.send("HEAD", f"/prove/{case}{path}")
    assert [page_desk.rows(f"SELECT * FROM {table}") for table in tables] == before


def test_a_representative_at_the_portal_gets_no_code_into_their_browser(desk: Desk) -> None:
    """The person is asked, in whichever browser they then open; that of whoever opened the case waits for nothing."""
    case = desk.open(rights=("restriction",), capacity="authorised", acting=ACTING)
    desk.answer(case, {"email": STORED})
    assert desk.said(ChallengeIssued, case) == []
    assert len(desk.said(MandateAsked, case)) == 1


def test_another_browser_answers_nothing(page_desk: Desk) -> None:
    case, person, eve = file_for(page_desk), page_desk.visitor(), page_desk.visitor()
    show(page_desk, person, case)
    eve.post(f"/prove/{case}/mandate", {"answer": "yes"}, page=f"/prove/{case}")
    assert page_desk.said(MandateAnswered, case) == []


def test_a_proof_that_is_no_longer_fresh_answers_nothing(page_desk: Desk) -> None:
    from datetime import timedelta

    case, person = file_for(page_desk), page_desk.visitor()
    show(page_desk, person, case)
    page_desk.clock.advance(timedelta(minutes=15))
    person.post(f"/prove/{case}/mandate", {"answer": "yes"}, page=f"/prove/{case}?act=mandate")
    assert page_desk.said(MandateAnswered, case) == []


def test_nothing_chosen_is_said_and_nothing_is_answered(page_desk: Desk) -> None:
    case, person = file_for(page_desk), page_desk.visitor()
    show(page_desk, person, case)
    answer = say(person, case, "maybe")
    assert answer.status_code == 422
    assert "error-summary" in answer.get_data(as_text=True)
    assert page_desk.said(MandateAnswered, case) == []


def test_what_an_agent_wrote_stands_on_the_page_as_text(page_desk: Desk) -> None:
    case, person = file_for(page_desk, acting=EVIL), page_desk.visitor()
    show(page_desk, person, case)
    page = person.get(f"/prove/{case}/mandate").get_data(as_text=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "a document that you signed" in page
    [asked] = page_desk.said(MandateAsked, case)
    assert "0900" not in repr(asked)


def test_even_what_needs_no_proof_is_asked_where_somebody_acts(tmp_path: Path, clock: FixedClock) -> None:
    """Case 20: to stop marketing needs nothing of its person, and a mailbox where somebody says to be sent by them."""
    only_marketing = SAMPLE.read_text(encoding="utf-8").replace(
        "- name: recruitment", "- name: recruitment\n    marketing: true"
    )
    (tmp_path / "profile.yaml").write_text(only_marketing, encoding="utf-8")
    context = make_context(SERVICE, tmp_path, clock=clock, profiles=str(tmp_path / "profile.yaml"))
    desk, rights = Desk(context, clock), ("consent_withdrawal",)
    assert desk.said(IdentityProved, desk.open(rights=rights)) != []
    case = desk.open(browser="", rights=rights, capacity="authorised", acting=ACTING)
    assert desk.said(IdentityProved, case) == []
    assert desk.rows('SELECT needed FROM claim WHERE "case" = :case', case=case) == [("A1",)]
    context.database.close()


@pytest.mark.parametrize("capacity", ["guardian", "estate"])
def test_a_guardian_and_an_estate_go_to_a_person_and_nothing_is_sent(desk: Desk, capacity: str) -> None:
    """Cases 19 and 21."""
    case = desk.open(browser="", capacity=capacity, acting=ACTING)
    [unmatched] = desk.said(IdentityUnmatched, case)
    reason = unmatched.event.reason  # type: ignore[attr-defined]
    assert "a person has to see" in reason
    assert "canary" not in reason
    visitor = desk.visitor()
    visitor.post(f"/prove/{case}/code", {}, page=f"/prove/{case}")
    desk.relay()
    for kind in (ChannelsAsked, ChallengeIssued, MandateAsked, PersonInvited, IdentityProved):
        assert desk.said(kind, case) == []


@pytest.mark.parametrize("acting", [{}, {"agent": "x"}, {**ACTING, "more": "x"}, {**ACTING, "agent": 7}])
def test_a_mandate_that_is_not_told_as_it_should_be_is_parked(page_desk: Desk, acting: dict[str, Any]) -> None:
    page_desk.open(browser="", capacity="authorised", acting=acting)
    assert len(parked(page_desk.context)) == 1


def test_who_acts_stands_nowhere_in_the_open_and_is_forgotten_with_the_claim(desk: Desk) -> None:
    from datetime import timedelta

    from habeas_identity.timers import forget

    case = file_for(desk)
    for table in ("mandate", "claim", "outbox", "inbox", "ledger_leaf"):
        for row in desk.rows(f"SELECT * FROM {table}"):
            text = repr(tuple(bytes(value) if isinstance(value, memoryview) else value for value in row))
            assert "canary" not in text, table
    desk.clock.advance(timedelta(days=91))
    forget(desk.context)
    assert desk.rows('SELECT * FROM mandate WHERE "case" = :case', case=case) == []
