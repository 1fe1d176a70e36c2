"""The event door: what fulfilment hears, and which action answers."""

from collections.abc import Mapping
from datetime import datetime

from habeas.envelope import Letter
from habeas.events import (
    ApprovalGiven,
    CaseExtended,
    CaseFrozen,
    CaseGathered,
    CaseIntroduced,
    CaseLocated,
    CaseLooked,
    CaseOpened,
    CaseThawed,
    Event,
    IdentityProved,
    KeysTurned,
    LiftingTold,
    OrderAnswered,
    OrderProgressed,
    SessionEnded,
)
from habeas.service import Effect, Handler
from habeas.turned_keys import learn_seal
from habeas.work.transaction import Transaction
from habeas_fulfilment import actions
from habeas_fulfilment.actions import limiting
from habeas_fulfilment.introducing import INTRODUCING
from habeas_fulfilment.looking import LOOKING
from habeas_fulfilment.making import MAKING
from habeas_fulfilment.planning import PLANNING


def on_case_opened(tx: Transaction, letter: Letter) -> None:
    """Remember the case; nothing is asked of anybody before the person is proved."""
    assert isinstance(letter.event, CaseOpened)
    actions.open_case(tx, letter.event)


def on_identity_proved(tx: Transaction, letter: Letter) -> None:
    """Keep who the person is and give the first orders."""
    assert isinstance(letter.event, IdentityProved)
    case = actions.prove_identity(tx, letter.event, tx.open(letter)["identifiers"])
    if case is not None:
        actions.begin(tx, case)


def on_order_answered(tx: Transaction, letter: Letter) -> None:
    """Take a system's answer to its own order."""
    assert isinstance(letter.event, OrderAnswered)
    actions.take_answer(tx, letter.source, letter.event)


def on_order_progressed(tx: Transaction, letter: Letter) -> None:
    """Note how far a system has come."""
    assert isinstance(letter.event, OrderProgressed)
    actions.take_progress(tx, letter.source, letter.event)


def on_approval_given(tx: Transaction, letter: Letter) -> None:
    """Count an approval of the plan."""
    assert isinstance(letter.event, ApprovalGiven)
    actions.approve_plan(tx, letter.event)


def on_case_extended(tx: Transaction, letter: Letter) -> None:
    """Move the case's dates."""
    assert isinstance(letter.event, CaseExtended)
    actions.extend_case(tx, letter.event.case, letter.event.respond_by)


def on_case_frozen(tx: Transaction, letter: Letter) -> None:
    """Let the case stand still."""
    assert isinstance(letter.event, CaseFrozen)
    actions.freeze_case(tx, letter.event.case)


def on_case_thawed(tx: Transaction, letter: Letter) -> None:
    """Let it go on."""
    assert isinstance(letter.event, CaseThawed)
    actions.thaw_case(tx, letter.event.case, letter.event.reason)


def on_lifting_told(tx: Transaction, letter: Letter) -> None:
    """Note whether the person was told that a restriction ends."""
    assert isinstance(letter.event, LiftingTold)
    limiting.note_notice(tx, letter.event.case, datetime.fromisoformat(letter.event.at), told=letter.event.told)


def on_session_ended(tx: Transaction, letter: Letter) -> None:
    """Let no grant of the session be good any more."""
    assert isinstance(letter.event, SessionEnded)
    actions.end_session(tx, letter.event.session)


def on_keys_turned(tx: Transaction, letter: Letter) -> None:
    """Seal to a runner's new key from its month on."""
    assert isinstance(letter.event, KeysTurned)
    learn_seal(tx, letter, letter.event.seal)


HEARS: Mapping[type[Event], Handler | Effect] = {
    CaseOpened: on_case_opened,
    IdentityProved: on_identity_proved,
    OrderProgressed: on_order_progressed,
    OrderAnswered: on_order_answered,
    CaseIntroduced: INTRODUCING,
    CaseLocated: PLANNING,
    ApprovalGiven: on_approval_given,
    CaseExtended: on_case_extended,
    CaseLooked: LOOKING,
    CaseGathered: MAKING,
    CaseFrozen: on_case_frozen,
    CaseThawed: on_case_thawed,
    LiftingTold: on_lifting_told,
    SessionEnded: on_session_ended,
    KeysTurned: on_keys_turned,
}
