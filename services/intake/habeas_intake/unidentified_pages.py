"""The console's pages on which an agent says that a person cannot be identified, on their page or by a letter."""

from flask import Blueprint, abort, make_response, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from habeas.errors import Faults, Refused
from habeas.profile import Profile
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas.web.frame import speak_for
from habeas.web.language import speak
from habeas_intake.labels import unidentified_label
from habeas_intake.queries import CaseView, view
from habeas_intake.status import Unidentified, call_unidentified
from habeas_intake.status_pages import list_helps


def unidentified_pages(context: Context) -> Blueprint:
    """Make the pages."""
    prefix = "/console/case/<case:case>/unidentified"
    pages = Blueprint("unidentified", __name__, template_folder="templates", url_prefix=prefix)

    @pages.get("")
    @open_to(agent(*may(Deed.DECIDE)))
    def show(case: str) -> Response:
        return _page(context, case)

    @pages.post("")
    @open_to(agent(*may(Deed.DECIDE)))
    def call(case: str) -> Response:
        """Say that the person cannot be identified."""
        try:
            with context.transaction() as tx:
                call_unidentified(tx, case, request.form.get("reason", ""), caller().id)
        except Faults:
            return _page(context, case, gettext("Choose why the person cannot be identified."))
        except Refused:
            return _page(context, case, gettext("It was confirmed who asks."))
        return redirect(f"/console/case/{case}", 303)

    @pages.get("/letter")
    @open_to(agent(*may(Deed.DECIDE)))
    def print_letter(case: str) -> str:
        """Show the same as a letter for the post, to be printed."""
        found, profile = _find(context, case)
        speak(found.language)
        return render_template(
            "intake/unidentified_letter.html", case=found, profile=profile, helps=list_helps(profile)
        )

    return pages


def _find(context: Context, case: str) -> tuple[CaseView, Profile]:
    with context.reading() as tx:
        found = view(tx, case)
    if found is None:
        abort(404)
    profile = context.profiles[found.controller]
    speak_for(profile)
    return found, profile


def _page(context: Context, case: str, wrong: str = "") -> Response:
    found, _ = _find(context, case)
    page = render_template(
        "intake/unidentified.html",
        case=found,
        reasons=[{"value": each.value, "label": unidentified_label(each.value)} for each in Unidentified],
        errors=[("reason", wrong)] if wrong else [],
    )
    return make_response(page, 422 if wrong else 200)
