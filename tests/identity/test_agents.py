"""Agents: how they sign in, how that ends everywhere, and how an approver approves exactly one plan."""

import re
from datetime import timedelta
from time import perf_counter
from typing import Any

import pytest
from tests.identity.conftest import PASSWORD, Desk

from habeas.clock import random_id
from habeas.crypto.signing import Signed
from habeas.errors import Faults, Refused
from habeas.events import ApprovalGiven, SessionEnded
from habeas.grants import read
from habeas.testing.visitor import Visitor
from habeas.warrants import check_approval
from habeas_identity.agents import change_password, change_roles, disable_agent, list_agents
from habeas_identity.approvals import approve_plan
from habeas_identity.sessions import find_session
from habeas_identity.timers import forget

APPROVER, AGENT = "approver@example.com", "agent@example.com"
DIGEST = "ab" * 32


def cookies(answer: Any) -> dict[str, str]:
    """The cookies that an answer sets: name and path to value."""
    found = {}
    for header in answer.headers.getlist("Set-Cookie"):
        name, _, rest = header.partition("=")
        path = re.search(r"Path=([^;]+)", header)
        assert path
        found[f"{name} {path[1]}"] = rest.partition(";")[0]
    return found


def approve(visitor: Visitor, case: str, *, password: str = PASSWORD, digest: str = DIGEST) -> Any:
    return visitor.post(f"/agents/approve/{case}/{digest}", {"password": password})


@pytest.fixture
def case() -> str:
    return random_id()


def test_who_is_not_signed_in_is_asked_to(page_desk: Desk, case: str) -> None:
    path = f"/agents/approve/{case}/{DIGEST}"
    answer = page_desk.visitor().get(path)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/agents/sign-in?for=identity&next={path}")


@pytest.mark.parametrize(
    ("service", "paths"),
    [
        ("intake", ("/console", "/api")),
        ("fulfilment", ("/plan", "/holds")),
        ("notifier", ("/inbox",)),
        ("identity", ("/agents",)),
    ],
)
def test_signing_in_hands_a_grant_for_one_service_to_its_own_pages(
    page_desk: Desk, service: str, paths: tuple[str, ...]
) -> None:
    page_desk.hire(APPROVER, "approver", "agent")
    visitor = page_desk.visitor()
    answer = page_desk.sign_in(visitor, APPROVER, service=service)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/agents/sign-out")
    handed = cookies(answer)
    session = handed.pop("habeas_session /agents")
    assert len(session) == 43
    assert handed.keys() == {f"habeas_grant_{service} {path}" for path in paths}
    [account] = _accounts(page_desk)
    for text in handed.values():
        grant = read(
            text,
            page_desk.context.keys.directory(),
            service=service,
            purpose="console",
            browser=_browser(page_desk, visitor),
            now=page_desk.clock.now(),
            kind="agent",
        )
        assert (grant.person, set(grant.roles)) == (account.person, {"approver", "agent"})
        assert grant.expires - grant.issued <= timedelta(minutes=5)
    for row in page_desk.rows("SELECT * FROM agent_session"):
        assert session not in repr(row)


def _accounts(desk: Desk) -> list[Any]:
    with desk.context.reading() as tx:
        return list_agents(tx)


def _browser(desk: Desk, visitor: Visitor) -> str:
    return str(desk.rows("SELECT browser FROM agent_session")[0][0])


def test_the_session_cookie_is_for_identity_alone(page_desk: Desk) -> None:
    page_desk.hire(APPROVER)
    answer = page_desk.sign_in(page_desk.visitor(), APPROVER)
    [header] = [each for each in answer.headers.getlist("Set-Cookie") if each.startswith("habeas_session=")]
    assert header.partition("; ")[2] == "HttpOnly; Path=/agents; SameSite=Lax"


def test_a_grant_is_renewed_silently_while_the_session_lives(page_desk: Desk) -> None:
    page_desk.hire(APPROVER)
    visitor = page_desk.visitor()
    page_desk.sign_in(visitor, APPROVER)
    for _ in range(24):
        page_desk.clock.advance(timedelta(minutes=29))
        answer = visitor.get("/agents/sign-in?for=fulfilment&next=/plan/1")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/plan/1")
        assert "habeas_grant_fulfilment /plan" in cookies(answer)
    page_desk.clock.advance(timedelta(minutes=29))  # twelve hours and five minutes after it began
    assert visitor.get("/agents/sign-in").status_code == 200


def test_a_session_ends_after_half_an_hour_without_a_visit(page_desk: Desk) -> None:
    page_desk.hire(APPROVER)
    visitor = page_desk.visitor()
    page_desk.sign_in(visitor, APPROVER)
    page_desk.clock.advance(timedelta(minutes=30))
    assert visitor.get("/agents/sign-in?for=fulfilment&next=/plan/1").status_code == 200


