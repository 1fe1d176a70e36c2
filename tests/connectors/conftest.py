"""Tests of connectors have a mail server at hand."""

from collections.abc import Callable

import pytest

from habeas.testing.servers.dovecot import Dovecot
from habeas.testing.servers.server import Server


@pytest.fixture(scope="session")
def dovecot(have: Callable[[Server], Server]) -> Dovecot:
    """IMAP that keeps what is put there, and says who may not."""
    have(server := Dovecot())
    return server
