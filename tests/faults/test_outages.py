"""Servers and networks fail in the middle of a case; nothing of it is lost, and nothing is done twice."""

import time
from collections.abc import Callable

import pytest

from habeas.testing.faults.houses import SplitRange
from habeas.testing.waiting import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.slow]


def test_a_case_ends_once_when_the_broker_is_killed_in_the_middle(split: SplitRange) -> None:
    with (journey := split.begin("erasure")).person as person:
        journey.ask()
        split.rabbit.kill9()
        split.rabbit.start_node()
        journey.prove()
        split.rabbit.kill9()
        split.rabbit.start_node()
        split.office.approve(person.case)
        outcome = split.check(journey.fetch())
    assert outcome.faults == ()
    assert outcome.deaths == ()


def test_a_case_may_be_opened_while_the_broker_is_away(split: SplitRange) -> None:
    split.rabbit.stop_node()
    with (journey := split.begin("access")).person:
        journey.ask()
        split.rabbit.start_node()
        journey.prove()
        outcome = split.check(journey.fetch())
    assert outcome.faults == ()
    assert outcome.deaths == ()


def test_a_queue_that_was_deleted_is_declared_again_by_its_reader(split: SplitRange) -> None:
    with (journey := split.begin("access")).person:
        journey.ask()
        journey.patience.until("the code has come", lambda: split.house.codes_to(journey.email))
        split.rabbit.ctl("delete_queue", "habeas.fulfilment")
        wait_until(lambda: split.readers("habeas.fulfilment"), 20, "the queue is there again and is read")
        split.rabbit.wait_until_kept("habeas.fulfilment")
        journey.prove()
        outcome = split.check(journey.fetch())
    assert outcome.faults == ()
    assert outcome.deaths == ()


def test_letters_to_a_queue_that_is_not_there_wait_for_it_and_hold_up_nobody_else(split: SplitRange) -> None:
    reader = split.house.processes()["work fulfilment"]
    with (journey := split.begin("access")).person as person:
        journey.ask()
        journey.patience.until("the code has come", lambda: split.house.codes_to(journey.email))
        split.keeper.leave_alone("work fulfilment")
        reader.kill9()
        split.rabbit.ctl("delete_queue", "habeas.fulfilment")
        journey.prove()
        wait_until(lambda: heard(split, person.case, "intake"), 20, "intake has heard of the proof meanwhile")
        unsent = [row for row in split.archive.read(person.case)["identity"].outbox if row.published_at is None]
        assert {(row.type, row.recipient) for row in unsent} == {("identity.proved", "fulfilment")}
        split.keeper.watch_again("work fulfilment")
        outcome = split.check(journey.fetch())
    assert outcome.faults == ()


def heard(split: SplitRange, case: str, participant: str) -> bool:
    """Whether a participant has dealt with the proof of a case."""
    inbox = split.archive.read(case)[participant].inbox
    return any(row.type == "identity.proved" and row.state == "done" for row in inbox)


def test_a_case_ends_once_when_the_database_crashes_in_the_middle(
    split: SplitRange, counts: Callable[[int, int], int]
) -> None:
    for _ in range(counts(1, 10)):
        with (journey := split.begin("erasure")).person as person:
            journey.ask()
            split.postgres.restart(immediate=True)
            journey.prove()
            split.postgres.restart(immediate=True)
            split.office.approve(person.case)
            split.postgres.restart(immediate=True)
            outcome = split.check(journey.fetch())
        assert outcome.faults == ()
        assert outcome.deaths == (), "a lost database is no reason to fall"
        assert split.dead() == {}


def test_letters_are_held_and_not_given_back_while_the_database_is_away(split: SplitRange) -> None:
    with (journey := split.begin("access")).person:
        journey.ask()
        split.postgres.crash()
        time.sleep(6)
        split.postgres.restart()
        journey.prove()
        outcome = split.check(journey.fetch())
    assert outcome.faults == ()
    assert outcome.deaths == ()
    assert split.dead() == {}


def test_a_case_ends_once_when_connections_to_the_broker_are_reset(split: SplitRange) -> None:
    with (journey := split.begin("erasure")).person as person:
        journey.ask()
        split.proxy.reset()
        journey.prove()
        split.proxy.reset()
        split.office.approve(person.case)
        split.proxy.reset()
        outcome = split.check(journey.fetch())
    assert outcome.faults == ()
    assert outcome.deaths == ()


def test_a_case_ends_once_when_the_network_swallows_everything_for_longer_than_a_heartbeat(
    split: SplitRange, counts: Callable[[int, int], int]
) -> None:
    for seconds in [24, 40, 70][: counts(1, 3)]:
        with (journey := split.begin("erasure")).person as person:
            journey.ask()
            split.proxy.black_hole()
            journey.prove()
            time.sleep(seconds)
            split.proxy.pass_on()
            split.office.approve(person.case)
            outcome = split.check(journey.fetch())
        assert outcome.faults == ()
        assert outcome.deaths == ()
