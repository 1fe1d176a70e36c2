"""How a case goes on: whenever an order is settled, whatever it was the last obstacle to is begun."""

from collections.abc import Mapping

from habeas.events import CaseGathered, CaseIntroduced, CaseLocated
from habeas.sdk import Operation
from habeas.vocabulary import Right
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import CARRIED_OUT, PACKAGED, profile_of
from habeas_fulfilment.actions.held import is_held
from habeas_fulfilment.actions.limit_orders import order_limits
from habeas_fulfilment.actions.limiting import begin_limits, end_pending, lease_to
from habeas_fulfilment.actions.orders import all_settled, current_orders, give_order, is_settled
from habeas_fulfilment.actions.scopes import decided_of, order_of_plan, present_plan
from habeas_fulfilment.actions.watching import advance_watch, is_looked_after
from habeas_fulfilment.decisions import fed_together, waves
from habeas_fulfilment.limits import LIMITING
from habeas_fulfilment.models import Answer, AnswerState, CaseFile, OrderState, Plan, PlanState, SystemOrder, Task


def begin(tx: Transaction, case: CaseFile) -> None:
    """Give a proved case's first orders: to the systems that know the person by what others need, else to all."""
    begin_limits(tx, case)
    systems = profile_of(tx, case).systems
    givers = [each.name for each in systems if each.gives and not each.leaves_to_people(Operation.IDENTIFY)]
    if not givers:
        go_on(tx, case)
    elif _is_carried_out(case):
        for system in givers:
            give_order(tx, case, Task.IDENTITY, system, Operation.IDENTIFY)


def _is_carried_out(case: CaseFile) -> bool:
    return not set(case.rights).isdisjoint((*CARRIED_OUT, *LIMITING))


def go_on(tx: Transaction, case: CaseFile) -> None:
    """Export everywhere for a package, locate everywhere for an erasure, now that it is known who the person is."""
    lease_to(tx, case)
    order_limits(tx, case)
    if not set(case.rights).isdisjoint(PACKAGED):
        for system in profile_of(tx, case).systems:
            give_order(tx, case, Task.PACKAGE, system.name, Operation.EXPORT)
    if Right.ERASURE in case.rights:
        search(tx, case)


def search(tx: Transaction, case: CaseFile) -> None:
    """Begin a new round of an erasure: what fills each other is stopped first, then every system is searched.

    The stop comes before the search, since its mark may stand in the records that people approve by their digests: a
    record that changes after the plan is not erased. A case that stands still is searched, and stops nothing.
    """
    case.round += 1
    fed = fed_together(profile_of(tx, case)) if case.frozen_at is None else ()
    for system in fed:
        give_order(tx, case, Task.STOP, system, Operation.SUPPRESS)
    if not fed:
        _search_everywhere(tx, case)


def _search_everywhere(tx: Transaction, case: CaseFile) -> None:
    for system in profile_of(tx, case).systems:
        give_order(tx, case, Task.PLAN, system.name, Operation.LOCATE)


def advance(tx: Transaction, case: CaseFile) -> None:
    """Go on with everything in the case that waits for nothing any more; doing it again changes nothing."""
    tx.session.flush()
    _advance_identity(tx, case)
    _advance_package(tx, case)
    _advance_search(tx, case)
    _advance_plan(tx, case)
    _advance_erasure(tx, case)
    advance_watch(tx, case)
    order_limits(tx, case)


def _advance_identity(tx: Transaction, case: CaseFile) -> None:
    orders = current_orders(tx, case, Task.IDENTITY)
    if orders and case.found is None and all_settled(profile_of(tx, case), orders.values()):
        tx.say(CaseIntroduced(case=case.id, round=0))


def _advance_package(tx: Transaction, case: CaseFile) -> None:
    orders = current_orders(tx, case, Task.PACKAGE)
    if orders and all_settled(profile_of(tx, case), orders.values()):
        for right in PACKAGED:
            if right in case.rights:
                gather(tx, case, right)


