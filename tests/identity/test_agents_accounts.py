"""The accounts that administrators keep: added without a password, closed at once, and no way to read a case."""

import re
from datetime import timedelta
from typing import Any

import pytest
from tests.identity.conftest import PASSWORD, Desk
from tests.identity.test_passkeys import Browser

from habeas.events import AgentChanged, SessionEnded
from habeas_identity.agents import change_roles, list_agents

BOSS, ADA = "boss@example.com", "ada@example.com"
HERE = "/agents/accounts"
NEW = {"name": "Ada", "email": ADA, "role": ["agent", "approver"], "person": ""}


@pytest.fixture
def boss(named_desk: Desk) -> Browser:
    """An administrator, signed in."""
    named_desk.hire(BOSS, "administrator")
    browser = Browser(named_desk)
    named_desk.sign_in(browser.visitor, BOSS)
    return browser


def accounts(desk: Desk) -> dict[str, Any]:
    with desk.context.reading() as tx:
        return {each.email: each for each in list_agents(tx)}


def test_a_colleague_who_was_added_comes_in_by_the_code_that_was_shown(boss: Browser) -> None:
    shown = boss.visitor.post(f"{HERE}/new", NEW).get_data(as_text=True)
    code = re.search(r'<strong class="code">([2-9A-Z]{4}-[2-9A-Z]{4})</strong>', shown)
    assert code
    assert code[1] not in boss.visitor.get(HERE).get_data(as_text=True), "it is shown once"
    assert accounts(boss.desk)[ADA].ways_in == 0
    ada = Browser(boss.desk)
    options = ada.ask("/agents/enroll", "/agents/enroll", email=ADA, code=code[1])
    assert ada.answer("/agents/enroll", "/agents/enroll", ada.device.create(options)).status_code == 303
    assert ada.sign_in().status_code == 303
    assert "1 passkey" in boss.visitor.get(HERE).get_data(as_text=True)


def test_what_is_wrong_with_an_account_is_said_beside_its_field(boss: Browser) -> None:
    answer = boss.visitor.post(f"{HERE}/new", {"name": "", "email": "none", "person": ""})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    for words in ("Give the name", "Give an address", "Choose what they may do"):
        assert words in text
    assert boss.visitor.post(f"{HERE}/new", {**NEW, "email": BOSS}).status_code == 422
    assert boss.visitor.post(f"{HERE}/new", {**NEW, "person": "somebody"}).status_code == 422
    assert list(accounts(boss.desk)) == [BOSS]


def test_closing_an_account_ends_its_sessions_and_tells_those_who_give_cases(boss: Browser) -> None:
    agent = boss.desk.hire(ADA, "agent", "approver")
    ada = boss.desk.visitor()
    boss.desk.sign_in(ada, ADA)
    assert boss.visitor.post(f"{HERE}/close", {"account": agent}, page=HERE).status_code == 200
    assert accounts(boss.desk)[ADA].disabled
    assert ada.get("/agents/passkeys").status_code == 303
    assert ada.get("/agents/sign-in").status_code == 200
    assert len(boss.desk.said(SessionEnded)) == 2
    told = boss.desk.said(AgentChanged)[-1]
    assert (told.recipient, told.event.roles, told.sealed) == ("intake", [], {"name": "Agent"})  # type: ignore[attr-defined]


def test_nobody_closes_their_own_account(boss: Browser) -> None:
    own = accounts(boss.desk)[BOSS].id
    assert boss.visitor.post(f"{HERE}/close", {"account": own}, page=f"{HERE}/new").status_code == 422
    assert not accounts(boss.desk)[BOSS].disabled
    assert boss.visitor.post(f"{HERE}/close", {"account": "nobody"}, page=f"{HERE}/new").status_code == 409


