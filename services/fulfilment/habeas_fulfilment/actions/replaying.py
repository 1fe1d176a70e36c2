"""Tombstones told to a file and taken from one, and what a restore brought back looked for again."""

from collections.abc import Iterable, Iterator
from enum import StrEnum

from sqlalchemy import select

from habeas.vocabulary import Right
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import locked_case
from habeas_fulfilment.actions.looking import look_now
from habeas_fulfilment.actions.progress import search
from habeas_fulfilment.actions.scopes import present_plan
from habeas_fulfilment.models import Answer, AnswerState, CaseFile, Plan, PlanState, Tombstone, Watch
from habeas_fulfilment.tombstone_file import Line
from habeas_fulfilment.tombstones import is_kept


class Replayed(StrEnum):
    """What a replay could do for one case."""

    LOOKED = "looked"
    """Every system is being searched again; what is found goes to a person."""
    SEARCHED = "searched"
    """The restored database had not erased it yet: a new plan is being made."""
    UNDER_WAY = "under_way"
    """The restored database has it on its way to be erased."""
    RECOGNISED = "recognised"
    """Whom it was about is not known here any more: imports are refused, but nothing can be searched for."""


def told_lines(tx: Transaction) -> Iterator[Line]:
    """Give every tombstone as a line of the file, the oldest first."""
    for row in tx.session.scalars(select(Tombstone).order_by(Tombstone.number).execution_options(yield_per=1000)):
        yield Line(
            controller=row.controller,
            digest=row.digest,
            year=row.year,
            system=row.system,
            activity=row.activity,
            case=row.case_id,
            reference=row.reference,
            erased_on=row.erased_on,
            lifted_on=row.lifted_on or "",
        )


def take_lines(tx: Transaction, lines: Iterable[Line]) -> int:
    """Take over what a file knows and this database does not; returns how many tombstones were added or changed."""
    changed = 0
    for line in lines:
        if not is_kept(line.year, tx.now.year):
            continue
        row = tx.session.scalars(
            select(Tombstone).where(
                Tombstone.controller == line.controller,
                Tombstone.digest == line.digest,
                Tombstone.system == line.system,
                Tombstone.activity == line.activity,
                Tombstone.case_id == line.case,
            )
        ).first()
        if row is None:
            row = Tombstone(
                controller=line.controller,
                digest=line.digest,
                year=line.year,
                system=line.system,
                activity=line.activity,
                case_id=line.case,
                reference=line.reference,
                erased_on=line.erased_on,
            )
            tx.session.add(row)
        elif (row.lifted_on or "") == line.lifted_on:
            continue
        row.lifted_on, changed = line.lifted_on or None, changed + 1
    if changed:
        tx.record("tombstones.taken", "", count=changed)
    return changed


def list_erased(tx: Transaction, since: str, system: str = "") -> list[tuple[str, str]]:
    """Give case and reference of whoever was erased on a day or later (ISO), in one system or in any."""
    chosen = select(Tombstone.case_id, Tombstone.reference).where(
        Tombstone.erased_on >= since, Tombstone.lifted_on.is_(None)
    )
    if system:
        chosen = chosen.where(Tombstone.system == system)
    return [
        (case, reference) for case, reference in tx.session.execute(chosen.distinct().order_by(Tombstone.reference))
    ]


def replay_case(tx: Transaction, case_id: str) -> Replayed:
    """Bring one person who was erased back on their way out, as far as it is still known who they are."""
    if tx.session.get(CaseFile, case_id) is None:
        return Replayed.RECOGNISED
    case, watch = locked_case(tx, case_id), tx.session.get(Watch, case_id)
    if watch is not None and watch.forgotten_at is None:
        if look_now(tx, case_id):
            tx.record("case.replayed", case_id, how="looked")
            return Replayed.LOOKED
        return Replayed.UNDER_WAY
    answer = tx.session.get(Answer, (case_id, Right.ERASURE.value))
    done = answer is not None and answer.state in (AnswerState.READY, AnswerState.EXPIRED)
    if not case.identifiers or Right.ERASURE not in case.rights or done:
        return Replayed.RECOGNISED
    plan: Plan | None = present_plan(tx, case)
    if case.round and (plan is None or plan.state != PlanState.REPLACED):
        return Replayed.UNDER_WAY
    search(tx, case)
    tx.record("case.replayed", case_id, how="searched")
    return Replayed.SEARCHED
