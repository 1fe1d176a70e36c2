"""Each guard of agents is needed: with it an attack fails, and with only it taken out the same attack succeeds."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.identity.authenticator import PRESENT
from tests.identity.conftest import PASSWORD, Desk
from tests.identity.guards import Guard, succeeds, take_out
from tests.identity.test_passkeys import SIGN_IN, Browser, code_for, hire_without_password

from habeas.clock import FixedClock, random_id
from habeas.events import ApprovalGiven
from habeas.service import Context
from habeas.testing.house import make_context
from habeas_identity import (
    account_pages,
    agents,
    ceremonies,
    enrollments,
    passkey_pages,
    passkeys,
    sessions,
    used_grants,
)
from habeas_identity.agents import close_account, disable_agent
from habeas_identity.passwords import hash_password
from habeas_identity.service import SERVICE
from habeas_identity.sessions import FRESH

ADA, BO = "ada@example.com", "bo@example.com"
DIGEST, OTHER = "ab" * 32, "cd" * 32
NAMES = {"portal_url": "http://localhost:8080", "download_url": "http://localhost:8081"}
SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"


def ada(desk: Desk, cookie: str = "") -> Browser:
    browser = Browser(desk, cookie)
    assert browser.enroll(ADA, "approver", "administrator").status_code == 303
    return browser


def bo(desk: Desk) -> Browser:
    browser = Browser(desk)
    assert browser.enroll(BO, "approver").status_code == 303
    return browser


def answered(browser: Browser, answer: str, page: str = "/agents/enroll", **changes: str) -> bool:
    return bool(browser.answer(SIGN_IN, page, answer, **changes).status_code == 303)


def an_unverified_user(desk: Desk) -> bool:
    return bool(ada(desk).sign_in(flags=PRESENT).status_code == 303)


def a_new_key_of_an_unverified_user(desk: Desk) -> bool:
    return bool(Browser(desk).enroll(ADA, "agent", flags=PRESENT).status_code == 303)


def another_origin(desk: Desk) -> bool:
    return bool(ada(desk).sign_in(origin="http://evil.example").status_code == 303)


def a_replay(desk: Desk) -> bool:
    browser = ada(desk)
    answer = browser.device.get(browser.challenge(), rises=0)  # a device that counts nothing: its count says nothing
    return answered(browser, answer) and answered(browser, answer)


def in_another_browser(desk: Desk) -> bool:
    browser, thief = ada(desk), Browser(desk, "T" * 43)
    answer = browser.device.get(browser.challenge())
    thief.kept = browser.kept
    return answered(thief, answer)


def after_five_minutes(desk: Desk) -> bool:
    browser = ada(desk)
    answer = browser.device.get(browser.challenge())
    desk.clock.advance(timedelta(minutes=5))
    return answered(browser, answer)


def a_challenge_for_another_act(desk: Desk) -> bool:
    browser = ada(desk)
    browser.sign_in()
    answer = browser.device.get(browser.challenge(f"approve:{DIGEST}"))
    return answered(browser, answer, "/agents/sign-out", act=f"approve:{OTHER}")


def somebody_elses_passkey(desk: Desk) -> bool:
    mine, theirs = ada(desk), bo(desk)
    mine.sign_in()
    answer = theirs.device.get(mine.challenge(f"approve:{DIGEST}"))
    return answered(mine, answer, "/agents/sign-out")


def another_owner(desk: Desk) -> bool:
    return bool(ada(desk).sign_in(owner=b"somebody else").status_code == 303)


def a_copy_of_the_device(desk: Desk) -> bool:
    browser = ada(desk)
    browser.device.count = 7
    assert browser.sign_in().status_code == 303
    browser.visitor.post("/agents/sign-out", {})
    return bool(browser.sign_in(rises=-3).status_code == 303)


def a_closed_account(desk: Desk) -> bool:
    browser = ada(desk)
    with desk.context.transaction() as tx:
        disable_agent(tx, ADA)
    return bool(desk.rows("SELECT id FROM passkey")) and _is_taken(desk, browser)


def _is_taken(desk: Desk, browser: Browser) -> bool:
    """Whether the device's answer is taken, before a session could refuse it."""
    options = browser.challenge()
    with desk.context.transaction() as tx:
        told = ceremonies.Answer(browser.kept["ceremony"], _browser_of(desk), browser.device.get(options))
        return passkeys.use_passkey(tx, ceremonies.Purpose.SIGN_IN, told) is not None


