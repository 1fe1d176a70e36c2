"""Every page of a person's journey and of an agent's day, in a browser: two languages, sizes and shades."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
from answers import unpack
from browser.album import Album
from company_facts import DEMO, LOOK_ALIKE, READER
from journeys.steps import AT, COMPANY
from playwright.sync_api import Browser, Page, expect

from habeas.testing.running import PASSWORD, EmbeddedHouse, House

pytestmark = pytest.mark.servers

LANGUAGES = ("sv", "en")
WHO = {"sv": DEMO, "en": LOOK_ALIKE}
SECONDS = 30_000


@contextmanager
def opened(browser: Browser, house: House, album: Album, language: str) -> Iterator[Page]:
    """A browser of somebody who reads this language."""
    context = browser.new_context(base_url=house.portal, locale=language, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(SECONDS)
    album.listen(context)
    yield context.new_page()
    context.close()


def press(page: Page, action: str = "") -> None:
    """Press the button of the form, or the one that leads to an address with this ending."""
    place = "main form"
    button = (
        f"{place} button[formaction$='{action}'], {place}[action$='{action}'] button" if action else f"{place} button"
    )
    page.locator(button).first.click()


def await_on(page: Page, path: str, selector: str) -> None:
    """Load a page again and again until something is on it."""
    for _ in range(100):
        page.goto(path)
        if page.locator(selector).count():
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"{path} never had {selector}")


def sign_in(page: Page, email: str, path: str) -> None:
    """Go to a page of the console, past the password."""
    page.goto(path)
    if "/agents/sign-in" in page.url:
        page.fill("#email", email)
        page.fill("#password", PASSWORD)
        press(page)


@pytest.fixture(scope="module")
def seen(house: EmbeddedHouse, browser: Browser, album: Album, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Walk both ways in both languages, and look at every page on it; give the files that were handed out."""
    files = []
    for language in LANGUAGES:
        with opened(browser, house, album, language) as mine, opened(browser, house, album, language) as theirs:
            look_at_an_empty_queue(theirs, album, language)
            case = ask(house, mine, album, language)
            confirm(house, mine, album, language, case)
            approve(browser, house, theirs, album, language, case)
            files += fetch(house, mine, album, language, case, tmp_path_factory.mktemp("files"))
            look_at_the_rest(house, mine, theirs, album, language, case)
        look_without_a_phone(browser, house, album, language)
    return files


def look_at_an_empty_queue(page: Page, album: Album, language: str) -> None:
    page.goto("/console")
    album.look(page, f"{language} sign in")
    page.fill("#email", "nobody@example.com")
    page.fill("#password", "nothing of the kind")
    press(page)
    album.look(page, f"{language} sign in refused")
    sign_in(page, f"ada@{AT}", "/console")
    album.look(page, f"{language} queue at first")


def ask(house: House, page: Page, album: Album, language: str) -> str:
    page.goto("/")
    album.look(page, f"{language} form")
    for more in page.locator("main summary").all():
        more.click()
    page.fill("#identifier-email", "w" * 60 + "@example.com")
    album.look(page, f"{language} form unfolded")
    page.fill("#identifier-email", "astrid.example.com")
    page.fill("#contact", "nowhere")
    press(page)
    expect(page.locator(".error-summary")).to_be_focused()
    album.look(page, f"{language} form refused")
    for right in ("access", "erasure"):
        page.locator(".choice", has=page.locator(f"input[value={right}]")).locator("label").click()
    page.fill("#identifier-email", WHO[language])
    page.fill("#contact", "")
    press(page)
    page.wait_for_url("**/received")
    album.look(page, f"{language} received")
    page.locator("main a[href^='/prove/']").click()
    return page.url.split("/")[4]


def confirm(house: House, page: Page, album: Album, language: str, case: str) -> None:
    album.look(page, f"{language} prove")
    page.fill("#code", "K7MP-4XWR")
    press(page)
    album.look(page, f"{language} prove refused")
    page.goto(f"/prove/{case}?sent=yes")  # looked at, not pressed: a case has three codes an hour
    album.look(page, f"{language} prove once more")
    page.fill("#code", house.await_code(WHO[language]))
    press(page)
    expect(page.locator("input[name=method][value=phone]")).to_be_attached()
    album.look(page, f"{language} prove by phone")
    page.fill("#code", house.await_code(house.phone_of(WHO[language])))
    press(page)
    page.wait_for_url(f"**/case/{case}")
    album.look(page, f"{language} case")


