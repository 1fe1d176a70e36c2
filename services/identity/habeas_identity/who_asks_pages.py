"""The page on which agents see how far a case is in finding out who asks, and what they can do about it."""

from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_babel import gettext

from habeas.errors import Refused
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas.web.frame import speak_for
from habeas_identity.admission import PATH
from habeas_identity.models import Claim
from habeas_identity.profiles import profile_of
from habeas_identity.replies import go_to, present_context
from habeas_identity.who_asks import Doubt, doubt, look_at_who_asks

PAGES = Blueprint("who_asks", __name__, template_folder="templates", url_prefix=f"{PATH}/who")


def who_asks_pages(_context: Context) -> Blueprint:
    """Give the pages under /agents/who."""
    return PAGES


@PAGES.get("/<case:case>")
@open_to(agent(*may(Deed.LOOK)))
def show_who_asks(case: str) -> Response:
    """Show what was found, what was given, and what the case needs."""
    return _page(case)


@PAGES.post("/<case:case>/doubt")
@open_to(agent(*may(Deed.WORK)))
def take_doubt(case: str) -> Response:
    """Note that there is reason to doubt who asks."""
    try:
        why = Doubt(request.form.get("why", ""))
    except ValueError:
        return _page(case, gettext("Choose why there is reason to doubt."))
    try:
        with present_context().transaction() as tx:
            doubt(tx, case, caller().id, why)
    except Refused:
        return _page(case, gettext("The case needs that much already."))
    return go_to(f"{PATH}/who/{case}")


def _page(case: str, wrong: str = "") -> Response:
    with present_context().reading() as tx:
        shown = look_at_who_asks(tx, case)
        if shown is None:
            abort(404)
        profile = profile_of(tx, tx.session.get_one(Claim, case).controller)
    speak_for(profile)
    zone = ZoneInfo(profile.controller.zone)
    page = render_template(
        "identity/who_asks.html",
        shown=shown,
        at=lambda instant: instant.astimezone(zone),
        states=_states(),
        methods=_methods(),
        purposes=_purposes(),
        doubts=_doubts(),
        works=not caller().roles.isdisjoint(may(Deed.WORK)),
        errors=[("why", wrong)] if wrong else [],
    )
    return make_response(page, 422 if wrong else 200)


def _states() -> dict[str, str]:
    return {
        "held": gettext("Held back: a limit was reached"),
        "asking": gettext("The systems are being asked which address they hold"),
        "found": gettext("A stored address was found; the person has not shown enough yet"),
        "short": gettext("The person has shown one channel and has no second one"),
        "unmatched": gettext("No stored address fits, or more than one does"),
        "proved": gettext("The person has shown who they are"),
    }


def _methods() -> dict[str, str]:
    return {
        "mailbox": gettext("A code to the stored mailbox"),
        "phone": gettext("A code to the stored phone"),
        "sign_in": gettext("A sign-in"),
        "assertion": gettext("The word of the company's own signed-in pages"),
        "mandate": gettext("The person's yes to whoever acts for them"),
        "call_back": gettext("A call to the stored phone"),
        "override": gettext("The word of two agents"),
        "letter": gettext("A signed letter"),
    }


def _purposes() -> dict[str, str]:
    return {
        "prove": gettext("to show who asks"),
        "release": gettext("to get the answer"),
        "contact": gettext("to change the address"),
        "contest": gettext("to say that it was them"),
    }


def _doubts() -> list[dict[str, str]]:
    labels = {
        Doubt.FORMER_EMPLOYER: gettext("The stored mailbox belongs to an employer whom the person has left"),
        Doubt.SHARED_MAILBOX: gettext("Several people read the stored mailbox"),
        Doubt.UNUSUAL: gettext("The request does not fit what is known of the person"),
        Doubt.WARNED: gettext("We were told that a mailbox or a phone was taken over"),
    }
    return [{"value": why.value, "label": label} for why, label in labels.items()]