def _browser_of(desk: Desk) -> str:
    return str(desk.rows("SELECT browser FROM passkey_challenge ORDER BY id DESC")[0][0])


def the_last_way_in(desk: Desk) -> bool:
    browser = ada(desk)
    browser.sign_in()
    own = desk.rows("SELECT id FROM passkey")[0][0]
    browser.visitor.post("/agents/passkeys/remove", {"passkey": own}, page="/agents/passkeys")
    return not desk.rows("SELECT id FROM passkey")


def a_passkey_after_a_stale_look(desk: Desk) -> bool:
    browser = _stale(desk)
    second = browser.ask("/agents/passkeys/new", "/agents/passkeys")
    return bool(second)


def an_account_after_a_stale_look(desk: Desk) -> bool:
    browser = _stale(desk)
    new = {"name": "Eve", "email": "eve@example.com", "role": ["approver"], "person": ""}
    browser.visitor.post("/agents/accounts/new", new)
    return len(desk.rows("SELECT id FROM agent")) == 2


def _stale(desk: Desk) -> Browser:
    browser = ada(desk)
    browser.sign_in()
    desk.clock.advance(FRESH)
    browser.visitor.get("/agents/sign-in?for=identity&next=/agents/passkeys")
    return browser


def ones_own_account(desk: Desk) -> bool:
    browser = ada(desk)
    browser.sign_in()
    own = desk.rows("SELECT id FROM agent")[0][0]
    browser.visitor.post("/agents/accounts/close", {"account": own}, page="/agents/accounts/new")
    return desk.rows("SELECT disabled_at FROM agent")[0][0] is not None


def a_code_around_a_passkey(desk: Desk) -> bool:
    ada(desk)
    return bool(code_for(desk, str(desk.rows("SELECT id FROM agent")[0][0])))


def a_code_for_a_closed_account(desk: Desk) -> bool:
    agent = hire_without_password(desk, ADA, "agent")
    with desk.context.transaction() as tx:
        close_account(tx, agent)
    return bool(code_for(desk, agent))


def code(desk: Desk, *, twice: bool = False, minutes: int = 0, wrong: bool = False) -> bool:
    agent = hire_without_password(desk, ADA, "agent")
    typed = "AAAA-AAAA" if wrong and code_for(desk, agent) else code_for(desk, agent)
    desk.clock.advance(timedelta(minutes=minutes))
    with desk.context.transaction() as tx:
        first = enrollments.try_enrollment(tx, ADA, typed, "127.0.0.1")[1]
        return first is not None and (
            not twice or enrollments.try_enrollment(tx, ADA, typed, "127.0.0.1")[1] is not None
        )


def a_password_where_there_is_a_passkey(desk: Desk) -> bool:
    browser = _with_both(desk)
    browser.visitor.post(f"/agents/approve/{random_id()}/{DIGEST}", {"password": PASSWORD})
    return bool(desk.said(ApprovalGiven))


def a_session_by_password_where_there_is_a_passkey(desk: Desk) -> bool:
    browser = _with_both(desk)
    return bool(browser.ask("/agents/passkeys/new", "/agents/passkeys"))


def _with_both(desk: Desk) -> Browser:
    browser = ada(desk)
    kept = desk.passwords.setdefault(PASSWORD, hash_password(PASSWORD))
    desk.change(f"UPDATE agent SET password = '{kept}'")
    desk.sign_in(browser.visitor, ADA)
    return browser


def a_grant_twice(desk: Desk) -> bool:
    browser, case = ada(desk), random_id()
    browser.sign_in()
    page = f"/agents/approve/{case}/{DIGEST}"
    browser.confirm(f"approve:{DIGEST}", page)
    shown = browser.visitor.get(page)
    assert shown.status_code == 200
    first = browser.visitor.post(f"{page}/confirmed", {}, page=page)
    assert first.status_code == 303
    desk.change("DELETE FROM approval")  # whatever else would stop it
    again = browser.visitor.post(f"{page}/confirmed", {}, page=f"/agents/approve/{case}/{OTHER}")
    return bool(again.status_code == 303 and again.headers["Location"] == f"/plan/{case}")