def approve(browser: Browser, house: House, page: Page, album: Album, language: str, case: str) -> None:
    await_on(page, f"/plan/{case}", "a[href^='/agents/approve/']")
    album.look(page, f"{language} plan")
    page.goto(f"/console/case/{case}")
    album.look(page, f"{language} console case")
    press(page, f"/console/case/{case}")
    album.look(page, f"{language} console case without a reason")
    page.select_option("#reason", "covering")
    press(page, f"/console/case/{case}")
    album.look(page, f"{language} console case told")
    page.goto(f"/console/case/{case}")
    press(page, "/take")
    album.look(page, f"{language} console case taken")
    take_longer(page, album, language, case)
    page.goto(f"/plan/{case}")
    page.locator("a[href^='/agents/approve/']").click()
    album.look(page, f"{language} approve")
    page.fill("#password", "not mine")
    press(page)
    album.look(page, f"{language} approve refused")
    page.fill("#password", PASSWORD)
    press(page)
    page.wait_for_url("**/plan/**")
    page.locator("a[href^='/agents/approve/']").click()
    album.look(page, f"{language} approved by me")
    with opened(browser, house, album, language) as other:
        sign_in(other, f"bo@{AT}", f"/plan/{case}")
        other.locator("a[href^='/agents/approve/']").click()
        other.fill("#password", PASSWORD)
        press(other)
        other.wait_for_url("**/plan/**")
    await_on(page, f"/plan/{case}", "form[action$='/call-back']")
    album.look(page, f"{language} plan approved")


def take_longer(page: Page, album: Album, language: str, case: str) -> None:
    """Look at the page that extends a case, and at the desk where an agent opens one; nothing is sent off."""
    page.goto(f"/console/case/{case}/extend")
    album.look(page, f"{language} extend")
    page.fill("#told", "w" * 80)
    press(page)
    expect(page.locator(".error-summary")).to_be_focused()
    album.look(page, f"{language} extend refused")
    page.goto(f"/console/case/{case}/complaint")
    album.look(page, f"{language} complaint")
    page.goto(f"/console/new/{COMPANY}")
    album.look(page, f"{language} desk")
    press(page)
    expect(page.locator(".error-summary")).to_be_focused()
    album.look(page, f"{language} desk refused")


def fetch(house: House, page: Page, album: Album, language: str, case: str, into: Path) -> list[Path]:
    await_on(page, f"/case/{case}", "a[href$='/release']")
    album.look(page, f"{language} case ready")
    files = [fetch_one(house, page, album, f"{language} package", case, into)]
    await_on(page, f"/case/{case}", ".step-done >> nth=3")
    page.wait_for_timeout(200)
    album.look(page, f"{language} case done")
    files.append(fetch_one(house, page, album, f"{language} confirmation", case, into))
    return files


def fetch_one(house: House, page: Page, album: Album, name: str, case: str, into: Path) -> Path:
    codes = house.codes_for(WHO[name[:2]])
    page.goto(f"/prove/{case}/release")
    first = "package" in name
    if first:
        album.look(page, f"{name} release")
    press(page, "/release/code")
    if first:
        album.look(page, f"{name} release code")
    page.fill("#code", codes("mailbox"))
    press(page)
    expect(page.locator("input[name=method][value=phone]")).to_be_attached()
    if first:
        album.look(page, f"{name} release by phone")
    page.fill("#code", codes("phone"))
    press(page)
    if first:
        album.look(page, f"{name} released")
        return download(page, "form[action$='/download'] button", into)
    page.locator("form[action$='/download'] button").click()
    album.look(page, f"{name} choice")
    return download(page, "form:has(input[value=erasure]) button", into)


def download(page: Page, button: str, into: Path) -> Path:
    with page.expect_download() as started:
        page.locator(button).click()
    file = into / started.value.suggested_filename
    started.value.save_as(file)
    return file


