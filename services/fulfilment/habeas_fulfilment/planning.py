"""The effect that makes a plan: reads what every system located, and decides it by the profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from habeas.envelope import Letter
from habeas.events import CaseLocated, SystemFailed
from habeas.profile import Profile
from habeas.sdk import Located
from habeas.service import Context, Effect
from habeas.work.transaction import Transaction
from habeas_fulfilment.actions import freeze_plan, stop_plan
from habeas_fulfilment.actions.cases import locked_case, profile_of
from habeas_fulfilment.actions.held import standing_holds
from habeas_fulfilment.actions.orders import current_orders
from habeas_fulfilment.actions.scopes import present_plan
from habeas_fulfilment.decisions import Draft, decide
from habeas_fulfilment.holds import Covering
from habeas_fulfilment.models import OrderState, PlanState, Task
from habeas_fulfilment.results import BrokenResult, SealedResult, read_located, seal_results

MOST_RECORDS = 250_000
"""How many records of one system a plan decides: they travel in one letter, which a broker takes up to some size."""


@dataclass(frozen=True)
class Search:
    """What one round of searching came to, still sealed."""

    profile: Profile
    language: str
    today: date
    results: Mapping[str, SealedResult]
    holds: tuple[Covering, ...]


def take_search(tx: Transaction, letter: Letter) -> Search | None:
    """Collect the answers of a round; None if its plan is made or was given up meanwhile."""
    assert isinstance(letter.event, CaseLocated)
    case = locked_case(tx, letter.event.case)
    plan = present_plan(tx, case)
    if plan is None or plan.state != PlanState.MAKING or case.round != letter.event.round:
        return None
    profile = profile_of(tx, case)
    answered = {
        system: order
        for system, order in current_orders(tx, case, Task.PLAN).items()
        if order.state == OrderState.ANSWERED
    }
    today = tx.now.astimezone(ZoneInfo(profile.controller.zone)).date()
    holds = standing_holds(tx, case.controller)
    return Search(profile, case.language, today, seal_results(tx, case, answered), holds)


def make_plan(context: Context, search: Search | None) -> Draft | BrokenResult | None:
    """Open what was located and decide every record of it; a result that cannot be used is given back as it is."""
    if search is None:
        return None
    try:
        located = {system: _located(context, each) for system, each in search.results.items()}
    except BrokenResult as broken:
        return broken
    return decide(search.profile, located, search.today, search.language, search.holds)


def _located(context: Context, result: SealedResult) -> list[Located]:
    found = list(islice(read_located(context.store, result), MOST_RECORDS + 1))
    if len(found) > MOST_RECORDS:
        reason = f"it holds more than {MOST_RECORDS:,} records of this person, and no plan decides so many at once"
        raise BrokenResult(result.order, result.system, reason)
    return found


def keep_plan(tx: Transaction, letter: Letter, _search: Any, made: Draft | BrokenResult | None) -> None:
    """Freeze the plan, or give it up because of one system's answer."""
    assert isinstance(letter.event, CaseLocated)
    if isinstance(made, BrokenResult):
        stop_plan(tx, letter.event.case, letter.event.round, made.order, made.short)
    elif made is not None:
        freeze_plan(tx, letter.event.case, letter.event.round, made)


def tell_failure(tx: Transaction, letter: Letter, reason: str, _attempts: int, final: bool) -> None:
    """Show in the case that its plan could not be made; the parked letter waits for an operator."""
    assert isinstance(letter.event, CaseLocated)
    if final:
        tx.say(SystemFailed(case=letter.event.case, system="fulfilment", operation="plan", reason=reason[:300]))


PLANNING = Effect(prepare=take_search, work=make_plan, finish=keep_plan, fail=tell_failure)
