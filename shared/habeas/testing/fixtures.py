"""A pytest plug-in with the test bed: `pytest_plugins = ["habeas.testing.fixtures"]`.

A server is started when the first test asks for it and ended with the session. One that cannot be had is an error with
what to do, nowhere a skip. A server's own library is imported by its fixture, so that whoever uses only one needs only
that one installed.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from habeas.testing.servers.server import Server

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from habeas.testing.servers.mariadb import Mariadb
    from habeas.testing.servers.moto import Moto
    from habeas.testing.servers.openid import OpenIdProvider
    from habeas.testing.servers.postgres import Postgres, PrivatePostgres
    from habeas.testing.servers.rabbitmq import PrivateRabbit, Rabbit
    from habeas.testing.servers.rgw import Rgw
    from habeas.testing.servers.sms import SmsSink
    from habeas.testing.servers.smtp import SmtpSink
    from habeas.testing.servers.wordpress import WordPress

COUNTS = ("floor", "full")
_CHOSEN = pytest.StashKey[str]()
#: A test says what else it needs through these; `pytest -m "not servers"` runs without any.
MARKERS = {
    "servers": "needs a real server (PostgreSQL, RabbitMQ, S3, a browser)",
    "slow": "takes more than ten seconds at its floor",
}


def pytest_configure(config: pytest.Config) -> None:
    """Make the markers known."""
    for name, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    config.stash[_CHOSEN] = os.environ.get("HABEAS_COUNTS", COUNTS[0])
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        os.environ.pop("HABEAS_COUNTS", None)  # no setting of the product: a command under test would refuse it


@pytest.fixture(scope="session")
def counts(request: pytest.FixtureRequest) -> Callable[[int, int], int]:
    """How often to try: `counts(floor, full)` gives the floor, or with HABEAS_COUNTS=full the full count."""
    chosen = request.config.stash[_CHOSEN]
    if chosen not in COUNTS:
        raise pytest.UsageError(f"HABEAS_COUNTS is one of {', '.join(COUNTS)}, not {chosen!r}")
    return lambda floor, full: full if chosen == "full" else floor


@pytest.fixture(scope="session")
def tell(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Say one line on a server to the person who runs the tests, past pytest's capturing."""
    capture = request.config.pluginmanager.getplugin("capturemanager")
    reporter = request.config.pluginmanager.getplugin("terminalreporter")

    def say(name: str, story: str) -> None:
        if reporter is None:
            return
        with capture.global_and_fixture_disabled():
            reporter.ensure_newline()
            reporter.write_line(f"test bed: {name}: {story}")

    return say


@pytest.fixture(scope="session")
def have(tell: Callable[[str, str], None]) -> Iterator[Callable[[Server], Server]]:
    """Start a server, say how, and end it with the session, the last started first."""
    started: list[Server] = []

    def start(server: Server) -> Server:
        server.start()
        started.append(server)
        tell(server.name, server.story)
        return server

    yield start
    while started:
        started.pop().stop()


@pytest.fixture(scope="session")
def postgres(have: Callable[[Server], Server]) -> "Postgres":
    """A fresh PostgreSQL database for this session."""
    from habeas.testing.servers.postgres import Postgres

    have(server := Postgres())
    return server


@pytest.fixture(scope="session")
def mariadb(have: Callable[[Server], Server]) -> "Mariadb":
    """Fresh MariaDB databases for this session."""
    from habeas.testing.servers.mariadb import Mariadb

    have(server := Mariadb())
    return server


@pytest.fixture(scope="session")
def wordpress(have: Callable[[Server], Server], mariadb: "Mariadb") -> "WordPress":
    """A WordPress site that nobody has been to."""
    from habeas.testing.servers.wordpress import WordPress

    have(server := WordPress(mariadb.fresh_database()))
    return server


@pytest.fixture(scope="module")
def private_postgres(tell: Callable[[str, str], None]) -> Iterator["PrivatePostgres"]:
    """A PostgreSQL cluster that a fault test may crash."""
    from habeas.testing.servers.postgres import PrivatePostgres

    with PrivatePostgres() as server:
        tell(server.name, server.story)
        yield server


@pytest.fixture(scope="session")
def rabbitmq(have: Callable[[Server], Server]) -> "Rabbit":
    """A fresh RabbitMQ virtual host for this session."""
    from habeas.testing.servers.rabbitmq import Rabbit

    have(server := Rabbit())
    return server


@pytest.fixture(scope="module")
def private_rabbitmq(tell: Callable[[str, str], None]) -> Iterator["PrivateRabbit"]:
    """A RabbitMQ node that a fault test may kill."""
    from habeas.testing.servers.rabbitmq import PrivateRabbit

    with PrivateRabbit() as server:
        tell(server.name, server.story)
        yield server


@pytest.fixture(scope="session")
def rgw(have: Callable[[Server], Server]) -> "Rgw":
    """S3 that checks who asks."""
    from habeas.testing.servers.rgw import Rgw

    have(server := Rgw())
    return server


@pytest.fixture(scope="session")
def moto(have: Callable[[Server], Server]) -> "Moto":
    """AWS that does not check who asks."""
    from habeas.testing.servers.moto import Moto

    have(server := Moto())
    return server


@pytest.fixture(scope="session")
def openid(have: Callable[[Server], Server], request: pytest.FixtureRequest) -> "OpenIdProvider":
    """A certified OpenID Connect provider."""
    from habeas.testing.servers.openid import OpenIdProvider

    have(server := OpenIdProvider(request.config.rootpath / ".servers" / "openid"))
    return server


@pytest.fixture(scope="session")
def smtp_server(have: Callable[[Server], Server]) -> "SmtpSink":
    """The mail server of this session; a test takes `smtp`."""
    from habeas.testing.servers.smtp import SmtpSink

    have(server := SmtpSink())
    return server


@pytest.fixture
def smtp(smtp_server: "SmtpSink") -> "SmtpSink":
    """A mail server without mails or refusals."""
    smtp_server.clear()
    return smtp_server


@pytest.fixture(scope="session")
def sms_server(have: Callable[[Server], Server]) -> "SmsSink":
    """The text gateway of this session; a test takes `sms`."""
    from habeas.testing.servers.sms import SmsSink

    have(server := SmsSink())
    return server


@pytest.fixture
def sms(sms_server: "SmsSink") -> "SmsSink":
    """A text gateway without texts, which takes everything that is signed."""
    sms_server.clear()
    return sms_server


@pytest.fixture(scope="session")
def chromium(tell: Callable[[str, str], None]) -> Path:
    """The browser's program."""
    from habeas.testing.servers.chromium import find_chromium

    program, story = find_chromium()
    tell("chromium", story)
    return program


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator["Browser"]:
    """A browser for one module: while it is open, asyncio.run in this thread fails, so it is not kept longer."""
    from habeas.testing.servers.chromium import open_browser

    with open_browser(chromium) as opened:
        yield opened


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    """A page with cookies and storage of its own."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.fixture(scope="session")
def axe(request: pytest.FixtureRequest, tell: Callable[[str, str], None]) -> str:
    """The text of axe-core, for `habeas.testing.servers.axe.find_barriers(page, axe)`."""
    from habeas.testing.servers.axe import find_axe

    script, story = find_axe(request.config.rootpath / ".servers" / "axe")
    tell("axe", story)
    return script
