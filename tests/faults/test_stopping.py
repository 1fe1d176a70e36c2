"""Processes are stopped under load, frozen, and doubled, and lose nothing by it."""

import time
from contextlib import ExitStack

import psycopg
import pytest

from habeas.testing.faults.houses import SplitRange
from habeas.testing.faults.plans import Strike
from habeas.testing.waiting import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.slow]
GRACE_SECONDS = 20
UNDER_LOAD = ("connect shop", "work fulfilment", "work notifier", "work identity", "work intake", "serve fulfilment")
#: PostgreSQL shows an advisory lock's number in two halves.
HELD = """
WITH key AS (SELECT hashtextextended(%(name)s, 0) AS number)
SELECT count(*) FROM pg_locks, key WHERE locktype = 'advisory' AND granted
AND classid::bigint = (number >> 32 & 4294967295) AND objid::bigint = (number & 4294967295)
"""


def test_processes_end_in_good_order_under_load_and_lose_nothing(split: SplitRange) -> None:
    with ExitStack() as stack:
        journeys = [split.begin("access") for _ in range(3)]
        for journey in journeys:
            stack.enter_context(journey.person)
            journey.ask()
        for journey in journeys:
            journey.prove()
        slowest = 0.0
        for name in UNDER_LOAD:
            process = split.house.processes()[name]
            split.keeper.leave_alone(name)
            began = time.monotonic()
            assert process.terminate(GRACE_SECONDS + 5) == 0, f"{name}\n{process.log_tail()}"
            slowest = max(slowest, time.monotonic() - began)
            split.keeper.watch_again(name)
        assert slowest < GRACE_SECONDS
        outcomes = [split.check(journey.fetch()) for journey in journeys]
    assert [outcome.faults for outcome in outcomes] == [()] * 3


def leaders(split: SplitRange, service: str) -> int:
    """How many hold the lead of a service's relay."""
    with psycopg.connect(split.postgres.url.replace("+psycopg", "")) as database:
        found = database.execute(HELD, {"name": f"{service}.relay"}).fetchone()
    assert found is not None
    return int(found[0])


def test_of_two_workers_one_relays_and_nothing_happens_twice(split: SplitRange) -> None:
    with split.second_worker("intake") as other, split.second_worker("fulfilment") as another:
        other.wait_ready(line="working for intake")
        another.wait_ready(line="working for fulfilment")
        assert split.walk("erasure").faults == ()
        assert leaders(split, "intake") == leaders(split, "fulfilment") == 1
        with (journey := split.begin("access")).person:
            journey.ask()
            split.house.processes()["work intake"].kill9()
            split.house.processes()["work fulfilment"].kill9()
            journey.prove()
            outcome = split.check(journey.fetch())
        assert outcome.faults == ()
        assert leaders(split, "intake") == leaders(split, "fulfilment") == 1
        assert other.terminate(GRACE_SECONDS) == another.terminate(GRACE_SECONDS) == 0


def came_twice(split: SplitRange, email: str) -> bool:
    """Tell if a letter to somebody has come twice, be it the code or the acknowledgement: either may be the second."""
    letters = split.house.letters_to(email)
    return len(set(letters)) < len(letters)


def test_a_worker_that_was_frozen_over_its_lease_changes_nothing_when_it_wakes(split: SplitRange) -> None:
    split.plans.arm("work notifier", Strike("effect.worked", 2, deed="pause"))
    struck = len(split.plans.struck("work notifier"))
    with (journey := split.begin("access")).person:
        journey.ask()
        wait_until(
            lambda: len(split.plans.struck("work notifier")) > struck, 60, "it is frozen with a mail sent and not noted"
        )
        with split.second_worker("notifier") as other:
            other.wait_ready(line="working for notifier")
            wait_until(lambda: came_twice(split, journey.email), 60, "the other has taken the letter over")
            split.house.processes()["work notifier"].resume()
            journey.prove()
            outcome = split.check(journey.fetch())
    assert outcome.faults == ()
    assert outcome.doubled_mails == 1
    assert outcome.deaths == ()
