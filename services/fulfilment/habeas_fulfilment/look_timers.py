"""The time door of looks: those that are due after an erasure, and what is forgotten once the last is in."""

from datetime import timedelta

from sqlalchemy import select

from habeas.service import Context, Timer
from habeas_fulfilment.actions import looking, tombstones
from habeas_fulfilment.models import SystemOrder, Task, Watch, WatchState
from habeas_fulfilment.tombstones import secret_name


def go_on_looking(context: Context) -> None:
    """Take the looks after erasures that are due, and forget whom to look for once the last is in."""
    due = select(Watch).where(Watch.next_at <= context.clock.now()).order_by(Watch.next_at)
    with context.reading() as tx:
        found = [(watch.case_id, watch.state == WatchState.OVER) for watch in tx.session.scalars(due)]
    for case, over in found:
        if over:
            _empty(context, case)
        with context.transaction() as tx:
            looking.go_on_looking(tx, case)


def _empty(context: Context, case: str) -> None:
    for prefix in list_look_files(context, case):
        for key in list(context.store.list(prefix)):
            context.store.delete(key)


def list_look_files(context: Context, case: str) -> list[str]:
    """Name the prefixes under which the answers to a case's looks lie in the store."""
    looks = select(SystemOrder.id).where(SystemOrder.case_id == case, SystemOrder.task == Task.ABSENCE.value)
    with context.reading() as tx:
        return [f"orders/{case}/{order}/" for order in tx.session.scalars(looks)]


def forget_tombstones(context: Context) -> None:
    """Forget the tombstones of years that are over, and destroy their keys: no copy of the list is of use then."""
    with context.transaction() as tx:
        years = tombstones.forget_tombstones(tx)
    for year in years:
        context.keys.destroy_secret("fulfilment", secret_name(year))


LOOK_TIMERS = (
    Timer("looks", timedelta(minutes=1), go_on_looking),
    Timer("tombstones", timedelta(days=1), forget_tombstones),
)