def _advance_search(tx: Transaction, case: CaseFile) -> None:
    """Search once nothing fills anything again; a system that cannot be stopped, or failed at it, is passed over."""
    stops = current_orders(tx, case, Task.STOP)
    open_ = any(each.state == OrderState.GIVEN for each in stops.values())
    if stops and not open_ and not current_orders(tx, case, Task.PLAN):
        _search_everywhere(tx, case)


def _advance_plan(tx: Transaction, case: CaseFile) -> None:
    orders = current_orders(tx, case, Task.PLAN)
    if not orders or present_plan(tx, case) is not None or not all_settled(profile_of(tx, case), orders.values()):
        return
    tx.session.add(
        Plan(
            case_id=case.id,
            round=case.round,
            digest="",
            state=PlanState.MAKING.value,
            approvals=0,
            counts={},
            decided=b"",
            frozen_at=tx.now,
        )
    )
    tx.say(CaseLocated(case=case.id, round=case.round))


def _advance_erasure(tx: Transaction, case: CaseFile) -> None:
    plan = present_plan(tx, case)
    answer = tx.session.get(Answer, (case.id, Right.ERASURE.value))
    done = answer is not None and answer.state != AnswerState.STUCK
    if plan is None or done or case.frozen_at is not None or not may_erase(tx, case, plan):
        return
    profile = profile_of(tx, case)
    decided = decided_of(tx, case, plan)
    given = current_orders(tx, case, Task.ERASURE)
    if is_held(tx, case, plan, [system for system, records in decided.items() if records and system not in given]):
        _plan_anew(tx, case, plan, given)
        return
    for wave in waves(profile, [system for system, records in decided.items() if records]):
        for system in wave:
            if system not in given:
                part = order_of_plan(tx, case, plan, system)
                give_order(tx, case, Task.ERASURE, system, Operation.ERASE, **part)
        if not all(system in given and is_settled(profile, given[system]) for system in wave):
            plan.state = PlanState.ORDERED.value
            return
    plan.state = PlanState.ORDERED.value
    if is_looked_after(tx, case):
        gather(tx, case, Right.ERASURE)


def _plan_anew(tx: Transaction, case: CaseFile, plan: Plan, given: Mapping[str, SystemOrder]) -> None:
    """Give up a plan that a hold came across, once no system is at its work: the next one keeps what is held."""
    if any(order.state == OrderState.GIVEN for order in given.values()):
        return
    plan.state = PlanState.REPLACED.value
    tx.record("plan.replaced", case.id, digest=plan.digest, by="a legal hold")
    end_pending(tx, case)
    search(tx, case)


def may_erase(tx: Transaction, case: CaseFile, plan: Plan) -> bool:
    """Say whether erasing may begin or go on: approved, not to be called back, and nothing of it is still owed."""
    if plan.state == PlanState.ORDERED:
        return True
    ready = plan.state == PlanState.APPROVED and plan.erase_at is not None and plan.erase_at <= tx.now
    return ready and all(_is_out(tx, case, right) for right in PACKAGED if right in case.rights)


def is_carried_out(tx: Transaction, case: CaseFile) -> bool:
    """Say whether the present plan was ordered, and looked after."""
    plan = present_plan(tx, case)
    return plan is not None and plan.state == PlanState.ORDERED and is_looked_after(tx, case)


def _is_out(tx: Transaction, case: CaseFile, right: Right) -> bool:
    """Say whether a package was fetched, or its time to be fetched is over."""
    answer = tx.session.get(Answer, (case.id, right.value))
    return answer is not None and (answer.times > 0 or answer.state == AnswerState.EXPIRED)


def gather(tx: Transaction, case: CaseFile, right: Right) -> None:
    """Let the answer to one right be made, once; one that was stuck is tried again."""
    answer = tx.session.get(Answer, (case.id, right.value))
    if answer is None:
        kind = "confirmation" if right is Right.ERASURE else "package"
        answer = Answer(case_id=case.id, right=right.value, kind=kind, size=0, sha256="", manifest="", times=0)
        tx.session.add(answer)
    elif answer.state != AnswerState.STUCK:
        return
    answer.state, answer.reason = AnswerState.MAKING.value, ""
    tx.session.flush()
    tx.say(CaseGathered(case=case.id, right=right.value))
