"""A proof that was given honestly, and counts for nothing: in a case that stands still, or for more than it shows."""

from datetime import timedelta

import pytest
from tests.identity.conftest import BROWSER, STORED, Desk
from tests.identity.test_addresses import held
from tests.identity.test_freezing import ask, freeze, show

from habeas.errors import Refused
from habeas.events import ChallengeIssued, ContactChanged, IdentityProved
from habeas.vocabulary import Assurance
from habeas_identity.addresses import HOLD, ask_change, complete_change
from habeas_identity.challenges import Purpose
from habeas_identity.given import accept, proof_named
from habeas_identity.models import Claim
from habeas_identity.openid import Began
from habeas_identity.sign_ins import GOOD_FOR, begin_sign_in, take_state


@pytest.mark.parametrize("method", ["mailbox", "phone", "sign_in", "call_back"])
def test_no_proof_of_whatever_kind_counts_in_a_case_that_stands_still(desk: Desk, method: str) -> None:
    """Case 17: also one that was on its way when its person said that they had not asked."""
    case = desk.two_channels()
    assert freeze(desk, case)
    with desk.context.transaction() as tx:
        claim = tx.session.get_one(Claim, case)
        now = accept(tx, claim, Purpose.PROVE, BROWSER, proof_named(method), {"email": (STORED,)})
    assert (now.reached, now.given, now.enough) == (Assurance.A0, (), False)
    assert desk.rows("SELECT id FROM given_proof") == []
    assert desk.said(IdentityProved) == []


def test_no_code_goes_out_in_a_case_that_stands_still(desk: Desk) -> None:
    """Case 17: what could come of it counts for nothing, and its letter would frighten."""
    case = desk.two_channels()
    before = len(desk.codes(case))
    assert freeze(desk, case)
    for purpose in (Purpose.PROVE, Purpose.RELEASE, Purpose.CONTACT):
        ask(desk, case, purpose)
    assert len(desk.codes(case)) == before
    ask(desk, case, Purpose.CONTEST)
    assert len(desk.codes(case)) == before + 1


def test_a_browser_comes_back_from_a_provider_once_and_within_ten_minutes(desk: Desk) -> None:
    """Cases 7 and 22: whatever the provider would say of it a second time."""
    with desk.context.transaction() as tx:
        states = [begin_sign_in(tx, "company", Purpose.PROVE, BROWSER) for _ in range(2)]

    def comes_back(began: Began | None, browser: str = BROWSER, *, agents: bool = False) -> bool:
        assert began is not None
        with desk.context.transaction() as tx:
            return take_state(tx, began.state, browser, agents=agents) is not None

    assert not comes_back(states[0], "c" * 64)
    assert not comes_back(states[0], agents=True)
    assert comes_back(states[0])
    assert not comes_back(states[0])
    desk.clock.advance(GOOD_FOR)
    assert not comes_back(states[1])


def test_what_one_mailbox_was_enough_for_changes_no_address(desk: Desk) -> None:
    """Cases 4 and 24: whoever has taken the mailbox over would else lead all letters away for good."""
    case = desk.two_channels("restriction")
    show(desk, case, Purpose.PROVE, channels=1)
    assert desk.said(IdentityProved, case)
    show(desk, case, Purpose.CONTACT, channels=1)
    with pytest.raises(Refused), desk.context.transaction() as tx:
        ask_change(tx, case, BROWSER, "anna.new@example.org")
    assert {each.sealed["address"] for each in desk.said(ChallengeIssued, case) if each.event.method == "mailbox"} == {  # type: ignore[attr-defined]
        STORED
    }


def test_nobody_ends_a_hold_before_its_time(desk: Desk) -> None:
    """Case 4: whoever calls for it, an hour too early nothing is changed."""
    case = held(desk)
    desk.clock.advance(HOLD - timedelta(hours=1))
    with desk.context.transaction() as tx:
        complete_change(tx, case)
    assert desk.said(ContactChanged, case) == []
    desk.clock.advance(timedelta(hours=1))
    with desk.context.transaction() as tx:
        complete_change(tx, case)
    assert desk.said(ContactChanged, case) != []
