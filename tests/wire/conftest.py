"""The two buses, behind one face: RabbitMQ, and kombu's memory with receipts."""

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
from kombu import Connection

from habeas.bus.dead import declare_all
from habeas.bus.port import Publisher, Receipts, open_publisher
from habeas.bus.receiver import Arrived, Receiver, declare
from habeas.clock import uuid7
from habeas.envelope import Posted
from habeas.testing.servers.rabbitmq import Rabbit

KIND = "order.given"  # what every connector hears
SENDER = "fulfilment"
Store = Callable[[Sequence[Arrived]], Sequence[str | None]]


@dataclass
class Inbox:
    """What a receiver has stored; a body `reject` is no letter."""

    batches: list[list[bytes]] = field(default_factory=list)

    @property
    def bodies(self) -> list[bytes]:
        """All that was stored, in order."""
        return [body for batch in self.batches for body in batch]

    def store(self, arrived: Sequence[Arrived]) -> list[str | None]:
        """Store a batch: the id of a letter is its body."""
        self.batches.append([each.body for each in arrived])
        return [None if each.body == b"reject" else each.body.decode() for each in arrived]


@dataclass
class Bus:
    """One bus with a publisher."""

    url: str
    publisher: Publisher
    receipts: Receipts

    def new_hearer(self) -> str:
        """Name a hearer whom nobody else has, and declare what is addressed to it."""
        name = f"connect-w{secrets.token_hex(6)}"
        if self.url.startswith("amqp"):
            declare_all(self.url, [name])
        else:
            with Connection("memory://") as connection:
                declare(connection.channel(), name)
        return name

    @contextmanager
    def receiving(self, hearer: str, store: Store) -> Iterator[Receiver]:
        """Receive for a hearer in a thread."""
        receiver, stop = Receiver(self.url, hearer, store, self.receipts), threading.Event()
        thread = threading.Thread(target=receiver.run, args=(stop,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            stop.set()
            thread.join(10)
            assert not thread.is_alive()


def letter(hearer: str) -> Posted:
    """A letter to a hearer: its body is its id."""
    name = uuid7()
    return Posted(name, hearer, KIND, name.encode(), "key", b"signature")


@pytest.fixture(scope="session")
def post() -> Callable[[str], Posted]:
    """Write a letter to a hearer."""
    return letter


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def rabbit_bus(rabbitmq: Rabbit) -> Iterator[Bus]:
    """The bus on RabbitMQ."""
    with ExitStack() as stack:
        bus = Bus(rabbitmq.url, open_publisher(rabbitmq.url, SENDER, Receipts()), Receipts())
        stack.callback(bus.publisher.close)
        yield bus


@pytest.fixture
def bus_as() -> Iterator[Callable[[str, str], Bus]]:
    """Give RabbitMQ's bus as one of its users, who speaks as one of the participants."""
    made: list[Bus] = []

    def connect(url: str, sender: str) -> Bus:
        made.append(Bus(url, open_publisher(url, sender, Receipts()), Receipts()))
        return made[-1]

    yield connect
    for each in made:
        each.publisher.close()


@pytest.fixture
def memory_bus() -> Iterator[Bus]:
    """The bus in memory."""
    receipts = Receipts()
    bus = Bus("memory:", open_publisher("memory:", SENDER, receipts), receipts)
    yield bus
    bus.publisher.close()


@pytest.fixture(params=["memory", pytest.param("rabbit", marks=pytest.mark.servers)])
def bus(request: pytest.FixtureRequest) -> Bus:
    """Each bus in turn."""
    found: Bus = request.getfixturevalue(f"{request.param}_bus")
    return found
