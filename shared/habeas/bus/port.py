"""What the relay and the receiver need of a broker, and which adapter answers a URL."""

import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from habeas.envelope import Posted
from habeas.errors import Refused, TryLater

if TYPE_CHECKING:
    from habeas.bus.receiver import Receiver, Store


class PublishFailed(TryLater):
    """Says that the broker could not be reached or did not confirm in time; what was confirmed before is named."""

    def __init__(
        self, reason: str, confirmed: frozenset[str] = frozenset(), returned: frozenset[str] = frozenset()
    ) -> None:
        super().__init__(reason)
        self.confirmed = confirmed
        self.returned = returned


class Publisher(Protocol):
    """Sends letters and tells which of them the broker has safely taken and routed."""

    def publish(self, batch: Sequence[Posted]) -> frozenset[str]:
        """Send a batch; return the ids confirmed and routed, all of them, or raise `PublishFailed`."""

    def close(self) -> None:
        """Let the connection go; it is made anew at the next batch."""


class Receipts:
    """Who has stored what, inside one process: on the memory bus this is the broker's confirmation.

    It also tells each receiver that something came, which kombu's memory transport could only find by asking on and on.
    """

    def __init__(self) -> None:
        self._arrived: dict[str, threading.Event] = {}
        self._stored: set[str] = set()
        self._changed = threading.Condition()

    def announce(self, recipients: Iterable[str]) -> None:
        """Tell these receivers that letters lie in their queues."""
        for recipient in recipients:
            self._arrived.setdefault(recipient, threading.Event()).set()

    def await_arrival(self, recipient: str, seconds: float) -> None:
        """Wait until something came for a receiver, at most so long."""
        arrived = self._arrived.setdefault(recipient, threading.Event())
        if arrived.wait(seconds):
            arrived.clear()

    def confirm(self, letters: Sequence[str]) -> None:
        """Note that these letters stand committed in their receiver's inbox."""
        with self._changed:
            self._stored.update(letters)
            self._changed.notify_all()

    def await_all(self, letters: frozenset[str], seconds: float) -> frozenset[str]:
        """Wait until all of these are stored, at most so long; return those that are."""
        with self._changed:
            self._changed.wait_for(lambda: letters <= self._stored, seconds)
            stored = letters & self._stored
            self._stored -= letters
            return frozenset(stored)


def open_publisher(url: str, sender: str, receipts: Receipts) -> Publisher:
    """Return what sends a participant's letters to a broker URL: pika on RabbitMQ, kombu on memory."""
    scheme = url.partition(":")[0]
    if scheme in ("amqp", "amqps"):
        from habeas.bus.pika_publisher import PikaPublisher

        return PikaPublisher(url, sender)
    if scheme == "memory":
        from habeas.bus.memory_publisher import MemoryPublisher

        return MemoryPublisher(sender, receipts)
    raise Refused(f"no bus speaks {scheme}:; use memory: or amqp:")


def open_receiver(url: str, participant: str, store: "Store", receipts: Receipts) -> "Receiver":
    """Return the receiver that stores what arrives for a participant."""
    from habeas.bus.receiver import Receiver

    return Receiver(url, participant, store, receipts)
