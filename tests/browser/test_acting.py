"""The pages of mandates, calls and overrides in a real browser: both languages, sizes and shades, without a script."""

import json
import secrets

import httpx
import pytest
from browser.album import Album
from company_facts import customer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from document_code import run_code_of
from journeys.steps import AT, COMPANY
from playwright.sync_api import Browser, Page, expect

from habeas.testing.running import PASSWORD, EmbeddedHouse
from habeas.testing.waiting import wait_until

pytestmark = pytest.mark.servers

KEY, NAME = Ed25519PrivateKey.generate(), "right-hand"
AGREES, CALLED = {"sv": 31, "en": 37}, {"sv": 43, "en": 47}
sign_call = run_code_of("acting-for-people.md")["sign_call"]


@pytest.fixture(scope="module")
def bearer(house: EmbeddedHouse, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The key of an authorised agent."""
    pem = tmp_path_factory.mktemp("agent") / "agent.pem"
    pem.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    added = house.run("api-key", "add", NAME, "--acts-for-others", "--public-key", str(pem), of="intake")
    house.add_agent("Fi", f"fi@{AT}", "officer")
    return added.strip()


def file_for(house: EmbeddedHouse, bearer: str, email: str, language: str) -> str:
    url, on_behalf = f"{house.portal}/api/cases", {"agent_reference": "RH <b>17</b>", "mandate": "document"}
    body = {"controller": COMPANY, "rights": ["access", "erasure"], "identifiers": {"email": email}}
    data = json.dumps({**body, "language": language, "on_behalf": on_behalf}).encode()
    headers = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
    signed = sign_call(NAME, KEY, url, data, headers)
    answer = httpx.post(url, content=data, headers={**signed, "Authorization": f"Bearer {bearer}"}, timeout=30)
    return str(answer.json()["id"])


def opened(browser: Browser, house: EmbeddedHouse, album: Album, language: str, *, script: bool = True) -> Page:
    context = browser.new_context(base_url=house.portal, locale=language, java_script_enabled=script)
    context.set_default_timeout(30_000)
    album.listen(context)
    return context.new_page()


def press(page: Page, ending: str = "") -> None:
    form = (
        f"main form[action$='{ending}'] button, main button[formaction$='{ending}']" if ending else "main form button"
    )
    page.locator(form).first.click()


def sign_in(page: Page, email: str, path: str) -> None:
    page.goto(path)
    if "/agents/sign-in" in page.url:
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        press(page)


def say_yes(house: EmbeddedHouse, page: Page, album: Album, language: str, case: str, email: str) -> None:
    """Follow the letter, see who acts, and say yes after the second step."""
    wait_until(lambda: any(f"/prove/{case}/mandate" in each for each in house.letters_to(email)), 60, "it is asked")
    codes = house.codes_for(email)
    page.goto(f"/prove/{case}/mandate")
    press(page, "/code")
    page.fill("#code", codes("mailbox"))
    press(page)
    expect(page.locator("input[name=method][value=phone]")).to_be_attached()
    album.look(page, f"{language} second step of a mandate")
    page.goto(f"/prove/{case}/mandate")
    album.look(page, f"{language} mandate before the second step")
    assert page.locator("dd b").count() == 0, "what an agent wrote is text"
    page.goto(f"/prove/{case}")
    page.fill("#code", codes("phone"))
    press(page)
    page.wait_for_url("**/mandate")
    press(page, "/mandate")
    expect(page.locator(".error-summary")).to_be_focused()
    album.look(page, f"{language} mandate refused")
    page.locator("label", has_text="Ja," if language == "sv" else "Yes,").click()
    press(page, "/mandate")
    page.wait_for_url(f"**/case/{case}")


def be_called(house: EmbeddedHouse, page: Page, agent: Page, album: Album, language: str, email: str) -> None:
    """Ask for something, show the code for a call, and have an agent type it."""
    codes = house.codes_for(email)
    with house.person(language) as person:
        case = person.ask(["access"], email)
        codes("mailbox")  # it fits in their own browser, and not in this one
    page.goto(f"/prove/{case}")
    press(page, "/code")
    page.fill("#code", codes("mailbox"))
    press(page)
    page.locator("main a[href$='/call']").click()
    album.look(page, f"{language} call")
    press(page, "/call")
    album.look(page, f"{language} call with a code")
    sign_in(agent, f"cy@{AT}", f"/agents/call/{case}")
    album.look(agent, f"{language} agent calls")
    press(agent, "/number")
    expect(agent.locator("dd")).to_have_text(house.phone_of(email))
    album.look(agent, f"{language} agent sees the number")
    agent.fill("#code", "K7MP-4XWR")
    press(agent, f"/agents/call/{case}")
    expect(agent.locator(".error-summary")).to_be_focused()
    album.look(agent, f"{language} agent misheard")
    agent.fill("#code", page.locator(".code").inner_text())
    press(agent, f"/agents/call/{case}")
    album.look(agent, f"{language} agent heard")
    page.locator(f"main a[href='/prove/{case}']").click()
    page.wait_for_url(f"**/case/{case}")


def vouch(house: EmbeddedHouse, page: Page, album: Album, language: str, case: str) -> None:
    """Look at the page on which somebody vouches, up to a reason that is none."""
    sign_in(page, f"fi@{AT}", f"/agents/vouch/{case}")
    album.look(page, f"{language} vouch")
    page.locator("main a[href*='act=vouch']").click()
    page.fill("#password", PASSWORD)
    press(page)
    page.wait_for_url("**/agents/vouch/**")
    page.fill("#reason", "urgent")
    press(page, f"/agents/vouch/{case}")
    expect(page.locator(".error-summary")).to_be_focused()
    album.look(page, f"{language} vouch refused")
    page.goto("/agents/vouched")
    album.look(page, f"{language} vouched")


def test_the_pages_of_whoever_acts_for_another_can_be_used_by_everybody(
    house: EmbeddedHouse, browser: Browser, album: Album, bearer: str
) -> None:
    for language in ("sv", "en"):
        email = customer(house.company, AGREES[language])
        case = file_for(house, bearer, email, language)
        say_yes(house, opened(browser, house, album, language), album, language, case, email)
        mine, theirs = (opened(browser, house, album, language) for _ in range(2))
        be_called(house, mine, theirs, album, language, customer(house.company, CALLED[language]))
        with house.person(language) as person:
            open_one = person.ask(["access"], customer(house.company, CALLED[language] + 1))
        vouch(house, opened(browser, house, album, language), album, language, open_one)
    assert not album.faults, album.faults


def test_a_no_needs_no_script(house: EmbeddedHouse, browser: Browser, album: Album, bearer: str) -> None:
    email = customer(house.company, 53)
    case, page = file_for(house, bearer, email, "en"), opened(browser, house, album, "en", script=False)
    wait_until(lambda: any(f"/prove/{case}/mandate" in each for each in house.letters_to(email)), 60, "it is asked")
    codes = house.codes_for(email)
    page.goto(f"/prove/{case}/mandate")
    press(page, "/code")
    page.fill("#code", codes("mailbox"))
    press(page)
    page.goto(f"/prove/{case}/mandate")
    page.locator("label", has_text="No,").click()
    press(page, "/mandate")
    expect(page.locator("h1")).to_have_text("Thank you: nothing happens")