ASKED = ceremonies.take_challenge
BETTER = " or has_better(tx, agent)"
STALE = "not is_fresh(signed_in, present_context().clock.now())"
GUARDS = [
    Guard(passkeys.count_in, "require_user_verification=True", "require_user_verification=False", an_unverified_user),
    Guard(
        passkeys.created_by,
        "require_user_verification=True",
        "require_user_verification=False",
        a_new_key_of_an_unverified_user,
    ),
    Guard(passkeys.count_in, "party.origin", "[party.origin, 'http://evil.example']", another_origin),
    Guard(passkeys.count_in, "=passkey.uses", "=0", a_copy_of_the_device),
    Guard(ASKED, "            PasskeyChallenge.used_at.is_(None),\n", "", a_replay),
    Guard(ASKED, "            PasskeyChallenge.browser == answer.browser,\n", "", in_another_browser),
    Guard(ASKED, "            PasskeyChallenge.expires_at > tx.now,\n", "", after_five_minutes),
    Guard(ASKED, "            PasskeyChallenge.act == act,\n", "", a_challenge_for_another_act),
    Guard(passkeys.use_passkey, " or (agent is not None and found.agent != agent)", "", somebody_elses_passkey),
    Guard(passkeys._find, " or (handle is not None and handle != found.agent.encode())", "", another_owner),
    Guard(
        passkeys.use_passkey,
        "tx.session.get_one(Agent, found.agent).disabled_at is not None",
        "False",
        a_closed_account,
    ),
    Guard(passkeys.remove_passkey, "len(own) == 1", "False", the_last_way_in),
    Guard(passkey_pages.make_passkey, STALE, "False", a_passkey_after_a_stale_look),
    Guard(account_pages.add, "not _is_fresh(signed_in)", "False", an_account_after_a_stale_look),
    Guard(account_pages.close, "account == signed_in.agent", "False", ones_own_account),
    Guard(enrollments.enroll, "account.ways_in", "False", a_code_around_a_passkey),
    Guard(enrollments.enroll, " or account.disabled", "", a_code_for_a_closed_account),
    Guard(
        enrollments.try_enrollment,
        "            Enrollment.used_at.is_(None),\n",
        "",
        lambda desk: code(desk, twice=True),
    ),
    Guard(
        enrollments.try_enrollment,
        "            Enrollment.expires_at > tx.now,\n",
        "",
        lambda desk: code(desk, minutes=30),
    ),
    Guard(
        enrollments.try_enrollment,
        "            Enrollment.mark == _mark(tx, agent, code),\n",
        "",
        lambda desk: code(desk, wrong=True),
    ),
    Guard(agents.admit_step_up, BETTER, "", a_password_where_there_is_a_passkey),
    Guard(
        sessions._fresh_until,
        "session.method == Method.PASSWORD and has_better(tx, session.agent)",
        "False",
        a_session_by_password_where_there_is_a_passkey,
    ),
    Guard(used_grants.use_grant, "done.first() is None", "False", a_grant_twice),
]


@pytest.fixture
def make_desk(clock: FixedClock, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Desk]:
    """Makes an identity with nothing in it, at an address with a name."""

    def make() -> Desk:
        context: Context = make_context(
            SERVICE, tmp_path_factory.mktemp("identity"), clock=clock, profiles=str(SAMPLE), **NAMES
        )
        return Desk(context, clock)

    return make


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: f"{guard.function.__name__}: {guard.piece.strip()[:50]}")
def test_an_attack_on_agents_fails_by_its_guard_and_by_nothing_else(
    make_desk: Callable[[], Desk], guard: Guard, monkeypatch: pytest.MonkeyPatch
) -> None:
    safe: Any = make_desk()
    assert not succeeds(safe, attack_of(guard))
    take_out(guard, monkeypatch)
    assert succeeds(make_desk(), attack_of(guard))


def attack_of(guard: Guard) -> Callable[[Desk], bool]:
    """The attack; a page that shows no challenge, or leads to where one confirms, has turned it away."""

    def attack(desk: Desk) -> bool:
        try:
            return guard.attack(desk)
        except AssertionError:
            return False

    return attack
