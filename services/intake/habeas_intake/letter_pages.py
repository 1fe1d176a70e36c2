"""The console's pages on which an agent decides what counts once its person was told, in the agent's own words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request

from habeas.errors import Fault, Faults, Refused
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas.work.transaction import Transaction
from habeas_intake.clocks import ExtensionReason
from habeas_intake.complaints import ComplaintOutcome, answer_complaint
from habeas_intake.extensions import decide_extension
from habeas_intake.labels import outcome_label, reason_label, sentence
from habeas_intake.queries import view

_WORK = may(Deed.DECIDE)


@dataclass(frozen=True)
class Letter:
    """One such page: the field that is chosen and its choices, the page's template, and the action."""

    chosen: str
    choices: Sequence[str]
    label: Callable[[str], str]
    template: str
    decide: Callable[[Transaction, str, str, str, str], Any]


LETTERS = {
    "extend": Letter("reason", list(ExtensionReason), reason_label, "intake/extend.html", decide_extension),
    "complaint": Letter("outcome", list(ComplaintOutcome), outcome_label, "intake/complaint.html", answer_complaint),
}


def letter_pages(context: Context) -> Blueprint:
    """Make the pages."""
    pages = Blueprint("letters", __name__, template_folder="templates", url_prefix="/console/case/<case:case>")

    @pages.get("/<any(extend,complaint):name>")
    @open_to(agent(*_WORK))
    def show(case: str, name: str) -> str:
        return _show(context, case, LETTERS[name], {}, ())

    @pages.post("/<any(extend,complaint):name>")
    @open_to(agent(*_WORK))
    def decide(case: str, name: str) -> Any:
        """Decide it, or show the page again with what is wrong and all that was written."""
        letter = LETTERS[name]
        given = {field: request.form.get(field, "") for field in (letter.chosen, "told")}
        try:
            with context.transaction() as tx:
                letter.decide(tx, case, given[letter.chosen], given["told"], caller().id)
        except Faults as wrong:
            return _show(context, case, letter, given, wrong.faults), 422
        except Refused as refused:
            return _show(context, case, letter, given, [Fault("told", refused.reason)]), 422
        return redirect(f"/console/case/{case}", 303)

    return pages


def _show(context: Context, case: str, letter: Letter, given: Mapping[str, str], faults: Sequence[Fault]) -> str:
    with context.reading() as tx:
        found = view(tx, case)
    if found is None:
        abort(404)
    choices = [{"value": str(each), "label": letter.label(each)} for each in letter.choices]
    wrong = {fault.where: sentence(fault) for fault in faults}
    return render_template(letter.template, case=found, given=given, wrong=wrong, choices=choices)
