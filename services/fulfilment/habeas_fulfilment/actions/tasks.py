"""Tasks for people: what no program reaches is reported by one person, and signed for by another where it destroys."""

from typing import Any

from sqlalchemy import select

from habeas.errors import Refused
from habeas.events import TaskDone
from habeas.profile import Approval
from habeas.sdk import Operation, Outcome
from habeas.warrants import DESTRUCTIVE
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import locked_case, profile_of
from habeas_fulfilment.actions.progress import advance
from habeas_fulfilment.models import CaseFile, OrderState, PersonTask, SystemOrder, TaskState

_OPEN = (OrderState.GIVEN, OrderState.FAILED)


def find_task(tx: Transaction, case: CaseFile, order_id: str) -> tuple[SystemOrder, PersonTask]:
    """Give a task that can still be worked on; raises Refused where there is none."""
    order = tx.session.get(SystemOrder, order_id)
    task = tx.session.get(PersonTask, order_id, with_for_update=True)
    if order is None or task is None or order.case_id != case.id:
        raise Refused("there is no such task in this case")
    if order.state not in _OPEN or task.state == TaskState.DONE:
        raise Refused("this task is done, or was replaced by another")
    return order, task


def needs_signature(tx: Transaction, case: CaseFile, order: SystemOrder) -> bool:
    """Say whether another person has to sign: what destroys, where the profile demands two."""
    return Operation(order.operation) in DESTRUCTIVE and profile_of(tx, case).erasure.approval is Approval.TWO


def report_task(
    tx: Transaction,
    case_id: str,
    order_id: str,
    agent: str,
    *,
    outcome: Outcome,
    content: bytes,
    parts: list[dict[str, Any]],
    counts: dict[str, int],
    reason: str,
) -> None:
    """Take what a person reports; it answers the order at once, or when another person has signed for it.

    content, parts: sealed to the case, as a runner's answer has them. A report that nobody has signed can be made anew.
    """
    case = locked_case(tx, case_id)
    order, task = find_task(tx, case, order_id)
    task.content, task.parts, task.outcome, task.counts = content or None, parts, outcome.value, counts
    task.reason, task.done_by, task.done_at = reason[:300], agent, tx.now
    task.state = TaskState.SIGNING.value
    tx.record("task.reported", case.id, order=order.id, by=agent, outcome=outcome.value, count=sum(counts.values()))
    if not needs_signature(tx, case, order):
        _finish(tx, case, order, task, agent)


def sign_task(tx: Transaction, case_id: str, order_id: str, agent: str) -> None:
    """Sign for what another person reported, having looked; raises Refused for one's own."""
    case = locked_case(tx, case_id)
    order, task = find_task(tx, case, order_id)
    if task.state != TaskState.SIGNING:
        raise Refused("nothing is reported yet that could be signed for")
    if task.done_by == agent:
        raise Refused("another person than the one who did it has to sign")
    task.signed_by, task.signed_at = agent, tx.now
    tx.record("task.signed", case.id, order=order.id, by=agent)
    _finish(tx, case, order, task, agent)


def _finish(tx: Transaction, case: CaseFile, order: SystemOrder, task: PersonTask, agent: str) -> None:
    task.state = TaskState.DONE.value
    order.content, order.parts = task.content, [{"part": each["part"], "key": each["key"]} for each in task.parts]
    task.content = None
    order.state, order.answered_at, order.outcome = OrderState.ANSWERED.value, tx.now, task.outcome
    order.counts, order.reason, order.final = task.counts, task.reason, True
    tx.say(TaskDone(case=case.id, system=order.system, operation=order.operation, agent=agent))
    advance(tx, case)


def tasks_of(tx: Transaction, case_id: str) -> dict[str, PersonTask]:
    """Give the tasks of a case, by their order."""
    mine = select(PersonTask).join(SystemOrder, SystemOrder.id == PersonTask.order_id)
    return {task.order_id: task for task in tx.session.scalars(mine.where(SystemOrder.case_id == case_id))}
