"""The person's pages beside the codes: whether somebody acts for them, and the code that they read out when called.

Whoever has shown nothing lately in this browser is led to the page of codes, whatever the case: so nobody learns here
that a case is there, or that somebody acts in it.
"""

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext

from habeas.service import Context
from habeas.vocabulary import COMPLAINT, Right
from habeas.web.access import everyone, open_to
from habeas.web.cookies import browser_of
from habeas_identity.call_backs import can_be_called, show_call_code
from habeas_identity.challenges import Purpose
from habeas_identity.lives import FRESH
from habeas_identity.mandates import Question, answer_mandate, find_question
from habeas_identity.replies import go_to, present_context

PAGES = Blueprint("acting", __name__, template_folder="templates", url_prefix="/prove")


def acting_pages(_context: Context) -> Blueprint:
    """Give the pages of mandates and calls under /prove."""
    return PAGES


@PAGES.get("/<case:case>/mandate")
@open_to(everyone)
def show_mandate(case: str) -> Response:
    """Say who acts and for what, to whoever has just shown a stored channel; all others are asked for a code first."""
    with present_context().reading() as tx:
        asked = find_question(tx, case, browser_of(request))
    return go_to(f"/prove/{case}?act=mandate") if asked is None else _mandate_page(case, asked)


@PAGES.post("/<case:case>/mandate")
@open_to(everyone)
def say_mandate(case: str) -> Response:
    """Take the person's yes or no."""
    answer = request.form.get("answer", "")
    if answer in ("yes", "no"):
        with present_context().transaction() as tx:
            taken = answer_mandate(tx, case, browser_of(request), given=answer == "yes")
        if taken and answer == "no":
            return make_response(render_template("identity/mandate_refused.html"))
        return go_to(f"/prove/{case}" if taken else f"/prove/{case}/mandate")
    with present_context().reading() as tx:
        asked = find_question(tx, case, browser_of(request))
    if asked is None:
        return go_to(f"/prove/{case}?act=mandate")
    return _mandate_page(case, asked, gettext("Choose yes or no."))


@PAGES.get("/<case:case>/call")
@open_to(everyone)
def show_call(case: str) -> Response:
    """Tell how a call goes."""
    return _call_page(case, Purpose.PROVE)


@PAGES.post("/<case:case>/call")
@open_to(everyone)
def ask_for_call(case: str) -> Response:
    """Show the code that is read out, and tell the agents."""
    return _code_page(case, Purpose.PROVE)


@PAGES.get("/<case:case>/release/call")
@open_to(everyone)
def show_release_call(case: str) -> Response:
    """Tell how a call goes before an answer is handed out."""
    return _call_page(case, Purpose.RELEASE)


@PAGES.post("/<case:case>/release/call")
@open_to(everyone)
def ask_for_release_call(case: str) -> Response:
    """Show such a code, and tell the agents."""
    return _code_page(case, Purpose.RELEASE)


def _mandate_page(case: str, asked: Question, wrong: str = "") -> Response:
    page = render_template(
        "identity/mandate.html",
        case=case,
        asked=asked,
        rights=[_right(right) for right in asked.rights],
        answers=[
            *([{"value": "yes", "label": gettext("Yes, they ask this for me")}] if asked.enough else []),
            {"value": "no", "label": gettext("No, nobody asks this for me")},
        ],
        errors=[("answer", wrong)] if wrong else [],
    )
    return make_response(page, 422 if wrong else 200)


def _call_page(case: str, purpose: Purpose) -> Response:
    with present_context().reading() as tx:
        possible = can_be_called(tx, case, purpose, browser_of(request))
    return make_response(_call(case, purpose)) if possible else go_to(_steps(case, purpose))


def _code_page(case: str, purpose: Purpose) -> Response:
    with present_context().transaction() as tx:
        code = show_call_code(tx, case, purpose, browser_of(request))
    return go_to(_steps(case, purpose)) if code is None else make_response(_call(case, purpose, code))


def _call(case: str, purpose: Purpose, code: str = "") -> str:
    steps = _steps(case, purpose)
    minutes = int(FRESH.total_seconds()) // 60
    return render_template("identity/call.html", here=f"{steps}/call", steps=steps, code=code, minutes=minutes)


def _steps(case: str, purpose: Purpose) -> str:
    """Return the page of codes of a purpose."""
    return f"/prove/{case}" if purpose is Purpose.PROVE else f"/prove/{case}/{purpose.value}"


def _right(right: str) -> str:
    """Name what is asked for, as the person reads it."""
    words = {
        Right.ACCESS: gettext("See what the company has about you"),
        Right.RECTIFICATION: gettext("Correct it"),
        Right.ERASURE: gettext("Delete it"),
        Right.RESTRICTION: gettext("Keep it, but do not use it"),
        Right.PORTABILITY: gettext("Get what you gave, in a form that a machine reads"),
        Right.OBJECTION: gettext("Stop doing this with it"),
        Right.AUTOMATED_DECISION: gettext("Let a person look at what a machine decided"),
        Right.CONSENT_WITHDRAWAL: gettext("Take a consent back"),
        COMPLAINT: gettext("Complain"),
    }
    return str(words.get(right, right))