def test_a_grant_never_outlives_its_session(page_desk: Desk) -> None:
    page_desk.hire(APPROVER)
    visitor = page_desk.visitor()
    page_desk.sign_in(visitor, APPROVER)
    for minutes in (*[29] * 24, 22):
        page_desk.clock.advance(timedelta(minutes=minutes))
        answer = visitor.get("/agents/sign-in?for=fulfilment&next=/plan/1")
    grant = read(
        cookies(answer)["habeas_grant_fulfilment /plan"],
        page_desk.context.keys.directory(),
        service="fulfilment",
        purpose="console",
        browser=_browser(page_desk, visitor),
        now=page_desk.clock.now(),
    )
    assert grant.expires - grant.issued == timedelta(minutes=2)


@pytest.mark.parametrize(
    "path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "", "/"]
)
def test_nobody_is_led_to_another_site(page_desk: Desk, path: str) -> None:
    page_desk.hire(APPROVER)
    fields = {"email": APPROVER, "password": PASSWORD, "for": "fulfilment", "next": path, "act": ""}
    assert page_desk.visitor().post("/agents/sign-in", fields).headers["Location"] == "/plan"


@pytest.mark.parametrize(
    ("email", "password"),
    [(APPROVER, "wrong"), (APPROVER, ""), ("nobody@example.com", PASSWORD), ("", ""), (AGENT, PASSWORD)],
)
def test_every_failed_sign_in_looks_the_same(page_desk: Desk, email: str, password: str) -> None:
    page_desk.hire(APPROVER)
    page_desk.hire(AGENT)
    with page_desk.context.transaction() as tx:
        disable_agent(tx, AGENT)
    answer = page_desk.sign_in(page_desk.visitor(), email, password=password)
    assert answer.status_code == 422
    assert "The address and the password do not fit each other." in answer.get_data(as_text=True)
    assert not any(name.startswith("habeas_session") for name in cookies(answer))
    assert page_desk.rows("SELECT * FROM agent_session") == []


def test_an_unknown_account_takes_as_long_as_a_wrong_password(page_desk: Desk) -> None:
    for number in range(5):
        page_desk.hire(f"agent{number}@example.com")
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for number in range(5):
        for known, email in ((True, f"agent{number}@example.com"), (False, f"nobody{number}@example.com")):
            visitor = page_desk.visitor()
            visitor.get("/agents/sign-in")
            before = perf_counter()
            page_desk.sign_in(visitor, email, password="wrong")
            seconds[known].append(perf_counter() - before)
    # The password is what takes time: if it were not looked at, one would be several times as quick as the other.
    assert 0.4 < min(seconds[True]) / min(seconds[False]) < 2.5


@pytest.mark.parametrize("email", [APPROVER, "nobody@example.com"])
def test_an_account_is_tried_five_times_in_a_quarter_of_an_hour_there_or_not(page_desk: Desk, email: str) -> None:
    page_desk.hire(APPROVER)
    codes = [page_desk.sign_in(page_desk.visitor(), email, password="wrong").status_code for _ in range(6)]
    assert codes == [422] * 5 + [429]
    assert page_desk.sign_in(page_desk.visitor(), email).status_code == 429
    page_desk.clock.advance(timedelta(minutes=15))
    assert page_desk.sign_in(page_desk.visitor(), email).status_code == (303 if email == APPROVER else 422)


def test_a_sign_in_that_succeeds_starts_the_count_anew(page_desk: Desk) -> None:
    page_desk.hire(APPROVER)
    for _ in range(3):
        codes = [page_desk.sign_in(page_desk.visitor(), APPROVER, password="wrong").status_code for _ in range(3)]
        assert [*codes, page_desk.sign_in(page_desk.visitor(), APPROVER).status_code] == [422, 422, 422, 303]


