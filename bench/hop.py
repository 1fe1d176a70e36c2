"""What one hop costs: outbox, relay, broker, inbox and a pure handler, against the same bytes on the same broker alone.

PostgreSQL holds both sides' tables and RabbitMQ the quorum queue. Alone means: published with a confirm, as many at
a time as the relay takes, and consumed with an acknowledgement, by the same two client libraries.
"""

import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from bench.cpu import seconds_of_tree
from kombu import Connection, Consumer
from sqlalchemy import func, select

from habeas.bus import Receipts
from habeas.bus.dead import declare_all
from habeas.bus.pika_publisher import PikaPublisher
from habeas.bus.topology import queue_of
from habeas.clock import uuid7
from habeas.envelope import Letter, Posted
from habeas.events import CodeAsked
from habeas.runtime import Threads, work
from habeas.service import Context, Service
from habeas.testing.house import make_context
from habeas.testing.servers.postgres import PrivatePostgres
from habeas.testing.servers.rabbitmq import PrivateRabbit
from habeas.testing.waiting import wait_until
from habeas.work.tables import InboxLetter, OutboxLetter
from habeas.work.transaction import Transaction

LETTERS = 400
ROUNDS = 5
_BATCH = 200


@dataclass(frozen=True)
class Round:
    """What one round took: seconds on the clock, CPU seconds of the two programs, of the servers too."""

    seconds: float
    cpu: float


def measure() -> dict[str, dict[str, Any]]:
    """Give the figures as {name: {value, unit, against, ratio}}."""
    with _stand() as (context, servers, broker):
        _hop(context, LETTERS // 4)
        ours, theirs = [], []
        for _ in range(ROUNDS):  # taken in turns, so that a busy moment of the machine meets both
            ours.append(_time(lambda: _hop(context, LETTERS), servers))
            bodies = _bodies(context, LETTERS)
            theirs.append(_time(lambda: _carry_bare(broker, bodies), servers))  # noqa: B023 - called at once
    speed, bare_speed = (LETTERS / statistics.median(each.seconds for each in rounds) for rounds in (ours, theirs))
    cpu, bare_cpu = (1000 * statistics.median(each.cpu for each in rounds) / LETTERS for rounds in (ours, theirs))
    alone = "published with a confirm and consumed on the same broker, nothing stored"
    return {
        "hop_speed": {
            "value": round(speed, 1),
            "unit": "letters/s from the transaction that says them to the one that acted on them",
            "against": f"{alone}: {bare_speed:.0f} letters/s",
            "ratio": round(speed / bare_speed, 4),
        },
        "hop_cpu": {
            "value": round(cpu, 3),
            "unit": "CPU ms a letter, PostgreSQL and RabbitMQ included",
            "against": f"{alone}: {bare_cpu:.3f} ms",
            "ratio": round(cpu / bare_cpu, 2),
        },
    }


def _note_nothing(_tx: Transaction, _letter: Letter) -> None:
    """Stand for a pure handler that has nothing to do."""


@contextmanager
def _stand() -> Iterator[tuple[Context, Sequence[int], str]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres, rabbit = stack.enter_context(PrivatePostgres()), stack.enter_context(PrivateRabbit())
        service = Service(name="identity", hears={CodeAsked: _note_nothing})
        context = make_context(service, folder, database=postgres.url, broker=rabbit.url)
        declare_all(rabbit.url, ["identity", "intake"])
        threads = Threads()
        stack.callback(context.database.close)
        stack.callback(threads.join)
        work(context, threads, Receipts())
        yield context, [postgres._owned().pid, rabbit._owned().pid], rabbit.url


def _time(round_: Callable[[], None], servers: Sequence[int]) -> Round:
    cpu = time.process_time() + sum(map(seconds_of_tree, servers))
    began = time.perf_counter()
    round_()
    seconds = time.perf_counter() - began
    time.sleep(0.2)  # the servers finish what they were told last
    return Round(seconds, time.process_time() + sum(map(seconds_of_tree, servers)) - cpu)


def _hop(context: Context, letters: int) -> None:
    """Say letters, each in a transaction of its own, until the handler has had them all."""
    before = _done(context)
    for _ in range(letters):
        with context.transaction() as tx:
            tx.say(CodeAsked(case=str(uuid4()), purpose="identity", method="", browser="bench"))
    wait_until(lambda: _done(context) >= before + letters, 120, "every letter was acted on")


def _done(context: Context) -> int:
    with context.database.reading() as session:
        return session.execute(select(func.count()).where(InboxLetter.state == "done")).scalar_one()


def _bodies(context: Context, letters: int) -> list[Posted]:
    """Take the same letters out of the outbox again, addressed to a queue that nobody reads yet."""
    with context.database.reading() as session:
        rows = session.scalars(select(OutboxLetter).order_by(OutboxLetter.id.desc()).limit(letters)).all()
    posted = [Posted(uuid7(), "intake", "identity.proved", row.body, row.key_id, row.signature) for row in rows]
    assert len(posted) == letters
    return posted


def _carry_bare(broker: str, bodies: Sequence[Posted]) -> None:
    taken = threading.Event()
    reader = threading.Thread(target=_consume, args=(broker, len(bodies), taken))
    reader.start()
    with closing(PikaPublisher(broker, "identity")) as publisher:
        for start in range(0, len(bodies), _BATCH):
            publisher.publish(bodies[start : start + _BATCH])
    reader.join(60)
    assert taken.is_set(), "not everything came"


def _consume(broker: str, expected: int, taken: threading.Event) -> None:
    seen: list[object] = []
    with Connection(broker) as connection, connection.channel() as channel:

        def take(message: Any) -> None:
            seen.append(message.body)
            message.ack()

        consumer = Consumer(channel, [queue_of("intake")(channel)], on_message=take, auto_declare=False)
        consumer.qos(prefetch_count=50)
        with consumer:
            while len(seen) < expected:
                connection.drain_events(timeout=30)
    taken.set()
