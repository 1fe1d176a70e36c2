"""The holding pen: cases over a limit wait here, in look-alike groups, until an agent lets them go on.

To refuse a group as a flood takes two people (GDPR Article 12(5): the controller has to show that a request is
manifestly unfounded or excessive). Their clocks run meanwhile, as every case's does.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from habeas.clock import random_id
from habeas.errors import Fault, Faults, Refused
from habeas.events import CaseLetThrough
from habeas.work.transaction import Transaction
from habeas_intake.actions import read_personal
from habeas_intake.models import Case, CaseRight, FloodRefusal
from habeas_intake.notes import enter, move_right

MOST_AT_ONCE = 200
"""How many cases one press of a button moves; the rest stay for the next."""


def _(words: str) -> str:
    """Mark words that a page translates."""
    return words


class FloodReason(StrEnum):
    """What makes a group a flood, in the words of Article 12(5)."""

    REPEATED = "repeated"
    """The same was asked again and again: excessive by its repetitive character."""
    AUTOMATED = "automated"
    """A program sent them in nobody's name: manifestly unfounded."""


@dataclass(frozen=True)
class Proposal:
    """What one person proposed to do with a group, and a second has to look at."""

    id: str
    why: str
    by: str
    at: datetime


@dataclass(frozen=True)
class Group:
    """Held cases that look alike: held by the same limit, for the same, from the same network, in the same hour."""

    id: str
    limit: str
    controller: str
    rights: tuple[str, ...]
    network: str
    """A mark that tells two networks apart and names neither; empty where none is known."""
    hour: datetime
    cases: tuple[str, ...]
    """Their ids, the oldest first."""
    references: tuple[str, ...]
    people: int
    """How many different identifiers are claimed in them."""
    repeated: tuple[tuple[str, int], ...]
    """The cases that claim the same identifiers, merged: the oldest one's reference, and how many there are."""
    first_due: date
    proposal: Proposal | None


def list_groups(tx: Transaction, *, of: frozenset[str] = frozenset(), until: datetime | None = None) -> list[Group]:
    """List what is held of these controllers (none named: of all), the group with the earliest due date first.

    With `until`, as it was then.
    """
    rights: dict[str, set[str]] = defaultdict(set)
    due: dict[str, date] = {}
    held = select(Case.id).where(Case.held != "")
    for case, right, respond_by in tx.session.execute(
        select(CaseRight.case_id, CaseRight.right, CaseRight.respond_by).where(CaseRight.case_id.in_(held))
    ):
        rights[case].add(right)
        due[case] = min(respond_by, due.get(case, respond_by))
    columns = (Case.id, Case.reference, Case.held, Case.controller, Case.held_from, Case.held_like, Case.opened_at)
    alike: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in tx.session.execute(select(*columns, Case.refusal).where(Case.held != "").order_by(Case.opened_at)):
        if (until is None or row.opened_at <= until) and (not of or row.controller in of):
            hour = row.opened_at.replace(minute=0, second=0, microsecond=0)
            asked = tuple(sorted(rights[row.id]))
            alike[row.held, row.controller, asked, row.held_from, hour, row.refusal or ""].append(row)
    proposals = _proposals(tx)
    groups = [_group(key, rows, due, proposals) for key, rows in alike.items()]
    return sorted(groups, key=lambda group: (group.first_due, group.hour, group.id))


def count_held(tx: Transaction, of: frozenset[str] = frozenset()) -> tuple[int, date | None]:
    """Count the cases in the pen, and tell the earliest day on which one of them is due."""
    held = select(func.count(Case.id.distinct()), func.min(CaseRight.respond_by)).join(CaseRight).where(Case.held != "")
    if of:
        held = held.where(Case.controller.in_(of))
    count, first_due = tx.session.execute(held).one()
    return count, first_due


def let_through(tx: Transaction, group: str, seen: datetime, agent: str, of: frozenset[str] = frozenset()) -> int:
    """Let the cases of a group that stood on the page at `seen` go on; return how many are left for the next press."""
    cases = _cases_of(tx, group, seen, of)
    for case in _locked(tx, cases[:MOST_AT_ONCE]):
        _let_go(tx, case, agent)
    return len(cases) - min(len(cases), MOST_AT_ONCE)


def let_case_through(tx: Transaction, case: str, agent: str) -> None:
    """Let one case go on by itself, as that of somebody who called; raises Refused where it is not held."""
    found = _locked(tx, [case])
    if not found:
        raise Refused("this case does not wait in the holding pen")
    _let_go(tx, found[0], agent)


