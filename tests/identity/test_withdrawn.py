"""A case that its controller took back stands still for good, and no other case of the person does."""

import pytest
from tests.identity.conftest import BROWSER, Desk
from tests.identity.test_freezing import ask, freeze, frozen

from habeas.errors import Refused
from habeas.events import CaseFrozen, CaseWithdrawn, ChallengeIssued, PersonWarned
from habeas.testing.house import deliver, run
from habeas_identity.challenges import Purpose
from habeas_identity.thawing import ThawReason, look_at_freeze, propose_thaw


def withdraw(desk: Desk, case: str) -> None:
    deliver(desk.context, CaseWithdrawn(case=case), source="intake")
    run(desk.context)


def test_nobody_proves_anything_in_it_and_nobody_is_warned(desk: Desk) -> None:
    case = desk.found()
    withdraw(desk, case)
    withdraw(desk, case)
    assert frozen(desk, case) == [True]
    assert sorted(each.recipient for each in desk.said(CaseFrozen, case)) == ["fulfilment", "intake"]
    before = len(desk.said(ChallengeIssued, case))
    for purpose in (Purpose.PROVE, Purpose.CONTEST):
        ask(desk, case, purpose, BROWSER)
    assert len(desk.said(ChallengeIssued, case)) == before
    assert desk.said(PersonWarned, case) == []


def test_two_people_cannot_let_it_go_on(desk: Desk) -> None:
    case = desk.found()
    withdraw(desk, case)
    with desk.context.transaction() as tx, pytest.raises(Refused, match="withdrawn"):
        propose_thaw(tx, case, "person-1", ThawReason.ANOTHER_WAY)


def test_another_case_of_the_same_person_goes_on(desk: Desk) -> None:
    first = desk.found()
    withdraw(desk, first)
    second = desk.found()
    assert frozen(desk, first, second) == [True, False]


def test_whoever_said_that_it_was_not_them_is_not_let_on_either(desk: Desk) -> None:
    """Frozen before it was withdrawn: two people would let go on what its controller took back."""
    case = desk.two_channels()
    ask(desk, case, Purpose.PROVE)
    assert freeze(desk, case)
    withdraw(desk, case)
    with desk.context.transaction() as tx:
        assert look_at_freeze(tx, case) is None
        with pytest.raises(Refused, match="withdrawn"):
            propose_thaw(tx, case, "person-1", ThawReason.ANOTHER_WAY)
