"""What an erasure covers: the frozen plan, the records it decided, and who approved it."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from habeas.crypto.datakeys import Retention
from habeas.crypto.signing import Signed
from habeas.crypto.vault import Place
from habeas.digests import digest_part, digest_scope, list_parts
from habeas.errors import Refused
from habeas.sdk import Decided, Operation
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import identifiers_of
from habeas_fulfilment.actions.held import is_held
from habeas_fulfilment.actions.orders import to_json
from habeas_fulfilment.models import CaseFile, Plan, PlanApproval


def present_plan(tx: Transaction, case: CaseFile) -> Plan | None:
    """Give the plan of the present round, if it is made or being made."""
    return tx.session.get(Plan, (case.id, case.round))


def seal_decided(tx: Transaction, plan: Plan, decided: Mapping[str, Sequence[Decided]]) -> bytes:
    """Encrypt the exact records of a plan for its row."""
    plain = {system: [to_json(each) for each in records] for system, records in decided.items()}
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    return tx.vault.encrypt(plan.case_id, Retention.PACKAGE, _place(plan), text)


def decided_of(tx: Transaction, case: CaseFile, plan: Plan) -> dict[str, tuple[Decided, ...]]:
    """Open the exact records of a frozen plan, by system."""
    plain = tx.vault.decrypt(case.id, Retention.PACKAGE, _place(plan), plan.decided)
    value: dict[str, list[dict[str, Any]]] = json.loads(plain.decode("utf-8", "surrogatepass"))
    return {system: tuple(_decided(each) for each in records) for system, records in value.items()}


def approvals_of(tx: Transaction, plan: Plan) -> tuple[Signed, ...]:
    """Give the approvals of a plan, as identity signed them, the oldest first."""
    chosen = select(PlanApproval).where(PlanApproval.case_id == plan.case_id, PlanApproval.digest == plan.digest)
    rows = tx.session.scalars(chosen.order_by(PlanApproval.approved_at, PlanApproval.person))
    return tuple(Signed.from_object(row.statement) for row in rows)


def list_plan(tx: Transaction, case: CaseFile, decided: Mapping[str, Sequence[Decided]]) -> tuple[str, ...]:
    """Digest the parts of the present round's plan; the round is one of them, so that no two plans are the same."""
    identifiers = identifiers_of(tx, case)
    scopes = {system: [to_json(each) for each in records] for system, records in decided.items()}
    round_ = digest_part("round", str(case.round), digest_scope([], identifiers))
    return tuple(sorted((*list_parts(Operation.ERASE, scopes, identifiers), round_)))


def order_of_plan(tx: Transaction, case: CaseFile, plan: Plan, system: str) -> dict[str, Any]:
    """Give what an order to erase in one system has to carry: scope, approvals and the parts of the plan.

    Raises Refused where a legal hold came across it meanwhile.
    """
    if is_held(tx, case, plan, [system]):
        raise Refused("a legal hold covers some of this now: search again and make a new plan")
    decided = decided_of(tx, case, plan)
    return {
        "scope": decided[system],
        "approvals": approvals_of(tx, plan),
        "plan": list_plan(tx, case, decided),
    }


def _place(plan: Plan) -> Place:
    return Place("plan", "decided", f"{plan.case_id}/{plan.round}")


def _decided(value: dict[str, Any]) -> Decided:
    until = value["until"]
    return Decided(**{**value, "until": None if until is None else date.fromisoformat(until)})
