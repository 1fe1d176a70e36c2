"""The looks after an erasure: begun when it was carried out, given as orders, and waited for."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from habeas.crypto.datakeys import Retention
from habeas.crypto.sealing import CaseKeys
from habeas.events import CaseLooked
from habeas.profile import Profile
from habeas.sdk import Decided, Operation, Outcome
from habeas.vocabulary import Right
from habeas.work.transaction import Transaction
from habeas_fulfilment.absence import LOOKS, PATIENCE, SETTLES, UNDECIDED, Erased
from habeas_fulfilment.actions.cases import found_of, identifiers_of, profile_of
from habeas_fulfilment.actions.orders import Person, current_orders, give_order
from habeas_fulfilment.actions.remains import UNCLEAN, erased_of, keep_erased, keep_person, person_of, rows_of
from habeas_fulfilment.actions.scopes import decided_of
from habeas_fulfilment.actions.tombstones import carve_tombstones
from habeas_fulfilment.models import CaseFile, OrderState, Plan, SystemOrder, Task, Watch, WatchState


def is_looked_after(tx: Transaction, case: CaseFile) -> bool:
    """Say whether the first look after the erasure of the present round is in; begins it if nobody has looked yet.

    Where nothing was ordered to be erased there is nothing to look for.
    """
    orders = _erasures(tx, case)
    if not orders:
        return True
    watch, last = tx.session.get(Watch, case.id), max(each.answered_at or each.given_at for each in orders)
    if watch is None or watch.round != case.round or watch.erased_at < last:
        begin_watch(tx, case)
        return False
    return watch.looked_at is not None


def begin_watch(tx: Transaction, case: CaseFile) -> Watch:
    """Begin to look whether what was just erased is gone: at once, and then by the calendar."""
    before = tx.session.get(Watch, case.id)
    erased = _what_was_erased(tx, case, None if before is None or before.forgotten_at else before)
    watch = before or Watch(case_id=case.id, look=0)
    tx.session.add(watch)
    keys, last = CaseKeys.generate(), tx.now + LOOKS[-1] + PATIENCE + UNDECIDED
    watch.round, watch.erased_at, watch.first, watch.attempt, watch.step = case.round, tx.now, watch.look + 1, 1, 0
    watch.state, watch.looked_at, watch.forgotten_at = WatchState.LOOKING.value, None, None
    person = Person(identifiers_of(tx, case), found_of(tx, case), keys.public)
    keep_person(tx, watch, person, keys.private)
    keep_erased(tx, watch, erased)
    carve_tombstones(tx, case, person, (system for system, each in erased.items() if each.gone))
    tx.context.data_keys.prolong(tx.session, case.id, Retention.ABSENCE, last.date())
    tx.record("absence.watched", case.id, round=case.round)
    begin_look(tx, case, watch)
    return watch


def begin_look(tx: Transaction, case: CaseFile, watch: Watch) -> None:
    """Search every system again that was searched for the plan."""
    watch.look, watch.attempt = watch.look + 1, 1
    watch.step += 1
    _search(tx, case, watch, erased_of(tx, watch))


def begin_extra_look(tx: Transaction, case: CaseFile, watch: Watch) -> None:
    """Look now, beside the calendar: after a restore, what was erased may be back."""
    begin_look(tx, case, watch)
    watch.step -= 1


def look_once_more(tx: Transaction, case: CaseFile, watch: Watch) -> None:
    """Take a first look again in the systems in which something was found, now that their indexes have caught up."""
    watch.attempt += 1
    for order in look_orders(tx, watch).values():
        order.content, order.parts = None, []
        order.state = OrderState.REPLACED.value
    tx.session.flush()
    _search(tx, case, watch, [row.system for row in rows_of(tx, watch) if row.outcome in UNCLEAN])


def _search(tx: Transaction, case: CaseFile, watch: Watch, systems: Iterable[str]) -> None:
    profile, person = profile_of(tx, case), person_of(tx, watch)
    # A person is not asked to search by hand four times: what they said of their erasure is all there is.
    by_program = {each.name for each in profile.systems if not each.leaves_to_people(Operation.LOCATE)}
    for system in systems:
        if system in by_program:
            number, attempt = watch.look, watch.attempt
            give_order(tx, case, Task.ABSENCE, system, Operation.LOCATE, person=person, round_=number, attempt=attempt)
    watch.state, watch.next_at = WatchState.LOOKING.value, tx.now + _patience(tx, case, watch, profile)
    tx.session.flush()
    advance_watch(tx, case)


def _patience(tx: Transaction, case: CaseFile, watch: Watch, profile: Profile) -> timedelta:
    """Say how long a look waits: the confirmation waits for the first one, but not past its own last day."""
    due = case.respond_by.get(Right.ERASURE)
    today = tx.now.astimezone(ZoneInfo(profile.controller.zone)).date()
    is_due = due is not None and today >= date.fromisoformat(due)
    return SETTLES if watch.looked_at is None and is_due else PATIENCE


def advance_watch(tx: Transaction, case: CaseFile) -> None:
    """Go on with a look when every system has answered or failed for good, or patience with the others is over."""
    watch = tx.session.get(Watch, case.id)
    if watch is None or watch.state != WatchState.LOOKING:
        return
    settled = all(_is_settled(order) for order in look_orders(tx, watch).values())
    if settled or _is_past(watch.next_at, tx.now):
        watch.state, watch.next_at = WatchState.COMPARING.value, None
        tx.say(CaseLooked(case=case.id, look=watch.look))


def _is_settled(order: SystemOrder) -> bool:
    return order.state == OrderState.ANSWERED or (order.state == OrderState.FAILED and order.final)


def _is_past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment <= now


def look_orders(tx: Transaction, watch: Watch) -> dict[str, SystemOrder]:
    """Give the orders of the present look that count, by system."""
    chosen = select(SystemOrder).where(
        SystemOrder.case_id == watch.case_id,
        SystemOrder.task == Task.ABSENCE.value,
        SystemOrder.round == watch.look,
        SystemOrder.state != OrderState.REPLACED.value,
    )
    return {order.system: order for order in tx.session.scalars(chosen)}


def _what_was_erased(tx: Transaction, case: CaseFile, before: Watch | None) -> dict[str, Erased]:
    """Collect what went and what stayed: of looks before this erasure, and of the plans since; the last word counts."""
    found = erased_of(tx, before) if before is not None else {}
    for system, order in current_orders(tx, case, Task.PLAN).items():
        if order.state == OrderState.ANSWERED:
            found.setdefault(system, Erased())
    plans: dict[int, dict[str, tuple[Decided, ...]]] = {}
    for order in _erasures(tx, case):
        if before is not None and order.round < before.round:
            continue
        if order.round not in plans:
            plan = tx.session.get_one(Plan, (case.id, order.round))
            plans[order.round] = decided_of(tx, case, plan) if plan.decided else {}
        # One that left something for a person counts as failed, but has its result: the rest of it went.
        went = order.state == OrderState.ANSWERED or order.content is not None or bool(order.parts)
        went = went and order.outcome != Outcome.NOT_APPLICABLE
        decided = plans[order.round].get(order.system, ())
        found[order.system] = found.get(order.system, Erased()).then(decided, went=went)
    return found


def _erasures(tx: Transaction, case: CaseFile) -> list[SystemOrder]:
    """Give the orders to erase that count, of this plan and of those before it, the oldest first."""
    chosen = select(SystemOrder).where(
        SystemOrder.case_id == case.id,
        SystemOrder.task == Task.ERASURE.value,
        SystemOrder.state != OrderState.REPLACED.value,
    )
    return list(tx.session.scalars(chosen.order_by(SystemOrder.round, SystemOrder.id)))
