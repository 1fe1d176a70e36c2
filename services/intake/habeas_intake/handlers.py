"""The event door: each event is noted in its case, and the state table decides what that means."""

from datetime import datetime
from typing import TypeVar

from habeas.envelope import Letter
from habeas.events import (
    AbsenceChecked,
    AgentChanged,
    AnswerHandedOut,
    AnswerReady,
    ApprovalGiven,
    CallAsked,
    CaseFrozen,
    CaseThawed,
    ContactChanged,
    Event,
    EvidenceCleaned,
    EvidenceDecided,
    FreezeContested,
    IdentityProved,
    IdentityUnmatched,
    MandateAnswered,
    MessageSent,
    PlanMade,
    ProcessingLimited,
    ProcessingReleased,
    ResidueFound,
    SessionEnded,
    SystemFailed,
    TaskDone,
    TaskOpened,
)
from habeas.service import Effect, Handler
from habeas.work.transaction import Transaction
from habeas_intake import assignments, complaints, extensions, notes, status

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


def on_mandate_answered(tx: Transaction, letter: Letter) -> None:
    """Note whether the person has somebody act for them."""
    answered = _read(letter, MandateAnswered)
    notes.note_mandate(tx, answered.case, given=answered.given)


def on_call_asked(tx: Transaction, letter: Letter) -> None:
    """Note that the person wants to be called."""
    notes.note_call(tx, _read(letter, CallAsked).case)


def on_evidence_cleaned(tx: Transaction, letter: Letter) -> None:
    """Note that somebody sent something to be looked at."""
    came = _read(letter, EvidenceCleaned)
    notes.note_evidence(tx, came.case, came.kind, came.pages, came.reason)


def on_evidence_decided(tx: Transaction, letter: Letter) -> None:
    """Note what an agent saw in it; the case stands where it stood."""
    decided = _read(letter, EvidenceDecided)
    notes.note_seen(tx, decided.case, decided.kind, decided.seen, decided.agent)


def on_plan_made(tx: Transaction, letter: Letter) -> None:
    """Note the plan that waits for approval."""
    plan = _read(letter, PlanMade)
    notes.note_plan(tx, plan.case, plan.digest, plan.approvals, plan.counts)


def on_processing_limited(tx: Transaction, letter: Letter) -> None:
    """Note what is stopped from now on."""
    limited = _read(letter, ProcessingLimited)
    notes.note_limits(tx, limited.case, limited.TYPE, limited.right, limited.activities)


def on_processing_released(tx: Transaction, letter: Letter) -> None:
    """Note what goes on again."""
    released = _read(letter, ProcessingReleased)
    notes.note_limits(tx, released.case, released.TYPE, released.right, released.activities)


def on_approval_given(tx: Transaction, letter: Letter) -> None:
    """Note the approval."""
    approval = _read(letter, ApprovalGiven)
    notes.note_approval(tx, approval.case, approval.digest, approval.agent)


def on_system_failed(tx: Transaction, letter: Letter) -> None:
    """Note the failure."""
    failed = _read(letter, SystemFailed)
    notes.note_failure(tx, failed.case, failed.system, failed.operation, failed.reason)


def on_task_opened(tx: Transaction, letter: Letter) -> None:
    """Note that a person has to do something."""
    opened = _read(letter, TaskOpened)
    notes.note_task(tx, opened.case, opened.system, opened.operation)


def on_task_done(tx: Transaction, letter: Letter) -> None:
    """Note that they did."""
    done = _read(letter, TaskDone)
    notes.note_task_done(tx, done.case, done.system, done.operation, done.agent)


def on_answer_ready(tx: Transaction, letter: Letter) -> None:
    """Note the answer."""
    ready = _read(letter, AnswerReady)
    notes.note_answer(tx, ready.case, ready.kind, ready.right)


def on_answer_handed_out(tx: Transaction, letter: Letter) -> None:
    """Note that it was fetched."""
    handed = _read(letter, AnswerHandedOut)
    notes.note_handing_out(tx, handed.case, handed.kind, handed.right, handed.times)


def on_absence_checked(tx: Transaction, letter: Letter) -> None:
    """Note whether what was erased is gone."""
    checked = _read(letter, AbsenceChecked)
    notes.note_absence(tx, checked.case, checked.days, checked.outcomes)


def on_residue_found(tx: Transaction, letter: Letter) -> None:
    """Note where it is not, or has come back, so that an agent decides."""
    found = _read(letter, ResidueFound)
    notes.note_residue(tx, found.case, found.system, found.outcome, found.count, found.days)


def on_case_frozen(tx: Transaction, letter: Letter) -> None:
    """Note that the person said that they had not asked."""
    status.note_frozen(tx, _read(letter, CaseFrozen).case)


def on_freeze_contested(tx: Transaction, letter: Letter) -> None:
    """Note that somebody showed that it was them after all."""
    status.note_contested(tx, _read(letter, FreezeContested).case)


def on_case_thawed(tx: Transaction, letter: Letter) -> None:
    """Note that two people let the case go on."""
    thawed = _read(letter, CaseThawed)
    status.note_thawed(tx, thawed.case, thawed.reason)


def on_contact_changed(tx: Transaction, letter: Letter) -> None:
    """Note that letters go to another address from now on."""
    case = _read(letter, ContactChanged).case
    notes.enter(tx, notes.locked_case(tx, case).id, "contact.changed")


def on_message_sent(tx: Transaction, letter: Letter) -> None:
    """Note the letter; what an agent decided counts once its person was told."""
    sent = _read(letter, MessageSent)
    notes.note_message(tx, sent.case, sent.message, sent.channel, sent.outcome)
    told = _COUNTS_ONCE_TOLD.get(sent.message)
    if told is not None and sent.outcome == "sent":
        told.note_told(tx, sent.case, datetime.fromisoformat(sent.at))
    elif told is not None:
        told.note_not_told(tx, sent.case)


def on_agent_changed(tx: Transaction, letter: Letter) -> None:
    """Note who works on cases."""
    changed = _read(letter, AgentChanged)
    name = tx.open(letter)["name"]
    assignments.note_colleague(tx, changed.person, name, changed.roles, changed.controllers)


def on_session_ended(tx: Transaction, letter: Letter) -> None:
    """Deny the session's grants."""
    notes.note_ended_session(tx, _read(letter, SessionEnded).session)


HEARS: dict[type[Event], Handler | Effect] = {
    MandateAnswered: on_mandate_answered,
    CallAsked: on_call_asked,
    EvidenceCleaned: on_evidence_cleaned,
    EvidenceDecided: on_evidence_decided,
    IdentityUnmatched: on_identity_unmatched,
    IdentityProved: on_identity_proved,
    ProcessingLimited: on_processing_limited,
    ProcessingReleased: on_processing_released,
    PlanMade: on_plan_made,
    ApprovalGiven: on_approval_given,
    SystemFailed: on_system_failed,
    TaskOpened: on_task_opened,
    TaskDone: on_task_done,
    AnswerReady: on_answer_ready,
    AnswerHandedOut: on_answer_handed_out,
    AbsenceChecked: on_absence_checked,
    ResidueFound: on_residue_found,
    CaseFrozen: on_case_frozen,
    FreezeContested: on_freeze_contested,
    CaseThawed: on_case_thawed,
    ContactChanged: on_contact_changed,
    MessageSent: on_message_sent,
    AgentChanged: on_agent_changed,
    SessionEnded: on_session_ended,
}
