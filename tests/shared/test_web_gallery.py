"""Every macro on three pages, in two languages, two shades, two sizes: looked at by a browser and by axe."""

import os
import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from flask import Blueprint, current_app, render_template, request
from playwright.sync_api import Browser, Page, expect

from habeas.testing.servers.axe import find_barriers
from habeas.testing.visitor import RoomOrigins, make_room
from habeas.web import Listener, create_app, everyone, open_to, present_language

HERE = Path(__file__).parent / "gallery"
WORDS = yaml.safe_load((HERE / "words.yaml").read_text(encoding="utf-8"))
PAGES = ("portal", "portal?wrong=1", "case", "console?rows=200", "console?rows=0", "nowhere")
SIZES = {"phone": (375, 812), "desktop": (1280, 900)}
PROFILE = SimpleNamespace(
    controller=SimpleNamespace(
        name="Nordlunds Belysningsarmaturer AB",
        languages=("sv", "en"),
        authority=SimpleNamespace(name="Integritetsskyddsmyndigheten", url="https://authority.example"),
    )
)

pytestmark = pytest.mark.servers


def make_gallery() -> Blueprint:
    gallery = Blueprint("gallery", __name__, template_folder=str(HERE), root_path=str(HERE))

    @gallery.route("/gallery/<name>", methods=["GET", "POST"])
    @open_to(everyone)
    def show(name: str) -> str:
        words = WORDS[present_language()]
        wrong = words["errors"] if "wrong" in request.args else dict.fromkeys(words["errors"], "")
        shown = {
            "t": words,
            "wrong": () if name == "nowhere" else wrong,
            "errors": [(field, text) for field, text in wrong.items() if text],
            "queue": [_queue_row(number, words) for number in range(int(request.args.get("rows", 0)))],
            "today": date(2026, 3, 1),
            "due": date(2026, 3, 13),
            "back_url": "/gallery/case",
        }
        template = "error.html" if name == "nowhere" else f"gallery_{name}.html"
        return render_template(template, status=500, reference="7Q4M-K2XW", **shown)

    return gallery


def _queue_row(number: int, words: dict[str, Any]) -> list[Any]:
    marks: Any = current_app.jinja_env.get_template("mark.html").module
    days = number // 4 - 2
    rights = marks.tag(words["scopes"][number % 3]["label"], "accent")
    blocked = marks.tag(words["blocked"], "warning") if number % 5 == 0 else ""
    return [f"2026-{number:04}", marks.day_counter(days), f"a…{number % 10}@e…", rights, words["stage"], blocked, "Mo"]


@pytest.fixture(scope="module")
def portal() -> Iterator[str]:
    """The gallery behind a real server."""
    stop = threading.Event()
    listener = Listener(lambda environ, start: app(environ, start), "127.0.0.1", 0, threads=2)
    url = f"http://127.0.0.1:{listener.port}"
    app = create_app(make_room(make_gallery(), settings=RoomOrigins(url), profiles={"nordlund": PROFILE}))
    thread = threading.Thread(target=listener.run, args=(stop,), daemon=True)
    thread.start()
    yield url
    stop.set()
    thread.join(15)


def open_page(browser: Browser, url: str, size: str, shade: Any, language: str) -> tuple[Page, list[str]]:
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=shade, locale=language)
    page = context.new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    if folder := os.environ.get("SCREENSHOTS"):
        name = "-".join((url.rsplit("/", 1)[1].replace("?", "-").replace("=", "-"), size, shade, language))
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
    return page, complaints


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(
    ("size", "shade", "language"),
    [("phone", "light", "sv"), ("phone", "dark", "en"), ("desktop", "light", "en"), ("desktop", "dark", "sv")],
)
def test_every_part_can_be_used_by_everybody(
    browser: Browser, portal: str, axe: str, name: str, size: str, shade: str, language: str
) -> None:
    """No barrier by WCAG 2.2 AA, nothing refused by the policy, nothing wider than the window, one h1, the language."""
    page, complaints = open_page(browser, f"{portal}/gallery/{name}", size, shade, language)
    assert complaints == []
    assert find_barriers(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0]
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == language
    page.context.close()


def test_lines_of_text_are_easy_to_follow(browser: Browser, portal: str) -> None:
    """A full line of running text holds 60 to 80 characters on a wide screen."""
    page, _ = open_page(browser, f"{portal}/gallery/case", "desktop", "light", "sv")
    text = page.locator(".details-body p").first
    page.locator("details summary").first.click()
    lines = text.evaluate("""node => {
        const range = document.createRange(); range.selectNodeContents(node);
        return node.textContent.length / new Set([...range.getClientRects()].map(r => r.top)).size }""")
    assert 45 <= lines <= 80
    page.context.close()


def test_every_target_is_large_enough_to_hit(browser: Browser, portal: str) -> None:
    """24 by 24 px at least (WCAG 2.2, 2.5.8), also on a phone; links within a sentence are excepted."""
    for name in PAGES:
        page, _ = open_page(browser, f"{portal}/gallery/{name}", "phone", "light", "sv")
        small = page.evaluate("""() => [...document.querySelectorAll('a, button, input, select, textarea, summary')]
            .filter(node => !node.closest('p') && node.type !== 'hidden' && !node.classList.contains('skip'))
            .map(node => [node.outerHTML.slice(0, 90), node.getBoundingClientRect()])
            .filter(([_, box]) => box.width > 0 && (box.height < 24 || box.width < 24))
            .map(([text, box]) => `${text} ${box.width}x${box.height}`)""")
        assert small == []
        page.context.close()


def test_the_error_summary_takes_the_focus_and_leads_to_the_fields(browser: Browser, portal: str) -> None:
    page, _ = open_page(browser, f"{portal}/gallery/portal?wrong=1", "desktop", "light", "en")
    expect(page.locator(".error-summary")).to_be_focused()
    assert page.title().startswith("Error: ")
    for link in page.locator(".error-summary a").all():
        link.click()
        assert page.evaluate("document.activeElement.matches('input, textarea, select')"), link.inner_text()
        assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") or link.inner_text()
    page.context.close()


def test_the_keyboard_shows_where_it_is(browser: Browser, portal: str) -> None:
    """The first stop is the way past the header, and every stop has a ring that can be seen."""
    page, _ = open_page(browser, f"{portal}/gallery/portal", "desktop", "light", "en")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
    for _step in range(12):
        page.keyboard.press("Tab")
        ring = page.evaluate("""() => [document.activeElement, document.activeElement.closest('.card-choice')]
            .some(node => node && parseFloat(getComputedStyle(node).outlineWidth) >= 2
                && getComputedStyle(node).outlineStyle !== 'none')""")
        assert ring, page.evaluate("document.activeElement.outerHTML")
    page.context.close()


def test_a_form_is_sent_without_any_script(browser: Browser, portal: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{portal}/gallery/portal")
    page.get_by_role("button").first.click()
    assert page.title() != ""
    assert page.locator("h1").count() == 1
    assert page.locator("form").count() == 1
    context.close()


def test_a_page_can_be_printed(browser: Browser, portal: str) -> None:
    """Paper shows the content: no navigation, no buttons."""
    page, _ = open_page(browser, f"{portal}/gallery/case", "desktop", "light", "sv")
    page.emulate_media(media="print")
    assert not page.locator(".button").first.is_visible()
    assert not page.locator(".languages").is_visible()
    assert page.locator(".summary").is_visible()
    page.context.close()
