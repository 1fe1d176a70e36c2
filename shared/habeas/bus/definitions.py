"""Topology and users as the JSON document that RabbitMQ itself imports: by its API, by rabbitmqctl, or when it starts.

Importing adds and overwrites, and deletes nothing. A password never stands in it, only its salted hash.
Source: https://www.rabbitmq.com/docs/definitions, https://www.rabbitmq.com/docs/passwords#computing-password-hash.
"""

import base64
import hashlib
import os
from collections.abc import Iterable, Mapping
from typing import Any

from habeas.bus.topology import DEAD, EXCHANGE, NOTHING, dead_queue_of, queue_of, rights_of

Definitions = dict[str, list[dict[str, Any]]]
_HASHING = "rabbit_password_hashing_sha256"


def define_topology(participants: Iterable[str], host: str) -> Definitions:
    """Write the exchanges, and the queues and bindings of these participants, in virtual host `host`."""
    queues = [queue for each in participants for queue in (queue_of(each), dead_queue_of(each))]
    return {
        "exchanges": [_exchange(each, host) for each in (EXCHANGE, DEAD)],
        "queues": [
            {
                "name": queue.name,
                "vhost": host,
                "durable": True,
                "auto_delete": False,
                "arguments": dict(queue.queue_arguments),
            }
            for queue in queues
        ],
        "bindings": [each for queue in queues for each in _bindings(queue, host)],
    }


def define_users(passwords: Mapping[str, str], host: str) -> Definitions:
    """Write a user with its rights for each of these participants, from their passwords."""
    users, permissions, topics = [], [], []
    for name, password in passwords.items():
        rights, place = rights_of(name), {"user": name, "vhost": host}
        users.append(
            {"name": name, "password_hash": hash_password(password), "hashing_algorithm": _HASHING, "tags": []}
        )
        permissions.append({**place, "configure": rights.configure, "write": rights.write, "read": rights.read})
        # Without a line of its own a topic exchange is open to whoever may write to it at all.
        topics.append({**place, "exchange": EXCHANGE.name, "write": rights.speaks, "read": NOTHING})
        topics.append({**place, "exchange": DEAD.name, "write": NOTHING, "read": NOTHING})
    return {"users": users, "permissions": permissions, "topic_permissions": topics}


def hash_password(password: str, salt: bytes = b"") -> str:
    """Hash a password as RabbitMQ keeps it: SHA-256 under a salt of 4 bytes, a fresh one if none is given."""
    salt = salt or os.urandom(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _exchange(exchange: Any, host: str) -> dict[str, Any]:
    return {
        "name": exchange.name,
        "vhost": host,
        "type": exchange.type,
        "durable": exchange.durable,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }


def _bindings(queue: Any, host: str) -> list[dict[str, Any]]:
    bound = [(each.exchange.name, each.routing_key) for each in queue.bindings]
    if not bound:
        bound = [(queue.exchange.name, queue.routing_key)]
    return [
        {
            "source": source,
            "vhost": host,
            "destination": queue.name,
            "destination_type": "queue",
            "routing_key": key,
            "arguments": {},
        }
        for source, key in bound
    ]
