"""Sending inside one process: kombu's memory transport, confirmed by the receiver's commit."""

from collections.abc import Sequence

from kombu import Connection, Producer

from habeas.bus.port import PublishFailed, Receipts
from habeas.bus.topology import EXCHANGE, dead_queue_of, queue_of, routing_key
from habeas.envelope import CONTENT_TYPE, Posted, to_headers

_CONFIRM_SECONDS = 15.0


class MemoryPublisher:
    """Sends over kombu's memory transport.

    A process that dies forgets what is in memory, so a letter counts as confirmed only when its receiver's inbox has
    committed it; the outbox then says the rest again after the next start.
    """

    def __init__(self, sender: str, receipts: Receipts) -> None:
        self._sender = sender
        self._receipts = receipts
        self._connection: Connection | None = None
        self._known: set[str] = set()

    def publish(self, batch: Sequence[Posted]) -> frozenset[str]:
        """Send a batch and wait until all of it is stored."""
        connection = self._connection = self._connection or Connection("memory://")
        producer = Producer(connection.default_channel, exchange=EXCHANGE, auto_declare=True)
        for posted in batch:
            if posted.recipient not in self._known:
                for queue in (queue_of(posted.recipient), dead_queue_of(posted.recipient)):
                    queue(connection.default_channel).declare()
                self._known.add(posted.recipient)
            producer.publish(
                posted.body,
                routing_key=routing_key(posted.recipient, self._sender, posted.type),
                content_type=CONTENT_TYPE,
                content_encoding="binary",
                message_id=posted.id,
                headers=to_headers(posted),
            )
        self._receipts.announce({posted.recipient for posted in batch})
        ids = frozenset(posted.id for posted in batch)
        confirmed = self._receipts.await_all(ids, _CONFIRM_SECONDS)
        if confirmed != ids:
            raise PublishFailed("not every receiver stored in time", confirmed)
        return confirmed

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.release()
            self._connection = None
