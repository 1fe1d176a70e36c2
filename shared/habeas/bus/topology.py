"""The one definition of exchanges, queues and bindings: a durable quorum queue a participant, bound to what it hears.

A letter is addressed to one hearer, so its routing key is `<recipient>.<type>` and a missing queue is noticed for
each hearer alone: the broker returns the letter and the relay keeps it.
"""

from kombu import Exchange, Queue, binding

from habeas.events import heard_by

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


def routing_key(recipient: str, kind: str) -> str:
    """Return the address of a letter on the exchange."""
    return f"{recipient}.{kind}"


def queue_of(participant: str) -> Queue:
    """Return a participant's queue with a binding for each event it hears."""
    bindings = [binding(EXCHANGE, routing_key(participant, event.TYPE)) for event in heard_by(participant)]
    arguments = {**_ARGUMENTS, "x-dead-letter-routing-key": participant}
    return Queue(f"habeas.{participant}", bindings=bindings, durable=True, queue_arguments=arguments)


def dead_queue_of(participant: str) -> Queue:
    """Return the queue for what a participant's reader could not even decode."""
    arguments = {"x-queue-type": "quorum"}
    return Queue(f"habeas.{participant}.dead", DEAD, routing_key=participant, durable=True, queue_arguments=arguments)
