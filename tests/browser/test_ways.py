"""The same journeys by keyboard alone, and in a browser that runs no script."""

from pathlib import Path

import pytest
from answers import manifest_of, unpack
from company_facts import every_row
from journeys.steps import AT
from playwright.sync_api import Browser, Page

from habeas.testing.running import PASSWORD, Codes, EmbeddedHouse

pytestmark = pytest.mark.servers

MOST_STEPS = 60


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the keyboard is at an element; what it passes has to be visible."""
    for _ in range(MOST_STEPS):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard never comes to {selector} on {page.url}")


def type_into(page: Page, selector: str, text: str) -> None:
    """Go to a field and type."""
    tab_to(page, selector)
    page.keyboard.type(text)


def press_enter(page: Page, selector: str) -> None:
    """Go to a button or a link and press it."""
    tab_to(page, selector)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def await_by_keyboard(page: Page, selector: str) -> None:
    """Load the page again until something is on it."""
    for _ in range(100):
        if page.locator(selector).count():
            return
        page.wait_for_timeout(200)
        page.reload()
    raise AssertionError(f"{page.url} never had {selector}")


def test_a_person_gets_their_copy_by_keyboard_alone(house: EmbeddedHouse, page: Page, tmp_path: Path) -> None:
    who = somebody(house, 3)
    codes = house.codes_for(who)
    page.goto(f"{house.portal}/")
    tab_to(page, "input[value=access]")
    page.keyboard.press("Space")
    type_into(page, "#identifier-email", who)
    press_enter(page, "main button")
    press_enter(page, "main a[href^='/prove/']")
    type_codes(page, codes)
    await_by_keyboard(page, "a[href$='/release']")
    press_enter(page, "a[href$='/release']")
    press_enter(page, "button[formaction$='/release/code']")
    type_codes(page, codes)
    tab_to(page, "form[action$='/download'] button")
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    started.value.save_as(tmp_path / "package.zip")
    systems = manifest_of(unpack(tmp_path / "package.zip", tmp_path))["systems"]
    assert {each["name"]: each["outcome"] for each in systems}["shop"] == "found"


def type_codes(page: Page, codes: Codes) -> None:
    """Type in the code from the mailbox, then the one from the phone."""
    for method in ("mailbox", "phone"):
        type_into(page, "#code", codes(method))
        press_enter(page, "main button")


def test_an_agent_approves_by_keyboard_alone(house: EmbeddedHouse, browser: Browser, page: Page) -> None:
    with house.person("en") as person:
        who = somebody(house, 2)
        codes = house.codes_for(who)
        case = person.ask(["erasure"], who)
        person.prove(codes)
        reference = person.page.html.partition("<strong>")[2].partition("</strong>")[0]
    page.goto(f"{house.portal}/console")
    type_into(page, "#email", f"bo@{AT}")
    type_into(page, "#password", PASSWORD)
    press_enter(page, "main button")
    type_into(page, "#q", reference)
    press_enter(page, "#q")
    assert page.url.endswith(f"/console/case/{case}")
    press_enter(page, f"a[href='/plan/{case}']")
    await_by_keyboard(page, "a[href^='/agents/approve/']")
    press_enter(page, "a[href^='/agents/approve/']")
    type_into(page, "#password", PASSWORD)
    press_enter(page, "main button")
    await_by_keyboard(page, "text=1 of 2 people")


def test_the_journey_needs_no_script(house: EmbeddedHouse, browser: Browser, tmp_path: Path) -> None:
    who = somebody(house, 1)
    codes = house.codes_for(who)
    context = browser.new_context(base_url=house.portal, java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto("/")
    page.locator("main button").click()
    assert page.locator(".error-summary a").count() == 2
    page.locator(".choice", has=page.locator("input[value=access]")).locator("label").click()
    page.fill("#identifier-email", who)
    page.locator("main button").click()
    page.locator("main a[href^='/prove/']").click()
    fill_codes(page, codes)
    await_by_keyboard(page, "a[href$='/release']")
    page.locator("a[href$='/release']").click()
    page.locator("button[formaction$='/release/code']").click()
    fill_codes(page, codes)
    with page.expect_download() as started:
        page.locator("form[action$='/download'] button").click()
    started.value.save_as(tmp_path / "package.zip")
    assert manifest_of(unpack(tmp_path / "package.zip", tmp_path))["right"] == "access"
    context.close()


def fill_codes(page: Page, codes: Codes) -> None:
    """Fill in the code from the mailbox, then the one from the phone."""
    for method in ("mailbox", "phone"):
        page.wait_for_selector("main form" if method == "mailbox" else "input[value=phone]", state="attached")
        page.fill("#code", codes(method))
        page.locator("main button").first.click()


def somebody(house: EmbeddedHouse, number: int) -> str:
    """The address of one of the shop's customers, counted from the last."""
    return str(every_row(house.company)["shop", "customers"][-number]["email"])
