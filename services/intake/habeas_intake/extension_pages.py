"""The console's page on which an agent decides that a case takes longer, and what its person is told about it."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request

from habeas.errors import Fault, Faults, Refused
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas_intake.clocks import ExtensionReason
from habeas_intake.extensions import decide_extension
from habeas_intake.labels import reason_label, sentence
from habeas_intake.queries import view

_WORK = ("agent", "approver", "administrator")


def extension_pages(context: Context) -> Blueprint:
    """Make the page."""
    pages = Blueprint("extension", __name__, template_folder="templates", url_prefix="/console/case/<case:case>/extend")

    @pages.get("")
    @open_to(agent(*_WORK))
    def show(case: str) -> str:
        return _show(context, case, {}, ())

    @pages.post("")
    @open_to(agent(*_WORK))
    def decide(case: str) -> Any:
        """Decide it, or show the page again with what is wrong and all that was written."""
        given = {"reason": request.form.get("reason", ""), "told": request.form.get("told", "")}
        try:
            with context.transaction() as tx:
                decide_extension(tx, case, given["reason"], given["told"], caller().id)
        except Faults as wrong:
            return _show(context, case, given, wrong.faults), 422
        except Refused as refused:
            return _show(context, case, given, [Fault("told", refused.reason)]), 422
        return redirect(f"/console/case/{case}", 303)

    return pages


def _show(context: Context, case: str, given: Mapping[str, str], faults: Any) -> str:
    with context.reading() as tx:
        found = view(tx, case)
    if found is None:
        abort(404)
    reasons = [{"value": each.value, "label": reason_label(each.value)} for each in ExtensionReason]
    wrong = {fault.where: sentence(fault) for fault in faults}
    return render_template("intake/extend.html", case=found, given=given, wrong=wrong, reasons=reasons)
