"""The operator's hands on the broker: declare the topology, look at the dead, send them again, delete them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from kombu import Connection
from kombu.message import Message

from habeas.bus.pika_publisher import PikaPublisher, Raw
from habeas.bus.receiver import declare
from habeas.bus.topology import dead_queue_of
from habeas.errors import Refused, TryLater


@contextmanager
def _channel(url: str) -> Iterator[Any]:
    if not url.startswith("amqp"):
        raise Refused("the memory bus keeps nothing; set HABEAS_BROKER to the RabbitMQ that you mean")
    try:
        with Connection(url, connect_timeout=5) as connection:
            yield connection.channel()
    except OSError:
        raise TryLater("the broker cannot be reached") from None


def declare_all(url: str, participants: Sequence[str]) -> None:
    """Declare what these participants receive from, as a user who may: participants' own users declare nothing."""
    with _channel(url) as channel:
        for participant in participants:
            declare(channel, participant)


def _take(channel: Any, participant: str, most: int) -> Iterator[Message]:
    queue = dead_queue_of(participant)(channel)
    for _ in range(most):
        message = queue.get(no_ack=False)
        if message is None:
            return
        yield message


def _death(message: Message) -> dict[str, Any]:
    deaths = (message.headers or {}).get("x-death") or [{}]
    return dict(deaths[0])


def peek_dead(url: str, participant: str, most: int) -> list[dict[str, Any]]:
    """Describe the first dead messages without their bodies; closing the channel gives them back in order."""
    with _channel(url) as channel:
        return [
            {
                "id": message.properties.get("message_id", ""),
                "reason": str(_death(message).get("reason", "")),
                "size": len(message.body),
            }
            for message in _take(channel, participant, most)
        ]


def requeue_dead(url: str, participant: str, most: int) -> int:
    """Publish dead messages again where they first went, acknowledging each only after the broker has its copy."""
    publisher, sent = PikaPublisher(url, "operator"), 0
    try:
        with _channel(url) as channel:
            for message in _take(channel, participant, most):
                keys = _death(message).get("routing-keys") or [participant]
                publisher.publish_raw(
                    Raw(
                        id=str(message.properties.get("message_id") or message.delivery_tag),
                        routing_key=str(keys[0]),
                        body=bytes(message.body),
                        headers={name: value for name, value in message.headers.items() if name.startswith("habeas-")},
                    )
                )
                message.ack()
                sent += 1
    finally:
        publisher.close()
    return sent


def purge_dead(url: str, participant: str) -> int:
    """Delete all dead messages of a participant; return how many there were."""
    with _channel(url) as channel:
        return int(dead_queue_of(participant)(channel).purge() or 0)
