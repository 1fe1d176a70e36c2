"""What systems are ordered while something is stopped, and what they are ordered when it goes on again."""

from collections.abc import Sequence

from sqlalchemy import select

from habeas.digests import strip_salt
from habeas.profile import Profile
from habeas.vocabulary import Operation, Outcome
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import identifiers_of, profile_of
from habeas_fulfilment.actions.orders import current_orders, give_order
from habeas_fulfilment.limits import Kind, Work, share_out
from habeas_fulfilment.models import CaseFile, Lease, Limit, LimitState, OrderState, SystemOrder, Task
from habeas_fulfilment.subject_keys import SECRET, SubjectKey

_TASKS = {Operation.RESTRICT: Task.RESTRICT, Operation.SUPPRESS: Task.SUPPRESS}


def order_limits(tx: Transaction, case: CaseFile) -> None:
    """Give what orders the case's limits lack, and take back those that none needs; doing it again changes nothing."""
    tx.session.flush()
    if not case.identifiers or case.frozen_at is not None or _is_introducing(tx, case):
        return
    needed = work_of(tx, case).orders
    for system, operation in sorted(needed):
        if system not in current_orders(tx, case, _TASKS[operation]):
            give_order(tx, case, _TASKS[operation], system, operation)
    for operation, task in _TASKS.items():
        for system, order in current_orders(tx, case, task).items():
            if (system, operation) not in needed and order.outcome != Outcome.NOT_APPLICABLE:
                _take_back(tx, case, system, operation)


def work_of(tx: Transaction, case: CaseFile) -> Work:
    """Share out what the limits of a case ask for."""
    chosen = select(Limit).where(Limit.case_id == case.id, Limit.state != LimitState.LIFTED.value)
    return share_out(profile_of(tx, case), _stopped(tx.session.scalars(chosen).all()))


def left_to_people(tx: Transaction, case: CaseFile) -> tuple[tuple[str, Operation], ...]:
    """Give what no system does for the case's limits: where one cannot, and where one said that it cannot."""
    work = work_of(tx, case)
    unable = {
        (system, operation)
        for operation, task in _TASKS.items()
        for system, order in current_orders(tx, case, task).items()
        if order.outcome == Outcome.NOT_APPLICABLE and (system, operation) in work.orders
    }
    return tuple(sorted(work.by_hand | unable))


def _is_introducing(tx: Transaction, case: CaseFile) -> bool:
    """Say whether it is still asked by what other identifiers systems know the person."""
    return case.found is None and any(system.gives for system in profile_of(tx, case).systems)


def _take_back(tx: Transaction, case: CaseFile, system: str, operation: Operation) -> None:
    lifted = select(SystemOrder.id).where(
        SystemOrder.case_id == case.id,
        SystemOrder.task == Task.LIFT.value,
        SystemOrder.system == system,
        SystemOrder.operation == operation.value,
        SystemOrder.state != OrderState.REPLACED.value,
    )
    if tx.session.scalars(lifted).first() is None and (system, operation) not in _needed_elsewhere(tx, case):
        give_order(tx, case, Task.LIFT, system, operation, lift=True)


def _needed_elsewhere(tx: Transaction, case: CaseFile) -> frozenset[tuple[str, Operation]]:
    """Find what other cases of the same person still need to be stopped: one's end must not lift another's."""
    profile: Profile = profile_of(tx, case)
    key = SubjectKey(tx.context.keys.secret("fulfilment", SECRET), case.controller)
    subjects = key.find_all(strip_salt(identifiers_of(tx, case)))
    mine = select(Lease.limit_id).where(Lease.subject.in_(subjects))
    chosen = select(Limit).where(
        Limit.id.in_(mine),
        Limit.case_id != case.id,
        Limit.controller == case.controller,
        Limit.state != LimitState.LIFTED.value,
    )
    return share_out(profile, _stopped(tx.session.scalars(chosen).all())).orders


def _stopped(limits: Sequence[Limit]) -> list[tuple[str, str]]:
    return [(each.activity, each.operation) for each in limits if each.kind != Kind.ERASURE_PENDING]
