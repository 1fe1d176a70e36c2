"""The processes of a split house die one by one and several in one case, and each case still ends once."""

import random
from collections.abc import Callable, Mapping

import pytest

from habeas.testing.faults.plans import Strike
from habeas.testing.faults.trial import Outcome, Range
from habeas.work.failpoint import POINTS

Plan = Mapping[str, Strike]

#: Each round is one case: which process dies where. Together they hold every point in every role that passes it.
ACCESS: Mapping[str, Plan] = {
    "confirmed and not marked": {
        "work intake": Strike("relay.confirmed", 1, "relay"),
        "work identity": Strike("relay.confirmed", 1, "relay"),
        "work fulfilment": Strike("relay.confirmed", 1, "relay"),
        "connect shop": Strike("relay.confirmed", 2, "relay"),
    },
    "before it is published": {
        "work intake": Strike("relay.before_publish", 1, "relay"),
        "work identity": Strike("relay.before_publish", 2, "relay"),
        "work notifier": Strike("relay.before_publish", 1, "relay"),
        "connect shop": Strike("relay.before_publish", 1, "relay"),
    },
    "stored and not acknowledged": {
        "work intake": Strike("receiver.stored"),
        "work identity": Strike("receiver.stored"),
        "work fulfilment": Strike("receiver.stored", 2),
        "work notifier": Strike("receiver.stored", 2),
        "connect shop": Strike("receiver.stored", 1),
    },
    "before it is stored": {
        "work intake": Strike("receiver.before_commit", 2),
        "work identity": Strike("receiver.before_commit", 2),
        "work fulfilment": Strike("receiver.before_commit", 1),
        "connect shop": Strike("receiver.before_commit", 2),
    },
    "before the handler commits": {
        "work intake": Strike("executor.before_commit"),
        "work identity": Strike("executor.before_commit", 2),
        "work fulfilment": Strike("executor.before_commit", 2),
        "connect shop": Strike("executor.before_commit", 1),
    },
    "at the doors": {
        "serve intake": Strike("action.before_commit"),
        "serve identity": Strike("action.before_commit", 2),
        "serve fulfilment": Strike("action.before_commit"),
        "work intake": Strike("timer.worked", 1),
    },
}
ERASURE: Mapping[str, Plan] = {
    "an effect is done in the world and not noted": {
        "connect shop": Strike("effect.worked", 3),
        "connect newsletter": Strike("effect.worked", 2),
        "connect applications": Strike("effect.worked", 2),
        "work fulfilment": Strike("effect.worked", 2),
    },
    "an effect is claimed and not begun": {
        "connect shop": Strike("effect.claimed", 3),
        "connect applications": Strike("effect.claimed", 1),
        "work fulfilment": Strike("effect.claimed", 1),
        "work notifier": Strike("effect.claimed", 2),
    },
    "an effect is noted": {
        "connect shop": Strike("effect.done", 2),
        "work fulfilment": Strike("effect.done", 1),
        "work notifier": Strike("effect.done", 1),
        "work identity": Strike("timer.worked", 1),
    },
    "after the handler's commit": {
        "work intake": Strike("executor.after_commit", 2),
        "work identity": Strike("executor.after_commit", 1),
        "work fulfilment": Strike("executor.after_commit", 4),
        "connect shop": Strike("executor.after_commit", 2),
    },
    "marked or acknowledged": {
        "work intake": Strike("relay.marked"),
        "work identity": Strike("receiver.acknowledged", 1),
        "work fulfilment": Strike("relay.marked", 2),
        "connect shop": Strike("receiver.acknowledged", 2),
    },
    "after the doors' commits": {
        "serve intake": Strike("action.after_commit"),
        "serve identity": Strike("action.after_commit", 2),
        "work identity": Strike("action.after_commit", 5),
        "work fulfilment": Strike("action.before_commit", 9),
    },
}


def walk(split: Range, right: str, plan: Plan) -> Outcome:
    """Walk a case while processes strike themselves, and demand that each did."""
    for process, strike in plan.items():
        split.plans.arm(process, strike)
    outcome = split.walk(right, deaths=len(plan))
    for process in plan:
        split.plans.disarm(process)
    deaths = sorted((death.process, death.code) for death in outcome.deaths)
    assert deaths == sorted((each, -9) for each in plan), tails(split)
    return outcome


def tails(split: Range) -> str:
    """The ends of all logs, for a message."""
    return "\n".join(f"{name}\n{process.log_tail(6)}" for name, process in split.house.processes().items())


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize("name", ACCESS)
def test_an_access_case_ends_once_when_processes_die_in_it(split: Range, name: str) -> None:
    outcome = walk(split, "access", ACCESS[name])
    assert outcome.faults == ()
    assert outcome.doubled_mails == 0


@pytest.mark.servers
@pytest.mark.slow
@pytest.mark.parametrize("name", ERASURE)
def test_an_erasure_ends_once_when_processes_die_in_it(split: Range, name: str) -> None:
    outcome = walk(split, "erasure", ERASURE[name])
    assert outcome.faults == ()
    assert outcome.doubled_mails == 0


@pytest.mark.servers
def test_every_point_is_passed_by_some_process_that_dies_there() -> None:
    assert {strike.point for plan in (*ACCESS.values(), *ERASURE.values()) for strike in plan.values()} == set(POINTS)


@pytest.mark.servers
@pytest.mark.slow
def test_cases_end_once_whatever_dies_wherever(split: Range, counts: Callable[[int, int], int]) -> None:
    chance = random.Random(1122)
    for number in range(counts(1, 40)):
        chosen = chance.sample(sorted(split.house.processes()), 5)
        plan = {process: Strike(chance.choice(POINTS), chance.randint(1, 6)) for process in chosen}
        for process, strike in plan.items():
            split.plans.arm(process, strike)
        outcome = split.walk(chance.choice(["access", "erasure"]))
        for process in plan:
            split.plans.disarm(process)
        assert outcome.faults == (), f"case {number} under {plan}"
        assert {death.code for death in outcome.deaths} <= {-9}
