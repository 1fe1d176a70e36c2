"""How a case goes on: whenever an order is settled, whatever it was the last obstacle to is begun."""

from habeas.events import CaseGathered, CaseLocated
from habeas.sdk import Operation
from habeas.vocabulary import Right
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import PACKAGED, profile_of
from habeas_fulfilment.actions.orders import all_settled, current_orders, give_order, is_settled
from habeas_fulfilment.actions.scopes import decided_of, order_of_plan, present_plan
from habeas_fulfilment.decisions import waves
from habeas_fulfilment.models import Answer, AnswerState, CaseFile, Plan, PlanState, Task


def begin(tx: Transaction, case: CaseFile) -> None:
    """Give a proved case's first orders: export everywhere for a package, locate everywhere for an erasure."""
    if not set(case.rights).isdisjoint(PACKAGED):
        for system in profile_of(tx, case).systems:
            give_order(tx, case, Task.PACKAGE, system.name, Operation.EXPORT)
    if Right.ERASURE in case.rights:
        search(tx, case)


def search(tx: Transaction, case: CaseFile) -> None:
    """Begin a new round of an erasure: every system is asked what it holds now."""
    case.round += 1
    for system in profile_of(tx, case).systems:
        give_order(tx, case, Task.PLAN, system.name, Operation.LOCATE)


def advance(tx: Transaction, case: CaseFile) -> None:
    """Go on with everything in the case that waits for nothing any more; doing it again changes nothing."""
    tx.session.flush()
    _advance_package(tx, case)
    _advance_plan(tx, case)
    _advance_erasure(tx, case)


def _advance_package(tx: Transaction, case: CaseFile) -> None:
    orders = current_orders(tx, case, Task.PACKAGE)
    if orders and all_settled(profile_of(tx, case), orders.values()):
        for right in PACKAGED:
            if right in case.rights:
                gather(tx, case, right)


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
    for wave in waves(profile, [system for system, records in decided.items() if records]):
        for system in wave:
            if system not in given:
                part = order_of_plan(tx, case, plan, system)
                give_order(tx, case, Task.ERASURE, system, Operation.ERASE, **part)
        if not all(system in given and is_settled(profile, given[system]) for system in wave):
            plan.state = PlanState.ORDERED.value
            return
    plan.state = PlanState.ORDERED.value
    gather(tx, case, Right.ERASURE)


def may_erase(tx: Transaction, case: CaseFile, plan: Plan) -> bool:
    """Say whether erasing may begin or go on: approved, not to be called back, and nothing of it is still owed."""
    if plan.state == PlanState.ORDERED:
        return True
    ready = plan.state == PlanState.APPROVED and plan.erase_at is not None and plan.erase_at <= tx.now
    return ready and all(_is_out(tx, case, right) for right in PACKAGED if right in case.rights)


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
