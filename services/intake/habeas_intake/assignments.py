"""The verbs of who works on a case: take it, hand it on, and read what its person told, which is written down."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from habeas.crypto.datakeys import MONTHS_KEPT, Retention
from habeas.crypto.vault import Place
from habeas.errors import Fault, Faults, Refused
from habeas.roles import Deed, may
from habeas.work.transaction import Transaction
from habeas_intake.actions import read_personal
from habeas_intake.models import Case, CaseRight, Colleague
from habeas_intake.notes import enter, locked_case

ASSIGNED = "assigned"
"""The reason of whoever has the case."""


class ReadingReason(StrEnum):
    """Why somebody who does not have a case reads what its person told; chosen, since free words would tell of them."""

    COVERING = "covering"
    ASKED = "asked"
    IN_TOUCH = "in_touch"
    CHECKING = "checking"


@dataclass(frozen=True)
class Person:
    """Somebody who works on cases."""

    id: str
    name: str = field(repr=False)
    roles: tuple[str, ...]
    controllers: tuple[str, ...]

    def can_have_cases_of(self, controller: str) -> bool:
        """Say whether a case of a controller can be given to them."""
        reads = not set(may(Deed.READ)).isdisjoint(self.roles)
        return reads and (not self.controllers or controller in self.controllers)


def take_case(tx: Transaction, case: str, person: str) -> None:
    """Let somebody work on a case that nobody has; of two at once, one gets it."""
    found = locked_case(tx, case)
    if found.assigned_to == person:
        return
    if found.assigned_to:
        raise Refused("somebody has this case; they, or an officer, can hand it on")
    _assign(tx, found, person, by=person)


def hand_on(tx: Transaction, case: str, to: str, *, by: str, may_assign: bool) -> None:
    """Hand a case on to a colleague, or back to all (`to` is empty); only whoever has it may, or who may assign."""
    found = locked_case(tx, case)
    if found.assigned_to != by and not may_assign:
        raise Refused("only whoever has the case, or an officer, hands it on")
    known = list_colleagues(tx)
    if to and (to not in known or not known[to].can_have_cases_of(found.controller)):
        raise Faults([Fault("to", "there is no such colleague", "choose somebody who works on such cases")])
    if to != found.assigned_to:
        _assign(tx, found, to, by=by)


def read_told(tx: Transaction, case: str, person: str, reason: str) -> dict[str, Any]:
    """Give what the person of a case told, to whoever has it, or for a reason; either way a leaf says who read it."""
    found = tx.session.get(Case, case)
    if found is None:
        raise Refused("there is no such case")
    assigned = found.assigned_to == person
    if not assigned:
        if reason not in set(ReadingReason):
            raise Faults([Fault("reason", "is missing", "choose why you read what this person told")])
        enter(tx, case, "case.revealed", agent=person, reason=reason)
    tx.record("case.revealed", case, agent=person, assigned=assigned, reason=ASSIGNED if assigned else reason)
    return read_personal(tx, found)


def note_colleague(tx: Transaction, person: str, name: str, roles: list[str], controllers: list[str]) -> None:
    """Note who somebody is and what they may do now; a case that they may read no more is nobody's then."""
    closed = _close(tx, person, name)
    row = tx.session.merge(Colleague(person=person, name=closed, roles=sorted(roles), controllers=controllers))
    until = tx.now + timedelta(days=30 * MONTHS_KEPT[Retention.SKELETON])
    tx.context.data_keys.prolong(tx.session, person, Retention.SKELETON, until.date())
    known = Person(person, name, tuple(row.roles), tuple(row.controllers))
    theirs = select(Case).join(CaseRight).where(Case.assigned_to == person, CaseRight.open).distinct()
    for case in tx.session.scalars(theirs).all():
        if not known.can_have_cases_of(case.controller):
            _assign(tx, case, "", by="")


def list_colleagues(tx: Transaction) -> Mapping[str, Person]:
    """List who works on cases, by id, in the order of their names."""
    rows = [
        Person(row.person, _open(tx, row), tuple(row.roles), tuple(row.controllers))
        for row in tx.session.scalars(select(Colleague))
    ]
    return {each.id: each for each in sorted(rows, key=lambda each: (each.name.casefold(), each.id))}


def _assign(tx: Transaction, case: Case, to: str, *, by: str) -> None:
    case.assigned_to = to
    enter(tx, case.id, "case.assigned", to=to, by=by)
    tx.record("case.assigned", case.id, to=to, by=by)


def _close(tx: Transaction, person: str, name: str) -> bytes:
    return tx.vault.encrypt(person, Retention.SKELETON, _place(person), name.encode())


def _open(tx: Transaction, row: Colleague) -> str:
    return tx.vault.decrypt(row.person, Retention.SKELETON, _place(row.person), row.name).decode()


def _place(person: str) -> Place:
    return Place(Colleague.__tablename__, "name", person)
