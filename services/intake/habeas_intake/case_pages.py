"""The console's page of a case: its clocks and timeline, who has it, and what its person told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request
from flask_babel import gettext

from habeas.errors import Faults, Refused
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas.work.transaction import Transaction
from habeas_intake.assignments import Person, ReadingReason, hand_on, list_colleagues, read_told, take_case
from habeas_intake.labels import event_label, fact_label, limit_label, reading_label, right_label, state_label
from habeas_intake.queries import CaseView, view

LABELS = {
    "right_label": right_label,
    "state_label": state_label,
    "event_label": event_label,
    "fact_label": fact_label,
    "limit_label": limit_label,
    "reading_label": reading_label,
}


def case_pages(context: Context) -> Blueprint:
    """Make the page of a case."""
    pages = Blueprint("console_case", __name__, template_folder="templates", url_prefix="/console/case/<case:case>")
    pages.context_processor(lambda: LABELS)

    @pages.get("")
    @open_to(agent(*may(Deed.LOOK)))
    def show_case(case: str) -> str:
        return _show(context, case)

    @pages.post("")
    @open_to(agent(*may(Deed.READ)))
    def reveal(case: str) -> Any:
        """Show what the person told, and write down who looked and why."""
        try:
            with context.transaction() as tx:
                _find(tx, case)
                told = read_told(tx, case, caller().id, request.form.get("reason", ""))
        except Faults:
            return _show(context, case, wrong={"reason": gettext("Choose why you read what this person told.")}), 422
        return _show(context, case, told=told)

    @pages.post("/take")
    @open_to(agent(*may(Deed.WORK)))
    def take(case: str) -> Any:
        """Let the caller work on a case that nobody has."""
        try:
            with context.transaction() as tx:
                _find(tx, case)
                take_case(tx, case, caller().id)
        except Refused:
            return _show(context, case, wrong={"to": gettext("Somebody else took it first.")}), 409
        return redirect(f"/console/case/{case}", 303)

    @pages.post("/hand-on")
    @open_to(agent(*may(Deed.WORK)))
    def give(case: str) -> Any:
        """Hand a case on to a colleague, or back to all."""
        try:
            with context.transaction() as tx:
                _find(tx, case)
                hand_on(tx, case, request.form.get("to", "")[:64], by=caller().id, may_assign=_may(Deed.ASSIGN))
        except Faults:
            return _show(context, case, wrong={"to": gettext("Choose somebody who works on cases.")}), 422
        except Refused:
            wrong = gettext("Only whoever has the case, or an officer, hands it on.")
            return _show(context, case, wrong={"to": wrong}), 403
        return redirect(f"/console/case/{case}", 303)

    return pages


def words_for(colleagues: Mapping[str, Person]) -> dict[str, Any]:
    """Give pages the words for whoever an id names: their name, or the id's beginning where none was told."""

    def who(person: str) -> str:
        return colleagues[person].name if person in colleagues else person[:8]

    def named(facts: Mapping[str, Any]) -> dict[str, Any]:
        return {key: who(value) if key in ("agent", "by", "to") else value for key, value in facts.items()}

    return {"who": who, "named": named, "me": caller().id, "may_audit": _may(Deed.AUDIT)}


def _find(tx: Transaction, case: str) -> CaseView:
    found = view(tx, case)
    if found is None:
        abort(404)
    return found


def _show(
    context: Context, case: str, *, told: dict[str, Any] | None = None, wrong: Mapping[str, str] | None = None
) -> str:
    """Show a case, its moments in the zone of the company."""
    with context.reading() as tx:
        found, colleagues = _find(tx, case), list_colleagues(tx)
    zone = ZoneInfo(context.profiles[found.controller].controller.zone)

    def at(instant: datetime) -> datetime:
        return instant.astimezone(zone)

    return render_template(
        "intake/console_case.html",
        case=found,
        told=told,
        today=at(context.clock.now()).date(),
        at=at,
        wrong=dict(wrong or {}),
        reasons=[{"value": each.value, "label": reading_label(each)} for each in ReadingReason],
        others=[
            each
            for each in colleagues.values()
            if each.can_have_cases_of(found.controller) and each.id != found.assigned_to
        ],
        mine=found.assigned_to == caller().id,
        may_read=_may(Deed.READ),
        may_work=_may(Deed.WORK),
        may_assign=_may(Deed.ASSIGN),
        **words_for(colleagues),
    )


def _may(deed: Deed) -> bool:
    return not caller().roles.isdisjoint(may(deed))
