"""What legal holds keep: which stand, what of a plan they cover now, and what they kept out of an erasure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import select

from habeas.work.transaction import Transaction
from habeas_fulfilment.holds import Covering
from habeas_fulfilment.models import CaseFile, HeldBack, Hold, Plan, PlanLine


def standing_holds(tx: Transaction, controller: str) -> tuple[Covering, ...]:
    """Give the holds of a controller that stand, the oldest first."""
    chosen = select(Hold).where(Hold.controller == controller, Hold.lifted_at.is_(None))
    return tuple(map(covering, tx.session.scalars(chosen.order_by(Hold.since, Hold.id))))


def covering(hold: Hold) -> Covering:
    """Give a hold as a plan reads it."""
    until = None if hold.until is None else date.fromisoformat(hold.until)
    return Covering(hold.id, hold.system, hold.activity, hold.kind, hold.reason, hold.law, until)


def is_held(tx: Transaction, case: CaseFile, plan: Plan, systems: Sequence[str]) -> bool:
    """Say whether a hold that came after a plan covers anything that the plan would erase in these systems."""
    holds = standing_holds(tx, case.controller)
    if not holds:
        return False
    mine = (PlanLine.case_id == case.id, PlanLine.round == plan.round, PlanLine.decision == "erase")
    lines = tx.session.scalars(select(PlanLine).where(*mine, PlanLine.system.in_(systems))).all()
    return any(hold.covers(line.system, line.activity, line.kind) for hold in holds for line in lines)


def keep_held(tx: Transaction, plan: Plan, held: Mapping[str, int]) -> None:
    """Note how many records each hold keeps out of a plan that was just made."""
    for hold, count in sorted(Counter(held).items()):
        tx.session.add(HeldBack(hold_id=hold, case_id=plan.case_id, round=plan.round, count=count))
        tx.record("hold.kept", plan.case_id, hold=hold, count=count)


def is_kept_open(tx: Transaction, case_id: str) -> bool:
    """Say whether a hold that stands keeps something of a case back, so that its erasure is still owed."""
    chosen = select(HeldBack.case_id).where(HeldBack.case_id == case_id, HeldBack.resumed_at.is_(None))
    return tx.session.scalars(chosen).first() is not None
