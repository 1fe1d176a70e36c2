"""The console's part about looks after an erasure: what each system held when, and deciding about what was found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, redirect
from sqlalchemy import select

from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions.looking import let_stay, undecided
from habeas_fulfilment.actions.residues import erase_again
from habeas_fulfilment.models import CaseFile, Look, Watch, WatchState

_WORK = may(Deed.WORK)


@dataclass(frozen=True)
class ShownLook:
    """One look: how many days after the erasure it was, and what it saw, by system."""

    days: int
    rows: dict[str, Look]


@dataclass(frozen=True)
class ShownWatch:
    """All looks of a case; `open` is the newest sight, by system, of what somebody has to decide about."""

    looks: Sequence[ShownLook]
    systems: Sequence[str]
    open: Sequence[Look]
    next_at: datetime | None
    """When the next look is due, or the present one ends; None after the last."""
    forgotten: bool
    may_erase_again: bool


def show_watch(tx: Transaction, case: CaseFile) -> ShownWatch | None:
    """Read the looks of a case for its page; None before the first has begun."""
    watch = tx.session.get(Watch, case.id)
    if watch is None:
        return None
    looks: dict[int, dict[str, Look]] = {}
    for row in tx.session.scalars(select(Look).where(Look.case_id == case.id).order_by(Look.number, Look.system)):
        looks.setdefault(row.number, {})[row.system] = row
    found: dict[str, Look] = {}
    for row in undecided(tx, watch) if watch.looked_at is not None else ():
        found.setdefault(row.system, row)
    return ShownWatch(
        [ShownLook(max(row.days for row in rows.values()), rows) for rows in looks.values()],
        sorted({system for rows in looks.values() for system in rows}),
        [found[system] for system in sorted(found)],
        None if watch.state == WatchState.OVER else watch.next_at,
        watch.forgotten_at is not None,
        watch.forgotten_at is None and case.round == watch.round,
    )


def look_pages(context: Context) -> Blueprint:
    """Make what an agent decides about what a look found."""
    pages = Blueprint("looks", __name__)

    def change(case: str, act: Callable[[Transaction], None]) -> Any:
        with context.transaction() as tx:
            if tx.session.get(CaseFile, case) is None:
                abort(404)
            act(tx)
        return redirect(f"/plan/{case}", 303)

    @pages.post("/plan/<case:case>/looks/<system>/stay")
    @open_to(agent(*_WORK))
    def stay(case: str, system: str) -> Any:
        return change(case, lambda tx: let_stay(tx, case, system, caller().id))

    @pages.post("/plan/<case:case>/looks/again")
    @open_to(agent(*_WORK))
    def again(case: str) -> Any:
        return change(case, lambda tx: erase_again(tx, case, caller().id))

    return pages
