"""What the relay and the receiver may rely on, of either bus."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from habeas.bus import memory_publisher
from habeas.bus import receiver as receiving
from habeas.bus.port import PublishFailed
from habeas.envelope import Posted
from habeas.errors import TryLater
from habeas.testing.waiting import wait_until

Post = Callable[[str], Posted]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The memory bus gives up waiting for a receipt sooner than in earnest."""
    monkeypatch.setattr(memory_publisher, "_CONFIRM_SECONDS", 1.0)


def publish(bus: Any, batch: Sequence[Posted]) -> frozenset[str]:
    """Send a batch as the relay does, and say what was confirmed of it."""
    try:
        confirmed: frozenset[str] = bus.publisher.publish(batch)
    except PublishFailed as failed:
        return failed.confirmed
    return confirmed


def test_what_is_confirmed_is_stored(bus: Any, post: Post, inbox: Any) -> None:
    hearer = bus.new_hearer()
    batch = [post(hearer) for _ in range(3)]
    with bus.receiving(hearer, inbox.store):
        assert bus.publisher.publish(batch) == {posted.id for posted in batch}
        wait_until(lambda: len(inbox.bodies) == 3, 10, "the letters are stored")
    assert inbox.bodies == [posted.body for posted in batch]


@pytest.mark.usefixtures("impatient")
def test_a_letter_to_nobody_is_not_confirmed_and_the_others_of_its_batch_are(bus: Any, post: Post, inbox: Any) -> None:
    hearer = bus.new_hearer()
    good, lost, fine = post(hearer), post("connect-nobody"), post(hearer)
    with bus.receiving(hearer, inbox.store), pytest.raises(PublishFailed) as failed:
        bus.publisher.publish([good, lost, fine])
    assert failed.value.confirmed == {good.id, fine.id}


def test_a_thousand_letters_arrive_in_order(bus: Any, post: Post, inbox: Any) -> None:
    hearer = bus.new_hearer()
    batch = [post(hearer) for _ in range(1_000)]
    with bus.receiving(hearer, inbox.store):
        assert len(bus.publisher.publish(batch)) == 1_000
        wait_until(lambda: len(inbox.bodies) >= 1_000, 20, "the letters are stored")
    assert inbox.bodies == [posted.body for posted in batch]


def test_a_slow_hearer_holds_only_as_many_letters_as_are_prefetched(bus: Any, post: Post, inbox: Any) -> None:
    hearer, go = bus.new_hearer(), threading.Event()
    batch = [post(hearer) for _ in range(120)]

    def store_slowly(arrived: Sequence[Any]) -> list[str | None]:
        go.wait(10)
        stored: list[str | None] = inbox.store(arrived)
        return stored

    with bus.receiving(hearer, store_slowly):
        sending = threading.Thread(target=bus.publisher.publish, args=(batch,))
        sending.start()
        go.set()
        sending.join(20)
        wait_until(lambda: len(inbox.bodies) == 120, 10, "all are stored")
    assert max(map(len, inbox.batches)) <= 50


def test_letters_are_held_until_they_can_be_stored_however_often_that_fails(
    bus: Any, post: Post, inbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(receiving, "_LONGEST_PAUSE", 0.01)
    hearer, tries = bus.new_hearer(), []

    def store_at_last(arrived: Sequence[Any]) -> list[str | None]:
        tries.append(len(arrived))
        if len(tries) <= 30:  # more often than a quorum queue delivers a letter before it gives it up
            raise TryLater("the database did not answer")
        stored: list[str | None] = inbox.store(arrived)
        return stored

    batch = [post(hearer) for _ in range(5)]
    with bus.receiving(hearer, store_at_last):
        bus.publisher.publish(batch)
        wait_until(lambda: len(inbox.bodies) == 5, 20, "the letters are stored")
    assert inbox.bodies == [posted.body for posted in batch]


@pytest.mark.usefixtures("impatient")
def test_what_is_no_letter_is_put_away_and_the_rest_goes_on(bus: Any, post: Post, inbox: Any) -> None:
    hearer = bus.new_hearer()
    good = post(hearer)
    poison = Posted("poison", hearer, good.type, b"reject", "", b"")
    with bus.receiving(hearer, inbox.store):
        assert good.id in publish(bus, [poison, good])
        wait_until(lambda: good.body in inbox.bodies, 10, "the letter behind it is stored")
    assert inbox.bodies.count(b"reject") == 1


@pytest.mark.usefixtures("impatient")
def test_letters_to_a_hearer_who_is_away_are_not_lost(bus: Any, post: Post, inbox: Any) -> None:
    hearer = bus.new_hearer()
    batch = [post(hearer) for _ in range(3)]
    confirmed = publish(bus, batch)
    with bus.receiving(hearer, inbox.store):
        again = [posted for posted in batch if posted.id not in confirmed]  # what the relay would send once more
        if again:
            bus.publisher.publish(again)
        wait_until(lambda: set(inbox.bodies) == {posted.body for posted in batch}, 10, "all are stored")