def look_at_the_rest(house: House, mine: Page, theirs: Page, album: Album, language: str, case: str) -> None:
    theirs.goto(f"/plan/{case}")
    album.look(theirs, f"{language} plan done")
    theirs.goto(f"/console/case/{case}")
    album.look(theirs, f"{language} console case done")
    theirs.locator("main a[href^='/agents/who/']").click()
    album.look(theirs, f"{language} who asks")
    theirs.goto("/console/holding")
    album.look(theirs, f"{language} holding pen")
    theirs.goto("/console/systems")
    album.look(theirs, f"{language} systems")
    theirs.goto("/console?q=H-2222-2222")
    album.look(theirs, f"{language} queue search")
    mine.goto("/inbox")
    album.look(mine, f"{language} inbox")
    mine.goto("/case/nothing/of/the/kind")
    album.look(mine, f"{language} no such page")
    theirs.goto("/agents/sign-out")
    album.look(theirs, f"{language} sign out")
    press(theirs)
    album.look(theirs, f"{language} signed out")


def look_without_a_phone(browser: Browser, house: House, album: Album, language: str) -> None:
    """Look at the page of somebody who has shown the mailbox, where the company has no phone of theirs."""
    codes = house.codes_for(READER)
    with opened(browser, house, album, language) as page:
        page.goto("/")
        page.locator(".choice", has=page.locator("input[value=access]")).locator("label").click()
        page.fill("#identifier-email", READER)
        press(page)
        page.locator("main a[href^='/prove/']").click()
        page.fill("#code", codes("mailbox"))
        press(page)
        expect(page.locator("#code")).to_have_count(0)
        album.look(page, f"{language} prove with nothing left")


def test_no_page_keeps_anybody_out(seen: list[Path], album: Album) -> None:
    """No barrier of WCAG 2.2 AA, nothing cut off or refused, one first heading, on any page in any form."""
    assert len(album.names) >= 200
    assert not album.faults, "\n".join(sorted(set(album.faults)))


def test_what_was_handed_out_is_read_from_the_disk_by_everybody(
    seen: list[Path], album: Album, browser: Browser, tmp_path: Path
) -> None:
    asked: list[str] = []
    before = len(album.faults)
    for number, file in enumerate(seen):
        folder = unpack(file, tmp_path / str(number))
        context = browser.new_context(java_script_enabled=True)
        album.listen(context)
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.goto((folder / "data/index.html").as_uri())
        album.look(page, f"{number} {file.stem.split('-')[-1]} unpacked")
        expect(page.locator("html")).to_have_attribute("lang", LANGUAGES[number // 2])
        context.close()
    assert len(seen) == 4
    assert all(url.startswith("file:") for url in asked), asked
    assert not album.faults[before:], "\n".join(album.faults[before:])


def test_five_hundred_cases_are_shown_as_well(
    house: EmbeddedHouse, seen: list[Path], album: Album, browser: Browser
) -> None:
    fill_the_queue(house, 500)
    before = len(album.faults)
    with opened(browser, house, album, "sv") as page:
        sign_in(page, f"cy@{AT}", "/console")
        album.look(page, "sv queue of 500")
        assert page.locator("tbody tr").count() >= 200
    assert not album.faults[before:], "\n".join(album.faults[before:])


def fill_the_queue(house: EmbeddedHouse, count: int) -> None:
    """Put lines into the register as if so many had asked; nothing else than the queue looks at them."""
    with closing(sqlite3.connect(house.folder / "data/intake.db", timeout=20)) as register, register:
        case, right = columns_of(register, "case_file"), columns_of(register, "case_right")
        model = register.execute("SELECT * FROM case_file LIMIT 1").fetchone()
        clock = register.execute("SELECT * FROM case_right WHERE case_id = ? LIMIT 1", [model[case.index("id")]])
        clock_row = clock.fetchone()
        for number in range(count):
            own = {"id": str(uuid.uuid4()), "reference": f"H-{number:04}-TEST", "token": f"{number:064}"}
            insert(register, "case_file", case, model, own)
            due = (date.today() + timedelta(days=number % 40 - 3)).isoformat()  # noqa: DTZ011
            waiting = {"case_id": own["id"], "respond_by": due, "state": "received", "open": 1}
            insert(register, "case_right", right, clock_row, waiting)


def columns_of(register: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in register.execute(f"PRAGMA table_info({table})")]


def insert(
    register: sqlite3.Connection, table: str, columns: list[str], model: tuple[object, ...], own: dict[str, object]
) -> None:
    values = [own.get(name, value) for name, value in zip(columns, model, strict=True)]
    register.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", values)
