"""Letters in a real browser: sent without a script, looked at from the second origin, and nothing in them runs."""

from pathlib import Path

import pytest
from browser.album import Album
from journeys.steps import AT
from playwright.sync_api import Browser, Page, expect
from tests.identity import hostile_files as files

from habeas.testing.running import PASSWORD, EmbeddedHouse

pytestmark = pytest.mark.servers

SENT = {
    "jpeg with a place": files.gps(2),
    "png with a place": files.gps(1),
    "scripted pdf": files.scripted_pdf(),
    "pdf with a file": files.pdf_with_file(files.SCRIPT),
    "pdf of two pages": files.pdf(pages=2),
}
REFUSED = ("html named jpg", "svg", "gifar", "jpeg and html", "pdf and zip")
PAGES = len(SENT) + 1


def person(browser: Browser, house: EmbeddedHouse, *, script: bool = True) -> Page:
    context = browser.new_context(base_url=house.portal, java_script_enabled=script, locale="en")
    context.set_default_timeout(30_000)
    return context.new_page()


def send(page: Page, name: str, data: bytes, folder: Path) -> None:
    path = folder / f"{name.replace(' ', '-')}.jpg"
    path.write_bytes(data)
    page.set_input_files("#file", path)
    page.locator("main button").click()


def sign_in(page: Page, path: str) -> None:
    page.goto(path)
    page.fill("#email", f"ada@{AT}")
    page.fill("#password", PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(f"**{path}")


def test_nothing_that_was_sent_runs_in_an_agent_s_browser(
    house: EmbeddedHouse, browser: Browser, album: Album, tmp_path: Path
) -> None:
    """V3.2.1, case 13: every kind is opened; what is refused has nothing to open."""
    with house.person("en") as asking:
        case = asking.ask(["access"], "somebody.unknown@example.com")
    mine, here = person(browser, house, script=False), f"/prove/{case}/letter"
    mine.goto(here)
    for name in REFUSED:
        send(mine, name, files.REFUSED[name](1), tmp_path)
        assert mine.locator("#file-error").count() == 1, name
    for name, data in SENT.items():
        send(mine, name, data, tmp_path)
        expect(mine.locator(".notice-title")).to_have_text("Taken in")
    look_at_the_page(person(browser, house), here, album, tmp_path)

    theirs, ran = person(browser, house), []
    theirs.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
    sign_in(theirs, f"/agents/evidence/{case}")
    for _ in range(50):
        if theirs.locator("form[action$='/look']").count() == len(SENT):
            break
        theirs.wait_for_timeout(200)
        theirs.reload()
    album.look(theirs, "en evidence")
    fetched = [path for number in range(len(SENT)) for path in fetch_pages(theirs, case, number, tmp_path)]
    album.look(theirs, "en evidence looked at")
    for path in fetched:
        theirs.goto(path.as_uri())
        assert theirs.locator("img").count() == 1
        assert not theirs.title().startswith("ran")
    assert (len(fetched), ran) == (PAGES, [])
    assert all(path.read_bytes().startswith(b"\xff\xd8\xff") for path in fetched)
    assert not album.faults, album.faults


def look_at_the_page(page: Page, here: str, album: Album, folder: Path) -> None:
    page.goto(here)
    send(page, "heic", files.REFUSED["heic"](1), folder)
    expect(page.locator(".error-summary")).to_be_focused()
    album.look(page, "en letter refused")
    page.goto(f"{here}?sent=yes")
    album.look(page, "en letter taken in")


def fetch_pages(page: Page, case: str, number: int, folder: Path) -> list[Path]:
    """Say why one looks at a letter, and fetch its pages; each comes as a file, and the agent stays where they were."""
    page.goto(f"/agents/evidence/{case}")
    page.locator("select[name=reason]").nth(number).select_option("decide")
    page.locator("form[action$='/look'] button").nth(number).click()
    found = []
    for button in page.locator("form[action$='/evidence'] button").all():
        with page.expect_download() as started:
            button.click()
        assert started.value.url.startswith("http://127.0.0.1:")
        found.append(folder / f"{number}-{started.value.suggested_filename}")
        started.value.save_as(found[-1])
    return found