@pytest.mark.parametrize(
    ("path", "fields"),
    [("/new", NEW), ("/close", {"account": "x"}), ("/code", {"account": "x"})],
    ids=lambda each: each,
)
def test_accounts_are_changed_only_after_a_fresh_look(boss: Browser, path: str, fields: dict[str, Any]) -> None:
    """Case 22."""
    boss.desk.clock.advance(timedelta(minutes=15))
    boss.visitor.get("/agents/sign-in?for=identity&next=/agents/accounts")
    led = boss.visitor.post(f"{HERE}{path}", fields, page=f"{HERE}/new")
    assert led.headers["Location"].startswith("/agents/sign-in?for=identity&next=/agents/accounts")
    page = led.headers["Location"]
    assert "act=confirm" in page
    assert 'name="email"' not in boss.visitor.get(page).get_data(as_text=True), "it is clear who has to confirm"
    wanted = {"for": "identity", "next": f"{HERE}/new", "act": "confirm"}
    assert boss.visitor.post("/agents/sign-in", {**wanted, "password": "wrong"}, page=page).status_code == 422
    confirmed = boss.visitor.post("/agents/sign-in", {**wanted, "password": PASSWORD}, page=page)
    assert confirmed.headers["Location"] == f"{HERE}/new"
    answer = boss.visitor.post(f"{HERE}{path}", fields, page=f"{HERE}/new")
    assert answer.status_code == (200 if path == "/new" else 409)


@pytest.mark.parametrize("role", ["agent", "approver", "officer", "auditor"])
def test_nobody_but_an_administrator_keeps_accounts(page_desk: Desk, role: str) -> None:
    page_desk.hire(ADA, role)
    visitor = page_desk.visitor()
    page_desk.sign_in(visitor, ADA)
    assert visitor.get(HERE).status_code == 403
    for path in ("/new", "/close", "/code"):
        assert visitor.post(f"{HERE}{path}", NEW, page="/agents/sign-out").status_code == 403
    assert list(accounts(page_desk)) == [ADA]


def test_who_keeps_accounts_only_is_led_to_them(boss: Browser) -> None:
    fields = {"email": BOSS, "password": PASSWORD, "for": "intake", "next": "", "act": ""}
    answer = boss.visitor.post("/agents/sign-in", fields, page="/agents/sign-out")
    assert answer.headers["Location"] == HERE
    assert boss.visitor.get(HERE).status_code == 200


def test_whoever_may_do_something_else_now_signs_in_anew(desk: Desk) -> None:
    """A grant says what was true when it was made, so those of the old role end with their session."""
    desk.hire(ADA, "agent")
    visitor = desk.visitor()
    desk.sign_in(visitor, ADA)
    with desk.context.transaction() as tx:
        change_roles(tx, ADA, ("approver",))
    assert visitor.get("/agents/passkeys").status_code == 303
    desk.sign_in(visitor, ADA)
    assert len(desk.rows("SELECT DISTINCT digest FROM agent_session")) == 2
    assert desk.said(AgentChanged)[-1].event.roles == ["approver"]  # type: ignore[attr-defined]


def test_two_accounts_of_one_person_are_told_as_one(desk: Desk) -> None:
    desk.hire(ADA, "agent", person="the same human being")
    desk.hire("ada2@example.com", "officer", person="the same human being")
    told = [each.event for each in desk.said(AgentChanged)]
    assert [(each.person, each.roles) for each in told] == [  # type: ignore[attr-defined]
        ("the same human being", ["agent"]),
        ("the same human being", ["agent", "officer"]),
    ]


def test_the_pages_of_agents_have_the_headers_and_the_token_of_the_house(boss: Browser) -> None:
    """Case 32 and case 33: kept by nobody, framed by nobody, and no form from elsewhere is taken."""
    for path in (HERE, f"{HERE}/new", "/agents/passkeys", "/agents/enroll", "/agents/sign-in?act=confirm"):
        headers = boss.visitor.get(path).headers
        assert headers["Cache-Control"] == "no-store"
        assert "Cookie" in headers["Vary"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    for path in (f"{HERE}/new", f"{HERE}/close", "/agents/passkeys/new", "/agents/passkeys/remove", "/agents/enroll"):
        foreign = boss.visitor.send("POST", path, data=NEW, headers={"Sec-Fetch-Site": "cross-site"})
        bare = boss.visitor.send("POST", path, data=NEW, headers={"Sec-Fetch-Site": "same-origin"})
        assert (foreign.status_code, bare.status_code) == (403, 403), path
