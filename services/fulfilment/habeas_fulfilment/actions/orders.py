"""Orders to systems: each given under a warrant of its own, with a grant to upload its answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from habeas.clock import uuid7
from habeas.connect.errand import LIFT
from habeas.crypto.canonical import write_base64
from habeas.crypto.signing import Signed
from habeas.errors import Refused
from habeas.events import OrderGiven, TaskOpened
from habeas.profile import Profile
from habeas.sdk import Decided, Operation
from habeas.vocabulary import participant_of
from habeas.warrants import DESTRUCTIVE, REVERSIBLE, issue_warrant
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import found_of, identifiers_of, profile_of
from habeas_fulfilment.admissions import Admission, write_admission
from habeas_fulfilment.models import CaseFile, OrderState, PersonTask, SystemOrder, Task, TaskState

LASTS = timedelta(days=30)
"""How long a system may take its time with an order; a letter is valid for 35 days."""
_ONCE = (Task.PACKAGE, Task.IDENTITY, Task.ABSENCE, Task.SUPPRESS, Task.RESTRICT, Task.LIFT)
"""What belongs to the case as a whole, and to no round of its erasure."""
MOST_BYTES = 64 * 1024**3
"""What one order may upload in all."""


@dataclass(frozen=True)
class Person:
    """Whom an order is about, and the public key to which its answer is sealed; `identifiers` carry their salt."""

    identifiers: dict[str, Any] = field(repr=False)
    found: list[dict[str, Any]] = field(repr=False)
    public_key: bytes


def give_order(
    tx: Transaction,
    case: CaseFile,
    task: Task,
    system: str,
    operation: Operation,
    *,
    scope: Sequence[Decided] = (),
    approvals: Sequence[Signed] = (),
    plan: Sequence[str] = (),
    lift: bool = False,
    attempt: int = 1,
    round_: int | None = None,
    person: Person | None = None,
) -> SystemOrder:
    """Order a system to do one operation for a proved person, on exactly this scope.

    What destroys takes its `scope` from an approved plan: `plan` are the digests of its parts. `lift` takes back what
    restricts or stops. Raises Refused for whatever changes anything while the case stands still.
    """
    if case.frozen_at is not None and operation in DESTRUCTIVE | REVERSIBLE:
        raise Refused("this case stands still: its person said that they had not asked")
    order = SystemOrder(
        id=uuid7(),
        case_id=case.id,
        task=task.value,
        round=round_of(case, task) if round_ is None else round_,
        system=system,
        operation=operation.value,
        state=OrderState.GIVEN.value,
        attempt=attempt,
        given_at=tx.now,
        counts={},
        parts=[],
        reason="",
        final=False,
    )
    tx.session.add(order)
    tx.session.flush()
    if profile_of(tx, case).system(system).leaves_to_people(operation):
        _ask_person(tx, order)
        return order
    person = person or Person(identifiers_of(tx, case), found_of(tx, case), case.public_key)
    identifiers, records = person.identifiers, [LIFT] if lift else [to_json(each) for each in scope]
    assert case.proof is not None
    warrant = issue_warrant(
        tx.context.keys.signer("fulfilment"),
        order=order.id,
        case=case.id,
        system=system,
        operation=operation.value,
        scope=records,
        identifiers=identifiers,
        proof=Signed.from_object(case.proof),
        approvals=approvals,
        plan=plan,
        now=tx.now,
        expires=tx.now + LASTS,
    )
    event = OrderGiven(
        case=case.id,
        order=order.id,
        system=system,
        operation=operation.value,
        warrant=warrant.to_object(),
        case_key=write_base64(person.public_key),
        upload=_upload_grant(tx, order),
    )
    tx.record("order.given", case.id, order=order.id, system=system, operation=operation.value, attempt=attempt)
    known = {"found": person.found, "identifiers": identifiers, "scope": records}
    tx.say(event, to=participant_of(system), sealed={"connector": known})
    return order


def _ask_person(tx: Transaction, order: SystemOrder) -> None:
    """Open a task for what an order to a system that no program reaches would have done."""
    task = PersonTask(order_id=order.id, state=TaskState.OPEN.value, parts=[], counts={}, reason="", opened_at=tx.now)
    tx.session.add(task)
    tx.record("task.opened", order.case_id, order=order.id, system=order.system, operation=order.operation)
    tx.say(TaskOpened(case=order.case_id, system=order.system, operation=order.operation))


def round_of(case: CaseFile, task: Task) -> int:
    """Give the round in which an order of this task stands now: the plan is searched for as often as it is needed."""
    return 0 if task in _ONCE else case.round


def _upload_grant(tx: Transaction, order: SystemOrder) -> str:
    prefix = f"orders/{order.case_id}/{order.id}/"
    admission = Admission(order.id, prefix, MOST_BYTES, tx.now + LASTS)
    return write_admission(tx.context.keys.signer("fulfilment"), admission)


def current_orders(tx: Transaction, case: CaseFile, task: Task) -> dict[str, SystemOrder]:
    """Give the orders of a task that count, by system: those of the present round that were not replaced."""
    chosen = select(SystemOrder).where(
        SystemOrder.case_id == case.id,
        SystemOrder.task == task.value,
        SystemOrder.round == round_of(case, task),
        SystemOrder.state != OrderState.REPLACED.value,
    )
    return {order.system: order for order in tx.session.scalars(chosen)}


def is_settled(profile: Profile, order: SystemOrder) -> bool:
    """Say whether no more is to be waited for: it was answered, or failed for good in a system we can do without."""
    if order.state == OrderState.FAILED:
        return order.final and not profile.system(order.system).required
    return order.state == OrderState.ANSWERED


def all_settled(profile: Profile, orders: Iterable[SystemOrder]) -> bool:
    """Say whether no order of these is waited for."""
    return all(is_settled(profile, order) for order in orders)


def to_json(decided: Decided) -> dict[str, Any]:
    """Write a decision as the JSON object that a connector reads."""
    return {
        "kind": decided.kind,
        "key": decided.key,
        "digest": decided.digest,
        "keep": decided.keep,
        "ground": decided.ground,
        "until": None if decided.until is None else decided.until.isoformat(),
    }
