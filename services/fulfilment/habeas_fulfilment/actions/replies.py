"""What systems answer to orders: believed once, from the system itself only, and asked for again by a person."""

from typing import Any

from sqlalchemy import select

from habeas.crypto.canonical import read_base64
from habeas.errors import Refused
from habeas.events import OrderAnswered, OrderProgressed, SystemFailed
from habeas.passports import read_fact
from habeas.sdk import Operation, Outcome
from habeas.vocabulary import participant_of
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import locked_case
from habeas_fulfilment.actions.orders import give_order, round_of
from habeas_fulfilment.actions.progress import advance
from habeas_fulfilment.actions.scopes import order_of_plan, present_plan
from habeas_fulfilment.models import CaseFile, OrderState, SystemOrder, Task, Upload

_OPEN = (OrderState.GIVEN, OrderState.FAILED)
_PASSED_OVER = (Task.STOP, Task.ABSENCE)
"""What goes on without a system that failed at it: a stop is noted as it is, and a look says so itself."""


def take_answer(tx: Transaction, source: str, answered: OrderAnswered) -> None:
    """Take the answer to an order; a good one replaces a failure, a second good one changes nothing.

    Raises Refused for an order that was never given, that is another system's, or whose facts do not fit.
    """
    case = locked_case(tx, answered.case)
    order = tx.session.get(SystemOrder, answered.order)
    if order is None or order.case_id != case.id:
        raise Refused("this answers an order that was never given in this case")
    if source != participant_of(order.system) or answered.system != order.system:
        raise Refused("this answers an order that was given to another system")
    if answered.operation != order.operation:
        raise Refused("this answers another operation than was ordered")
    if answered.outcome not in list(Outcome):
        raise Refused("this answer's outcome is no outcome")
    if order.state not in _OPEN:
        tx.record("order.answered_again", case.id, order=order.id, outcome=answered.outcome)
        return
    if answered.outcome == Outcome.FAILED:
        fail_order(tx, order, answered.reason, final=answered.final)
    else:
        _keep(tx, order, answered)
    advance(tx, case)


def take_progress(tx: Transaction, source: str, told: OrderProgressed) -> None:
    """Note how far a system has come, or for what it waits; raises Refused for an order that is not its own."""
    order = tx.session.get(SystemOrder, told.order)
    if order is None or order.case_id != told.case or source != participant_of(order.system):
        raise Refused("this tells of an order that was never given to its system in this case")
    if any(type(count) is not int or count < 0 for count in told.counts.values()):
        raise Refused("this tells counts that are no counts")
    if order.state not in _OPEN:
        return
    order.progress, order.told_at = told.counts or order.progress, tx.now
    order.waiting, order.waits_until = told.waiting[:300] or None, told.until[:40] or None


def _keep(tx: Transaction, order: SystemOrder, answered: OrderAnswered) -> None:
    if any(type(count) is not int or count < 0 for count in answered.counts.values()):
        raise Refused("this answer's counts are no counts")
    order.parts = _uploaded(tx, order, answered.parts)
    order.content = read_base64(answered.content) or None
    order.state, order.answered_at = OrderState.ANSWERED.value, tx.now
    order.outcome, order.counts = answered.outcome, answered.counts
    order.reason, order.final = answered.reason[:300], True
    order.passport, order.waiting, order.waits_until = read_fact(answered.passport), None, None
    facts = {"order": order.id, "system": order.system, "operation": order.operation}
    tx.record("order.answered", order.case_id, outcome=answered.outcome, count=sum(order.counts.values()), **facts)


def _uploaded(tx: Transaction, order: SystemOrder, parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Check that each part came through the upload door for this order, just as it says; a name stands once."""
    known = {row.key: row for row in tx.session.scalars(select(Upload).where(Upload.order_id == order.id))}
    kept: dict[str, dict[str, Any]] = {}
    for part in parts:
        row = known.get(str(part.get("key")))
        name = part.get("part")
        if row is None or (part.get("size"), part.get("sha256")) != (row.size, row.sha256):
            raise Refused("this answer names a part that was not uploaded for its order")
        if not isinstance(name, str) or name in kept:
            raise Refused("this answer's parts have no names of their own")
        kept[name] = {"part": name, "key": row.key}
    return list(kept.values())


def fail_order(tx: Transaction, order: SystemOrder, reason: str, *, final: bool) -> None:
    """Note that an order was not carried out, so that the case shows it; answers of other systems stay."""
    order.state, order.outcome, order.answered_at = OrderState.FAILED.value, Outcome.FAILED.value, tx.now
    order.reason, order.final = reason[:300], final
    tx.record("order.failed", order.case_id, order=order.id, system=order.system, final=final)
    if order.task not in _PASSED_OVER:
        tx.say(
            SystemFailed(case=order.case_id, system=order.system, operation=order.operation, reason=order.reason),
        )


def retry_order(tx: Transaction, case_id: str, order_id: str, agent: str) -> None:
    """Give an order that failed, or that nobody answered, once more in a new one; raises Refused for any other."""
    case = locked_case(tx, case_id)
    order = tx.session.get(SystemOrder, order_id)
    if order is None or order.case_id != case.id:
        raise Refused("there is no such order in this case")
    if order.state not in _OPEN or order.round != round_of(case, Task(order.task)):
        raise Refused("this order has been answered or replaced since")
    order.state = OrderState.REPLACED.value
    task, operation = Task(order.task), Operation(order.operation)
    again = give_order(tx, case, task, order.system, operation, attempt=order.attempt + 1, **_scope(tx, case, order))
    tx.record("order.retried", case.id, order=order.id, by=agent, again=again.id)


def _scope(tx: Transaction, case: CaseFile, order: SystemOrder) -> dict[str, Any]:
    if order.task == Task.LIFT:
        return {"lift": True}
    if order.task != Task.ERASURE:
        return {}
    plan = present_plan(tx, case)
    assert plan is not None
    return order_of_plan(tx, case, plan, order.system)
