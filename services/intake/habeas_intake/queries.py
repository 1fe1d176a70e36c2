"""What the console and the portal look at; nothing here changes anything."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from habeas.vocabulary import COMPLAINT, CaseState
from habeas.work.transaction import Transaction
from habeas_intake.models import Case, CaseRight, CaseStatus, Entry
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
    assigned_to: str


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
    assigned_to: str
    """The person who works on it; empty for nobody."""
    held: str
    """Which limit keeps it in the holding pen; empty if none does."""
    frozen: bool
    """Whether it stands still, as its person said that they had not asked."""
    contested: bool
    """Whether somebody showed that it was them after all."""
    may_be_unidentified: bool
    """Whether an agent may say that its person cannot be identified."""


def queue(tx: Transaction, *, of: frozenset[str] = frozenset(), limit: int = 200) -> list[QueueLine]:
    """List the open cases of these controllers (none named: of all), the one that is due first on top."""
    due = (
        select(Case, CaseRight.respond_by)
        .join(CaseRight)
        .where(CaseRight.open, Case.held == "", *_of(of))
        .order_by(CaseRight.respond_by, Case.opened_at)
    )
    seen: dict[str, QueueLine] = {}
    for case, respond_by in tx.session.execute(due.limit(limit * 2)):
        if case.id not in seen:
            seen[case.id] = _line(case, respond_by, tx.now.date())
    return list(seen.values())[:limit]


def count_open(tx: Transaction, of: frozenset[str] = frozenset()) -> int:
    """Count the cases in the queue."""
    waiting = select(func.count(CaseRight.case_id.distinct())).join(Case)
    return tx.session.execute(waiting.where(CaseRight.open, Case.held == "", *_of(of))).scalar_one()


def _of(controllers: frozenset[str]) -> list[ColumnElement[bool]]:
    return [Case.controller.in_(controllers)] if controllers else []


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
        assigned_to=case.assigned_to,
    )


def view(tx: Transaction, case: str) -> CaseView | None:
    """Look at one case; None if there is none."""
    found = tx.session.get(Case, case)
    if found is None:
        return None
    status = tx.session.get(CaseStatus, case)
    state = least([CaseState(right.state) for right in found.rights])
    entries = tx.session.scalars(select(Entry).where(Entry.case_id == case).order_by(Entry.id)).all()
    return CaseView(
        case=found.id,
        reference=found.reference,
        controller=found.controller,
        language=found.language,
        channel=found.channel,
        received_at=found.received_at,
        state=state,
        rights=tuple(map(_right, found.rights)),
        timeline=tuple(TimelineLine(entry.at, entry.kind, entry.facts) for entry in entries),
        failing=tuple(found.failing),
        unmatched=found.unmatched,
        may_extend=found.extension is None and any(map(_may_extend, found.rights)),
        complaint=found.complaint is None and any(right.right == COMPLAINT and right.open for right in found.rights),
        assigned_to=found.assigned_to,
        held=found.held,
        frozen=status is not None and status.frozen_at is not None,
        contested=status is not None and status.contested_at is not None,
        may_be_unidentified=state is CaseState.RECEIVED and (status is None or status.unidentified_at is None),
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


def find_reference(tx: Transaction, reference: str, of: frozenset[str] = frozenset()) -> str | None:
    """Find the case of a reference among those of these controllers (none named: of all)."""
    return tx.session.scalars(select(Case.id).where(Case.reference == reference, *_of(of))).first()
