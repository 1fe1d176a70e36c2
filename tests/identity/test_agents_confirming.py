"""Acts that cannot be undone: each needs a fresh look, gives a grant for that one act, and a person counts once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from tests.identity.conftest import BROWSER, PASSWORD, Desk
from tests.identity.test_passkeys import Browser

from habeas.clock import random_id
from habeas.errors import Refused
from habeas.events import ApprovalGiven
from habeas.grants import read
from habeas_identity.agents import change_password
from habeas_identity.approvals import approve_plan
from habeas_identity.models import Vouch
from habeas_identity.sessions import FRESH, begin_session, find_session, is_fresh, step_up
from habeas_identity.used_grants import forget_used_grants, is_used, use_grant

ADA, TWIN = "ada@example.com", "ada.twin@example.com"
DIGEST = "ab" * 32


def session_of(desk: Desk, **how: Any) -> tuple[str, str]:
    """A session of Ada's and what its cookie holds."""
    agent = desk.hire(ADA)
    with desk.context.transaction() as tx:
        secret = begin_session(tx, agent, BROWSER, **how)
        found = find_session(tx, secret, BROWSER)
    assert found is not None
    return found.session, secret


def fresh(desk: Desk, secret: str) -> bool:
    with desk.context.reading() as tx:
        found = find_session(tx, secret, BROWSER)
    assert found is not None
    return is_fresh(found, desk.clock.now())


def test_a_session_is_fresh_for_a_quarter_of_an_hour(desk: Desk) -> None:
    """Case 22."""
    _, secret = session_of(desk, method="passkey")
    assert timedelta(minutes=15) == FRESH
    desk.clock.advance(timedelta(minutes=14, seconds=59))
    assert fresh(desk, secret)
    desk.clock.advance(timedelta(seconds=1))
    assert not fresh(desk, secret)


def test_a_session_is_as_fresh_as_the_provider_says_and_never_fresher(desk: Desk) -> None:
    _, secret = session_of(desk, method="openid", authenticated_at=desk.clock.now() - timedelta(minutes=20))
    assert not fresh(desk, secret)
    with desk.context.transaction() as tx:
        found = find_session(tx, secret, BROWSER)
        assert found is not None
        ahead = desk.clock.now() + timedelta(hours=2)
        secret = step_up(tx, found.session, method="openid", authenticated_at=ahead)
    desk.clock.advance(timedelta(minutes=15))
    assert not fresh(desk, secret)


def test_a_step_up_gives_a_new_cookie_and_the_old_one_opens_nothing(desk: Desk) -> None:
    session, before = session_of(desk, method="password")
    with desk.context.transaction() as tx:
        after = step_up(tx, session, method="passkey")
    with desk.context.reading() as tx:
        assert find_session(tx, before, BROWSER) is None
        found = find_session(tx, after, BROWSER)
    assert found is not None
    assert (found.session, found.method) == (session, "passkey")


def test_a_session_that_is_over_is_not_stepped_up(desk: Desk) -> None:
    session, _ = session_of(desk, method="password")
    with desk.context.transaction() as tx:
        change_password(tx, ADA, "x")
    with pytest.raises(Refused, match="over"), desk.context.transaction() as tx:
        step_up(tx, session, method="passkey")


def test_an_unknown_method_begins_no_session(desk: Desk) -> None:
    agent = desk.hire(ADA)
    with pytest.raises(ValueError, match="magic"), desk.context.transaction() as tx:
        begin_session(tx, agent, BROWSER, method="magic")


def test_the_grant_for_an_act_names_the_act_its_case_and_its_session(named_desk: Desk) -> None:
    case, browser = random_id(), Browser(named_desk)
    browser.enroll(ADA, "approver")
    browser.sign_in()
    page = f"/agents/approve/{case}/{DIGEST}"
    cookie = next(
        each
        for each in browser.confirm(f"approve:{DIGEST}", page).headers.getlist("Set-Cookie")
        if each.startswith("habeas_act_identity=")
    )
    text = cookie.partition("=")[2].partition(";")[0]
    [row] = named_desk.rows("SELECT id, browser FROM agent_session")
    shown = {"service": "identity", "browser": row.browser, "now": named_desk.clock.now(), "once": True}
    grant = read(text, named_desk.context.keys.directory(), purpose=f"approve:{DIGEST}", case=case, **shown)
    assert (grant.session, grant.once, grant.case) == (row.id, True, case)
    assert grant.expires - grant.issued <= timedelta(minutes=5)
    for purpose, of in (("approve", case), (f"approve:{'cd' * 32}", case), (f"approve:{DIGEST}", random_id())):
        with pytest.raises(Refused):
            read(text, named_desk.context.keys.directory(), purpose=purpose, case=of, **shown)


