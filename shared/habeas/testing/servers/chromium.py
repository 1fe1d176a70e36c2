"""A real browser: Debian's Chromium, driven by Playwright."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from habeas.testing.servers.packages import find_program, install
from habeas.testing.servers.server import ServerMissing

NAMES = ("chromium", "chromium-browser", "google-chrome")
#: No sandbox, since tests may run as root; and nothing that looks for hosts of its own accord.
QUIET_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def find_chromium() -> tuple[Path, str]:
    """Where the browser is, installed when it was missing, and one line on how it came here."""
    found = find_program(*NAMES)
    if found:
        return found, f"found at {found}"
    how = install(["chromium"], "Chromium")
    found = find_program(*NAMES)
    if found is None:
        raise ServerMissing("Chromium was installed, but it is in no folder that we know")
    return found, how


@contextmanager
def open_browser(program: Path) -> Iterator[Browser]:
    """A headless browser that is closed at the end; while it is open, this thread can run no other event loop."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(program), args=list(QUIET_ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
