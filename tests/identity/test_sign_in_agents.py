"""Agents sign in at a provider, and confirm acts there; what comes back counts once, in the browser that left."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.identity.conftest import PASSWORD, Desk
from tests.identity.signing_in import (
    ADA,
    bring,
    leave_as_agent,
    link,
    provide,
    query_of,
    real_clock,
)

from habeas.clock import FixedClock, random_id
from habeas.errors import Faults, Refused
from habeas.testing.servers.openid import OpenIdProvider
from habeas.testing.servers.server import free_port
from habeas.web.access import act_on
from habeas_identity.approvals import approve_plan
from habeas_identity.timers import forget

pytestmark = pytest.mark.servers
BEN = "ben@example.com"
DIGEST = "d" * 64


@pytest.fixture
def clock() -> FixedClock:
    return real_clock()


@pytest.fixture
def office(desk: Desk, openid: OpenIdProvider, tmp_path: Path) -> Desk:
    """A desk on each database; Ada is linked to `ada` at the provider."""
    return _office(desk, openid, tmp_path)


@pytest.fixture
def small_office(page_desk: Desk, openid: OpenIdProvider, tmp_path: Path) -> Desk:
    """The same on SQLite, for what does not depend on the database."""
    return _office(page_desk, openid, tmp_path)


def _office(desk: Desk, openid: OpenIdProvider, folder: Path) -> Desk:
    provide(desk, folder, openid.url)
    desk.hire(ADA, "agent", "approver")
    link(desk, ADA, openid.url, "ada")
    return desk


def sessions(desk: Desk) -> list[Any]:
    return desk.rows("SELECT method, ended_at FROM agent_session ORDER BY began_at, id")


def cookies(answer: Any) -> set[str]:
    return {each.partition("=")[0] for each in answer.headers.getlist("Set-Cookie")}


def test_whoever_is_linked_is_let_in(office: Desk, openid: OpenIdProvider) -> None:
    visitor = office.visitor()
    back = openid.sign_in(leave_as_agent(visitor), "ada", acr="mfa", ago=120)
    answer = bring(visitor, (back))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/agents/sign-out")
    assert {"habeas_session", "habeas_grant_identity"} <= cookies(answer)
    [(method, ended)] = sessions(office)
    assert (method, ended) == ("openid", None)
    assert "Sign out" in visitor.get("/agents/sign-out").get_data(as_text=True)
    for table in ("agent", "agent_session", "begun_sign_in", "outbox", "ledger_leaf"):
        rows = repr(office.rows(f"SELECT * FROM {table}"))
        assert "'ada'" not in rows
        assert query_of(back)["state"] not in rows


def test_the_page_offers_the_provider_first_and_the_password_last(small_office: Desk) -> None:
    answer = small_office.visitor().get("/agents/sign-in")
    page = answer.get_data(as_text=True)
    assert (
        page.index("Sign in with Company login") < page.index("If nothing else works") < page.index('name="password"')
    )
    assert "<details" in page
    assert "form-action 'self' http://127.0.0.1:" in answer.headers["Content-Security-Policy"]


def test_a_provider_that_is_down_leaves_the_password(small_office: Desk, tmp_path: Path) -> None:
    provide(small_office, tmp_path, f"http://127.0.0.1:{free_port()}")
    object.__setattr__(small_office.context.settings, "providers", (tmp_path / "providers.yaml").rename(tmp_path / "x"))
    visitor = small_office.visitor()
    page = visitor.get("/agents/sign-in").get_data(as_text=True)
    assert "Company login does not answer just now" in page
    assert 'name="password"' in page
    answer = visitor.post("/agents/sign-in/company-login", {}, page="/agents/sign-in")
    assert answer.status_code == 503


@pytest.mark.parametrize("account", ["ben", "another"])
def test_nobody_is_let_in_by_an_address_alone(small_office: Desk, openid: OpenIdProvider, account: str) -> None:
    """`ben` has the verified address of an account here that nobody has linked; that links nothing."""
    small_office.hire(BEN)
    visitor = small_office.visitor()
    answer = bring(visitor, (openid.sign_in(leave_as_agent(visitor), account, acr="mfa")))
    assert answer.status_code == 422
    assert "Nobody here is linked to that account" in answer.get_data(as_text=True)
    assert sessions(small_office) == []


def test_a_closed_account_is_let_in_by_nothing(small_office: Desk, openid: OpenIdProvider) -> None:
    visitor = small_office.visitor()
    back = openid.sign_in(leave_as_agent(visitor), "ada", acr="mfa")
    small_office.change("UPDATE agent SET disabled_at = '2026-01-01 00:00:00.000000'")
    assert bring(visitor, (back)).status_code == 422
    assert sessions(small_office) == []


@pytest.mark.parametrize("acr", ["", "substantial"])
def test_a_sign_in_without_the_second_factor_begins_nothing(
    small_office: Desk, openid: OpenIdProvider, acr: str
) -> None:
    visitor = small_office.visitor()
    answer = bring(visitor, (openid.sign_in(leave_as_agent(visitor), "ada", acr=acr)))
    assert answer.status_code == 422
    assert "weaker or older" in answer.get_data(as_text=True)
    assert sessions(small_office) == []


def test_whoever_refuses_there_is_not_let_in(small_office: Desk, openid: OpenIdProvider) -> None:
    visitor = small_office.visitor()
    back = openid.refuse(leave_as_agent(visitor))
    assert query_of(back)["error"] == "access_denied"
    assert bring(visitor, (back)).status_code == 422
    assert small_office.rows("SELECT count(*) FROM begun_sign_in WHERE used_at IS NULL") == [(0,)]


class TestState:
    def test_a_state_is_used_once(self, office: Desk, openid: OpenIdProvider) -> None:
        visitor = office.visitor()
        back = openid.sign_in(leave_as_agent(visitor), "ada", acr="mfa")
        assert bring(visitor, back).status_code == 303
        assert bring(visitor, back).status_code == 422
        assert len(sessions(office)) == 1

    def test_of_many_at_once_one_succeeds(self, office: Desk, openid: OpenIdProvider) -> None:
        visitor = office.visitor()
        back = openid.sign_in(leave_as_agent(visitor), "ada", acr="mfa")
        cookie = visitor.client.get_cookie("habeas_browser", domain="127.0.0.1")
        assert cookie is not None
        answers: list[int] = []
        same = [office.visitor(cookie.value) for _ in range(8)]
        threads = [
            threading.Thread(target=lambda each=each: answers.append(bring(each, back).status_code)) for each in same
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [303] + [422] * 7

    @pytest.mark.parametrize("state", ["", "s" * 43, "%00", "'; --"])
    def test_a_state_that_nobody_gave_out_is_refused(
        self, small_office: Desk, openid: OpenIdProvider, state: str
    ) -> None:
        """V10.2.1: what a browser brings counts only with a state of its own."""
        visitor = small_office.visitor()
        code = query_of(openid.sign_in(leave_as_agent(visitor), "ada", acr="mfa"))["code"]
        assert bring(visitor, f"/agents/back?code={code}&state={state}").status_code == 422
        assert bring(visitor, f"/agents/back?code={code}").status_code == 422
        assert sessions(small_office) == []

    def test_another_browser_cannot_bring_it(self, office: Desk, openid: OpenIdProvider) -> None:
        """V10.2.1: somebody who is sent another's answer is not signed in as that other, nor the other way round."""
        attacker, victim = office.visitor(), office.visitor()
        back = openid.sign_in(leave_as_agent(attacker), "ada", acr="mfa")
        leave_as_agent(victim)
        for browser in (victim, office.visitor()):
            answer = bring(browser, back)
            assert answer.status_code == 422
            assert "habeas_session" not in cookies(answer)
        assert sessions(office) == []
        assert bring(attacker, back).status_code == 303  # a stranger's try does not spoil it

    def test_it_is_good_for_ten_minutes(self, small_office: Desk, openid: OpenIdProvider) -> None:
        visitor = small_office.visitor()
        back = openid.sign_in(leave_as_agent(visitor), "ada", acr="mfa")
        small_office.clock.advance(timedelta(minutes=10))
        assert bring(visitor, (back)).status_code == 422
        small_office.clock.advance(timedelta(seconds=1))
        forget(small_office.context)
        assert small_office.rows("SELECT * FROM begun_sign_in") == []

    def test_the_door_of_persons_does_not_take_it(self, small_office: Desk, openid: OpenIdProvider) -> None:
        visitor = small_office.visitor()
        back = openid.sign_in(leave_as_agent(visitor), "ada", acr="mfa")
        assert bring(visitor, (back).replace("/agents/back", "/prove/back")).status_code == 422
        assert bring(visitor, (back)).status_code == 303

    def test_looking_ahead_uses_nothing_up(self, small_office: Desk, openid: OpenIdProvider) -> None:
        visitor = small_office.visitor()
        back = openid.sign_in(leave_as_agent(visitor), "ada", acr="mfa")
        assert bring(visitor, back, "HEAD").status_code == 422
        assert bring(visitor, back).status_code == 303

    def test_a_browser_is_sent_twenty_times_an_hour(self, small_office: Desk) -> None:
        visitor = small_office.visitor()
        for _ in range(20):
            leave_as_agent(visitor)
        wanted = {"for": "identity", "next": "/agents/sign-out", "act": ""}
        assert visitor.post("/agents/sign-in/company-login", wanted, page="/agents/sign-in").status_code == 429


