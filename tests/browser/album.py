"""Looking at a page in every size and shade: what keeps people out, what is cut off, and how it looks."""

import html
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from habeas.testing.servers.axe import find_barriers

SIZES = {"phone": (375, 812), "desktop": (1280, 900)}
SHADES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
STYLE = """body { font: 13px sans-serif; margin: 16px; background: #ddd; display: grid; gap: 12px;
    grid-template-columns: repeat(8, 1fr); } figure { margin: 0; background: white; padding: 6px; }
    img { width: 100%; display: block; } div { max-height: 420px; overflow: hidden; }"""


@dataclass
class Album:
    """The pages of a walk: what was found wrong with each, and its pictures."""

    folder: Path
    axe: str
    names: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def look(self, page: Page, name: str) -> None:
        """Look at a page as it stands, small and large, light and dark; note what is wrong with it.

        Barriers are looked for small and light, large and dark in Swedish, and the other way round in English.
        """
        before = page.viewport_size
        for size, (width, height) in SIZES.items():
            page.set_viewport_size({"width": width, "height": height})
            for shade in SHADES:
                page.emulate_media(color_scheme=shade)
                self._look(page, f"{name} {size} {shade}", width)
                if (size == "phone") == ((shade == "light") == name.startswith("sv")):
                    found = find_barriers(page, self.axe)
                    self.faults += [f"{name} {size} {shade}: {barrier.rule} {barrier.places}" for barrier in found]
        page.emulate_media(color_scheme="light")
        if before:
            page.set_viewport_size(before)

    def _look(self, page: Page, name: str, width: int) -> None:
        self.names.append(name)
        page.screenshot(path=self._picture(name), full_page=True, animations="disabled")
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            self.faults.append(f"{name}: {wide} px wide, so that one has to scroll sideways")
        if page.locator("h1").count() != 1:
            self.faults.append(f"{name}: {page.locator('h1').count()} first headings")
        if "unpacked" not in name and "None" in page.locator("body").inner_text().split():
            self.faults.append(f"{name}: says None")

    def listen(self, context: BrowserContext) -> None:
        """Note whatever a page of this browser complains of, such as something that its policy refuses."""

        def note(message: ConsoleMessage) -> None:
            expected = "Failed to load resource" in message.text and " 4" in message.text
            if message.type in ("error", "warning") and not expected:
                self.faults.append(f"console: {message.text}")

        context.on("console", note)
        context.on("weberror", lambda error: self.faults.append(f"console: {error.error}"))

    def make_sheet(self, browser: Browser) -> Path:
        """Put all pictures onto one, and return where it lies."""
        shown = "".join(
            f'<figure><div><img src="{self._picture(name).as_uri()}"></div>{html.escape(name)}</figure>'
            for name in self.names
        )
        sheet = self.folder / "sheet.html"
        sheet.write_text(f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{shown}", encoding="utf-8")
        page = browser.new_page(viewport={"width": 1800, "height": 1000})
        page.goto(sheet.as_uri())
        page.screenshot(path=self.folder / "contact-sheet.png", full_page=True)
        page.close()
        return self.folder / "contact-sheet.png"

    def _picture(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.png"
