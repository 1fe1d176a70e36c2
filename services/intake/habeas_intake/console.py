"""The console's pages that are intake's: the queue by due date, and a case with its clocks and its timeline."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, redirect, render_template, request
from werkzeug.wrappers import Response

from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas_intake.actions import read_personal
from habeas_intake.labels import event_label, fact_label, right_label, state_label
from habeas_intake.models import Case
from habeas_intake.queries import CaseView, count_open, find_reference, queue, view
from habeas_intake.references import read_reference

ROLES = ("agent", "approver", "officer", "administrator")
LABELS = {
    "right_label": right_label,
    "state_label": state_label,
    "event_label": event_label,
    "fact_label": fact_label,
}


def console_pages(context: Context) -> Blueprint:
    """Make the console's pages."""
    pages = Blueprint("console", __name__, template_folder="templates", url_prefix="/console")
    pages.context_processor(lambda: LABELS)

    @pages.get("")
    @open_to(agent(*ROLES))
    def show_queue() -> Response | str:
        wanted = request.args.get("q", "")
        reference = read_reference(wanted) if wanted else None
        with context.reading() as tx:
            found = find_reference(tx, reference) if reference else None
            lines, count = queue(tx), count_open(tx)
        if found is not None:
            return redirect(f"/console/case/{found}", 303)
        return render_template("intake/queue.html", lines=lines, wanted=wanted, later=count - len(lines))

    @pages.get("/case/<case:case>")
    @open_to(agent(*ROLES))
    def show_case(case: str) -> str:
        with context.reading() as tx:
            found = view(tx, case)
        if found is None:
            abort(404)
        return _show(context, found, None)

    @pages.post("/case/<case:case>")
    @open_to(agent(*ROLES))
    def reveal(case: str) -> str:
        """Show what the person told, and write down who looked."""
        with context.transaction() as tx:
            row = tx.session.get(Case, case)
            if row is None:
                abort(404)
            told = read_personal(tx, row)
            found = view(tx, case)
            assert found is not None
            tx.record("case.revealed", case, agent=caller().id)
        return _show(context, found, told)

    @pages.get("/systems")
    @open_to(agent(*ROLES))
    def show_systems() -> str:
        with context.reading() as tx:
            lines = queue(tx)
        failing: dict[str, int] = {}
        for line in lines:
            for system in line.failing:
                failing[system] = failing.get(system, 0) + 1
        return render_template("intake/systems.html", profiles=list(context.profiles.values()), failing=failing)

    return pages


def _show(context: Context, case: CaseView, told: dict[str, Any] | None) -> str:
    """Show a case, its moments in the zone of the company."""
    zone = ZoneInfo(context.profiles[case.controller].controller.zone)

    def at(instant: datetime) -> datetime:
        return instant.astimezone(zone)

    today = at(context.clock.now()).date()
    return render_template("intake/console_case.html", case=case, told=told, today=today, at=at)