class TestStepUp:
    def test_an_act_is_confirmed_by_signing_in_again(self, office: Desk, openid: OpenIdProvider) -> None:
        """The provider has to ask again, also whoever it knows; then the grant is for that plan, once."""
        case, visitor = random_id(), office.visitor()
        page = f"/agents/approve/{case}/{DIGEST}"
        with httpx.Client(trust_env=False) as browser:
            bring(visitor, (openid.sign_in(leave_as_agent(visitor), "ada", acr="mfa", browser=browser)))
            office.clock.advance(timedelta(seconds=30))
            asked = leave_as_agent(visitor, act_on("approve", DIGEST), page)
            assert query_of(asked)["prompt"] == "login"
            answer = bring(visitor, (openid.sign_in(asked, "ada", acr="mfa", browser=browser)))
        assert (answer.status_code, answer.headers["Location"]) == (303, page)
        assert len(sessions(office)) == 1
        done = visitor.post(f"{page}/confirmed", {}, page=page)
        assert (done.status_code, done.headers["Location"]) == (303, f"/plan/{case}")
        again = visitor.post(f"{page}/confirmed", {}, page="/agents/sign-out")
        assert again.status_code == 409
        assert office.rows("SELECT count(*) FROM approval") == [(1,)]

    def test_a_look_that_is_too_old_confirms_nothing(self, office: Desk, openid: OpenIdProvider) -> None:
        """V6.8.4, case 22: a provider that asks nobody again is not believed, however right its signature."""
        visitor = office.visitor()
        bring(visitor, (openid.sign_in(leave_as_agent(visitor), "ada", acr="mfa", ago=60)))
        page = f"/agents/approve/{random_id()}/{DIGEST}"
        for ago, status in ((16 * 60, 422), (5, 303)):
            asked = leave_as_agent(visitor, act_on("approve", DIGEST), page)
            lax = asked.replace("prompt=login&", "").replace("max_age=0", "max_age=86400")
            answer = bring(visitor, (openid.sign_in(lax, "ada", acr="mfa", ago=ago)))
            assert answer.status_code == status
            assert ("habeas_act_identity" in cookies(answer)) == (status == 303)

    def test_a_password_confirms_nothing_for_whoever_has_a_provider(self, small_office: Desk) -> None:
        visitor = small_office.visitor()
        small_office.sign_in(visitor, ADA)
        page = f"/agents/approve/{random_id()}/{DIGEST}"
        shown = visitor.get(page).get_data(as_text=True)
        assert "Confirm with Company login" in shown
        assert 'name="password"' not in shown
        answer = visitor.post(page, {"password": PASSWORD}, page="/agents/sign-out")
        assert answer.status_code == 422
        assert small_office.rows("SELECT * FROM approval") == []


