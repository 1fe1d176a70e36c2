"""Tombstones: carved when somebody was erased, read at an import, lifted when somebody came back by themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from habeas.digests import strip_salt
from habeas.profile import Profile
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.cases import profile_of
from habeas_fulfilment.actions.orders import Person
from habeas_fulfilment.decisions import Fate
from habeas_fulfilment.models import CaseFile, PlanLine, Tombstone
from habeas_fulfilment.tombstones import Where, find_by, is_kept, mark_all

_AT_ONCE = 500


@dataclass(frozen=True)
class Found:
    """A tombstone that fits: whose erasure it was, when, and from where."""

    reference: str
    erased_on: str
    system: str
    activity: str


def carve_tombstones(tx: Transaction, case: CaseFile, person: Person, systems: Iterable[str]) -> None:
    """Remember by digests that a person was erased, in each activity of which these systems let something go."""
    here = tx.now.astimezone(ZoneInfo(profile_of(tx, case).controller.zone)).date()
    lines = select(PlanLine.system, PlanLine.activity).where(
        PlanLine.case_id == case.id, PlanLine.round == case.round, PlanLine.decision == Fate.ERASE.value
    )
    wanted, places = set(systems), tx.session.execute(lines.distinct()).all()
    known = select(Tombstone).where(Tombstone.case_id == case.id)
    carved = {(each.digest, each.system, each.activity): each for each in tx.session.scalars(known)}
    identifiers = {name: list(values) for name, values in strip_salt(person.identifiers).items()}
    for each in person.found:
        for name, values in strip_salt(each["identifiers"]).items():
            identifiers[name] = [*identifiers.get(name, []), *values]
    for digest in mark_all(tx.context.keys, case.controller, here.year, identifiers):
        for system, activity in places:
            before = carved.get((digest, system, activity))
            if before is not None:
                before.lifted_on = None
            elif system in wanted:
                tx.session.add(
                    Tombstone(
                        controller=case.controller,
                        digest=digest,
                        year=here.year,
                        system=system,
                        activity=activity,
                        case_id=case.id,
                        reference=case.reference,
                        erased_on=here.isoformat(),
                    )
                )


def lift_tombstones(tx: Transaction, case_id: str, system: str) -> None:
    """Let somebody be imported again who came back by themselves, as a person decided; the stone stays, and says so."""
    chosen = select(Tombstone).where(
        Tombstone.case_id == case_id, Tombstone.system == system, Tombstone.lifted_on.is_(None)
    )
    for each in tx.session.scalars(chosen):
        each.lifted_on = tx.now.date().isoformat()


def find_tombstones(
    tx: Transaction, profile: Profile, subjects: Sequence[str], where: Where | None = None
) -> list[list[Found]]:
    """Find, for each subject key, the erasures of whoever it names: from one place, or from anywhere.

    Raises NoSubjectKey for what is no subject key of this controller.
    """
    years = _years(tx, profile.name)
    named = [find_by(tx.context.keys, profile.name, subject, years) for subject in subjects]
    wanted = sorted({digest for digests in named for digest in digests})
    stones: dict[str, list[Found]] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        chosen = select(Tombstone).where(
            Tombstone.controller == profile.name,
            Tombstone.digest.in_(wanted[start : start + _AT_ONCE]),
            Tombstone.lifted_on.is_(None),
        )
        for row in tx.session.scalars(chosen.order_by(Tombstone.number)):
            if where is None or (where.system in ("", row.system) and where.activity in ("", row.activity)):
                found = Found(row.reference, row.erased_on, row.system, row.activity)
                stones.setdefault(row.digest, []).append(found)
    return [[found for digest in digests for found in stones.get(digest, ())] for digests in named]


def _years(tx: Transaction, controller: str) -> list[int]:
    years = tx.session.scalars(select(Tombstone.year).where(Tombstone.controller == controller).distinct())
    return sorted(year for year in years if is_kept(year, tx.now.year))


def forget_tombstones(tx: Transaction) -> list[int]:
    """Delete the tombstones of years that are over; give those years, whose keys are destroyed next."""
    years = [year for year in tx.session.scalars(select(Tombstone.year).distinct()) if not is_kept(year, tx.now.year)]
    for year in years:
        tx.session.execute(delete(Tombstone).where(Tombstone.year == year))
        tx.record("tombstones.forgotten", "", year=year)
    return years
