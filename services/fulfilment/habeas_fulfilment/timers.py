"""The time door: erasures whose time to be called back is over, answers whose days are over, cases that are done."""

from datetime import timedelta

from sqlalchemy import select

from habeas.service import Context, Timer
from habeas_fulfilment import actions
from habeas_fulfilment.actions.calling_back import forget_calls
from habeas_fulfilment.actions.cases import locked_case
from habeas_fulfilment.limit_timers import LIMIT_TIMERS
from habeas_fulfilment.look_timers import LOOK_TIMERS, list_look_files
from habeas_fulfilment.models import Answer, AnswerState, CaseFile, EndedSession, Plan, PlanState, UsedGrant

_GRANTS_LIVE = timedelta(days=1)
"""Far beyond any grant's life: after it nobody needs to know that one was used or that its session ended."""


def begin_erasures(context: Context) -> None:
    """Order what was approved and cannot be called back any more."""
    now = context.clock.now()
    due = select(Plan.case_id).where(Plan.state == PlanState.APPROVED.value, Plan.erase_at <= now)
    with context.reading() as tx:
        cases = tx.session.scalars(due).all()
    for case in cases:
        with context.transaction() as tx:
            actions.advance(tx, locked_case(tx, case))


def expire_answers(context: Context) -> None:
    """Make answers unreadable on their day, then delete their files."""
    now = context.clock.now()
    over = select(Answer.case_id, Answer.right).where(Answer.state == AnswerState.READY.value, Answer.until <= now)
    with context.reading() as tx:
        due = tx.session.execute(over).all()
    for case, right in due:
        with context.transaction() as tx:
            actions.expire_answer(tx, case, right)
    _delete_files(context)


def _delete_files(context: Context) -> None:
    left = select(Answer).where(Answer.state == AnswerState.EXPIRED.value, Answer.key.is_not(None))
    with context.reading() as tx:
        found = [(answer.case_id, answer.right, answer.key) for answer in tx.session.scalars(left)]
    for case, right, key in found:
        assert key is not None
        context.store.delete(key)
        with context.transaction() as tx:
            tx.session.get_one(Answer, (case, right)).key = None


def forget_cases(context: Context) -> None:
    """Forget who was asked about and what was found, once nothing of a case is owed any more."""
    with context.reading() as tx:
        known = tx.session.scalars(select(CaseFile).where(CaseFile.forgotten_at.is_(None))).all()
        over = [case.id for case in known if actions.is_over(tx, case)]
    for case in over:
        _empty(context, case)
        with context.transaction() as tx:
            actions.forget_case(tx, case)


def _empty(context: Context, case: str) -> None:
    """Delete the case's files; left-overs of attempts that broke off lie under the same prefixes."""
    kept = tuple(list_look_files(context, case))  # these are forgotten with the last look
    for prefix in (f"orders/{case}/", f"answers/{case}/"):
        for key in list(context.store.list(prefix)):
            if not key.startswith(kept):
                context.store.delete(key)


def forget_processor_calls(context: Context) -> None:
    """Forget processors' calls that are too old to be repeated."""
    with context.transaction() as tx:
        forget_calls(tx)


def forget_grants(context: Context) -> None:
    """Forget used grants and ended sessions that no living grant can refer to."""
    with context.transaction() as tx:
        before = tx.now - _GRANTS_LIVE
        for used in tx.session.scalars(select(UsedGrant).where(UsedGrant.used_at < before)):
            tx.session.delete(used)
        for ended in tx.session.scalars(select(EndedSession).where(EndedSession.ended_at < before)):
            tx.session.delete(ended)


TIMERS = (
    Timer("erasures", timedelta(seconds=10), begin_erasures),
    Timer("answers", timedelta(minutes=5), expire_answers),
    Timer("cases", timedelta(hours=1), forget_cases),
    *LOOK_TIMERS,
    Timer("grants", timedelta(hours=1), forget_grants),
    Timer("processor calls", timedelta(hours=6), forget_processor_calls),
    *LIMIT_TIMERS,
)
