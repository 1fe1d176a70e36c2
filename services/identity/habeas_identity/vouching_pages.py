"""The agents' pages of what no code proves alone: the call to a stored number, and the word of two people.

There is no button here that marks a person as verified: an agent types what they heard, or vouches by name.
"""

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext

from habeas.errors import Faults, Refused
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import agent, caller, open_to
from habeas.web.cookies import browser_of
from habeas_identity.admission import PATH, Wanted
from habeas_identity.call_backs import find_call, hear_code, reveal_number
from habeas_identity.models import Claim
from habeas_identity.overrides import LONGEST, Obstacle, count_vouched, list_reasons, obstacle, vouch
from habeas_identity.replies import go_to, present_context
from habeas_identity.tickets import holds_grant
from habeas_identity.used_grants import use_grant

VOUCH = "vouch"

PAGES = Blueprint("vouching", __name__, template_folder="templates", url_prefix=PATH)


def vouching_pages(_context: Context) -> Blueprint:
    """Give the pages of calls and overrides under /agents."""
    return PAGES


@PAGES.get("/call/<case:case>")
@open_to(agent(*may(Deed.CALL)))
def show_call(case: str) -> Response:
    """Say whether somebody wants to be called, and take what they read out."""
    return _call_page(case)


@PAGES.post("/call/<case:case>/number")
@open_to(agent(*may(Deed.CALL)))
def show_number(case: str) -> Response:
    """Show the stored number to whoever is going to call it, and write down who saw it."""
    try:
        with present_context().transaction() as tx:
            number = reveal_number(tx, case, caller().id)
    except Refused:
        return go_to(f"{PATH}/call/{case}")
    return _call_page(case, number=number)


@PAGES.post("/call/<case:case>")
@open_to(agent(*may(Deed.CALL)))
def hear(case: str) -> Response:
    """Take the code that the person read out."""
    with present_context().transaction() as tx:
        heard = hear_code(tx, case, caller().id, request.form.get("code", ""))
    if heard is None:
        words = gettext("That is not the code on their screen. Have them show a new one, and do not help with it.")
        return _call_page(case, wrong=words)
    return _call_page(case, done=True)


@PAGES.get("/vouch/<case:case>")
@open_to(agent(*may(Deed.VOUCH)))
def show_vouch(case: str) -> Response:
    """Say what it takes to vouch for a person, and ask who vouches."""
    return _vouch_page(case)


@PAGES.post("/vouch/<case:case>")
@open_to(agent(*may(Deed.VOUCH)).once(VOUCH))
def say_vouch(case: str) -> Response:
    """Note that this person vouches, and why."""
    try:
        with present_context().transaction() as tx:
            use_grant(tx, caller().grant)
            vouch(tx, case, caller().id, request.form.get("reason", ""))
    except Faults:
        return _vouch_page(case, gettext("Write what you saw or heard, and how you know that it is this person."), 422)
    except Refused:
        return _vouch_page(case, status=409)
    return go_to(f"{PATH}/vouch/{case}")


@PAGES.get("/vouched")
@open_to(agent(*may(Deed.AUDIT)))
def show_vouched() -> Response:
    """Show who vouched for whom and why: an override that nobody looks at is a hole."""
    with present_context().reading() as tx:
        reasons = list(list_reasons(tx, caller().controllers))
    return make_response(render_template("identity/vouched.html", reasons=reasons))


def _call_page(case: str, *, number: str = "", wrong: str = "", done: bool = False) -> Response:
    with present_context().reading() as tx:
        wanted = find_call(tx, case) is not None
    page = render_template(
        "identity/agent_call.html",
        case=case,
        done=done,
        wanted=wanted,
        number=number,
        errors=[("code", wrong)] if wrong else [],
    )
    return make_response(page, 422 if wrong else 200)


def _vouch_page(case: str, wrong: str = "", status: int = 200) -> Response:
    here = f"{PATH}/vouch/{case}"
    with present_context().reading() as tx:
        refusal = obstacle(tx, tx.session.get(Claim, case))
        vouched = count_vouched(tx, case)
    page = render_template(
        "identity/vouch.html",
        case=case,
        here=here,
        refusal=_words_of(refusal) if refusal else "",
        vouched=vouched,
        limit=LONGEST,
        given=request.form.get("reason", "")[:LONGEST] if wrong else "",
        wanted=Wanted("identity", here, VOUCH),
        confirmed=holds_grant(present_context(), VOUCH, case, browser_of(request)),
        errors=[("reason", wrong)] if wrong else [],
    )
    return make_response(page, status)


def _words_of(refusal: Obstacle) -> str:
    words = {
        Obstacle.PROVED: gettext("It is proved already."),
        Obstacle.RISKY: gettext("What is asked for needs a proofed identity, which nobody's word replaces."),
        Obstacle.WAITS: gettext("It waits for something else than a proof."),
        Obstacle.UNKNOWN: gettext("No record that the company holds fits the claim: there is nobody to vouch for."),
    }
    return str(words[refusal])