def test_an_address_that_tries_many_accounts_is_slowed_down(page_desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("habeas_identity.agent_pages.is_password", lambda _kept, _password: False)  # 45 ms each
    codes = [page_desk.sign_in(page_desk.visitor(), f"a{number}@example.com").status_code for number in range(61)]
    assert codes == [422] * 60 + [429]


def test_every_sign_in_begins_a_new_session_and_ends_the_old_one(page_desk: Desk) -> None:
    page_desk.hire(APPROVER)
    visitor = page_desk.visitor()
    first = cookies(page_desk.sign_in(visitor, APPROVER))["habeas_session /agents"]
    second = cookies(page_desk.sign_in(visitor, APPROVER, page="/agents/sign-out"))["habeas_session /agents"]
    assert first != second
    assert len({each.event.session for each in page_desk.said(SessionEnded)}) == 1  # type: ignore[attr-defined]


def test_a_session_is_bound_to_its_browser(page_desk: Desk) -> None:
    page_desk.hire(APPROVER)
    secret = cookies(page_desk.sign_in(page_desk.visitor(), APPROVER))["habeas_session /agents"]
    thief = page_desk.visitor("T" * 43)
    thief.hold("habeas_session", secret, "/agents")
    assert thief.get("/agents/sign-in?for=fulfilment&next=/plan/1").status_code == 200


def test_signing_out_ends_the_session_in_every_service(page_desk: Desk, case: str) -> None:
    page_desk.hire(APPROVER)
    visitor = page_desk.visitor()
    held = cookies(page_desk.sign_in(visitor, APPROVER))
    assert visitor.get(f"/agents/approve/{case}/{DIGEST}").status_code == 200
    answer = visitor.post("/agents/sign-out", {})
    assert answer.headers["Location"] == "/agents/sign-out"
    assert "You are signed out" in visitor.get("/agents/sign-out").get_data(as_text=True)
    ended = page_desk.said(SessionEnded)
    assert {each.recipient for each in ended} == {"intake", "fulfilment"}
    assert [row[0] for row in page_desk.rows("SELECT id FROM agent_session")] == [ended[0].event.session]  # type: ignore[attr-defined]
    # What the browser might have kept is worth nothing any more.
    visitor.hold("habeas_session", held["habeas_session /agents"], "/agents")
    visitor.hold("habeas_grant_identity", held["habeas_grant_identity /agents"], "/agents")
    assert visitor.get("/agents/sign-in").status_code == 200
    assert visitor.get(f"/agents/approve/{case}/{DIGEST}").status_code == 303


CHANGES = [
    disable_agent,
    lambda tx, email: change_password(tx, email, "x"),
    lambda tx, email: change_roles(tx, email, ("agent",)),
]


@pytest.mark.parametrize("change", CHANGES, ids=["closed", "password", "roles"])
def test_closing_an_account_or_changing_what_it_may_do_ends_its_sessions_at_once(
    desk: Desk, case: str, change: Any
) -> None:
    desk.hire(APPROVER)
    visitors = [desk.visitor(), desk.visitor()]
    for visitor in visitors:
        desk.sign_in(visitor, APPROVER)
    with desk.context.transaction() as tx:
        change(tx, APPROVER)
    for visitor in visitors:
        assert visitor.get(f"/agents/approve/{case}/{DIGEST}").status_code == 303
        assert visitor.get("/agents/sign-in").status_code == 200
    assert len({each.event.session for each in desk.said(SessionEnded)}) == 2  # type: ignore[attr-defined]
    with desk.context.transaction() as tx:
        change(tx, APPROVER)
    assert len(desk.said(SessionEnded)) == 4


def test_an_approver_approves_exactly_one_plan_after_another_look_at_the_password(desk: Desk, case: str) -> None:
    agent = desk.hire(APPROVER)
    visitor = desk.visitor()
    before = cookies(desk.sign_in(visitor, APPROVER))["habeas_session /agents"]
    page = visitor.get(f"/agents/approve/{case}/{DIGEST}").get_data(as_text=True)
    assert DIGEST[:12] in page
    assert DIGEST not in re.sub(r'action="[^"]*"|href="[^"]*"', "", page)
    assert f'href="/plan/{case}"' in page
    answer = approve(visitor, case)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/plan/{case}")
    given = desk.said(ApprovalGiven, case)
    assert {each.recipient for each in given} == {"fulfilment", "intake"}
    event = given[0].event
    assert isinstance(event, ApprovalGiven)
    assert (event.digest, event.agent) == (DIGEST, agent)
    signed, directory = Signed.from_object(event.approval), desk.context.keys.directory()
    approval = check_approval(signed, directory, case=case, plan=DIGEST, now=desk.clock.now())
    assert (approval.agent, approval.role) == (_accounts(desk)[0].person, "approver")
    after = cookies(answer)["habeas_session /agents"]
    assert after != before
    with desk.context.reading() as tx:
        assert find_session(tx, before, _browser(desk, visitor)) is None
        assert find_session(tx, after, _browser(desk, visitor)) is not None


def test_an_approval_needs_the_right_password(desk: Desk, case: str) -> None:
    desk.hire(APPROVER)
    visitor = desk.visitor()
    desk.sign_in(visitor, APPROVER)
    assert [approve(visitor, case, password="wrong").status_code for _ in range(6)] == [422] * 5 + [429]
    assert approve(visitor, case).status_code == 429
    assert desk.said(ApprovalGiven) == []


def test_a_person_approves_a_plan_once_by_however_many_accounts(desk: Desk, case: str) -> None:
    """Case 29."""
    desk.hire(APPROVER, person="the same human being")
    desk.hire("second@example.com", "approver", person="the same human being")
    desk.hire("third@example.com", "approver")
    codes = []
    for email in (APPROVER, APPROVER, "second@example.com", "third@example.com"):
        visitor = desk.visitor()
        desk.sign_in(visitor, email)
        codes.append(approve_blindly(visitor, case))
    assert codes == [303, 409, 409, 303]
    assert len(desk.said(ApprovalGiven)) == 4
    visitor = desk.visitor()
    desk.sign_in(visitor, "second@example.com")
    assert "already" in visitor.get(f"/agents/approve/{case}/{DIGEST}").get_data(as_text=True)
    assert approve(visitor, case, digest="cd" * 32).status_code == 303


def approve_blindly(visitor: Visitor, case: str) -> int:
    """Send the form of another plan's page to this plan, as a page that lay open does."""
    other = f"/agents/approve/{case}/{'ef' * 32}"
    answer = visitor.post(f"/agents/approve/{case}/{DIGEST}", {"password": PASSWORD}, page=other)
    return int(answer.status_code)


@pytest.mark.parametrize("role", ["agent", "officer", "auditor", "administrator"])
def test_nobody_but_an_approver_may_approve(page_desk: Desk, case: str, role: str) -> None:
    agent = page_desk.hire(AGENT, role)
    visitor = page_desk.visitor()
    page_desk.sign_in(visitor, AGENT)
    assert visitor.get(f"/agents/approve/{case}/{DIGEST}").status_code == 403
    sent = visitor.post(f"/agents/approve/{case}/{DIGEST}", {"password": PASSWORD}, page="/agents/sign-out")
    assert sent.status_code == 403
    with pytest.raises(Refused, match="only an approver"), page_desk.context.transaction() as tx:
        approve_plan(tx, agent, case, DIGEST, method="password")
    assert page_desk.said(ApprovalGiven) == []


@pytest.mark.parametrize("digest", ["ab", "AB" * 32, "zz" * 32, "ab" * 33])
def test_what_is_no_digest_is_no_page(page_desk: Desk, case: str, digest: str) -> None:
    page_desk.hire(APPROVER)
    visitor = page_desk.visitor()
    page_desk.sign_in(visitor, APPROVER)
    assert visitor.get(f"/agents/approve/{case}/{digest}").status_code == 404
    assert visitor.post(f"/agents/approve/{case}/{digest}", {}, page="/agents/sign-out").status_code == 404


def test_an_act_that_wants_a_grant_of_its_own_gets_one_for_a_password(page_desk: Desk) -> None:
    page_desk.hire(APPROVER)
    visitor = page_desk.visitor()
    page_desk.sign_in(visitor, APPROVER)
    where = "/agents/sign-in?for=fulfilment&next=/plan/1&act=retry"
    page = visitor.get(where)
    assert page.status_code == 200
    assert 'name="act" value="retry"' in page.get_data(as_text=True)
    fields = {"email": APPROVER, "password": PASSWORD, "for": "fulfilment", "next": "/plan/1", "act": "retry"}
    handed = cookies(visitor.post("/agents/sign-in", fields, page=where))
    assert "habeas_act_fulfilment /plan" in handed
    [browser] = {row[0] for row in page_desk.rows("SELECT browser FROM agent_session")}
    shown = {"service": "fulfilment", "purpose": "retry", "browser": browser, "now": page_desk.clock.now()}
    assert read(handed["habeas_act_fulfilment /plan"], page_desk.context.keys.directory(), **shown, once=True).once


def test_an_agent_is_there_once_and_what_is_wrong_is_said_all_at_once(desk: Desk) -> None:
    desk.hire(APPROVER)
    with pytest.raises(Refused, match="there already"):
        desk.hire(APPROVER.upper(), "agent")
    with pytest.raises(Faults) as wrong:
        desk.hire("no address", "king", "approver")
    assert {fault.where for fault in wrong.value.faults} == {"role", "email"}
    for table in ("agent", "quota_use", "ledger_leaf", "data_key"):
        assert "example.com" not in repr(desk.rows(f"SELECT * FROM {table}"))


def test_accounts_that_are_used_can_be_read_for_years(desk: Desk) -> None:
    desk.hire(APPROVER)
    for _ in range(8):
        desk.clock.advance(timedelta(days=365))
        desk.context.keys.rotate(desk.clock.now())
        desk.change("DELETE FROM outbox")
        desk.sign_in(desk.visitor(), APPROVER)
    kek = desk.rows("SELECT kek FROM data_key")[0][0]
    assert kek > f"skeleton-{desk.clock.now().year + 5}"
    assert [account.email for account in _accounts(desk)] == [APPROVER]
    desk.clock.advance(timedelta(days=91))
    forget(desk.context)
    assert desk.rows("SELECT * FROM agent_session") == []
