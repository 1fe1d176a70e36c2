"""The pages on which somebody shows who they are: alike for customers, strangers and unknown cases, inert when read."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from tests.identity.conftest import STORED, Desk, token_free

from habeas.clock import random_id
from habeas.events import ChallengeIssued, CodeAsked, IdentityProved
from habeas.grants import read
from habeas_identity.lives import VISIT

COOKIE = "A" * 43
BROWSER = hashlib.sha256(COOKIE.encode()).hexdigest()
ELSEWHERE = "B" * 43


@pytest.fixture
def customer(page_desk: Desk) -> str:
    """A case of somebody whose address the shop holds."""
    return page_desk.found(browser=BROWSER)


@pytest.fixture
def stranger(page_desk: Desk) -> str:
    """A case of somebody whom nobody knows."""
    case = page_desk.open(browser=BROWSER, email="stranger@example.org")
    page_desk.answer(case)
    page_desk.answer(case, system="newsletter")
    return case


STEPS: dict[str, Any] = {
    "opens the page": lambda visitor, path: visitor.get(path),
    "opens it after asking for a code": lambda visitor, path: visitor.get(f"{path}?sent=yes"),
    "asks for a code": lambda visitor, path: visitor.post(f"{path}/code", {}, page=path),
    "gives a wrong code": lambda visitor, path: visitor.post(path, {"code": "ABCD-EFGH"}),
    "gives no code": lambda visitor, path: visitor.post(path, {"code": ""}),
    "gives what can be none": lambda visitor, path: visitor.post(path, {"code": "O0O0-1I1L"}),
    "forgets the field": lambda visitor, path: visitor.post(path, {}),
}


@pytest.mark.parametrize("cookie", [COOKIE, ELSEWHERE, ""], ids=["same browser", "known browser", "new browser"])
@pytest.mark.parametrize("page", ["/prove/{}", "/prove/{}/release"])
@pytest.mark.parametrize("step", STEPS)
def test_customers_strangers_and_unknown_cases_are_answered_alike(
    page_desk: Desk, customer: str, stranger: str, step: str, page: str, cookie: str
) -> None:
    """Cases 8 and 9."""
    answers = []
    for case in (customer, stranger, random_id()):
        answer = STEPS[step](page_desk.visitor(cookie), page.format(case))
        body = token_free(answer.get_data(as_text=True)).replace(case, "CASE")
        headers = {name: value.replace(case, "CASE") for name, value in answer.headers.items()}
        headers["Set-Cookie"] = headers.get("Set-Cookie", "").partition("=")[0]
        policy = headers.pop("Content-Security-Policy")
        answers.append((answer.status, body, headers, len(policy)))
    assert answers[0] == answers[1] == answers[2]
    assert len(answers[0][1]) > 100 or answers[0][0].startswith("303")


@pytest.mark.parametrize("step", ["opens the page", "asks for a code", "gives a wrong code"])
def test_a_page_does_the_same_work_for_customers_and_strangers(
    page_desk: Desk, customer: str, stranger: str, step: str
) -> None:
    done = {}
    for case in (customer, stranger):
        page_desk.clock.advance(timedelta(seconds=1))
        visitor, statements = page_desk.visitor(COOKIE), list[str]()
        listener = _note(statements)
        event.listen(page_desk.context.database.engine, "before_cursor_execute", listener)
        STEPS[step](visitor, f"/prove/{case}")
        event.remove(page_desk.context.database.engine, "before_cursor_execute", listener)
        done[case] = statements
    assert done[customer] == done[stranger] != []


def _note(statements: list[str]) -> Any:
    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    return note


def test_reading_a_page_a_thousand_times_changes_nothing(page_desk: Desk, customer: str) -> None:
    tables = ("claim", "challenge", "visit", "quota_use", "outbox", "channel")
    before = {table: page_desk.rows(f"SELECT * FROM {table}") for table in tables}
    visitor = page_desk.visitor(COOKIE)
    for number in range(250):
        for method, path in (
            ("GET", f"/prove/{customer}"),
            ("HEAD", f"/prove/{customer}"),
            ("GET", f"/prove/{customer}/release"),
            ("HEAD", f"/prove/{customer}/release?sent=yes&code={page_desk_code(page_desk, customer)}"),
        ):
            assert visitor.send(method, path).status_code == 200, number
    assert {table: page_desk.rows(f"SELECT * FROM {table}") for table in tables} == before
    assert give(page_desk, visitor, customer).status_code == 303


def page_desk_code(desk: Desk, case: str) -> str:
    return desk.codes(case)[-1]


def give(desk: Desk, visitor: Any, case: str, page: str = "/prove/{}") -> Any:
    return visitor.post(page.format(case), {"code": desk.codes(case)[-1]}, page=page.format(case) + "?sent=yes")


@pytest.mark.parametrize("path", ["/prove/{}", "/prove/{}/code", "/prove/{}/release", "/prove/{}/release/code"])
def test_a_form_from_elsewhere_is_refused(page_desk: Desk, customer: str, path: str) -> None:
    visitor = page_desk.visitor(COOKIE)
    where, code = path.format(customer), {"code": page_desk.codes(customer)[-1]}
    assert visitor.send("POST", where, data=code).status_code == 403
    for name in ("cross-site", "same-site"):
        visitor.get(f"/prove/{customer}")
        assert visitor.post(where, code, page=f"/prove/{customer}", Sec_Fetch_Site=name).status_code == 403
    assert page_desk.said(IdentityProved) == page_desk.said(CodeAsked) == []


def test_the_right_code_leads_to_the_case_with_a_grant_for_it_alone(page_desk: Desk, customer: str) -> None:
    visitor = page_desk.visitor(COOKIE)
    answer = give(page_desk, visitor, customer)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/case/{customer}")
    cookie = answer.headers.getlist("Set-Cookie")[-1]
    text, _, attributes = cookie.removeprefix("habeas_grant_intake=").partition(";")
    assert f"Path=/case/{customer}" in attributes
    assert "HttpOnly" in attributes
    assert "SameSite=Lax" in attributes
    shown = {
        "service": "intake",
        "purpose": "case",
        "browser": BROWSER,
        "now": page_desk.clock.now(),
        "case": customer,
        "kind": "subject",
    }
    grant = read(text, page_desk.context.keys.directory(), **shown)
    assert grant.expires - grant.issued == timedelta(minutes=5)


def test_the_browser_that_proved_comes_back_for_half_an_hour(page_desk: Desk, customer: str) -> None:
    visitor = page_desk.visitor(COOKIE)
    give(page_desk, visitor, customer)
    page_desk.clock.advance(VISIT - timedelta(seconds=1))
    answer = visitor.get(f"/prove/{customer}?for=intake&next=/case/{customer}/messages")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/case/{customer}/messages")
    assert page_desk.visitor(ELSEWHERE).get(f"/prove/{customer}").status_code == 200
    assert visitor.get(f"/prove/{customer}?act=download").status_code == 200
    page_desk.clock.advance(timedelta(seconds=1))
    assert visitor.get(f"/prove/{customer}").status_code == 200


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/console", "/case/other", "\\evil", ""])
def test_nobody_is_led_elsewhere(page_desk: Desk, customer: str, path: str) -> None:
    visitor = page_desk.visitor(COOKIE)
    give(page_desk, visitor, customer)
    answer = visitor.get(f"/prove/{customer}?next={path}")
    assert answer.headers["Location"] == f"/case/{customer}"


def test_another_browser_asks_for_a_code_of_its_own(page_desk: Desk, customer: str) -> None:
    visitor = page_desk.visitor()
    page = visitor.get(f"/prove/{customer}").get_data(as_text=True)
    assert "Send a code" in page
    assert 'name="code"' not in page
    assert page_desk.visitor(COOKIE).get(f"/prove/{customer}").get_data(as_text=True).count('name="code"') == 1
    first = page_desk.codes(customer)[-1]
    assert visitor.post(f"/prove/{customer}", {"code": first}).status_code == 422
    answer = visitor.post(f"/prove/{customer}/code", {}, page=f"/prove/{customer}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/prove/{customer}?sent=yes")
    assert len(page_desk.codes(customer)) == 1  # nothing is sent while the page is being answered
    page_desk.relay()
    assert len(page_desk.codes(customer)) == 2
    assert give(page_desk, visitor, customer).status_code == 303


def test_asking_again_and_again_is_silently_stopped(page_desk: Desk, customer: str) -> None:
    visitor = page_desk.visitor(COOKIE)
    for _ in range(12):
        answer = visitor.post(f"/prove/{customer}/code", {}, page=f"/prove/{customer}")
        assert answer.status_code == 303
    assert len(page_desk.said(CodeAsked)) == 10
    page_desk.relay()
    assert len(page_desk.said(ChallengeIssued)) == 3


def test_an_answer_is_fetched_by_a_ticket_that_only_a_fresh_code_gives(page_desk: Desk, customer: str) -> None:
    visitor = page_desk.visitor(COOKIE)
    give(page_desk, visitor, customer)
    assert visitor.post(f"/prove/{customer}/release/code", {}, page=f"/prove/{customer}/release").status_code == 303
    page_desk.relay()
    answer = give(page_desk, visitor, customer, "/prove/{}/release")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert page.count("<form") == 1
    assert 'action="http://127.0.0.1:8081/download"' in page
    assert "form-action 'self' http://127.0.0.1:8081" in answer.headers["Content-Security-Policy"]
    ticket = page.split('name="ticket" value="')[1].split('"')[0]
    shown: dict[str, Any] = {"service": "fulfilment", "purpose": "release", "browser": "", "case": customer}
    grant = read(ticket, page_desk.context.keys.directory(), **shown, now=page_desk.clock.now(), once=True)
    assert (grant.kind, grant.once, grant.case) == ("subject", True, customer)
    assert give(page_desk, visitor, customer, "/prove/{}/release").status_code == 422


def test_a_code_to_prove_hands_nothing_out(page_desk: Desk, customer: str) -> None:
    visitor = page_desk.visitor(COOKIE)
    assert give(page_desk, visitor, customer, "/prove/{}/release").status_code == 422


def test_what_is_no_case_is_no_page(page_desk: Desk) -> None:
    for path in ("/prove/1", "/prove/ABC", f"/prove/{random_id().upper()}", f"/prove/{random_id()}/other"):
        assert page_desk.visitor(COOKIE).get(path).status_code == 404


def test_over_https_the_cookies_carry_their_prefixes(page_desk: Desk, customer: str) -> None:
    object.__setattr__(page_desk.context.settings, "portal_url", "https://privacy.example.com")
    visitor = page_desk.visitor()
    visitor.portal_url = "https://privacy.example.com"
    visitor.get(f"/prove/{customer}")
    visitor.post(f"/prove/{customer}/code", {}, page=f"/prove/{customer}")
    page_desk.relay()
    cookie = give(page_desk, visitor, customer).headers.getlist("Set-Cookie")[-1]
    assert cookie.startswith("__Secure-habeas_grant_intake=")
    assert "Secure;" in cookie


def test_the_pages_speak_swedish(page_desk: Desk, customer: str) -> None:
    page = page_desk.visitor(COOKIE).get(f"/prove/{customer}", Accept_Language="sv").get_data(as_text=True)
    assert '<html lang="sv"' in page
    assert "bekräfta att det är du" in page


def test_nothing_of_the_person_stands_on_any_page(page_desk: Desk, customer: str) -> None:
    visitor = page_desk.visitor(COOKIE)
    pages = [
        visitor.get(f"/prove/{customer}"),
        give(page_desk, visitor, customer),
        visitor.get(f"/prove/{customer}/release"),
    ]
    assert not any("canary" in page.get_data(as_text=True) or STORED in str(page.headers) for page in pages)
