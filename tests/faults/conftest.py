"""Houses under fire: one of each mode for all tests here, since a case is a trial of its own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from habeas.testing.faults.houses import SplitRange, open_embedded, open_split
from habeas.testing.faults.trial import Range
from habeas.testing.servers.postgres import PrivatePostgres
from habeas.testing.servers.rabbitmq import PrivateRabbit
from habeas.testing.servers.server import Server
from habeas.testing.servers.sms import SmsSink
from habeas.testing.servers.smtp import SmtpSink

SAMPLE = Path(__file__).parents[2] / "examples" / "sample-company"


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Range]:
    """Everything in one process, which a plan may kill at any point."""
    with open_embedded(tmp_path_factory.mktemp("embedded"), SAMPLE) as house:
        yield house


@pytest.fixture(scope="session")
def split(tmp_path_factory: pytest.TempPathFactory, have: Callable[[Server], Server]) -> Iterator[SplitRange]:
    """A process a service and role, on servers of our own that a test may kill."""
    have(rabbit := PrivateRabbit())
    have(postgres := PrivatePostgres())
    have(smtp := SmtpSink())
    have(sms := SmsSink())
    folder = tmp_path_factory.mktemp("split")
    with open_split(folder, SAMPLE, rabbit=rabbit, postgres=postgres, smtp=smtp, sms=sms) as house:
        yield house
