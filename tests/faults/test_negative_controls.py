"""The proof of the proofs: with each mistake that people make here, the same check turns red.

The house is the same as in the other tests, one process of it is wrong from its start, and the blow is the one that
shows it.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from habeas.testing.faults.houses import SplitRange
from habeas.testing.faults.journey import Journey
from habeas.testing.faults.plans import Strike
from habeas.testing.waiting import wait_until

pytestmark = [pytest.mark.servers, pytest.mark.slow]
SETTLING_SECONDS = 3
READY = {
    "work intake": "working for intake",
    "work identity": "working for identity",
    "work notifier": "working for notifier",
}


@contextmanager
def wrong(split: SplitRange, process: str, sabotage: str) -> Iterator[Journey]:
    """A case that begins while one process of the house is wrong."""
    split.restart(process, spoil=sabotage)
    split.house.processes()[process].wait_ready(line=READY[process])
    with (journey := split.begin("access")).person:
        yield journey
    split.plans.disarm(process)
    split.restart(process)


def await_fault(split: SplitRange, journey: Journey, *words: str) -> None:
    """Wait until the check finds a fault with these words, and demand that it is no letter which is only on its way."""

    def look() -> bool:
        found = split.account(journey.person.case, "access").faults
        return any(all(word in fault for word in words) for fault in found)

    wait_until(look, 20, f"the check says {words}")
    time.sleep(SETTLING_SECONDS)
    assert look(), "it was no fault that stays"


def test_acknowledging_before_the_commit_is_found(split: SplitRange) -> None:
    with wrong(split, "work intake", "acknowledge-before-commit") as journey:
        journey.ask()
        split.plans.arm("work intake", Strike("receiver.before_commit"))
        journey.prove()
        wait_until(lambda: split.keeper.deaths, 20, "intake dies")
        await_fault(split, journey, "to intake", "was lost")


def test_marking_before_the_confirm_is_found(split: SplitRange) -> None:
    with wrong(split, "work identity", "mark-before-confirm") as journey:
        split.plans.arm("work identity", Strike("relay.before_publish"))
        journey.ask()
        wait_until(lambda: split.keeper.deaths, 20, "identity dies")
        await_fault(split, journey, "channels.asked from identity", "was lost")


def test_forgetting_what_was_heard_is_found(split: SplitRange) -> None:
    with wrong(split, "work intake", "no-deduplication") as journey:
        case = journey.ask()
        journey.begin_to_prove()
        phone = split.house.phone_of(journey.email)
        journey.patience.until("the second code has come", lambda: split.house.codes_to(phone))
        wait_until(lambda: split.archive.is_quiet(case), 20, "identity has nothing left to say")
        split.plans.arm("work identity", Strike("relay.confirmed"))
        journey.prove()
        wait_until(lambda: split.keeper.deaths, 20, "identity dies between the confirm and its mark")
        await_fault(split, journey, "identity.proved from identity to intake", "was acted on 2 times")


def test_forgetting_the_fence_is_found(split: SplitRange) -> None:
    with wrong(split, "work notifier", "no-fence") as journey:
        split.plans.arm("work notifier", Strike("effect.worked", 2, deed="pause"))
        struck = len(split.plans.struck("work notifier"))
        journey.ask()
        wait_until(lambda: len(split.plans.struck("work notifier")) > struck, 20, "it is frozen")
        with split.second_worker("notifier") as other:
            other.wait_ready(line="working for notifier")
            wait_until(lambda: len(split.house.codes_to(journey.email)) == 2, 20, "the other has taken the letter over")
            split.house.processes()["work notifier"].resume()
            await_fault(split, journey, "challenge.issued from identity to notifier", "is ")
