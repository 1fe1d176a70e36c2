"""Calls back and overrides: what an agent hears from a person's own screen, and what two people vouch for.

Case 26 and what no pressure moves: no role has a button that marks somebody as verified.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from tests.identity.conftest import PHONE, STORED, Desk

from habeas import plugins
from habeas.events import CallAsked, ChallengeIssued, IdentityProved
from habeas.roles import AgentRole
from habeas.testing.visitor import Visitor
from habeas.web.access import access_of
from habeas_identity.actions import AUTHORISED
from habeas_identity.call_backs import MOST_TRIES, WANTED
from habeas_identity.challenges import Purpose
from habeas_identity.codes import LETTERS
from habeas_identity.proofs.proof import GROUP
from habeas_identity.proving import ask_for_code

CODE = re.compile(r'class="code">([2-9A-Z]{4}-[2-9A-Z]{4})<')
WRITTEN = "He came to the counter on 20 November with his customer card and told of his last order."
#: What a person can show who they are by. Nothing here is a question whose answer others may know: a date of birth, a
#: last order, the name of a mother (V6.4.2).
PROOFS = {"mailbox", "phone", "call_back", "sign_in", "assertion", "mandate", "letter", "evidence", "override"}


def at_second_step(desk: Desk, *, right: str = "access", purpose: str = "") -> tuple[str, Visitor]:
    """A case of somebody who has shown their mailbox and is asked for the code by text."""
    case, person = desk.two_channels(right), desk.visitor()
    person.post(f"/prove/{case}{purpose}/code", {}, page=f"/prove/{case}{purpose}")
    desk.relay()
    person.post(f"/prove/{case}{purpose}", {"code": desk.codes(case)[-1]})
    return case, person


def show_code(person: Visitor, case: str, purpose: str = "") -> str:
    page = person.post(f"/prove/{case}{purpose}/call", {}).get_data(as_text=True)
    found = CODE.search(page)
    assert found, "the page shows a code"
    return found[1]


def agent(desk: Desk, *roles: str, email: str = "cy@example.com", person: str = "") -> Visitor:
    desk.hire(email, *(roles or ("agent",)), person=person)
    visitor = desk.visitor()
    desk.sign_in(visitor, email, page="/agents/sign-in")
    return visitor


def hear(visitor: Visitor, case: str, code: str) -> Any:
    return visitor.post(f"/agents/call/{case}", {"code": code})


def proved(desk: Desk, case: str) -> list[tuple[str, str]]:
    told = [each.event for each in desk.said(IdentityProved, case) if each.recipient == "intake"]
    return [(each.assurance, each.method) for each in told]  # type: ignore[attr-defined]


def leaves(desk: Desk, kind: str) -> list[Any]:
    return desk.rows("SELECT body FROM ledger_leaf WHERE kind = :kind", kind=kind)


def test_a_code_from_the_person_s_screen_stands_for_the_text_they_cannot_get(desk: Desk) -> None:
    """Case 26: the proof is given in the person's own browser, and adds up with the mailbox to A2."""
    case, person = at_second_step(desk)
    assert "call me" in person.get(f"/prove/{case}").get_data(as_text=True)
    code = show_code(person, case)
    assert len(desk.said(CallAsked, case)) == 1
    cy = agent(desk)
    assert PHONE not in cy.get(f"/agents/call/{case}").get_data(as_text=True), "not before it is asked for"
    number = cy.post(f"/agents/call/{case}/number", {}, page=f"/agents/call/{case}").get_data(as_text=True)
    assert PHONE in number
    assert len(leaves(desk, "number.revealed")) == 1
    assert "The code was right" in hear(cy, case, code).get_data(as_text=True)
    assert proved(desk, case) == [("A2", "mailbox+call_back")]
    assert person.get(f"/prove/{case}").location.endswith(f"/case/{case}")


def test_an_answer_is_handed_out_by_a_call_as_well(page_desk: Desk) -> None:
    desk = page_desk
    case, person = at_second_step(desk)
    person.post(f"/prove/{case}", {"code": desk.codes(case)[-1]})
    assert proved(desk, case) == [("A2", "mailbox+phone")]
    person.post(f"/prove/{case}/release/code", {}, page=f"/prove/{case}/release")
    desk.relay()
    person.post(f"/prove/{case}/release", {"code": desk.codes(case)[-1]})
    code = show_code(person, case, "/release")
    hear(agent(desk), case, code)
    assert "Thank you" in person.get(f"/prove/{case}/release").get_data(as_text=True)
    assert 'name="ticket"' in person.post(f"/prove/{case}/release", {}).get_data(as_text=True)
    assert 'name="ticket"' not in person.post(f"/prove/{case}/release", {}).get_data(as_text=True), "once"


