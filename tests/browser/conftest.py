"""The embedded house behind a real browser, and the album into which its pages go."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from browser.album import Album
from journeys.steps import AGENTS
from playwright.sync_api import Browser

from habeas.testing.running import EmbeddedHouse, make_company

PEOPLE = 60


@pytest.fixture(scope="session")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedHouse]:
    """A running house with a small company and its agents."""
    folder = tmp_path_factory.mktemp("seen")
    source = request.config.rootpath / "examples/sample-company"
    made = EmbeddedHouse(folder=folder, company=make_company(source, folder / "company", people=PEOPLE))
    made.prepare()
    for name, email, roles in AGENTS[:3]:
        made.add_agent(name, email, *roles)
    with made:
        yield made


@pytest.fixture(scope="module")
def album(browser: Browser, axe: str, tell: Callable[[str, str], None]) -> Iterator[Album]:
    """Every page that is looked at, put together into one sheet when all have been."""
    made = Album(Path(tempfile.mkdtemp(prefix="habeas-pages-")), axe)
    yield made
    tell("contact sheet", f"{len(made.names)} pages in {made.make_sheet(browser)}")
