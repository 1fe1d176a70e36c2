"""Receiving: kombu reads a participant's queue, batches go to the inbox, and only then is the broker told."""

import contextlib
import random
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from kombu import Connection, Consumer
from kombu.message import Message

from habeas.bus.port import Receipts
from habeas.bus.topology import EXCHANGE, dead_queue_of, queue_of
from habeas.envelope import from_headers
from habeas.errors import TryLater
from habeas.work.failpoint import passed

_PREFETCH = 50
_IDLE_SECONDS = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
_NOT_FOUND = 404


@dataclass(frozen=True)
class Arrived:
    """A message as the broker gave it: bytes and what stood beside them."""

    body: bytes
    key_id: str
    signature: bytes


Store = Callable[[Sequence[Arrived]], Sequence[str | None]]
"""Puts a batch into the inbox and commits; returns each letter's id, or None for bytes that are no letter."""


class Receiver:
    """Reads a participant's queue until told to stop, over any fault of the broker."""

    def __init__(self, url: str, participant: str, store: Store, receipts: Receipts) -> None:
        self._in_memory = url.startswith("memory")
        self._url = "memory://" if self._in_memory else url
        self._participant = participant
        self._store = store
        self._receipts = receipts
        self.connected = False

    def run(self, stop: threading.Event) -> None:
        """Receive until `stop`; a lost connection is made again with growing pauses."""
        pause = _FIRST_PAUSE
        log = structlog.get_logger()
        faults = _faults(self._url)
        while not stop.is_set():
            try:
                with self._connect() as connection:
                    pause = _FIRST_PAUSE
                    self._consume(connection, stop)
            except faults as error:
                log.warning("the receiver lost the broker", error=error, recipient=self._participant)
            finally:
                self.connected = False
            if not stop.is_set():
                stop.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _connect(self) -> Connection:
        options = {"polling_interval": 0.01} if self._in_memory else {}
        return Connection(self._url, heartbeat=10, connect_timeout=5, transport_options=options)

    def _consume(self, connection: Connection, stop: threading.Event) -> None:
        channel = connection.channel()
        queue = self._find_queue(connection, channel)
        arrived: list[Message] = []
        consumer = Consumer(channel, [queue], on_message=arrived.append, no_ack=False, auto_declare=False)
        consumer.qos(prefetch_count=_PREFETCH, apply_global=False)
        with consumer:
            self.connected = True
            more = False
            while not stop.is_set():
                self._drain(connection, arrived, more=more)
                more = len(arrived) >= _PREFETCH
                if arrived:
                    self._take(connection, arrived, stop)
                    arrived.clear()

    def _find_queue(self, connection: Connection, channel: Any) -> Any:
        """Find our queue as an operator has declared it; where nobody has, and we may, declare it ourselves."""
        if self._in_memory:
            return declare(channel, self._participant)
        queue = queue_of(self._participant)(channel)
        looking = connection.channel()  # the broker closes the channel on which somebody asks for what is not there
        try:
            queue_of(self._participant)(looking).queue_declare(passive=True)
        except connection.channel_errors as missing:
            if getattr(missing, "code", None) != _NOT_FOUND:
                raise
            queue = declare(channel, self._participant)
        else:
            looking.close()
        return queue

    def _drain(self, connection: Connection, arrived: list[Message], *, more: bool) -> None:
        timeout = _IDLE_SECONDS
        if self._in_memory and not more:
            self._receipts.await_arrival(self._participant, _IDLE_SECONDS)
            timeout = 0.001
        with contextlib.suppress(TimeoutError, socket.timeout):
            while len(arrived) < _PREFETCH:
                connection.drain_events(timeout=timeout)
                timeout = 0.001  # what is there already joins the batch; nobody waits for more
        _show_life(connection)

    def _take(self, connection: Connection, arrived: list[Message], stop: threading.Event) -> None:
        letters = self._store_at_last(connection, arrived, stop)
        passed("receiver.stored")
        for message, letter in zip(arrived, letters, strict=True):
            if letter is None:
                message.reject(requeue=False)
            else:
                message.ack()
        self._receipts.confirm([letter for letter in letters if letter is not None])
        passed("receiver.acknowledged")

    def _store_at_last(
        self, connection: Connection, arrived: list[Message], stop: threading.Event
    ) -> Sequence[str | None]:
        """Store a batch, however long the database is away; what arrives meanwhile joins it.

        Giving letters back to the broker each time would use up their delivery limit, and the memory bus loses what is
        given back: so they are held, unacknowledged, at most as many as are prefetched.
        """
        pause = _FIRST_PAUSE
        while True:
            try:
                return self._store([_arrived(message) for message in arrived])
            except TryLater as later:
                structlog.get_logger().warning(
                    "letters wait to be stored", reason=later.reason, count=len(arrived), recipient=self._participant
                )
                if stop.is_set():
                    raise
            with contextlib.suppress(TimeoutError, socket.timeout):
                connection.drain_events(timeout=pause)  # answers the broker's heartbeats, too
            _show_life(connection)
            pause = min(pause * 2, _LONGEST_PAUSE)


def _show_life(connection: Connection) -> None:
    if connection.supports_heartbeats:
        connection.heartbeat_check()


def declare(channel: Any, participant: str) -> Any:
    """Declare what a participant receives from, and where its undecodable messages go; return its queue."""
    EXCHANGE(channel).declare()
    dead_queue_of(participant)(channel).declare()
    queue = queue_of(participant)(channel)
    queue.declare()
    return queue


def _faults(url: str) -> tuple[type[Exception], ...]:
    connection = Connection(url)
    return (OSError, TryLater, *connection.connection_errors, *connection.channel_errors)


def _arrived(message: Message) -> Arrived:
    body = message.body
    key_id, signature = from_headers(message.headers or {})
    return Arrived(body.encode() if isinstance(body, str) else bytes(body), key_id, signature)