def test_a_grant_for_an_act_is_used_up_by_one_of_many_at_once(desk: Desk, counts: Any) -> None:
    """Case 55: whoever comes second, also at the same moment, is refused."""

    def use(_number: int) -> bool:
        try:
            with desk.context.transaction() as tx:
                use_grant(tx, "g1")
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(use, range(counts(8, 50)))) == 1
    desk.clock.advance(timedelta(days=1, seconds=1))
    with desk.context.transaction() as tx:
        forget_used_grants(tx)
        assert not is_used(tx, "g1")


def test_two_accounts_of_one_person_approve_once_by_whatever_way(named_desk: Desk) -> None:
    """Case 29: what counts is the human being, be it a password here and a passkey there."""
    case, browser = random_id(), Browser(named_desk)
    named_desk.hire(TWIN, "approver", person="the same human being")
    visitor = named_desk.visitor()
    named_desk.sign_in(visitor, TWIN)
    page = f"/agents/approve/{case}/{DIGEST}"
    assert visitor.post(page, {"password": PASSWORD}).status_code == 303
    agent = named_desk.hire(ADA, "approver", person="the same human being")
    assert agent
    named_desk.sign_in(browser.visitor, ADA)
    options = browser.ask("/agents/passkeys/new", "/agents/passkeys")
    browser.answer("/agents/passkeys/new", "/agents/passkeys", browser.device.create(options))
    assert "already" in browser.visitor.get(page).get_data(as_text=True)
    browser.confirm(f"approve:{DIGEST}", "/agents/sign-out")
    other = f"/agents/approve/{case}/{'cd' * 32}"
    browser.confirm(f"approve:{DIGEST}", page)
    assert browser.visitor.post(f"{page}/confirmed", {}, page=other).status_code == 409
    assert len(named_desk.said(ApprovalGiven, case)) == 2, "one approval, told to two"


def test_whoever_vouched_for_a_person_approves_no_plan_of_theirs(desk: Desk) -> None:
    """Case 29: nobody approves what rests on their own word, by whichever account."""
    case = desk.found()
    desk.hire(TWIN, "agent", person="the same human being")
    agent, other = desk.hire(ADA, person="the same human being"), desk.hire("bo@example.com")
    with desk.context.transaction() as tx:
        tx.session.add(Vouch(id=random_id(), case=case, person="the same human being", reason=b"", said_at=tx.now))
    with pytest.raises(Refused, match="vouched"), desk.context.transaction() as tx:
        approve_plan(tx, agent, case, DIGEST, method="passkey")
    with desk.context.transaction() as tx:
        assert approve_plan(tx, other, case, DIGEST, method="passkey")
    assert len(desk.said(ApprovalGiven, case)) == 2


def test_a_stolen_act_cookie_is_worth_nothing_in_another_browser(named_desk: Desk) -> None:
    case, browser = random_id(), Browser(named_desk)
    browser.enroll(ADA, "approver")
    browser.sign_in()
    page = f"/agents/approve/{case}/{DIGEST}"
    browser.confirm(f"approve:{DIGEST}", page)
    stolen = browser.visitor.client.get_cookie("habeas_act_identity", domain="localhost", path="/agents")
    assert stolen is not None
    thief = Browser(named_desk, "T" * 43)
    thief.enroll(TWIN, "approver")
    thief.sign_in()
    thief.visitor.hold("habeas_act_identity", stolen.value, "/agents")
    led = thief.visitor.post(f"{page}/confirmed", {}, page=page)
    assert "/agents/sign-in?" in led.headers["Location"]
    assert named_desk.said(ApprovalGiven) == []


def test_an_act_confirmed_is_good_for_five_minutes(named_desk: Desk) -> None:
    case, browser = random_id(), Browser(named_desk)
    browser.enroll(ADA, "approver")
    browser.sign_in()
    page = f"/agents/approve/{case}/{DIGEST}"
    browser.confirm(f"approve:{DIGEST}", page)
    named_desk.clock.advance(timedelta(minutes=5))
    browser.visitor.get("/agents/sign-in?for=identity&next=/agents/sign-out")
    led = browser.visitor.post(f"{page}/confirmed", {}, page=page)
    assert led.headers["Location"] == f"/agents/sign-in?for=identity&next={page}&act=approve:{DIGEST}"
    assert named_desk.said(ApprovalGiven) == []
