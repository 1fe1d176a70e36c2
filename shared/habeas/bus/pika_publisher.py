"""Sending to RabbitMQ: pika's SelectConnection in a thread of its own, confirms pipelined, returns watched.

kombu's own confirms count a late one for the wrong message after a time-out, and go one by one; that is why the
relay sends with pika. Whatever goes wrong, the connection is dropped and never used again.
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pika
from pika.adapters.select_connection import SelectConnection
from pika.exceptions import AMQPError

from habeas.bus.port import PublishFailed
from habeas.bus.topology import EXCHANGE, routing_key
from habeas.envelope import CONTENT_TYPE, Posted, to_headers

_OPEN_SECONDS = 10.0
_CONFIRM_SECONDS = 15.0


@dataclass(frozen=True)
class Raw:
    """A message as it goes to the broker."""

    id: str
    routing_key: str
    body: bytes
    headers: dict[str, Any]


class PikaPublisher:
    """Publishes a participant's batches with publisher confirms; one batch at a time."""

    def __init__(self, url: str, sender: str) -> None:
        self._sender = sender
        self._parameters = pika.URLParameters(url)
        # kombu reads a URL that ends in / or // as the vhost "/"; pika would read it as the vhost "".
        self._parameters.virtual_host = self._parameters.virtual_host or "/"
        self._parameters.heartbeat = 10
        self._parameters.connection_attempts = 1
        self._parameters.socket_timeout = 5
        self._parameters.blocked_connection_timeout = 60
        self._link: _Link | None = None

    def publish(self, batch: Sequence[Posted]) -> frozenset[str]:
        """Send a batch; return its ids when every one was confirmed and routed."""
        return self._send([self._raw(posted) for posted in batch])

    def publish_raw(self, message: Raw) -> None:
        """Send one message as it is, and return when it was confirmed and routed."""
        self._send([message])

    def _send(self, batch: Sequence[Raw]) -> frozenset[str]:
        if self._link is None or self._link.broken:
            self.close()
            self._link = _Link(self._parameters)
        try:
            return self._link.send(batch)
        except PublishFailed:
            self.close()
            raise

    def _raw(self, posted: Posted) -> Raw:
        address = routing_key(posted.recipient, self._sender, posted.type)
        return Raw(posted.id, address, posted.body, dict(to_headers(posted)))

    def close(self) -> None:
        """Drop the connection."""
        link, self._link = self._link, None
        if link is not None:
            link.drop()


class _Link:
    """One connection, from opening to its first fault."""

    def __init__(self, parameters: pika.connection.Parameters) -> None:
        self.broken = False
        self.why = "no answer in time"
        self._ready = threading.Event()
        self._settled = threading.Event()
        self._next_tag = 1
        self._waiting: dict[int, str] = {}
        self._confirmed: set[str] = set()
        self._returned: set[str] = set()
        self._refused = False
        self._channel: Any = None
        self._connection = SelectConnection(
            parameters,
            on_open_callback=self._opened,
            on_open_error_callback=self._lost,
            on_close_callback=self._lost,
        )
        self._thread = threading.Thread(target=self._loop, name="publisher", daemon=True)
        self._thread.start()

    def _loop(self) -> None:
        try:
            self._connection.ioloop.start()
        except (AMQPError, OSError):
            self._lost()
        finally:
            self._connection.ioloop.close()  # else each connection that was lost would keep its descriptors

    def _opened(self, connection: Any) -> None:
        connection.channel(on_open_callback=self._channel_opened)

    def _channel_opened(self, channel: Any) -> None:
        self._channel = channel
        channel.add_on_close_callback(self._channel_lost)
        channel.add_on_return_callback(self._came_back)
        channel.confirm_delivery(self._answered, callback=lambda _frame: self._ready.set())

    def _channel_lost(self, _channel: Any, why: BaseException) -> None:
        self._break(why)
        if self._connection.is_open:
            self._connection.close()

    def _lost(self, *why: Any) -> None:
        self._break(*why)
        # Not at once: what pika does behind this call closes the socket.
        self._connection.ioloop.add_callback_threadsafe(self._connection.ioloop.stop)

    def _break(self, *why: Any) -> None:
        self.why = type(why[-1]).__name__ if why else "connection lost"
        self.broken = True
        self._ready.set()
        self._settled.set()

    def _came_back(self, _channel: Any, _method: Any, properties: Any, _body: bytes) -> None:
        self._returned.add(properties.message_id)

    def _answered(self, frame: Any) -> None:
        method = frame.method
        tags = (
            [tag for tag in self._waiting if tag <= method.delivery_tag] if method.multiple else [method.delivery_tag]
        )
        for tag in tags:
            letter = self._waiting.pop(tag, None)
            if letter is None:
                continue
            if isinstance(method, pika.spec.Basic.Ack) and letter not in self._returned:
                self._confirmed.add(letter)
            else:
                self._refused = True
        if not self._waiting:
            self._settled.set()

    def send(self, batch: Sequence[Raw]) -> frozenset[str]:
        """Publish a batch and wait for the answer to each of its letters."""
        if not self._ready.wait(_OPEN_SECONDS) or self.broken:
            raise PublishFailed(f"the broker cannot be reached ({self.why})")
        self._settled.clear()
        self._confirmed.clear()
        self._returned.clear()
        self._connection.ioloop.add_callback_threadsafe(lambda: self._write(batch))
        answered = self._settled.wait(_CONFIRM_SECONDS)
        confirmed = frozenset(self._confirmed)
        if not answered or self.broken or self._refused or len(confirmed) != len(batch):
            raise PublishFailed("the broker did not confirm and route everything", confirmed, frozenset(self._returned))
        return confirmed

    def _write(self, batch: Sequence[Raw]) -> None:
        if self.broken:
            return
        for message in batch:
            self._waiting[self._next_tag] = message.id
            self._next_tag += 1
        for message in batch:
            properties = pika.BasicProperties(
                content_type=CONTENT_TYPE, delivery_mode=2, message_id=message.id, headers=message.headers
            )
            self._channel.basic_publish(EXCHANGE.name, message.routing_key, message.body, properties, mandatory=True)

    def drop(self) -> None:
        """Close without waiting for anything."""
        if not self.broken:
            self._connection.ioloop.add_callback_threadsafe(self._hang_up)
        self._thread.join(timeout=5)

    def _hang_up(self) -> None:
        if self._connection.is_open:
            self._connection.close()
        else:
            self._lost()
