"""What comes after the proof, or instead of it, in a real browser: stopping, contesting, moving, being unidentified."""

import re

import pytest
from browser.album import Album
from browser.test_acting import opened, press, sign_in
from company_facts import customer
from journeys.steps import AT, SECONDS, prove
from journeys.test_not_me import stop_code
from playwright.sync_api import Browser, Page, expect

from habeas.testing.running import EmbeddedHouse
from habeas.testing.waiting import wait_until

STOPPED, MOVED = {"sv": 9, "en": 5}, {"sv": 7, "en": 13}


@pytest.mark.parametrize("language", ["sv", "en"])
def test_what_comes_after_the_proof_is_calm_and_keeps_nobody_out(
    house: EmbeddedHouse, browser: Browser, album: Album, language: str
) -> None:
    page, agent = (opened(browser, house, album, language) for _ in range(2))
    stop_everything(house, page, album, language)
    case = page.url.split("/")[4]
    sign_in(agent, f"ada@{AT}", f"/agents/frozen/{case}")
    decide(agent, album, language, case)
    move_letters(house, page, album, language)
    be_unidentified(page, agent, album, language)
    assert album.faults == []


def stop_everything(house: EmbeddedHouse, page: Page, album: Album, language: str) -> None:
    """Follow the letter's link, type its stop code, and begin to contest it."""
    email = customer(house.company, STOPPED[language])
    with house.person(language) as somebody:
        case = somebody.ask(["access"], email)
    page.goto(f"/prove/{case}/not-me")
    album.look(page, f"{language} not me")
    press(page)
    expect(page.locator(".error-summary")).to_be_focused()
    album.look(page, f"{language} not me refused")
    page.fill("#code", stop_code(house, email, case))
    press(page)
    expect(page.locator(".panel")).to_be_visible()
    album.look(page, f"{language} stopped")
    codes = house.codes_for(email)
    page.goto(f"/prove/{case}/contest")
    album.look(page, f"{language} contest")
    press(page, "/code")
    page.fill("#code", codes("mailbox"))
    press(page)
    expect(page.locator("input[name=method]")).to_be_attached()
    album.look(page, f"{language} contest by phone")
    page.fill("#code", codes("phone"))
    press(page)
    page.wait_for_url("**/contest?done=yes")
    album.look(page, f"{language} contested")


def decide(agent: Page, album: Album, language: str, case: str) -> None:
    """Look at a frozen case as an approver, and propose that it goes on."""
    album.look(agent, f"{language} frozen")
    press(agent, f"/agents/frozen/{case}")
    expect(agent.locator(".error-summary")).to_be_focused()
    album.look(agent, f"{language} frozen refused")
    agent.locator("main input[type=radio]").first.check()
    press(agent, f"/agents/frozen/{case}")
    expect(agent.locator(".notice-title")).to_be_visible()
    album.look(agent, f"{language} frozen proposed")
    agent.goto(f"/console/case/{case}")
    album.look(agent, f"{language} console frozen")


def move_letters(house: EmbeddedHouse, page: Page, album: Album, language: str) -> None:
    """Move letters to another address, as far as the hold, and stop it."""
    email, new = customer(house.company, MOVED[language]), f"moved.{language}@example.net"
    with house.person(language) as somebody:
        case = prove(house, somebody, ["access"], email)
    codes = house.codes_for(email)
    page.goto(f"/prove/{case}/address")
    album.look(page, f"{language} address")
    press(page, "/code")
    for method in ("mailbox", "phone"):
        page.fill("#code", codes(method))
        press(page)
    page.fill("#address", "nobody")
    album.look(page, f"{language} address asked")
    press(page, "/new")
    expect(page.locator(".error-summary")).to_be_focused()
    page.fill("#address", new)
    press(page, "/new")
    album.look(page, f"{language} address answers")
    page.fill("#code", house.await_code(new))
    press(page, "/confirm")
    page.wait_for_url("**/address?done=held")
    album.look(page, f"{language} address held")
    page.goto(f"/prove/{case}/address")
    press(page, "/code")
    page.fill("#code", codes("mailbox"))
    press(page)
    expect(page.locator("form[action$='/cancel']")).to_be_visible()
    album.look(page, f"{language} address under way")
    press(page, "/cancel")
    page.wait_for_url("**/address?done=stopped")
    album.look(page, f"{language} address stopped")


def be_unidentified(page: Page, agent: Page, album: Album, language: str) -> None:
    """Ask as somebody whom nobody knows, be told so by an agent, and tell more."""
    page.goto("/")
    page.locator("label[for=rights]").click()
    page.fill("#identifier-email", f"nobody.{language}@example.com")
    press(page)
    page.wait_for_url("**/received")
    album.look(page, f"{language} received with a secret")
    shown = page.locator("main").inner_text()
    reference, secret = re.search(r"H-\w{4}-\w{4}", shown), re.search(r"(?<!H-)\b\w{4}-\w{4}\b", shown)
    assert reference
    assert secret
    case = str(page.locator("main a[href^='/prove/']").get_attribute("href")).split("/")[2]
    sign_in(agent, f"cy@{AT}", f"/console/case/{case}/unidentified")
    album.look(agent, f"{language} unidentified")
    agent.locator("main input[type=radio]").first.check()
    press(agent, "/unidentified")
    agent.goto(f"/console/case/{case}/unidentified/letter")
    album.look(agent, f"{language} unidentified letter")
    page.goto("/status")
    album.look(page, f"{language} status")
    press(page, "/status")
    expect(page.locator(".error-summary")).to_be_focused()
    page.fill("#reference", reference[0])
    page.fill("#secret", secret[0])
    press(page, "/status")
    expect(page.locator("form[action='/status/more']")).to_be_visible()
    album.look(page, f"{language} status unidentified")
    press(page, "/status/more")
    expect(page.locator(".error-summary")).to_be_focused()
    page.fill("#identifier-email", f"another.{language}@example.com")
    press(page, "/status/more")
    wait_until(lambda: page.locator(".notice-title").count() == 1, SECONDS, "it was taken")
    album.look(page, f"{language} status told more")