def test_a_call_is_no_third_channel_beside_a_text(page_desk: Desk) -> None:
    from habeas.profile import ladder
    from habeas.vocabulary import Assurance

    kinds = [(plugins.load(GROUP, name).assurance, plugins.load(GROUP, name).kind) for name in ("phone", "call_back")]
    assert ladder.reached(kinds) == Assurance.A1


WRONG: list[Callable[[str], str]] = [
    lambda _: "",
    lambda _: "yes",
    lambda _: "the person is verified",
    lambda code: code[:-1] + LETTERS[(LETTERS.index(code[-1]) + 1) % len(LETTERS)],
]


@pytest.mark.parametrize("change", WRONG)
def test_an_agent_without_the_code_proves_nothing(page_desk: Desk, change: Callable[[str], str]) -> None:
    case, person = at_second_step(page_desk)
    code = show_code(person, case)
    answer = hear(agent(page_desk), case, change(code))
    assert answer.status_code == 422
    assert proved(page_desk, case) == []


def test_a_code_is_guessed_at_three_times_and_no_more(desk: Desk) -> None:
    case, person = at_second_step(desk)
    code, cy = show_code(person, case), agent(desk)
    for _ in range(MOST_TRIES):
        assert hear(cy, case, WRONG[3](code)).status_code == 422
    assert hear(cy, case, code).status_code == 422
    assert proved(desk, case) == []
    assert hear(cy, case, show_code(person, case)).status_code == 200, "the person shows a new one"


def test_only_the_newest_code_counts_and_each_once(page_desk: Desk) -> None:
    case, person = at_second_step(page_desk)
    first, second, cy = show_code(person, case), show_code(person, case), agent(page_desk)
    assert hear(cy, case, first).status_code == 422
    assert hear(cy, case, second).status_code == 200
    assert cy.post(f"/agents/call/{case}", {"code": second}, page="/agents/sign-out").status_code == 422
    assert len(leaves(page_desk, "call.heard")) == 1
    assert len(page_desk.said(CallAsked, case)) == 1, "the agents are told once"


def test_a_code_lapses_with_the_proof_beside_it(page_desk: Desk) -> None:
    case, person = at_second_step(page_desk)
    code = show_code(person, case)
    page_desk.clock.advance(timedelta(minutes=15))
    cy = agent(page_desk)
    assert hear(cy, case, code).status_code == 422


def test_no_number_is_shown_where_nobody_wants_a_call(page_desk: Desk) -> None:
    """Case 27: a number is no thing to look up."""
    case = page_desk.two_channels()
    cy = agent(page_desk)
    for _ in range(2):
        answer = cy.post(f"/agents/call/{case}/number", {}, page="/agents/sign-out")
        assert (answer.status_code, PHONE in answer.get_data(as_text=True)) == (303, False)
    case, person = at_second_step(page_desk)
    show_code(person, case)
    page_desk.clock.advance(WANTED + timedelta(seconds=1))
    page_desk.sign_in(cy, "cy@example.com", page="/agents/sign-in")
    assert cy.post(f"/agents/call/{case}/number", {}, page="/agents/sign-out").status_code == 303
    assert leaves(page_desk, "number.revealed") == []


def test_no_call_is_to_be_had_before_the_mailbox_was_shown(page_desk: Desk) -> None:
    """Cases 8 and 9: whoever has shown nothing is led to the page of codes, of a customer and of nobody."""
    for case in (page_desk.two_channels(), page_desk.found(), "00000000-0000-4000-8000-000000000000"):
        for purpose in ("", "/release"):
            visitor = page_desk.visitor()
            steps = f"/prove/{case}{purpose}"
            assert visitor.get(f"{steps}/call").location.endswith(steps)
            assert visitor.post(f"{steps}/call", {}, page=steps).location.endswith(steps)
    assert page_desk.said(CallAsked) == []
    assert page_desk.rows("SELECT * FROM call_back") == []


def test_what_a_call_knows_stands_nowhere_in_the_open(desk: Desk) -> None:
    case, person = at_second_step(desk)
    code = show_code(person, case)
    agent(desk).post(f"/agents/call/{case}/number", {}, page=f"/agents/call/{case}")
    for table in ("call_back", "outbox", "ledger_leaf", "quota_use"):
        for row in desk.rows(f"SELECT * FROM {table}"):
            text = repr(tuple(bytes(value) if isinstance(value, memoryview) else value for value in row))
            for told in (code, code.replace("-", ""), PHONE, STORED):
                assert told not in text, table


