"""Systems of other people, each with its own data and its own idea of erasure; one of each for a session."""

from collections.abc import Callable

import pytest

from habeas.testing.servers.mailman import Mailman
from habeas.testing.servers.mariadb import Mariadb
from habeas.testing.servers.server import Server
from habeas.testing.servers.tryton import Tryton
from habeas.testing.servers.wordpress import WordPress


@pytest.fixture(scope="session")
def mailman(have: Callable[[Server], Server], request: pytest.FixtureRequest) -> Mailman:
    """A Mailman 3 without lists."""
    have(server := Mailman(request.config.rootpath / ".servers" / "mailman"))
    return server


@pytest.fixture(scope="session")
def tryton(have: Callable[[Server], Server], request: pytest.FixtureRequest) -> Tryton:
    """A Tryton with parties and mailings, and nobody in it."""
    have(server := Tryton(request.config.rootpath / ".servers" / "tryton"))
    return server


@pytest.fixture(scope="session")
def wordpress(have: Callable[[Server], Server], mariadb: Mariadb) -> WordPress:
    """A WordPress site, with nothing on it but an administrator."""
    have(server := WordPress(mariadb))
    return server
