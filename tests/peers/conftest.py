"""Tests against systems that real people use: they are planted once, and set back for each test."""

import pytest
from peers.blog import Blog

from habeas.testing.servers.wordpress import WordPress


@pytest.fixture(scope="session")
def planted_blog(wordpress: WordPress) -> Blog:
    """A site with Ann and Bob on it; a test takes `blog`."""
    return Blog(wordpress)


@pytest.fixture
def blog(planted_blog: Blog) -> Blog:
    """The site as it was planted."""
    planted_blog.restore()
    return planted_blog
