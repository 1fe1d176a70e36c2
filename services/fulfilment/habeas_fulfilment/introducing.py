"""The effect that learns by what else systems know the person: reads what they signed, and lets the case go on."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from habeas.crypto.signing import Signed
from habeas.envelope import Letter
from habeas.errors import Refused
from habeas.events import CaseIntroduced, SystemFailed
from habeas.introductions import check_introduction
from habeas.service import Context, Effect
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions import fail_introduction, introduce_case
from habeas_fulfilment.actions.cases import locked_case
from habeas_fulfilment.actions.orders import current_orders
from habeas_fulfilment.models import OrderState, Task
from habeas_fulfilment.results import BrokenResult, SealedResult, read_introduction, seal_results


def take_answers(tx: Transaction, letter: Letter) -> Mapping[str, SealedResult] | None:
    """Collect what the systems answered; None if the case went on meanwhile."""
    assert isinstance(letter.event, CaseIntroduced)
    case = locked_case(tx, letter.event.case)
    if case.found is not None:
        return None
    orders = current_orders(tx, case, Task.IDENTITY)
    answered = {system: order for system, order in orders.items() if order.state == OrderState.ANSWERED}
    return seal_results(tx, case, answered)


def read_answers(context: Context, results: Mapping[str, SealedResult] | None) -> list[dict[str, Any]] | BrokenResult:
    """Open what they found; a result that cannot be used is given back as it is."""
    found = []
    for result in (results or {}).values():
        try:
            introduction = read_introduction(context.store, result)
            if introduction is not None:
                _check(context, result, introduction)
                found.append(introduction)
        except BrokenResult as broken:
            return broken
    return found


def _check(context: Context, result: SealedResult, introduction: Mapping[str, Any]) -> None:
    now: datetime = context.clock.now()
    try:
        check_introduction(
            Signed.from_object(introduction["introduction"]),
            context.keys.directory(),
            case=result.case,
            system=result.system,
            identifiers=introduction["identifiers"],
            now=now,
        )
    except Refused as refused:
        raise BrokenResult(result.order, result.system, refused.reason) from None


def keep_answers(tx: Transaction, letter: Letter, results: Any, found: list[dict[str, Any]] | BrokenResult) -> None:
    """Let the case go on with what was found, or show which system's answer stands against it."""
    assert isinstance(letter.event, CaseIntroduced)
    if isinstance(found, BrokenResult):
        fail_introduction(tx, letter.event.case, found.order, found.short)
    elif results is not None:
        introduce_case(tx, letter.event.case, found)


def tell_failure(tx: Transaction, letter: Letter, reason: str, _attempts: int, final: bool) -> None:
    """Show in the case that it cannot go on; the parked letter waits for an operator."""
    assert isinstance(letter.event, CaseIntroduced)
    if final:
        tx.say(SystemFailed(case=letter.event.case, system="fulfilment", operation="identify", reason=reason[:300]))


INTRODUCING = Effect(prepare=take_answers, work=read_answers, finish=keep_answers, fail=tell_failure)
