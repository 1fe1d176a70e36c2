"""By what else systems know the person: kept as they signed it, before anybody else is asked."""

from typing import Any

from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import keep_found, locked_case
from habeas_fulfilment.actions.progress import advance, go_on
from habeas_fulfilment.actions.replies import fail_order
from habeas_fulfilment.models import SystemOrder


def introduce_case(tx: Transaction, case_id: str, found: list[dict[str, Any]]) -> None:
    """Keep what was found, and give the orders that waited for it; doing it again changes nothing."""
    case = locked_case(tx, case_id)
    if case.found is not None:
        return
    keep_found(tx, case, found)
    names = sorted({name for each in found for name in each["identifiers"] if not name.startswith("#")})
    tx.record("case.introduced", case_id, systems=[each["system"] for each in found], names=names)
    go_on(tx, case)


def fail_introduction(tx: Transaction, case_id: str, order_id: str, reason: str) -> None:
    """Show that one system's answer cannot be used: its order has failed, and may be given again."""
    case = locked_case(tx, case_id)
    if case.found is None:
        fail_order(tx, tx.session.get_one(SystemOrder, order_id), reason, final=True)
        advance(tx, case)
