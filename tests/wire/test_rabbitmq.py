"""Sending to RabbitMQ: what was not surely taken is never counted, and a link with a fault is never used again."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection, Queue, binding

from habeas.bus import pika_publisher
from habeas.bus.dead import peek_dead, purge_dead, requeue_dead
from habeas.bus.pika_publisher import PikaPublisher
from habeas.bus.port import PublishFailed
from habeas.bus.topology import EXCHANGE
from habeas.envelope import Posted
from habeas.testing.servers.proxy import FaultProxy
from habeas.testing.servers.rabbitmq import Rabbit
from habeas.testing.waiting import wait_until

pytestmark = pytest.mark.servers
Post = Callable[[str], Posted]


@pytest.fixture
def proxy(rabbitmq: Rabbit) -> Iterator[FaultProxy]:
    port = int(rabbitmq.url.rpartition(":")[2].partition("/")[0])
    with FaultProxy(("127.0.0.1", port)) as standing:
        yield standing


@pytest.fixture
def behind(proxy: FaultProxy, rabbitmq: Rabbit) -> Iterator[PikaPublisher]:
    """A publisher that reaches the broker through the proxy."""
    publisher = PikaPublisher(rabbitmq.url.replace(f":{proxy.target[1]}/", f":{proxy.port}/"), "fulfilment")
    yield publisher
    proxy.pass_on()
    publisher.close()


def test_an_unroutable_letter_is_returned_and_named(rabbit_bus: Any, post: Post) -> None:
    hearer = rabbit_bus.new_hearer()
    good, lost = post(hearer), post("connect-nobody")
    with pytest.raises(PublishFailed) as failed:
        rabbit_bus.publisher.publish([lost, good])
    assert (failed.value.confirmed, failed.value.returned) == ({good.id}, {lost.id})


def test_a_nack_fails_its_letter_alone_and_drops_the_link(rabbit_bus: Any, post: Post, rabbitmq: Rabbit) -> None:
    arguments = {"x-queue-type": "classic", "x-max-length": 1, "x-overflow": "reject-publish"}
    queue = Queue("full", bindings=[binding(EXCHANGE, "connect-full.*.order.given")], queue_arguments=arguments)
    with Connection(rabbitmq.url) as connection:
        EXCHANGE(connection.channel()).declare()
        queue(connection.channel()).declare()
    hearer = rabbit_bus.new_hearer()
    batch = [post("connect-full"), post("connect-full"), post(hearer)]
    with pytest.raises(PublishFailed) as failed:
        rabbit_bus.publisher.publish(batch)
    assert failed.value.confirmed == {batch[0].id, batch[2].id}
    assert rabbit_bus.publisher._link is None
    again = post(hearer)
    assert rabbit_bus.publisher.publish([again]) == {again.id}


def test_a_reset_connection_is_made_anew(behind: PikaPublisher, proxy: FaultProxy, rabbit_bus: Any, post: Post) -> None:
    hearer = rabbit_bus.new_hearer()
    behind.publish([post(hearer)])
    proxy.reset()
    letter = post(hearer)

    def sent() -> bool:
        try:
            return behind.publish([letter]) == {letter.id}
        except PublishFailed as failed:
            return letter.id in failed.confirmed

    wait_until(sent, 20, "it is sent over another connection")


def test_a_confirm_that_comes_too_late_counts_for_no_other_letter(
    behind: PikaPublisher, proxy: FaultProxy, rabbit_bus: Any, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    hearer = rabbit_bus.new_hearer()
    behind.publish([post(hearer)])
    monkeypatch.setattr(pika_publisher, "_CONFIRM_SECONDS", 0.5)
    proxy.black_hole()
    with pytest.raises(PublishFailed) as failed:
        behind.publish([post(hearer)])
    assert failed.value.confirmed == frozenset()
    proxy.pass_on()  # the confirm of that letter arrives now
    monkeypatch.setattr(pika_publisher, "_CONFIRM_SECONDS", 10)
    lost = post("connect-nobody")
    with pytest.raises(PublishFailed) as later:
        behind.publish([lost])
    assert (later.value.confirmed, later.value.returned) == (frozenset(), {lost.id})


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_connections_that_were_lost_leave_nothing_open(rabbitmq: Rabbit, rabbit_bus: Any, post: Post) -> None:
    hearer = rabbit_bus.new_hearer()
    gc.collect()
    before = open_descriptors()
    for _ in range(10):
        publisher = PikaPublisher(rabbitmq.url, "fulfilment")
        publisher.publish([post(hearer)])
        publisher.close()
    assert open_descriptors() == before


def test_an_operator_looks_at_the_dead_sends_them_again_and_deletes_them(
    rabbit_bus: Any, post: Post, inbox: Any, rabbitmq: Rabbit
) -> None:
    hearer = rabbit_bus.new_hearer()
    poison = Posted("one", hearer, "order.given", b"reject", "key", b"signature")
    with rabbit_bus.receiving(hearer, inbox.store):
        rabbit_bus.publisher.publish([poison])
        wait_until(lambda: peek_dead(rabbitmq.url, hearer, 5), 10, "it lies among the dead")
        found = [{"id": "one", "reason": "rejected", "size": 6}]
        assert peek_dead(rabbitmq.url, hearer, 5) == found
        assert requeue_dead(rabbitmq.url, hearer, 5) == 1
        wait_until(lambda: len(inbox.bodies) == 2, 10, "it has arrived once more")
        wait_until(lambda: peek_dead(rabbitmq.url, hearer, 5) == found, 10, "it is dead once more")
    assert purge_dead(rabbitmq.url, hearer) == 1
    assert peek_dead(rabbitmq.url, hearer, 5) == []
