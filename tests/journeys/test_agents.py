"""An agent's day: sign in, the queue by due date, a case; and what ends a session ends it in every service at once."""

import re

import httpx
import pytest
from company_facts import LOOK_ALIKE
from journeys.steps import AT, await_plan, prove, text_of

from habeas.testing.running import PASSWORD, House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent, LostWay, Page

STRANGERS = ("first.stranger@example.com", "second.stranger@example.com")


@pytest.fixture(scope="module")
def waiting(house: House) -> str:
    """A case whose plan waits for approval."""
    with house.person("en") as person:
        return prove(house, person, ["erasure"], LOOK_ALIKE)


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(house: House) -> None:
    told = []
    for email, password in ((f"cy@{AT}", "not this one at all"), (f"nobody@{AT}", PASSWORD)):
        with house.agent() as agent:
            agent.open("/agents/sign-in")
            page = agent.send(agent.form_with("password"), expect=422, email=email, password=password)
            told.append(re.sub(r'name="csrf_token" value="[^"]+"|nonce="[^"]+"', "", page.html).replace(email, "WHO"))
    assert told[0] == told[1]


def test_the_console_is_shown_to_nobody_who_is_not_signed_in(house: House, waiting: str) -> None:
    paths = ("/console", "/console/systems", f"/console/case/{waiting}", f"/plan/{waiting}")
    for path in paths:
        with house.agent() as nobody:
            assert nobody.open(path).path == "/agents/sign-in"


def test_the_queue_is_ordered_by_due_date(house: House, waiting: str, cy: Agent) -> None:
    for rights, email in ((["erasure"], STRANGERS[0]), (["access"], STRANGERS[1])):
        with house.person("en") as person:
            person.ask(rights, email)
    page = cy.open("/console")
    due = re.findall(r'<time datetime="([0-9-]{10})', page.html) or due_days(page)
    assert len(due) >= 3
    assert due == sorted(due)
    assert waiting in page.html


def due_days(page: Page) -> list[str]:
    """How many days each line has left, so that they can be put in order."""
    left = re.findall(r"(-?\d+) days? left", text_of(page))
    return [f"{int(days):05}" for days in left]


def test_a_case_page_hides_what_the_person_told_until_somebody_looks(house: House, waiting: str, cy: Agent) -> None:
    page = cy.open(f"/console/case/{waiting}")
    assert LOOK_ALIKE not in page.html
    shown = next(form for form in page.forms if form.action.endswith(f"/console/case/{waiting}"))
    assert LOOK_ALIKE not in cy.send(shown, expect=422).html, "it is not theirs, and they gave no reason"
    assert LOOK_ALIKE in cy.send(shown, reason="covering").html
    page = cy.open(f"/console/case/{waiting}")
    assert LOOK_ALIKE not in page.html
    assert "I stand in for whoever has it" in text_of(page)


def test_whoever_takes_a_case_has_it_and_hands_it_on(house: House, waiting: str, ada: Agent, cy: Agent) -> None:
    cy.open(f"/console/case/{waiting}")
    cy.press("/take")
    assert "You have this case" in text_of(cy.page)
    assert "Cy" in next(row for row in ada.open("/console").html.split("<tr>") if waiting in row)
    page = cy.open(f"/console/case/{waiting}")
    shown = next(form for form in page.forms if form.action.endswith(f"/console/case/{waiting}"))
    assert LOOK_ALIKE in cy.send(shown).html
    bo = re.search(r'<option value="([0-9a-f-]{36})">Bo</option>', cy.open(f"/console/case/{waiting}").html)
    assert bo is not None
    cy.send(cy.form_with("to"), to=bo.group(1))
    assert "Bo has this case" in text_of(cy.page)


def test_an_agent_who_is_no_approver_can_see_the_plan_and_not_approve_it(
    house: House, waiting: str, ada: Agent, cy: Agent
) -> None:
    digest = next(url for _, url in await_plan(ada, waiting).links if "/agents/approve/" in url)
    assert "Erase" in text_of(cy.open(f"/plan/{waiting}"))
    refused = cy.open(digest, expect=403)
    assert "That was not accepted" in text_of(refused)
    form = next(form for form in cy.open("/agents/sign-out").forms if form.method == "post")
    form.action, form.names = digest, form.names | {"password"}
    cy.send(form, expect=403, password=PASSWORD)
    assert "0 of 2 people" in text_of(ada.open(f"/plan/{waiting}"))


PATHS = ("/console", "/plan/{case}")


def visit_everything(agent: Agent, case: str) -> None:
    """Get a grant of every service."""
    for path in PATHS:
        agent.open(path.format(case=case))
        assert not agent.page.path.startswith("/agents"), agent.page.path


def is_let_in(client: httpx.Client, case: str) -> list[str]:
    """The pages that still answer with what is on them."""
    return [path for path in PATHS if client.get(path.format(case=case)).status_code == 200]


def test_signing_out_ends_the_session_in_every_service(house: House, waiting: str) -> None:
    with house.agent() as di:
        di.sign_in(f"di@{AT}", PASSWORD)
        visit_everything(di, waiting)
        with di.copy_cookies() as thief:
            assert is_let_in(thief, waiting) == list(PATHS), "until then the cookies are good"
            di.open("/agents/sign-out")
            di.press("/agents/sign-out")
            assert "You are signed out" in di.page.html
            wait_until(lambda: not is_let_in(thief, waiting), 5, "no grant of the session is good any more")
            answer = thief.get("/agents/sign-in?for=intake&next=/console")
            assert (answer.status_code, "password" in answer.text) == (200, True), "and none is had anew"
        assert di.open("/console").path == "/agents/sign-in"


def test_an_account_that_a_colleague_closes_is_out_within_a_second(house: House, waiting: str, ada: Agent) -> None:
    house.add_agent("Fay", f"fay@{AT}", "agent")
    with house.agent() as fay:
        fay.sign_in(f"fay@{AT}", PASSWORD)
        visit_everything(fay, waiting)
        with fay.copy_cookies() as thief:
            assert is_let_in(thief, waiting) == list(PATHS)
            ada.sign_in(f"ada@{AT}", PASSWORD, "/agents/accounts")
            row = next(row for row in ada.page.html.split("<tr>") if f"fay@{AT}" in row)
            account = re.search(r'name="account" value="([0-9a-f-]{36})"', row)
            assert account is not None
            form = next(form for form in ada.page.forms if form.action.endswith("/close"))
            ada.send(form, account=account.group(1))
            if ada.page.path == "/agents/sign-in":  # signed in long ago: they confirm it, and close it then
                ada.send(ada.form_with("password"), password=PASSWORD)
                form = next(form for form in ada.page.forms if form.action.endswith("/close"))
                ada.send(form, account=account.group(1))
            wait_until(lambda: not is_let_in(thief, waiting), 1, "the event has come to every service")


def test_closing_an_account_ends_its_sessions_in_every_service(house: House, waiting: str) -> None:
    with house.agent() as ed:
        ed.sign_in(f"ed@{AT}", PASSWORD)
        visit_everything(ed, waiting)
        with ed.copy_cookies() as thief:
            assert is_let_in(thief, waiting) == list(PATHS)
            house.run("agent", "disable", f"ed@{AT}", of="identity")
            wait_until(lambda: not is_let_in(thief, waiting), 10, "no grant of a closed account is good any more")
        assert ed.open("/console").path == "/agents/sign-in"
        with pytest.raises(LostWay, match="answered 422"):
            ed.send(ed.form_with("password"), email=f"ed@{AT}", password=PASSWORD)
