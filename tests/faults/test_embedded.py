"""The one process of the embedded mode dies at every point there is, and each case still ends once."""

import random
from collections.abc import Callable

import pytest

from habeas.testing.faults.plans import Strike
from habeas.testing.faults.trial import Outcome, Range
from habeas.work.failpoint import POINTS

#: Whose passage, and which, lies in the middle of an erasure.
MIDDLE = {
    "action.before_commit": ("connect-shop executor", 4),
    "action.after_commit": ("fulfilment executor", 6),
    "relay.before_publish": ("fulfilment", 2),
    "relay.confirmed": ("connect-shop", 2),
    "relay.marked": ("fulfilment", 2),
    "receiver.before_commit": ("fulfilment", 3),
    "receiver.stored": ("connect-newsletter", 2),
    "receiver.acknowledged": ("intake", 2),
    "executor.before_commit": ("fulfilment", 5),
    "executor.after_commit": ("fulfilment", 4),
    "effect.claimed": ("connect-shop", 3),
    "effect.worked": ("connect-shop", 3),
    "effect.done": ("fulfilment", 1),
    "timer.worked": ("fulfilment", 1),
}


def walk(embedded: Range, right: str, *strikes: Strike) -> Outcome:
    """Walk a case while the process strikes itself, and demand that it did."""
    embedded.plans.arm("up", *strikes)
    outcome = embedded.walk(right, deaths=len(strikes))
    embedded.plans.disarm("up")
    codes = [death.code for death in outcome.deaths]
    assert codes == [-9] * len(strikes), embedded.house.processes()["up"].log_tail(30)
    return outcome


def test_a_case_ends_once_when_nothing_happens(embedded: Range) -> None:
    assert walk(embedded, "access").faults == ()
    assert walk(embedded, "erasure") == Outcome((), (), 0, 0)


@pytest.mark.parametrize("point", POINTS)
def test_an_access_case_ends_once_when_the_house_dies_at_its_first_passage(embedded: Range, point: str) -> None:
    outcome = walk(embedded, "access", Strike(point))
    assert outcome.faults == ()
    assert outcome.doubled_mails == 0


@pytest.mark.parametrize("point", POINTS)
def test_an_erasure_ends_once_when_the_house_dies_in_the_middle_of_it(embedded: Range, point: str) -> None:
    who, nth = MIDDLE[point]
    outcome = walk(embedded, "erasure", Strike(point, nth, who))
    assert outcome.faults == ()
    assert outcome.doubled_mails == 0


def test_a_mail_may_come_twice_and_nothing_else_does_when_its_sender_dies_after_sending(embedded: Range) -> None:
    outcome = walk(embedded, "access", Strike("effect.worked", 2, "notifier"))
    assert outcome.faults == ()
    assert outcome.doubled_mails == 1


def test_a_case_ends_once_when_the_house_dies_five_times_in_it(embedded: Range) -> None:
    strikes = (
        Strike("receiver.stored", 2),
        Strike("executor.before_commit", 1, "identity"),
        Strike("effect.worked", 1, "connect-applications"),
        Strike("effect.worked", 1, "connect-shop"),  # its search or, if that is done by then, its erasing
        Strike("relay.confirmed", 1, "fulfilment"),
    )
    assert walk(embedded, "erasure", *strikes).faults == ()


def test_cases_end_once_wherever_the_house_dies(embedded: Range, counts: Callable[[int, int], int]) -> None:
    chance = random.Random(20261122)  # the same walk for everybody who looks for a fault in it
    for number in range(counts(2, 60)):
        strikes = [Strike(chance.choice(POINTS), chance.randint(1, 12)) for _ in range(chance.randint(1, 3))]
        embedded.plans.arm("up", *strikes)
        outcome = embedded.walk(chance.choice(["access", "erasure"]))
        embedded.plans.disarm("up")
        assert outcome.faults == (), f"case {number} after {strikes}"
        assert {death.code for death in outcome.deaths} <= {-9}
