"""The page on which anybody with a case's secret sees where it stands, and tells more of who they are."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from flask import Blueprint, make_response, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from habeas.errors import Faults, Refused
from habeas.profile import Profile
from habeas.service import Context
from habeas.web.access import everyone, open_to
from habeas.web.addresses import prefix_of
from habeas.web.cookies import browser_of
from habeas.web.frame import speak_for
from habeas.web.language import present_language
from habeas_intake.labels import right_label, sentence
from habeas_intake.status import Status, add_identifiers, find_status


def status_pages(context: Context) -> Blueprint:
    """Make the pages."""
    pages = Blueprint("status", __name__, template_folder="templates")

    @pages.get("/status")
    @open_to(everyone)
    def show_form() -> Response:
        return _form()

    @pages.post("/status")
    @open_to(everyone)
    def show_status() -> Response:
        """Show where a case stands; the same answer for whatever does not fit."""
        found = _find(context)
        return _form(wrong=True) if found is None else _page(context, found)

    @pages.post("/status/more")
    @open_to(everyone)
    def tell_more() -> Response:
        """Take more of who somebody is."""
        found = _find(context)
        if found is None:
            return _form(wrong=True)
        prefix = "identifier-"
        given = {name.removeprefix(prefix): value for name, value in request.form.items() if name.startswith(prefix)}
        try:
            with context.transaction() as tx:
                add_identifiers(tx, found.case, given)
        except Faults as faults:
            wrong = {fault.where.replace("identifiers.", prefix): sentence(fault) for fault in faults.faults}
            return _page(context, found, given=given, wrong=wrong)
        except Refused:
            return _page(context, found, wrong={"more": gettext("That was tried too often today. Try again tomorrow.")})
        return _page(context, found, told=True)

    return pages


def _find(context: Context) -> Status | None:
    reference, secret = request.form.get("reference", "")[:64], request.form.get("secret", "")
    # Behind a proxy that nobody declared everybody comes from one place: there each browser counts by itself.
    place = prefix_of(request.remote_addr or "") or browser_of(request)
    with context.transaction() as tx:
        return find_status(tx, reference, secret, place)


def _form(*, wrong: bool = False) -> Response:
    words = gettext("Number and secret do not fit each other, or it was tried too often: then wait an hour.")
    page = render_template(
        "intake/status.html",
        reference=request.form.get("reference", "")[:64] if wrong else "",
        errors=[("reference", words)] if wrong else [],
    )
    return make_response(page, 422 if wrong else 200)


def _page(
    context: Context,
    status: Status,
    *,
    given: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    told: bool = False,
) -> Response:
    profile = context.profiles[status.controller]
    speak_for(profile)
    page = render_template(
        "intake/status_shown.html",
        status=status,
        profile=profile,
        secret=request.form.get("secret", "")[:64],
        received=status.received_at.astimezone(ZoneInfo(profile.controller.zone)).date(),
        right_label=right_label,
        helps=list_helps(profile),
        tongue=present_language(),
        given=dict(given or {}),
        wrong=dict(wrong or {}),
        told=told,
    )
    return make_response(page, 422 if wrong else 200)


def list_helps(profile: Profile) -> list[str]:
    """List what would help to know who asks."""
    labels = ", ".join(str(each.label.in_(present_language())) for each in profile.identifiers)
    helps = [
        gettext("Something else that we can search by: %(labels)s.", labels=labels),
        gettext("The e-mail address or the phone number that you used with us then, also if it is an old one."),
    ]
    if profile.identity.sign_in:
        helps.append(gettext("To sign in with the account that you have with us."))
    contact = _contact(profile)
    helps.append(gettext("To be called back at the number that we have: write or call %(contact)s.", contact=contact))
    return [str(each) for each in helps]


def _contact(profile: Profile) -> str:
    contact = profile.controller.contact
    return " / ".join(each for each in (contact.email, contact.phone) if each)
