"""The console's page of the holding pen: what waits there, in groups that look alike, and what becomes of each."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from habeas.errors import Fault, Faults, Refused
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas.work.transaction import Transaction
from habeas_intake.holding import (
    FloodReason,
    Group,
    let_case_through,
    let_through,
    list_groups,
    propose_refusal,
    refuse_some,
    withdraw_refusal,
)
from habeas_intake.labels import flood_label, limit_label, right_label, sentence

ROLES = ("agent", "approver", "officer")
PATH = "/console/holding"
PAGES = Blueprint("holding", __name__, template_folder="templates", url_prefix=PATH)
_WORDS = {"right_label": right_label, "limit_label": limit_label, "flood_label": flood_label}


def holding_pages(_context: Context) -> Blueprint:
    """Give the pages of the holding pen."""
    return PAGES


@PAGES.context_processor
def _words() -> dict[str, Callable[[str], str]]:
    return dict(_WORDS)


@PAGES.get("")
@open_to(agent(*ROLES))
def show_pen() -> str:
    """Show what waits."""
    return _show()


@PAGES.post("/let-through")
@open_to(agent(*ROLES))
def let_these_through() -> Any:
    """Let a group go on."""
    return _do(lambda tx: let_through(tx, _group(), _seen(), caller().id, _mine()))


@PAGES.post("/case/<case:case>")
@open_to(agent(*ROLES))
def let_this_through(case: str) -> Response:
    """Let one case go on, and lead back to it."""
    with _context().transaction() as tx:
        let_case_through(tx, case, caller().id)
    return redirect(f"/console/case/{case}", 303)


@PAGES.get("/refuse/<group>")
@open_to(agent(*ROLES))
def show_proposal(group: str) -> str:
    """Ask why a group is a flood."""
    return _show_group(group, ())


@PAGES.post("/refuse/<group>")
@open_to(agent(*ROLES))
def propose(group: str) -> Any:
    """Propose to refuse the group, or ask again for what is missing."""
    try:
        with _context().transaction() as tx:
            propose_refusal(tx, group, _seen(), request.form.get("why", ""), caller().id, _mine())
    except Faults as wrong:
        return _show_group(group, wrong.faults), 422
    except Refused as refused:
        return _show(refused.reason), 409
    return redirect(PATH, 303)


@PAGES.post("/confirm")
@open_to(agent(*ROLES))
def confirm() -> Any:
    """Refuse what another person proposed, a part a transaction, so that nobody waits long for the tables."""
    left = 1
    while left:
        try:
            with _context().transaction() as tx:
                left = refuse_some(tx, request.form.get("refusal", ""), caller().id, _mine())
        except Refused as refused:
            return _show(refused.reason), 409
    return redirect(PATH, 303)


@PAGES.post("/withdraw")
@open_to(agent(*ROLES))
def withdraw() -> Any:
    """Take a proposal back."""
    refusal = request.form.get("refusal", "")
    return _do(lambda tx: withdraw_refusal(tx, refusal, caller().id, _mine()))


def _context() -> Context:
    context: Context = current_app.extensions["habeas"]
    return context


def _do(act: Callable[[Transaction], Any]) -> Any:
    try:
        with _context().transaction() as tx:
            act(tx)
    except Refused as refused:
        return _show(refused.reason), 409
    return redirect(PATH, 303)


def _show(wrong: str = "") -> str:
    with _context().reading() as tx:
        groups = list_groups(tx, of=_mine())
    return _page("intake/holding.html", groups=groups, me=caller().id, wrong=wrong)


def _show_group(group: str, faults: Sequence[Fault]) -> str:
    with _context().reading() as tx:
        found = next((each for each in list_groups(tx, of=_mine()) if each.id == group and each.proposal is None), None)
    if found is None:
        abort(404)
    choices = [{"value": str(each), "label": flood_label(each)} for each in FloodReason]
    wrong = {fault.where: sentence(fault) for fault in faults}
    return _page("intake/holding_refuse.html", group=found, choices=choices, wrong=wrong)


def _page(template: str, **values: Any) -> str:
    now = _context().clock.now()

    def at(instant: datetime, group: Group) -> datetime:
        """Tell a moment in the zone of the company."""
        return instant.astimezone(ZoneInfo(_context().profiles[group.controller].controller.zone))

    def company(group: Group) -> str:
        return _context().profiles[group.controller].controller.name

    return render_template(template, seen=now.isoformat(), today=now.date(), at=at, company=company, **values)


def _mine() -> frozenset[str]:
    """Return the controllers whose cases the agent works on; none named means all."""
    return caller().controllers


def _group() -> str:
    return request.form.get("group", "")


def _seen() -> datetime:
    """Return when the page was made that the form stood on: what came after it, nobody has looked at."""
    try:
        seen = datetime.fromisoformat(request.form.get("seen", ""))
    except ValueError:
        abort(400)
    if seen.utcoffset() is None:
        abort(400)
    return seen
