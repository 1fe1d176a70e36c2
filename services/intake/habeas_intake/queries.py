"""What the console and the portal look at; nothing here changes anything."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select

from habeas.vocabulary import COMPLAINT, CaseState
from habeas.work.transaction import Transaction
from habeas_intake.models import Case, CaseRight, Entry
from habeas_intake.states import least


@dataclass(frozen=True)
class QueueLine:
    """One case in the queue."""

    case: str
    reference: str
    rights: tuple[str, ...]
    state: CaseState
    respond_by: date
    days_left: int
    failing: tuple[str, ...]
    unmatched: str
    plan: str


@dataclass(frozen=True)
class RightLine:
    """One right of a case with its clock."""

    right: str
    state: CaseState
    respond_by: date
    target_on: date
    steps: tuple[dict[str, Any], ...]
    """[{rule, words: {language: sentence}, source}]"""
    plan: str
    approvals_needed: int


@dataclass(frozen=True)
class TimelineLine:
    """One thing that happened to a case."""

    at: datetime
    kind: str
    facts: dict[str, Any]


@dataclass(frozen=True)
class CaseView:
    """A case as its page shows it; what the person told is read apart, and that is written down."""

    case: str
    reference: str
    controller: str
    language: str
    channel: str
    received_at: datetime
    state: CaseState
    rights: tuple[RightLine, ...]
    timeline: tuple[TimelineLine, ...]
    failing: tuple[str, ...]
    unmatched: str
    may_extend: bool
    """Whether more time can be decided: a law gives one extension, of a right that is proved and not answered."""
    complaint: bool
    """Whether a complaint waits for its answer."""


def queue(tx: Transaction, *, limit: int = 200) -> list[QueueLine]:
    """List the open cases, the one that is due first on top."""
    due = (
        select(Case, CaseRight.respond_by)
        .join(CaseRight)
        .where(CaseRight.open)
        .order_by(CaseRight.respond_by, Case.opened_at)
    )
    seen: dict[str, QueueLine] = {}
    for case, respond_by in tx.session.execute(due.limit(limit * 2)):
        if case.id not in seen:
            seen[case.id] = _line(case, respond_by, tx.now.date())
    return list(seen.values())[:limit]


def count_open(tx: Transaction) -> int:
    """Count the cases in the queue."""
    return tx.session.execute(select(func.count(CaseRight.case_id.distinct())).where(CaseRight.open)).scalar_one()


def _line(case: Case, respond_by: date, today: date) -> QueueLine:
    return QueueLine(
        case=case.id,
        reference=case.reference,
        rights=tuple(right.right for right in case.rights),
        state=least([CaseState(right.state) for right in case.rights]),
        respond_by=respond_by,
        days_left=(respond_by - today).days,
        failing=tuple(case.failing),
        unmatched=case.unmatched,
        plan=next((right.plan for right in case.rights if right.plan), ""),
    )


def view(tx: Transaction, case: str) -> CaseView | None:
    """Look at one case; None if there is none."""
    found = tx.session.get(Case, case)
    if found is None:
        return None
    entries = tx.session.scalars(select(Entry).where(Entry.case_id == case).order_by(Entry.id)).all()
    return CaseView(
        case=found.id,
        reference=found.reference,
        controller=found.controller,
        language=found.language,
        channel=found.channel,
        received_at=found.received_at,
        state=least([CaseState(right.state) for right in found.rights]),
        rights=tuple(map(_right, found.rights)),
        timeline=tuple(TimelineLine(entry.at, entry.kind, entry.facts) for entry in entries),
        failing=tuple(found.failing),
        unmatched=found.unmatched,
        may_extend=found.extension is None and any(map(_may_extend, found.rights)),
        complaint=found.complaint is None and any(right.right == COMPLAINT and right.open for right in found.rights),
    )


def _may_extend(right: CaseRight) -> bool:
    return right.open and right.right != COMPLAINT and right.state != CaseState.RECEIVED


def _right(right: CaseRight) -> RightLine:
    return RightLine(
        right=right.right,
        state=CaseState(right.state),
        respond_by=right.respond_by,
        target_on=right.target_on,
        steps=tuple(right.steps),
        plan=right.plan,
        approvals_needed=right.approvals_needed,
    )


def find_reference(tx: Transaction, reference: str) -> str | None:
    """Find the case of a reference."""
    return tx.session.scalars(select(Case.id).where(Case.reference == reference)).first()
