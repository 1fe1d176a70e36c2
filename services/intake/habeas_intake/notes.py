"""What intake makes of what it hears: each event is noted in its case, and moves what the state table says."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from habeas.clock import uuid7
from habeas.errors import Refused, TryLater
from habeas.vocabulary import CaseState, Right
from habeas.work.transaction import Transaction
from habeas_intake.models import Case, CaseRight, EndedSession, Entry
from habeas_intake.states import move

_SOON = timedelta(seconds=1)


def enter(tx: Transaction, case: str, kind: str, **facts: Any) -> None:
    """Add a line to a case's timeline; the facts must hold nothing personal."""
    tx.session.add(Entry(id=uuid7(), case_id=case, at=tx.now, kind=kind, facts=facts))


def locked_case(tx: Transaction, case: str) -> Case:
    """Give a case with its row locked; raises Refused where there is none."""
    found = tx.session.get(Case, case, with_for_update=True)
    if found is None:
        raise Refused("there is no such case")
    return found


def move_right(right: CaseRight, event: str) -> None:
    """Take one right where an event takes it by the state table; raises what `habeas_intake.states.move` raises."""
    right.state = move(CaseState(right.state), event).value
    right.open = right.state not in (CaseState.ANSWERED, CaseState.CLOSED, CaseState.REFUSED)


def note_proof(tx: Transaction, case: str, assurance: str, method: str) -> None:
    """Note that the person is who they say."""
    found = locked_case(tx, case)
    for right in found.rights:
        move_right(right, "identity.proved")
    found.unmatched = ""
    enter(tx, case, "identity.proved", assurance=assurance, method=method)


def note_unmatched(tx: Transaction, case: str, reason: str) -> None:
    """Note that no stored channel fits, so that an agent looks for another way; the person sees nothing of it."""
    locked_case(tx, case).unmatched = reason[:200]
    enter(tx, case, "identity.unmatched", reason=reason)


def note_mandate(tx: Transaction, case: str, *, given: bool) -> None:
    """Note whether the person has somebody act for them; without that, whoever opened the case sees it no more."""
    found = locked_case(tx, case)
    found.closed_to_agent = found.closed_to_agent or not given
    enter(tx, case, "mandate.answered", given=given, by=found.opened_by)
    tx.record("mandate.answered", case, given=given, by=found.opened_by)


def note_call(tx: Transaction, case: str) -> None:
    """Note that the person wants to be called at the number that the company has."""
    enter(tx, locked_case(tx, case).id, "call.asked")


def note_evidence(tx: Transaction, case: str, kind: str, pages: int, reason: str) -> None:
    """Note that something was sent that an agent can look at, or that nothing could be made of it."""
    enter(tx, locked_case(tx, case).id, "evidence.cleaned", evidence=kind, pages=pages, reason=reason)


def note_seen(tx: Transaction, case: str, kind: str, seen: str, agent: str) -> None:
    """Note what an agent saw in what was sent; it proves nothing, so nothing moves."""
    enter(tx, locked_case(tx, case).id, "evidence.decided", evidence=kind, seen=seen, agent=agent)


def note_plan(tx: Transaction, case: str, digest: str, approvals: int, counts: dict[str, int]) -> None:
    """Note that a plan to erase waits for approval; one that erases nothing needs none."""
    for right in _erasures(locked_case(tx, case)):
        move_right(right, "plan.made")
        right.plan, right.approvals_needed = digest, approvals
        if approvals == 0:
            move_right(right, "approval.given")
    enter(tx, case, "plan.made", digest=digest, approvals=approvals, counts=counts)


def note_limits(tx: Transaction, case: str, kind: str, right: str, activities: list[str]) -> None:
    """Note which activities are stopped, or go on again; the right itself still waits for its answer."""
    enter(tx, locked_case(tx, case).id, kind, right=right, activities=activities)


def note_approval(tx: Transaction, case: str, digest: str, agent: str) -> None:
    """Note that one person approved the plan; the right is approved when enough have."""
    found = locked_case(tx, case)
    if not _knows_plan(tx, case, digest):
        raise TryLater("the plan that was approved has not arrived yet", after=_SOON)
    for right in _erasures(found):
        if right.plan == digest:
            right.approvals_needed = max(right.approvals_needed - 1, 0)
            if right.approvals_needed == 0:
                move_right(right, "approval.given")
    enter(tx, case, "approval.given", digest=digest, agent=agent)


