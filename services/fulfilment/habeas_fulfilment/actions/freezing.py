"""Freezing: while a case stands still nothing of it is handed out, and nothing is ordered that destroys."""

from datetime import timedelta

from sqlalchemy import select

from habeas.errors import TryLater
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import profile_of
from habeas_fulfilment.actions.progress import advance
from habeas_fulfilment.actions.scopes import present_plan
from habeas_fulfilment.models import Answer, AnswerState, CaseFile, PlanState

_SOON = timedelta(seconds=1)


def freeze_case(tx: Transaction, case_id: str) -> None:
    """Let a case stand still; systems that are erasing at this moment cannot be called back."""
    case = _locked(tx, case_id)
    if case.frozen_at is None:
        case.frozen_at = tx.now
        tx.record("freeze.accepted", case_id)


def thaw_case(tx: Transaction, case_id: str, reason: str) -> None:
    """Let a case go on: the time to call an erasure back begins anew, and that to fetch an answer too."""
    case = _locked(tx, case_id)
    if case.frozen_at is None:
        return
    case.frozen_at = None
    tx.record("thaw.accepted", case_id, reason=reason)
    profile, plan = profile_of(tx, case), present_plan(tx, case)
    if plan is not None and plan.state == PlanState.APPROVED:
        plan.erase_at = tx.now + timedelta(hours=profile.erasure.cooling_off_hours)
    ready = select(Answer).where(Answer.case_id == case_id, Answer.state == AnswerState.READY.value)
    for answer in tx.session.scalars(ready):
        answer.until = tx.now + timedelta(days=profile.package.days)
    advance(tx, case)


def _locked(tx: Transaction, case_id: str) -> CaseFile:
    case = tx.session.get(CaseFile, case_id, with_for_update=True, populate_existing=True)
    if case is None:
        raise TryLater("the case's opening has not arrived yet", _SOON)
    return case
