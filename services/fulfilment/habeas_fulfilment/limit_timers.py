"""The time door of limits: restrictions and holds that end on their day, and cases that they keep open."""

from datetime import timedelta

from sqlalchemy import select

from habeas.crypto.datakeys import Retention
from habeas.service import Context, Timer
from habeas.vocabulary import Operation
from habeas_fulfilment.actions import holding, limiting
from habeas_fulfilment.models import CaseFile, HeldBack, Hold, Limit, LimitState

_KEPT_OPEN = timedelta(days=92)
"""How far ahead the keys of an open case are kept, once a day: as far as those of a new one."""


def lift_limits(context: Context) -> None:
    """Let go on what was restricted, on the day that its person was told."""
    due = (Limit.state == LimitState.LIFTING.value, Limit.notice == "sent", Limit.until <= context.clock.now())
    with context.reading() as tx:
        cases = tx.session.scalars(select(Limit.case_id).where(*due).distinct()).all()
    for case in cases:
        with context.transaction() as tx:
            limiting.lift_due(tx, case)


def end_holds(context: Context) -> None:
    """Lift holds whose last day is over, and let go on what could not when its hold was lifted."""
    with context.reading() as tx:
        dated = tx.session.scalars(select(Hold.id).where(Hold.lifted_at.is_(None), Hold.until.is_not(None))).all()
    for hold in dated:
        with context.transaction() as tx:
            holding.end_hold(tx, hold)
    waiting = select(HeldBack.hold_id, HeldBack.case_id, HeldBack.round).join(Hold, Hold.id == HeldBack.hold_id)
    with context.reading() as tx:
        left = tx.session.execute(
            waiting.where(Hold.lifted_at.is_not(None), HeldBack.resumed_at.is_(None)).order_by(HeldBack.case_id)
        ).all()
    for key in left:
        with context.transaction() as tx:
            holding.resume(tx, tx.session.get_one(HeldBack, tuple(key), populate_existing=True))


def keep_open(context: Context) -> None:
    """Keep what is known of a case readable as long as a hold, or a restriction in a system, keeps it open."""
    with context.reading() as tx:
        held = select(HeldBack.case_id).where(HeldBack.resumed_at.is_(None))
        open_ = (Limit.state != LimitState.LIFTED.value, Limit.operation == Operation.RESTRICT.value)
        cases = {*tx.session.scalars(held), *tx.session.scalars(select(Limit.case_id).where(*open_))}
    for case in sorted(cases):
        with context.transaction() as tx:
            if tx.session.get_one(CaseFile, case).forgotten_at is None:
                tx.context.data_keys.prolong(tx.session, case, Retention.PACKAGE, (tx.now + _KEPT_OPEN).date())


LIMIT_TIMERS = (
    Timer("limits", timedelta(minutes=1), lift_limits),
    Timer("holds", timedelta(minutes=5), end_holds),
    Timer("open-cases", timedelta(days=1), keep_open),
)