class TestLinks:
    def test_one_person_has_one_account(self, office: Desk, openid: OpenIdProvider) -> None:
        office.hire(BEN)
        with pytest.raises(Refused, match="another account"):
            link(office, BEN, openid.url, "ada")
        with pytest.raises(Refused, match="linked to somebody already"):
            link(office, ADA, openid.url, "ben")
        link(office, ADA, openid.url, "ada")
        link(office, BEN, openid.url, "ADA")  # another person: a `sub` is compared exactly

    def test_a_new_account_of_the_same_person_approves_no_second_time(
        self, office: Desk, openid: OpenIdProvider
    ) -> None:
        """Case 29: the person is who the provider says, whatever the account is called."""
        case, ben = random_id(), office.hire(BEN)
        [(ada, person)] = office.rows("SELECT id, person FROM agent WHERE issuer IS NOT NULL")
        with office.context.transaction() as tx:
            assert approve_plan(tx, ben, case, "e" * 64, method="password")
            assert approve_plan(tx, ada, case, DIGEST, method="openid")
        office.change(f"UPDATE agent SET disabled_at = '2026-01-01 00:00:00.000000' WHERE id = '{ada}'")
        link(office, BEN, openid.url, "ada")
        assert office.rows("SELECT DISTINCT person FROM agent") == [(person,)]
        assert office.rows("SELECT DISTINCT person FROM approval") == [(person,)]
        with office.context.transaction() as tx:
            assert not approve_plan(tx, ben, case, DIGEST, method="openid")
            assert not approve_plan(tx, ben, case, "e" * 64, method="openid")

    @pytest.mark.parametrize(
        ("issuer", "subject", "where"),
        [
            ("https://evil.example", "ada", "issuer"),
            ("", "ada", "issuer"),
            ("own", "", "subject"),
            ("own", "x\n", "subject"),
        ],
    )
    def test_a_link_to_nobody_is_refused(
        self, small_office: Desk, openid: OpenIdProvider, issuer: str, subject: str, where: str
    ) -> None:
        small_office.hire(BEN)
        with pytest.raises(Faults) as wrong:
            link(small_office, BEN, openid.url if issuer == "own" else issuer, subject)
        assert [fault.where for fault in wrong.value.faults] == [where]
