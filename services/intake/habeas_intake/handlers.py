"""The event door: each event is noted in its case, and the state table decides what that means."""

from datetime import datetime
from typing import TypeVar

from habeas.envelope import Letter
from habeas.events import (
    AnswerHandedOut,
    AnswerReady,
    ApprovalGiven,
    Event,
    IdentityProved,
    IdentityUnmatched,
    MessageSent,
    PlanMade,
    SessionEnded,
    SystemFailed,
)
from habeas.service import Effect, Handler
from habeas.work.transaction import Transaction
from habeas_intake import complaints, extensions, notes

_Kind = TypeVar("_Kind", bound=Event)
_COUNTS_ONCE_TOLD = {extensions.MESSAGE: extensions, complaints.MESSAGE: complaints}


def _read(letter: Letter, kind: type[_Kind]) -> _Kind:
    assert isinstance(letter.event, kind)
    return letter.event


def on_identity_proved(tx: Transaction, letter: Letter) -> None:
    """Note the proof."""
    proved = _read(letter, IdentityProved)
    notes.note_proof(tx, proved.case, proved.assurance, proved.method)


def on_identity_unmatched(tx: Transaction, letter: Letter) -> None:
    """Note that an agent has to find another way."""
    unmatched = _read(letter, IdentityUnmatched)
    notes.note_unmatched(tx, unmatched.case, unmatched.reason)


def on_plan_made(tx: Transaction, letter: Letter) -> None:
    """Note the plan that waits for approval."""
    plan = _read(letter, PlanMade)
    notes.note_plan(tx, plan.case, plan.digest, plan.approvals, plan.counts)


def on_approval_given(tx: Transaction, letter: Letter) -> None:
    """Note the approval."""
    approval = _read(letter, ApprovalGiven)
    notes.note_approval(tx, approval.case, approval.digest, approval.agent)


def on_system_failed(tx: Transaction, letter: Letter) -> None:
    """Note the failure."""
    failed = _read(letter, SystemFailed)
    notes.note_failure(tx, failed.case, failed.system, failed.operation, failed.reason)


def on_answer_ready(tx: Transaction, letter: Letter) -> None:
    """Note the answer."""
    ready = _read(letter, AnswerReady)
    notes.note_answer(tx, ready.case, ready.kind, ready.right)


def on_answer_handed_out(tx: Transaction, letter: Letter) -> None:
    """Note that it was fetched."""
    handed = _read(letter, AnswerHandedOut)
    notes.note_handing_out(tx, handed.case, handed.kind, handed.right, handed.times)


def on_message_sent(tx: Transaction, letter: Letter) -> None:
    """Note the letter; what an agent decided counts once its person was told."""
    sent = _read(letter, MessageSent)
    notes.note_message(tx, sent.case, sent.message, sent.channel, sent.outcome)
    told = _COUNTS_ONCE_TOLD.get(sent.message)
    if told is not None and sent.outcome == "sent":
        told.note_told(tx, sent.case, datetime.fromisoformat(sent.at))
    elif told is not None:
        told.note_not_told(tx, sent.case)


def on_session_ended(tx: Transaction, letter: Letter) -> None:
    """Deny the session's grants."""
    notes.note_ended_session(tx, _read(letter, SessionEnded).session)


HEARS: dict[type[Event], Handler | Effect] = {
    IdentityUnmatched: on_identity_unmatched,
    IdentityProved: on_identity_proved,
    PlanMade: on_plan_made,
    ApprovalGiven: on_approval_given,
    SystemFailed: on_system_failed,
    AnswerReady: on_answer_ready,
    AnswerHandedOut: on_answer_handed_out,
    MessageSent: on_message_sent,
    SessionEnded: on_session_ended,
}
