"""A person and an agent sign in at a provider of another site, in a real browser under the pages' real policies."""

import json
from collections.abc import Iterator

import pytest
from browser.album import Album
from company_facts import every_row
from journeys.steps import AT
from playwright.sync_api import Browser, Page

from habeas.testing.running import EmbeddedHouse, make_company
from habeas.testing.servers.openid import SECRET, OpenIdProvider

pytestmark = pytest.mark.servers

ENTRY = """
  sign_in:
    - provider: shop-account
      title: {sv: Logga in på ditt kundkonto, en: Sign in to your customer account}
      assurance: A2
      acr: [substantial]
      identifiers: {email: email}
"""
ADA = f"ada@{AT}"


@pytest.fixture(scope="module")
def provided(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[EmbeddedHouse, OpenIdProvider]]:
    """A running house whose people and agents can sign in elsewhere."""
    root, folder = request.config.rootpath, tmp_path_factory.mktemp("provided")
    company = make_company(root / "examples/sample-company", folder / "company", people=20)
    profile = company / "profile.yaml"
    profile.write_text(profile.read_text().replace("\nidentity:\n", f"\nidentity:{ENTRY}", 1))
    house = EmbeddedHouse(folder=folder, company=company, extra={"HABEAS_PROVIDERS": str(folder / "providers.yaml")})
    somebody = str(every_row(company)["shop", "customers"][-1]["email"])
    accounts = {"somebody": {"email": somebody, "email_verified": True}, "ada-s-own-name": {}}
    with OpenIdProvider(root / ".servers/openid", portal_url=house.portal, accounts=accounts, host="localhost") as peer:
        ours = {"issuer": peer.url, "client_id": "habeas", "client_secret": SECRET}
        agents = {**ours, "for": "agents", "acr": ["mfa"], "title": "Company login"}
        people = {**ours, "for": "subjects", "scopes": ["openid", "email"]}
        providers = {"company-login": agents, "shop-account": people}
        (folder / "providers.yaml").write_text(json.dumps(providers))
        house.prepare()
        house.add_agent("Ada", ADA, "agent", "approver")
        house.run("agent", "link", ADA, peer.url, "ada-s-own-name")
        with house:
            yield house, peer


def sign_in_there(page: Page, peer: OpenIdProvider, account: str, acr: str) -> None:
    """Fill in the provider's form."""
    page.wait_for_url(f"{peer.url}/sign-in/*")
    page.fill("input[name=account]", account)
    page.fill("input[name=acr]", acr)
    page.click("button:not([name])")


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_person_signs_in_where_the_company_knows_them(
    provided: tuple[EmbeddedHouse, OpenIdProvider], browser: Browser, album: Album, language: str
) -> None:
    house, peer = provided
    somebody = str(peer.accounts["somebody"]["email"])
    context = browser.new_context(base_url=house.portal, locale=language, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    album.listen(context)
    page = context.new_page()
    page.goto("/")
    page.locator("input[value=access] + label").click()
    page.fill("#identifier-email", somebody)
    page.click("main button")
    page.click("main a[href^='/prove/']")
    album.look(page, f"{language} prove or sign in")
    page.click("a[href*='/sign-in/shop-account']")
    album.look(page, f"{language} sign in elsewhere")
    case = page.url.split("/")[4]
    page.click("main form button")
    sign_in_there(page, peer, "somebody", "weak")
    page.wait_for_url("**failed=yes")
    album.look(page, f"{language} sign in elsewhere failed")
    page.click("main form button")
    sign_in_there(page, peer, "somebody", "substantial")  # which asks again, though it knows them
    page.wait_for_url(f"{house.portal}/case/{case}")
    page.goto("/prove/back")
    album.look(page, f"{language} sign in elsewhere over")
    context.close()
    assert album.faults == []


def test_an_agent_signs_in_at_the_company_and_confirms_an_act_there(
    provided: tuple[EmbeddedHouse, OpenIdProvider], browser: Browser, album: Album
) -> None:
    house, peer = provided
    context = browser.new_context(base_url=house.portal, locale="en", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(30_000)
    album.listen(context)
    page = context.new_page()
    page.goto("/console")
    album.look(page, "en sign in by provider")
    page.click("form[action='/agents/sign-in/company-login'] button")
    sign_in_there(page, peer, "ada-s-own-name", "mfa")
    page.wait_for_url(f"{house.portal}/console")
    page.goto("/agents/sign-in?for=identity&next=/agents/sign-out&act=retry")
    album.look(page, "en confirm by provider")
    page.click("form[action='/agents/sign-in/company-login'] button")
    sign_in_there(page, peer, "ada-s-own-name", "mfa")  # it knows her, and asks again
    page.wait_for_url(f"{house.portal}/agents/sign-out")
    assert "habeas_act_identity" in {cookie["name"] for cookie in context.cookies(f"{house.portal}/agents")}
    context.close()
    assert album.faults == []
