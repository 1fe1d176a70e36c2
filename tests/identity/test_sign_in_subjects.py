"""A person shows who they are by signing in elsewhere; it counts as the profile says, and only if it fits the claim."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.identity.conftest import STORED, Desk, token_free
from tests.identity.signing_in import (
    PERSONS,
    bring,
    entry,
    leave_as_person,
    provide,
    query_of,
    real_clock,
)

from habeas.clock import FixedClock, random_id
from habeas.errors import Faults
from habeas.events import ChallengeIssued, IdentityProved
from habeas.testing.servers.openid import OpenIdProvider
from habeas.testing.servers.server import free_port
from habeas.vocabulary import Assurance
from habeas.warrants import strip_salt
from habeas_identity.challenges import Purpose
from habeas_identity.providers import check_providers
from habeas_identity.sign_in_pages import list_sign_ins
from habeas_identity.sign_ins import entry_for, identifiers_of

pytestmark = pytest.mark.servers
COOKIE = "A" * 43
BROWSER = hashlib.sha256(COOKIE.encode()).hexdigest()


@pytest.fixture
def clock() -> FixedClock:
    return real_clock()


@pytest.fixture
def shop(desk: Desk, openid: OpenIdProvider, tmp_path: Path) -> Desk:
    """A desk on each database, whose people can sign in at the shop."""
    provide(desk, tmp_path, openid.url)
    return desk


@pytest.fixture
def small_shop(page_desk: Desk, openid: OpenIdProvider, tmp_path: Path) -> Desk:
    """The same on SQLite, for what does not depend on the database."""
    provide(page_desk, tmp_path, openid.url)
    return page_desk


def sign_in(desk: Desk, openid: OpenIdProvider, case: str, account: str = "anna", query: str = "", **how: Any) -> Any:
    """Sign in elsewhere in the browser that the case was opened in, and return what comes of it."""
    visitor = desk.visitor(COOKIE)
    return bring(visitor, (openid.sign_in(leave_as_person(visitor, case, query), account, **how)))


def test_signing_in_where_the_company_knows_you_proves_a_case_that_a_mailbox_cannot(
    shop: Desk, openid: OpenIdProvider
) -> None:
    case = shop.open(browser=BROWSER, rights=("access", "erasure"), email=STORED)
    answer = sign_in(shop, openid, case)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/prove/{case}")
    [told, *_] = shop.said(IdentityProved, case)
    assert (told.event.assurance, told.event.method) == ("A2", "sign_in")
    visitor = shop.visitor(COOKIE)
    assert visitor.get(f"/prove/{case}").headers["Location"] == f"/case/{case}"
    [proof] = shop.rows("SELECT purpose, method, assurance FROM given_proof")
    assert proof == ("prove", "sign_in", "A2")
    for table in ("given_proof", "begun_sign_in", "ledger_leaf", "outbox"):
        assert "canary" not in repr(shop.rows(f"SELECT * FROM {table}"))


def test_what_is_proved_is_what_the_provider_vouches_for(small_shop: Desk, openid: OpenIdProvider) -> None:
    case = small_shop.open(browser=BROWSER, email=STORED.upper())
    sign_in(small_shop, openid, case)
    [told] = [each for each in small_shop.said(IdentityProved, case) if each.recipient == "fulfilment"]
    values = strip_salt(told.sealed["identifiers"])
    assert values == {"email": [STORED], "customer_number": ["1017"]}


CLAIMS = {
    "another account": ({"email": STORED}, "another", {}),
    "an address that nobody verified": ({"email": STORED}, "unverified", {}),
    "a number that differs": ({"email": STORED, "customer_number": "9999"}, "anna", {}),
    "nothing in common": ({"phone": "+46701234567"}, "anna", {}),
    "a look-alike": ({"email": STORED.replace("example", "exarnple")}, "anna", {}),
    "signed in too long ago": ({"email": STORED}, "anna", {"ago": 16 * 60}),
    "refused there": ({"email": STORED}, "", {}),
}


@pytest.mark.parametrize("kind", CLAIMS)
def test_what_does_not_fit_is_told_in_the_same_words_as_an_unknown_case(
    small_shop: Desk, openid: OpenIdProvider, kind: str
) -> None:
    identifiers, account, how = CLAIMS[kind]
    cases, answers = [small_shop.open(browser=BROWSER, **identifiers), random_id()], []
    for case in cases:
        visitor = small_shop.visitor(COOKIE)
        asked = leave_as_person(visitor, case).replace("max_age=0", "max_age=86400").replace("prompt=login&", "")
        back = openid.sign_in(asked, account, **how) if account else openid.refuse(asked)
        answer = bring(visitor, (back))
        headers = {name: value.replace(case, "CASE") for name, value in answer.headers.items()}
        policy = headers.pop("Content-Security-Policy")
        answers.append(
            (answer.status, token_free(answer.get_data(as_text=True)).replace(case, "CASE"), headers, len(policy))
        )
    assert answers[0] == answers[1]
    assert answers[0][0].startswith("422")
    assert "That sign-in could not be used" in answers[0][1]
    assert small_shop.said(IdentityProved) == []
    assert small_shop.rows("SELECT * FROM given_proof") == []


def test_the_pages_that_lead_there_are_the_same_for_every_case(small_shop: Desk) -> None:
    known, pages = small_shop.found(browser=BROWSER), []
    for case in (known, small_shop.open(browser=BROWSER, email="stranger@example.org"), random_id()):
        page = small_shop.visitor(COOKIE).get(f"/prove/{case}/sign-in/{PERSONS}")
        assert page.status_code == 200
        pages.append(token_free(page.get_data(as_text=True)).replace(case, "CASE"))
    assert pages[0] == pages[1] == pages[2]
    assert "Sign in to your shop account" in pages[0]


def test_a_sign_in_counts_for_the_context_that_it_was_made_in(
    small_shop: Desk, openid: OpenIdProvider, tmp_path: Path
) -> None:
    entries = (entry(Assurance.A1), entry(Assurance.A3, acr=["substantial", "high"]))
    provide(small_shop, tmp_path, openid.url, *entries)
    profile = next(iter(small_shop.context.profiles.values()))
    assert [getattr(entry_for(profile, PERSONS, acr), "assurance", None) for acr in ("", "mfa", "high")] == [
        Assurance.A1,
        Assurance.A1,
        Assurance.A3,
    ]
    assert entry_for(profile, "another", "high") is None
    for account, acr, reached in (("anna", "", "A1"), ("anna", "substantial", "A3")):
        case = small_shop.open(browser=BROWSER, email=STORED)
        sign_in(small_shop, openid, case, account, acr=acr)
        [told, *_] = small_shop.said(IdentityProved, case)
        assert told.event.assurance == reached


def test_an_electronic_identity_that_is_asked_for_is_not_replaced_by_a_weaker_one(
    small_shop: Desk, openid: OpenIdProvider, tmp_path: Path
) -> None:
    provide(small_shop, tmp_path, openid.url, entry(Assurance.A3, acr=["substantial"]))
    case = small_shop.open(browser=BROWSER, email=STORED)
    visitor = small_shop.visitor(COOKIE)
    assert query_of(leave_as_person(visitor, case))["acr_values"] == "substantial"
    assert sign_in(small_shop, openid, case, acr="mfa").status_code == 422
    assert sign_in(small_shop, openid, case).status_code == 422
    assert small_shop.said(IdentityProved) == []
    assert sign_in(small_shop, openid, case, acr="substantial").status_code == 303


def test_an_answer_is_handed_out_by_a_sign_in_of_its_own(shop: Desk, openid: OpenIdProvider) -> None:
    """Case 22: what proved the case hands nothing out; a fresh sign-in for it does, once."""
    case = shop.open(browser=BROWSER, rights=("access",), email=STORED)
    sign_in(shop, openid, case)
    visitor, page = shop.visitor(COOKIE), f"/prove/{case}/release"
    assert visitor.post(page, {}, page=page).status_code == 422
    answer = sign_in(shop, openid, case, query="?for=release")
    assert answer.headers["Location"] == page
    released = visitor.post(page, {}, page=page)
    assert released.status_code == 200
    assert 'name="ticket"' in released.get_data(as_text=True)
    assert visitor.post(page, {}, page=page).status_code == 422
    sign_in(shop, openid, case, query="?for=release")
    shop.clock.advance(timedelta(minutes=15))
    assert visitor.post(page, {}, page=page).status_code == 422


@pytest.mark.parametrize("state", ["", "s" * 43])
def test_what_is_brought_without_a_state_of_this_browser_changes_nothing(
    small_shop: Desk, openid: OpenIdProvider, state: str
) -> None:
    """V10.2.1: neither without a state, nor with one that another browser was given."""
    case = small_shop.open(browser=BROWSER, email=STORED)
    visitor = small_shop.visitor(COOKIE)
    back = openid.sign_in(leave_as_person(visitor, case), "anna")
    code = query_of(back)["code"]
    before = {table: small_shop.rows(f"SELECT * FROM {table}") for table in ("begun_sign_in", "given_proof", "claim")}
    assert bring(visitor, f"/prove/back?code={code}&state={state}").status_code == 422
    assert bring(small_shop.visitor("B" * 43), (back)).status_code == 422
    assert bring(small_shop.visitor(), (back)).status_code == 422
    assert bring(visitor, back, "HEAD").status_code == 422
    assert {table: small_shop.rows(f"SELECT * FROM {table}") for table in before} == before
    assert bring(visitor, (back)).status_code == 303
    assert bring(visitor, (back)).status_code == 422
    assert len(small_shop.rows("SELECT * FROM given_proof")) == 1


def test_a_sign_in_for_one_case_proves_no_other(small_shop: Desk, openid: OpenIdProvider) -> None:
    one, other = (small_shop.open(browser=BROWSER, email=STORED) for _ in range(2))
    sign_in(small_shop, openid, one)
    assert len(small_shop.said(IdentityProved, one)) > 0
    assert small_shop.said(IdentityProved, other) == []


def test_after_a_weaker_sign_in_the_code_to_the_stored_mailbox_goes_out(
    small_shop: Desk, openid: OpenIdProvider, tmp_path: Path
) -> None:
    provide(small_shop, tmp_path, openid.url, entry(Assurance.A1))
    case = small_shop.found(browser=BROWSER, rights=("access", "erasure"))
    before = len(small_shop.said(ChallengeIssued, case))
    assert sign_in(small_shop, openid, case).status_code == 303
    assert len(small_shop.said(ChallengeIssued, case)) == before + 1
    assert small_shop.said(IdentityProved, case) == []


@pytest.mark.parametrize("path", ["/prove/{}/sign-in/company-login", "/prove/{}/sign-in/nobody"])
def test_a_provider_that_is_not_for_people_is_no_page(small_shop: Desk, path: str) -> None:
    case = small_shop.found(browser=BROWSER)
    assert small_shop.visitor(COOKIE).get(path.format(case)).status_code == 404


def test_a_provider_that_is_down_is_told_calmly(page_desk: Desk, tmp_path: Path) -> None:
    provide(page_desk, tmp_path, f"http://127.0.0.1:{free_port()}")
    answer = page_desk.visitor(COOKIE).get(f"/prove/{random_id()}/sign-in/{PERSONS}")
    assert answer.status_code == 503
    assert "does not work just now" in answer.get_data(as_text=True)


def test_only_providers_that_are_set_up_are_offered(small_shop: Desk, tmp_path: Path) -> None:
    profile = next(iter(small_shop.context.profiles.values()))
    policy = replace(profile.identity, sign_in=(entry(), entry(provider="bank-id")))
    case = random_id()
    with small_shop.app.test_request_context("/", base_url="http://127.0.0.1:8080", headers={"Accept-Language": "en"}):
        for purpose, query in ((Purpose.PROVE, ""), (Purpose.RELEASE, "?for=release")):
            offered = list_sign_ins([replace(profile, identity=policy)], case, purpose)
            assert offered == [("Sign in to your shop account", f"/prove/{case}/sign-in/{PERSONS}{query}")]


def test_a_profile_that_sends_people_to_the_agents_provider_does_not_start(
    small_shop: Desk, openid: OpenIdProvider, tmp_path: Path
) -> None:
    check_providers(small_shop.context)
    provide(small_shop, tmp_path, openid.url, entry(provider="company-login"))
    with pytest.raises(Faults, match="which is for agents"):
        check_providers(small_shop.context)


@pytest.mark.parametrize(
    ("claims", "told"),
    [
        ({"email": "a@example.com", "email_verified": True}, {"email": "a@example.com"}),
        ({"email": "a@example.com", "email_verified": "true"}, {}),
        ({"email": "a@example.com", "email_verified": 1}, {}),
        ({"email": "a@example.com"}, {}),
        ({"phone_number": "+46701234567", "phone_number_verified": True}, {"phone": "+46701234567"}),
        ({"phone_number": "+46701234567", "phone_number_verified": False}, {}),
        ({"customer_number": 1017}, {}),
        ({"customer_number": " "}, {}),
        ({"other": "x"}, {}),
    ],
)
def test_a_claim_counts_as_the_provider_vouches_for_it(claims: dict[str, Any], told: dict[str, str]) -> None:
    names = {"email": "email", "phone_number": "phone", "customer_number": "customer_number"}
    assert identifiers_of(entry(identifiers=names), claims) == told