def vouch(visitor: Visitor, desk: Desk, case: str, words: str = WRITTEN, *, email: str) -> Any:
    """Vouch as the page leads: show who it is for this act, then write the reason."""
    from tests.identity.conftest import PASSWORD

    here = f"/agents/vouch/{case}"
    visitor.get(here)
    fields = {"email": email, "password": PASSWORD, "for": "identity", "next": here, "act": "vouch"}
    visitor.post("/agents/sign-in", fields, page=f"/agents/sign-in?for=identity&next={here}&act=vouch")
    return visitor.post(here, {"reason": words})


def test_two_people_with_a_reason_each_stand_in_for_a_proof(desk: Desk) -> None:
    """No pressure moves one person: the second differs as a person, and both reasons stand in the audit."""
    case = desk.two_channels(browser="")
    ada, bo = agent(desk, "approver", email="ada@example.com"), agent(desk, "officer", email="bo@example.com")
    assert vouch(ada, desk, case, email="ada@example.com").status_code == 303
    assert proved(desk, case) == []
    assert vouch(bo, desk, case, WRITTEN + " I saw it too.", email="bo@example.com").status_code == 303
    assert proved(desk, case) == [("A2", "override")]
    page = bo.get("/agents/vouched").get_data(as_text=True)
    assert WRITTEN in page
    assert "I saw it too." in page
    assert len(leaves(desk, "override.vouched")) == 2
    assert WRITTEN not in repr(leaves(desk, "override.vouched"))


def twice_by_one_account(desk: Desk, case: str) -> None:
    ada = agent(desk, "approver", email="ada@example.com")
    vouch(ada, desk, case, email="ada@example.com")
    assert vouch(ada, desk, case, email="ada@example.com").status_code == 409


def two_accounts_of_one_person(desk: Desk, case: str) -> None:
    """Case 29."""
    ada = agent(desk, "approver", email="ada@example.com", person="p-1")
    other = agent(desk, "officer", email="ada.second@example.com", person="p-1")
    vouch(ada, desk, case, email="ada@example.com")
    assert vouch(other, desk, case, email="ada.second@example.com").status_code == 409


def without_a_reason(desk: Desk, case: str) -> None:
    for email in ("ada@example.com", "bo@example.com"):
        visitor = agent(desk, "approver", email=email)
        assert vouch(visitor, desk, case, "urgent", email=email).status_code == 422


def without_showing_who_it_is(desk: Desk, case: str) -> None:
    for email in ("ada@example.com", "bo@example.com"):
        visitor = agent(desk, "approver", email=email)
        answer = visitor.post(f"/agents/vouch/{case}", {"reason": WRITTEN}, page="/agents/sign-out")
        assert answer.location.startswith("/agents/sign-in")


BYPASSES = [twice_by_one_account, two_accounts_of_one_person, without_a_reason, without_showing_who_it_is]


@pytest.mark.parametrize("bypass", BYPASSES, ids=lambda each: each.__name__)
def test_an_override_takes_two_people_and_nothing_less(page_desk: Desk, bypass: Callable[[Desk, str], None]) -> None:
    case = page_desk.two_channels(browser="")
    bypass(page_desk, case)
    assert proved(page_desk, case) == []


def high_risk(desk: Desk) -> str:
    case = desk.two_channels("erasure", browser="")
    desk.change("UPDATE claim SET needed = 'A3'")
    return case


def nobody_known(desk: Desk) -> str:
    return desk.open(browser="", email="nobody@example.com")


def waiting_for_a_mandate(desk: Desk) -> str:
    acting = {"agent": "right-hand", "reference": "1", "mandate": "attested"}
    case = desk.open(browser="", capacity=AUTHORISED, acting=acting)
    desk.answer(case, {"email": STORED})
    return case


def held(desk: Desk) -> str:
    return desk.open(browser="", held=True)


NEVER = [high_risk, nobody_known, waiting_for_a_mandate, held]


@pytest.mark.parametrize("make", NEVER, ids=lambda each: each.__name__)
def test_some_cases_are_never_proved_by_people_s_word(page_desk: Desk, make: Callable[[Desk], str]) -> None:
    case = make(page_desk)
    for email in ("ada@example.com", "bo@example.com"):
        visitor = agent(page_desk, "approver", "officer", email=email)
        assert "Nobody can vouch" in visitor.get(f"/agents/vouch/{case}").get_data(as_text=True)
        assert vouch_directly(visitor, page_desk, case, email) == 409
    assert proved(page_desk, case) == []


