"""Systems of other people, each with its own data and its own idea of erasure; one of each for a session."""

from collections.abc import Callable

import pytest
from peers.blog import Blog

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
    """A site of WordPress that nobody has been to."""
    have(server := WordPress(mariadb.fresh_database()))
    return server


@pytest.fixture(scope="session")
def planted_blog(wordpress: WordPress) -> Blog:
    """A site with Ann and Bob on it; a test takes `blog`."""
    return Blog(wordpress)


@pytest.fixture
def blog(planted_blog: Blog) -> Blog:
    """The site as it was planted."""
    planted_blog.restore()
    return planted_blog