def propose_refusal(
    tx: Transaction, group: str, seen: datetime, why: str, person: str, of: frozenset[str] = frozenset()
) -> str:
    """Propose to refuse exactly those cases of a group that stood on the page at `seen`; return the proposal's id.

    Raises Faults without a reason, and Refused where the group has a proposal already.
    """
    if why not in list(FloodReason):
        raise Faults([Fault("why", _("nothing was chosen"), _("choose why this is a flood"))])
    cases = _locked(tx, _cases_of(tx, group, seen, of))
    if any(case.refusal for case in cases):
        raise Refused("this was proposed before: another person has to look at it")
    if not cases:
        raise Refused("these cases do not wait any more: somebody was quicker")
    refusal = FloodRefusal(
        id=random_id(),
        controller=cases[0].controller,
        proposed_by=person,
        proposed_at=tx.now,
        why=why,
        refused_by="",
        refused_at=None,
    )
    tx.session.add(refusal)
    for case in cases:
        case.refusal = refusal.id
    tx.record("flood.proposed", refusal.id, agent=person, why=why, cases=len(cases))
    return refusal.id


def withdraw_refusal(tx: Transaction, refusal: str, person: str, of: frozenset[str] = frozenset()) -> None:
    """Take a proposal back, by whoever does not share it: its cases lie in the pen as before."""
    found = _locked_refusal(tx, refusal, of)
    if found.refused_by:
        raise Refused("these cases were refused already")
    for case in tx.session.scalars(select(Case).where(Case.refusal == refusal)):
        case.refusal = None
    tx.session.flush()
    tx.session.delete(found)
    tx.record("flood.withdrawn", refusal, agent=person)


def refuse_some(tx: Transaction, refusal: str, person: str, of: frozenset[str] = frozenset()) -> int:
    """Refuse the next cases of a proposal, by another person than the one who made it; return how many are left."""
    found = _locked_refusal(tx, refusal, of)
    if found.proposed_by == person:
        raise Refused("you have proposed this yourself: another person has to look at it")
    if found.refused_by not in ("", person):
        raise Refused("these cases are being refused by somebody else")
    found.refused_by, found.refused_at = person, found.refused_at or tx.now
    waiting = select(Case.id).where(Case.refusal == refusal, Case.held != "").order_by(Case.opened_at)
    cases = list(tx.session.scalars(waiting))
    by = {"why": found.why, "proposed_by": found.proposed_by, "refused_by": person}
    for case in _locked(tx, cases[:MOST_AT_ONCE]):
        for right in case.rights:
            move_right(right, "flood.refused")
            right.answered_at = tx.now
        case.held = case.held_from = case.held_like = ""
        enter(tx, case.id, "flood.refused", **by)
        tx.record("case.refused", case.id, refusal=refusal, **by)
    return len(cases) - min(len(cases), MOST_AT_ONCE)


def _let_go(tx: Transaction, case: Case, agent: str) -> None:
    contact = str(read_personal(tx, case)["contact"])
    case.held = case.held_from = case.held_like = ""
    case.refusal = None
    enter(tx, case.id, "case.let_through", agent=agent)
    tx.record("case.let_through", case.id, agent=agent)
    rights = [right.right for right in case.rights]
    tx.say(CaseLetThrough(case=case.id, rights=rights), sealed={"notifier": {"contact": contact}})


def _proposals(tx: Transaction) -> dict[str, Proposal]:
    waiting = select(Case.refusal).where(Case.held != "", Case.refusal.is_not(None))
    found = tx.session.scalars(select(FloodRefusal).where(FloodRefusal.id.in_(waiting)))
    return {each.id: Proposal(each.id, each.why, each.proposed_by, each.proposed_at) for each in found}


def _group(key: tuple[Any, ...], rows: Sequence[Any], due: dict[str, date], proposals: dict[str, Proposal]) -> Group:
    limit, controller, rights, network, hour, refusal = key
    told = "\n".join([limit, controller, *rights, network, hour.isoformat(), refusal])
    alike = Counter(row.held_like for row in rows)
    first = {row.held_like: row.reference for row in reversed(rows)}
    return Group(
        id=hashlib.sha256(told.encode()).hexdigest()[:16],
        limit=limit,
        controller=controller,
        rights=rights,
        network=network[:4].upper(),
        hour=hour,
        cases=tuple(row.id for row in rows),
        references=tuple(row.reference for row in rows),
        people=len(alike),
        repeated=tuple((first[like], times) for like, times in alike.most_common() if times > 1),
        first_due=min(due[row.id] for row in rows),
        proposal=proposals.get(refusal),
    )


def _cases_of(tx: Transaction, group: str, seen: datetime, of: frozenset[str]) -> tuple[str, ...]:
    found = next((each for each in list_groups(tx, of=of, until=seen) if each.id == group), None)
    if found is None:
        raise Refused("these cases do not wait any more: somebody was quicker")
    return found.cases


def _locked(tx: Transaction, cases: Sequence[str]) -> list[Case]:
    """Give these cases with their rows locked, those that still wait, always in the same order."""
    found: list[Case] = []
    for start in range(0, len(cases), MOST_AT_ONCE):
        some = select(Case).where(Case.id.in_(cases[start : start + MOST_AT_ONCE]), Case.held != "")
        found += tx.session.scalars(some.order_by(Case.id).with_for_update())
    return found


def _locked_refusal(tx: Transaction, refusal: str, of: frozenset[str]) -> FloodRefusal:
    found = tx.session.get(FloodRefusal, refusal, with_for_update=True)
    if found is None or (of and found.controller not in of):
        raise Refused("there is no such proposal any more")
    return found