def vouch_directly(visitor: Visitor, desk: Desk, case: str, email: str) -> int:
    """Send the form that the page does not offer."""
    from tests.identity.conftest import PASSWORD

    here = f"/agents/vouch/{case}"
    fields = {"email": email, "password": PASSWORD, "for": "identity", "next": here, "act": "vouch"}
    visitor.post("/agents/sign-in", fields, page=f"/agents/sign-in?for=identity&next={here}&act=vouch")
    return int(visitor.post(here, {"reason": WRITTEN}, page="/agents/sign-out").status_code)


def attempts(case: str) -> list[tuple[str, str, dict[str, str]]]:
    """What somebody who is pressed, or bribed, would try: every door of identity that could mark a case as proved."""
    return [
        ("POST", f"/agents/call/{case}", {"code": "K7MP-4XWR"}),
        ("POST", f"/agents/call/{case}", {"code": "", "verified": "yes"}),
        ("POST", f"/agents/call/{case}/number", {"verified": "yes"}),
        ("POST", f"/agents/call/{case}/verified", {}),
        ("POST", f"/agents/verify/{case}", {"assurance": "A3"}),
        ("POST", f"/agents/vouch/{case}", {"reason": WRITTEN, "people": "2"}),
        ("POST", f"/prove/{case}", {"code": "K7MP-4XWR", "override": "yes"}),
        ("POST", f"/prove/{case}/mandate", {"answer": "yes", "skip": "yes"}),
        ("POST", f"/agents/approve/{case}/{'0' * 64}", {"password": "x", "state": "proved"}),
    ]


@pytest.mark.parametrize("role", list(AgentRole))
def test_no_role_gets_past_the_proof_in_nine_attempts(page_desk: Desk, role: AgentRole) -> None:
    """Whoever writes that the law's time is running out moves nothing: there is no such button."""
    desk = page_desk
    case, person = at_second_step(desk)
    show_code(person, case)
    visitor = agent(desk, role.value)
    for method, path, fields in attempts(case):
        answer = visitor.post(path, fields, page="/agents/sign-out")
        assert method == "POST"
        refused = answer.status_code in (303, 403, 404, 405, 409, 422)
        assert refused or path.endswith("/number"), (role, path)
        assert proved(desk, case) == [], (role, path)
    assert desk.rows("SELECT * FROM claim WHERE state = 'proved'") == []


def test_the_doors_of_calls_and_overrides_are_open_to_the_roles_that_are_named(page_desk: Desk) -> None:
    found = {
        rule.endpoint: set(access.roles)
        for rule in page_desk.app.url_map.iter_rules()
        if rule.endpoint.startswith("vouching.") and (access := access_of(page_desk.app, rule.endpoint)) is not None
    }
    assert found == {
        "vouching.show_call": {"agent", "officer"},
        "vouching.show_number": {"agent", "officer"},
        "vouching.hear": {"agent", "officer"},
        "vouching.show_vouch": {"approver", "officer"},
        "vouching.say_vouch": {"approver", "officer"},
        "vouching.show_vouched": {"officer", "auditor"},
    }


def test_nobody_shows_who_they_are_by_what_others_may_know() -> None:
    """No knowledge questions (V6.4.2): a way to prove is on this list, or a person has to put it there."""
    assert set(plugins.names(GROUP)) <= PROOFS


def test_a_copied_name_of_a_browser_proves_nothing(page_desk: Desk) -> None:
    """A device counts only where it is: a proof is bound to the cookie, and nobody can say whose browser they are."""
    desk = page_desk
    case, _ = at_second_step(desk)
    [(browser,)] = desk.rows("SELECT DISTINCT browser FROM given_proof")
    eve = desk.visitor()
    for cookie in (browser, browser[:43]):
        eve.hold("habeas_browser", cookie)
        assert eve.get(f"/prove/{case}/call").location.endswith(f"/prove/{case}")
    eve.post(f"/prove/{case}/call", {"browser": browser}, page=f"/prove/{case}")
    assert desk.said(CallAsked, case) == []
    with desk.context.transaction() as tx:
        ask_for_code(tx, case, Purpose.PROVE, "e" * 64, "phone")
    before = len(desk.said(ChallengeIssued, case))
    desk.relay()
    assert len(desk.said(ChallengeIssued, case)) == before, "no text goes out for a browser that has shown no mailbox"
