"""The page of legal holds in a real browser, in both languages: set by one officer, lifted by another."""

import pytest
from browser.album import Album
from journeys.steps import AT
from playwright.sync_api import Browser, Page, expect

from habeas.testing.running import PASSWORD, EmbeddedHouse

pytestmark = pytest.mark.servers


def opened(browser: Browser, house: EmbeddedHouse, album: Album, language: str) -> Page:
    context = browser.new_context(base_url=house.portal, locale=language)
    context.set_default_timeout(30_000)
    album.listen(context)
    return context.new_page()


def sign_in(page: Page, email: str) -> None:
    page.goto("/holds")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url("**/holds")


def test_a_hold_is_set_by_one_officer_and_lifted_by_another(
    house: EmbeddedHouse, browser: Browser, album: Album
) -> None:
    for name in ("gu", "hi"):
        house.add_agent(name.title(), f"{name}@{AT}", "officer")
    for language in ("sv", "en"):
        mine, theirs = opened(browser, house, album, language), opened(browser, house, album, language)
        sign_in(mine, f"gu@{AT}")
        album.look(mine, f"{language} holds at first")
        setting = mine.locator("form[action='/holds'] button")
        setting.click()
        expect(mine.locator(".error-summary")).to_be_visible()
        album.look(mine, f"{language} holds refused")
        mine.select_option("#activity", "security")
        mine.fill("#reason", "A dispute about a very long word: " + "w" * 80)
        mine.fill("#law", "Article 17(3)(e) GDPR")
        setting.click()
        mine.wait_for_url("**/holds")
        album.look(mine, f"{language} holds, one's own")
        sign_in(theirs, f"hi@{AT}")
        theirs.locator("details summary").first.click()
        theirs.locator("form[action$='/lift'] button").first.click()
        expect(theirs.locator(".field-error").first).to_be_visible()
        album.look(theirs, f"{language} holds not lifted")
        theirs.fill("input[name=why]", "The dispute is settled")
        theirs.locator("form[action$='/lift'] button").first.click()
        theirs.wait_for_url("**/holds")
        album.look(theirs, f"{language} holds lifted")
        expect(theirs.locator("main")).to_contain_text("The dispute is settled")
    assert not album.faults, "\n".join(sorted(set(album.faults)))
