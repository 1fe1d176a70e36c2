"""Passkeys in a real browser, with the device that it simulates: made, signed in by, and an erasure approved by one."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browser.album import Album
from company_facts import LOOK_ALIKE
from journeys.steps import AT, prove
from playwright.sync_api import Browser, Page, expect

from habeas.testing.running import PASSWORD, EmbeddedHouse, make_company
from habeas.testing.servers.server import free_port

pytestmark = pytest.mark.servers

ADA = f"ada@{AT}"


@pytest.fixture(scope="module")
def named_house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHouse]:
    """A house at an address with a name, as browsers want it for passkeys."""
    folder, ports = tmp_path_factory.mktemp("named"), (free_port(), free_port())
    source, portal = request.config.rootpath / "examples/sample-company", f"http://localhost:{ports[0]}"
    company = make_company(source, folder / "company", people=60)
    made = EmbeddedHouse(folder=folder, company=company, ports=ports, extra={"HABEAS_PORTAL_URL": portal})
    made.portal = portal
    made.prepare()
    made.add_agent("Ada", ADA, "agent", "approver", "administrator")
    with made:
        yield made


class Device:
    """A browser with a device of its own."""

    def __init__(self, browser: Browser, house: EmbeddedHouse, album: Album, language: str = "en") -> None:
        self.context = browser.new_context(base_url=house.portal, locale=language)
        album.listen(self.context)
        self.page: Page = self.context.new_page()
        self.cdp = self.context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable")
        kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
        options = {**kind, "isUserVerified": True, "automaticPresenceSimulation": True}
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def knows_its_user(self, knows: bool) -> None:
        """Let the device recognise whoever holds it, or not."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": knows})

    def keys(self) -> list[Any]:
        """The passkeys that lie in it."""
        return list(self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])

    def sign_out(self) -> None:
        """Sign out on the page."""
        self.page.goto("/agents/sign-out")
        self.page.locator("main form button").click()


def test_an_agent_makes_a_passkey_and_approves_an_erasure_by_it(
    browser: Browser, named_house: EmbeddedHouse, album: Album
) -> None:
    ada = Device(browser, named_house, album)
    page = ada.page
    page.goto("/agents/passkeys")
    album.look(page, "en sign in by passkey or password")
    page.locator("main summary").click()
    page.fill("#email", ADA)
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/agents/passkeys")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("not used yet")).to_be_visible()
    album.look(page, "en own passkeys")
    [key] = ada.keys()
    assert (key["isResidentCredential"], key["rpId"]) == (True, "localhost")
    ada.sign_out()
    page.goto("/console")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/console")
    with named_house.person("en") as person:
        case = prove(named_house, person, ["erasure"], LOOK_ALIKE)
    await_link(page, f"/plan/{case}")
    page.locator("a[href^='/agents/approve/']").click()
    assert page.locator("#password").count() == 0
    album.look(page, "en approve by passkey")
    page.get_by_role("button", name="Confirm with a passkey").click()
    page.get_by_role("button", name="Approve this plan").click()
    page.wait_for_url(f"**/plan/{case}")
    await_words(page, f"/plan/{case}", "1 of 2 people")


def test_a_colleague_comes_in_by_a_code_and_a_device_that_knows_its_user(
    browser: Browser, named_house: EmbeddedHouse, album: Album
) -> None:
    boss, bo = Device(browser, named_house, album), Device(browser, named_house, album, "sv")
    code = add_colleague(named_house, boss.page, album)
    page = bo.page
    page.goto("/agents/enroll")
    album.look(page, "sv enroll")
    page.fill("#email", f"bo@{AT}")
    page.fill("#code", code)
    bo.knows_its_user(False)
    page.locator("main form button").click()
    expect(page.get_by_role("status")).to_have_text(
        "Din enhet har inte bekräftat något. Försök igen eller välj ett annat sätt."
    )
    album.look(page, "sv passkey not confirmed")
    assert bo.keys() == []
    bo.knows_its_user(True)
    page.locator("main form button").click()
    page.wait_for_url("**/agents/sign-in")
    page.locator("main form button").first.click()
    page.wait_for_url("**/console")
    assert len(bo.keys()) == 1


def add_colleague(house: EmbeddedHouse, page: Page, album: Album) -> str:
    """Add an account on the page of accounts, and read the code that is shown."""
    house.add_agent("Kim", f"kim@{AT}", "administrator")
    page.goto("/agents/accounts/new")
    page.locator("main summary").click()
    page.fill("#email", f"kim@{AT}")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/accounts/new")
    page.get_by_role("button", name="Add the account").click()
    album.look(page, "en account refused")
    page.fill("#name", "Bo")
    page.fill("#email", f"bo@{AT}")
    page.locator(".choice", has=page.locator("input[value=agent]")).locator("label").click()
    page.get_by_role("button", name="Add the account").click()
    album.look(page, "en accounts")
    shown = page.locator("strong.code").inner_text()
    assert re.fullmatch(r"[2-9A-Z]{4}-[2-9A-Z]{4}", shown)
    return shown


def test_without_a_script_the_page_says_what_to_do(browser: Browser, named_house: EmbeddedHouse) -> None:
    context = browser.new_context(base_url=named_house.portal, java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto("/agents/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("A browser shows a passkey to a script only")).to_be_visible()
    page.get_by_role("link", name="Another way").click()
    expect(page.locator("main summary")).to_be_visible()
    context.close()


def test_no_page_of_passkeys_keeps_anybody_out(album: Album) -> None:
    assert len(album.names) >= 6
    assert not album.faults, "\n".join(sorted(set(album.faults)))


def await_link(page: Page, path: str) -> None:
    """Load the plan again until it can be approved."""
    for _ in range(100):
        page.goto(path)
        if page.locator("a[href^='/agents/approve/']").count():
            return
        page.wait_for_timeout(200)
    raise AssertionError("the plan was never there to approve")


def await_words(page: Page, path: str, words: str) -> None:
    """Load a page again until it says something."""
    for _ in range(100):
        page.goto(path)
        if page.get_by_text(words).count():
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{path} never said {words}")
