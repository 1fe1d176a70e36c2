"""What comes of a look: written down, told, looked at once more, decided by a person, and one day forgotten."""

from collections.abc import Mapping

from sqlalchemy import select

from habeas.crypto.datakeys import Retention
from habeas.errors import Refused
from habeas.events import AbsenceChecked, ResidueFound
from habeas.work.transaction import Transaction
from habeas_fulfilment.absence import LOOKS, SETTLES, UNDECIDED, Absence, Erased, Seen
from habeas_fulfilment.actions.cases import locked_case
from habeas_fulfilment.actions.progress import advance
from habeas_fulfilment.actions.remains import UNCLEAN, erased_of, keep_erased, left_of, put_row, rows_of
from habeas_fulfilment.actions.tombstones import lift_tombstones
from habeas_fulfilment.actions.watching import begin_extra_look, begin_look, look_once_more, look_orders
from habeas_fulfilment.models import CaseFile, Look, SystemOrder, Task, Upload, Watch, WatchState

KNOWN, AGAIN = "known", "again"
"""What a person can decide about what was found: it may stay, or it is erased again."""


def finish_look(
    tx: Transaction, case_id: str, number: int, seen: Mapping[str, Seen], anonymised: Mapping[str, frozenset[str]]
) -> None:
    """Take what a look saw; a first one that found something is taken once more before anybody is told.

    `anonymised` are the kinds that systems said to have made anonymous, by system, where that is news.
    """
    case = locked_case(tx, case_id)
    watch = tx.session.get(Watch, case_id)
    if watch is None or watch.look != number or watch.state != WatchState.COMPARING:
        return
    if anonymised:
        erased = erased_of(tx, watch)
        more = {name: Erased(erased[name].gone, erased[name].known, kinds) for name, kinds in anonymised.items()}
        keep_erased(tx, watch, {**erased, **more})
    for system, each in seen.items():
        put_row(tx, watch, system, each)
    tx.session.flush()
    rows = rows_of(tx, watch)
    if watch.looked_at is None and watch.attempt == 1 and any(row.outcome in UNCLEAN for row in rows):
        watch.state, watch.next_at = WatchState.RESTING.value, tx.now + SETTLES
        return
    _conclude(tx, case, watch, rows)


def _conclude(tx: Transaction, case: CaseFile, watch: Watch, rows: list[Look]) -> None:
    outcomes = {row.system: row.outcome for row in rows}
    days = max((row.days for row in rows), default=0)
    tx.record("absence.checked", case.id, look=watch.look, days=days, outcomes=outcomes)
    tx.say(AbsenceChecked(case=case.id, look=watch.look, days=days, outcomes=outcomes))
    for row in rows:
        if row.outcome in UNCLEAN:
            tx.say(
                ResidueFound(
                    case=case.id,
                    system=row.system,
                    look=row.number,
                    days=row.days,
                    outcome=row.outcome,
                    count=sum(row.counts.values()),
                )
            )
    for order in look_orders(tx, watch).values():
        order.content, order.parts = None, []
    watch.looked_at = watch.looked_at or tx.now
    _rest(tx, watch)
    advance(tx, case)


def _rest(tx: Transaction, watch: Watch) -> None:
    """Wait for the next look of the calendar; after the last one, for a person who has still to decide."""
    if watch.step < len(LOOKS):
        watch.state, watch.next_at = WatchState.RESTING.value, watch.erased_at + LOOKS[watch.step]
        return
    watch.state = WatchState.OVER.value
    watch.next_at = tx.now + UNDECIDED if undecided(tx, watch) else tx.now


def go_on_looking(tx: Transaction, case_id: str) -> None:
    """Do what is due by the clock: the next look, the end of patience with this one, or forgetting after the last."""
    case = locked_case(tx, case_id)
    watch = tx.session.get(Watch, case_id, populate_existing=True)
    if watch is None or watch.next_at is None or watch.next_at > tx.now:
        return
    if watch.state == WatchState.LOOKING:
        advance(tx, case)
    elif watch.state == WatchState.RESTING:
        (begin_look if watch.looked_at else look_once_more)(tx, case, watch)
    elif watch.state == WatchState.OVER:
        forget_watch(tx, watch)


def look_now(tx: Transaction, case_id: str) -> bool:
    """Look once more beside the calendar; says whether it can be: not during a look, nor once all is forgotten."""
    case = locked_case(tx, case_id)
    watch = tx.session.get(Watch, case_id)
    resting = watch is not None and watch.looked_at is not None and watch.forgotten_at is None
    if watch is None or not resting or watch.state not in (WatchState.RESTING, WatchState.OVER):
        return False
    begin_extra_look(tx, case, watch)
    return True


def undecided(tx: Transaction, watch: Watch, system: str = "") -> list[Look]:
    """Give what was found, the newest first, and nobody has decided about; of one system, or of all."""
    chosen = select(Look).where(
        Look.case_id == watch.case_id, Look.number >= watch.first, Look.outcome.in_(UNCLEAN), Look.decided == ""
    )
    rows = tx.session.scalars(chosen.order_by(Look.number.desc(), Look.system))
    return [row for row in rows if system in ("", row.system)]


def let_stay(tx: Transaction, case_id: str, system: str, agent: str) -> None:
    """Note that what was found in a system is a new relationship: no later look tells of it, and it may be imported.

    Raises Refused where nothing was found that nobody has decided about, and for what never went: that is no new
    relationship, whatever it is called.
    """
    locked_case(tx, case_id)
    watch = tx.session.get(Watch, case_id)
    rows = undecided(tx, watch, system) if watch is not None else []
    if watch is None or not rows:
        raise Refused("nothing was found there that somebody has to decide about")
    if rows[0].outcome == Absence.RESIDUAL:
        raise Refused("what is there never went: it is no new relationship, and has to be erased again")
    names = [each.name for row in rows for each in left_of(tx, row)]
    erased = erased_of(tx, watch)
    keep_erased(tx, watch, {**erased, system: erased[system].with_known(names)})
    decide(rows, KNOWN, agent)
    lift_tombstones(tx, case_id, system)
    tx.record("residue.known", case_id, system=system, count=len(set(names)), by=agent)
    newest = rows[0]
    tx.say(AbsenceChecked(case=case_id, look=newest.number, days=newest.days, outcomes={system: KNOWN}))
    if watch.state == WatchState.OVER:
        tx.session.flush()
        _rest(tx, watch)


def decide(rows: list[Look], decided: str, agent: str) -> None:
    """Write down what a person decided about what was found."""
    for row in rows:
        row.decided, row.decided_by = decided, agent


def forget_watch(tx: Transaction, watch: Watch) -> None:
    """Forget whom a case was about once the last look is in: nothing can be looked for, or erased again, after this."""
    watch.person = watch.records = watch.private_key = b""
    watch.forgotten_at, watch.next_at = tx.now, None
    for row in tx.session.scalars(select(Look).where(Look.case_id == watch.case_id)):
        row.left = None
    orders = select(SystemOrder).where(SystemOrder.case_id == watch.case_id, SystemOrder.task == Task.ABSENCE.value)
    for order in tx.session.scalars(orders):
        order.content, order.parts = None, []
        for upload in tx.session.scalars(select(Upload).where(Upload.order_id == order.id)):
            tx.session.delete(upload)
    tx.session.flush()
    tx.vault.forget(watch.case_id, Retention.ABSENCE)
    tx.record("absence.forgotten", watch.case_id)