def _knows_plan(tx: Transaction, case: str, digest: str) -> bool:
    plans = tx.session.scalars(select(Entry.facts).where(Entry.case_id == case, Entry.kind == "plan.made"))
    return any(facts["digest"] == digest for facts in plans)


def note_failure(tx: Transaction, case: str, system: str, operation: str, reason: str) -> None:
    """Note that a system has not done what it was ordered; the case stays open and shows it."""
    found = locked_case(tx, case)
    found.failing = sorted({*found.failing, system})
    enter(tx, case, "system.failed", system=system, operation=operation, reason=reason)


def note_task(tx: Transaction, case: str, system: str, operation: str) -> None:
    """Note that a person has to do something in a system that no program reaches."""
    enter(tx, locked_case(tx, case).id, "task.opened", system=system, operation=operation)


def note_task_done(tx: Transaction, case: str, system: str, operation: str, agent: str) -> None:
    """Note that it is done."""
    enter(tx, locked_case(tx, case).id, "task.done", system=system, operation=operation, agent=agent)


def note_answer(tx: Transaction, case: str, kind: str, right: str) -> None:
    """Note that the answer to a right is made; what failed on the way has been overcome, but for what is not gone."""
    found = locked_case(tx, case)
    for each in found.rights:
        if each.right == right:
            move_right(each, "answer.ready")
            each.answered_at = tx.now
    found.failing = sorted(_residues(tx, case))
    enter(tx, case, "answer.ready", answer=kind, right=right)


def note_handing_out(tx: Transaction, case: str, kind: str, right: str, times: int) -> None:
    """Note that the person fetched the answer to a right."""
    for each in locked_case(tx, case).rights:
        if each.right == right:
            move_right(each, "answer.handed_out")
    enter(tx, case, "answer.handed_out", answer=kind, right=right, times=times)


def note_absence(tx: Transaction, case: str, days: int, outcomes: dict[str, str]) -> None:
    """Note what a look after an erasure saw: a system where all is gone, or may stay, is no trouble any more."""
    found = locked_case(tx, case)
    found.failing = sorted(set(found.failing) - _settled(outcomes))
    enter(tx, case, "absence.checked", days=days, outcomes=outcomes)


def _settled(outcomes: Mapping[str, str]) -> set[str]:
    return {system for system, outcome in outcomes.items() if outcome in ("absent", "known")}


def _residues(tx: Transaction, case: str) -> set[str]:
    """Name the systems that hold what was erased, by the newest word about each."""
    kinds = ("absence.checked", "residue.found")
    entries = select(Entry).where(Entry.case_id == case, Entry.kind.in_(kinds)).order_by(Entry.at, Entry.id)
    left: set[str] = set()
    for entry in tx.session.scalars(entries):
        left = left - _settled(entry.facts["outcomes"]) if entry.kind == kinds[0] else {*left, entry.facts["system"]}
    return left


def note_residue(tx: Transaction, case: str, system: str, outcome: str, count: int, days: int) -> None:
    """Note that a system still holds what was erased, or holds it again; the case shows it until somebody decides."""
    found = locked_case(tx, case)
    found.failing = sorted({*found.failing, system})
    enter(tx, case, "residue.found", system=system, outcome=outcome, count=count, days=days)


def note_message(tx: Transaction, case: str, message: str, channel: str, outcome: str) -> None:
    """Note that a letter left us, or could not."""
    enter(tx, locked_case(tx, case).id, "message.sent", message=message, channel=channel, outcome=outcome)


def note_ended_session(tx: Transaction, session: str) -> None:
    """Deny every grant of an agent's session from now on."""
    if tx.session.get(EndedSession, session) is None:
        tx.session.add(EndedSession(session=session, at=tx.now))


def _erasures(case: Case) -> list[CaseRight]:
    return [right for right in case.rights if right.right == Right.ERASURE]
