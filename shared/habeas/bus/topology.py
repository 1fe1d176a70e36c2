"""The one definition of exchanges, queues, bindings and who may use which.

A letter is addressed to one hearer and says who speaks: its routing key is `<recipient>.<source>.<type>`. So a missing
queue is noticed for each hearer alone (the broker returns the letter and the relay keeps it), and the broker lets
nobody speak in another's name. A participant reads its own durable quorum queue, writes what it may say, and declares
nothing. Sources: https://www.rabbitmq.com/docs/access-control (which call needs which permission),
https://www.rabbitmq.com/docs/access-control#topic-authorisation.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kombu import Exchange, Queue, binding

from habeas.events import CONNECTOR, CONVERSATION, heard_by
from habeas.vocabulary import connector_of

EXCHANGE = Exchange("habeas", type="topic", durable=True)
DEAD = Exchange("habeas.dead", type="topic", durable=True)

_ARGUMENTS = {
    "x-queue-type": "quorum",
    "x-single-active-consumer": True,
    "x-delivery-limit": 20,
    "x-dead-letter-exchange": DEAD.name,
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
}
_ANY_CONNECTOR = r"connect-[a-z0-9-]+"
NOTHING = "^$"
"""The pattern of a permission that no resource's name fits."""


def routing_key(recipient: str, source: str, kind: str) -> str:
    """Return the address of a letter on the exchange."""
    return f"{recipient}.{source}.{kind}"


def queue_of(participant: str) -> Queue:
    """Return a participant's queue with a binding for each event it hears, whoever says it."""
    bindings = [binding(EXCHANGE, routing_key(participant, "*", event.TYPE)) for event in heard_by(participant)]
    arguments = {**_ARGUMENTS, "x-dead-letter-routing-key": participant}
    return Queue(f"habeas.{participant}", bindings=bindings, durable=True, queue_arguments=arguments)


def dead_queue_of(participant: str) -> Queue:
    """Return the queue for what a participant's reader could not even decode."""
    arguments = {"x-queue-type": "quorum"}
    return Queue(f"habeas.{participant}.dead", DEAD, routing_key=participant, durable=True, queue_arguments=arguments)


@dataclass(frozen=True)
class Rights:
    """What one participant may do on the broker, as RabbitMQ's patterns over names and routing keys."""

    configure: str
    write: str
    read: str
    speaks: str
    """The routing keys under which it may publish to the exchange."""


def rights_of(participant: str) -> Rights:
    """Give a participant's rights: read its own queue, say in its own name what is its to say, and declare nothing."""
    spoken = sorted(_spoken(participant))
    return Rights(
        configure=NOTHING,
        write=f"^{re.escape(EXCHANGE.name)}$",
        read=f"^{re.escape(queue_of(participant).name)}$",
        speaks=f"^({'|'.join(spoken)})$" if spoken else NOTHING,
    )


def _spoken(participant: str) -> Iterator[str]:
    role = CONNECTOR if connector_of(participant) else participant
    for event in CONVERSATION:
        if role == event.SAID_BY:
            for hearer in event.HEARD_BY:
                recipient = _ANY_CONNECTOR if hearer == CONNECTOR else hearer
                yield rf"{recipient}\.{participant}\.{re.escape(event.TYPE)}"
