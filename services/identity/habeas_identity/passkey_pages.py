"""The pages of passkeys: sign in and confirm with one, add the first by a code, add others, take one away.

This is the one place that needs a script, since a browser shows a passkey to nothing else. Each page makes a challenge
by a form (nothing is changed by looking), hands it to the script, and gets the device's answer by the same form.
"""

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext

from habeas.errors import Refused
from habeas.roles import AgentRole, Deed, may
from habeas.service import Context
from habeas.web.access import agent, everyone, open_to
from habeas.web.cookies import browser_of
from habeas_identity.admission import PATH, ask_to_confirm, find_signed_in, let_in, read_wanted, require_signed_in
from habeas_identity.agent_pages import sign_in_page, too_often
from habeas_identity.agents import admit_address
from habeas_identity.ceremonies import Answer, Ceremony, Purpose, begin_ceremony, party_of
from habeas_identity.enrollments import try_enrollment
from habeas_identity.passkeys import add_passkey, list_passkeys, remove_passkey, use_passkey
from habeas_identity.replies import go_to, present_context
from habeas_identity.sessions import Method, SignedIn, is_fresh

PAGES = Blueprint("passkeys", __name__, template_folder="templates", url_prefix=PATH)
OWN = f"{PATH}/passkeys"


def passkey_pages(_context: Context) -> Blueprint:
    """Give the pages of passkeys."""
    return PAGES


@PAGES.get("/passkeys/sign-in")
@open_to(everyone)
def show_sign_in_by_passkey() -> Response:
    """Lead to where one signs in: the page with a challenge is had by a form alone."""
    return go_to(f"{PATH}/sign-in")


@PAGES.post("/passkeys/sign-in")
@open_to(everyone)
def sign_in_by_passkey() -> Response:
    """Make a challenge, or let in whoever's device has answered it."""
    wanted, signed_in = read_wanted(request.form), find_signed_in()
    confirms = signed_in if wanted.act else None
    purpose = Purpose.STEP_UP if confirms else Purpose.SIGN_IN
    whose, act = (confirms.agent, wanted.act) if confirms else (None, "")
    if "ceremony" not in request.form:
        with present_context().transaction() as tx:
            allowed = admit_address(tx, request.remote_addr or "")
            ceremony = begin_ceremony(tx, purpose, browser_of(request), agent=whose, act=act) if allowed else None
        if ceremony is None:
            return sign_in_page(wanted, confirms, wrong=too_often(), status=429, field="passkey")
        kept = {"for": wanted.service, "next": wanted.page, "act": wanted.act}
        return _ceremony_page(ceremony, f"{PATH}/passkeys/sign-in", f"{PATH}/sign-in?{wanted.query}", kept)
    with present_context().transaction() as tx:
        shown = use_passkey(tx, purpose, _answer(), agent=whose, act=act)
    if shown is None:
        wrong = gettext("That passkey was not accepted. Try again, or choose another way.")
        return sign_in_page(wanted, confirms, wrong=wrong, status=422, field="passkey")
    return let_in(shown, wanted, method=Method.PASSKEY)


@PAGES.get("/passkeys")
@open_to(agent(*AgentRole))
def show_passkeys() -> Response:
    """Show an agent their own passkeys."""
    return _own_page(require_signed_in())


@PAGES.get("/passkeys/new")
@open_to(agent(*AgentRole))
def show_new_passkey() -> Response:
    """Lead to the passkeys: the page with a challenge is had by a form alone."""
    return go_to(OWN)


@PAGES.post("/passkeys/new")
@open_to(agent(*AgentRole))
def make_passkey() -> Response:
    """Make a challenge for a new passkey, or keep the one that a device has made, after a fresh look at who asks."""
    signed_in = require_signed_in()
    if not is_fresh(signed_in, present_context().clock.now()):
        return ask_to_confirm(OWN)
    if "ceremony" not in request.form:
        with present_context().transaction() as tx:
            ceremony = begin_ceremony(tx, Purpose.ADD, browser_of(request), agent=signed_in.agent)
        return _ceremony_page(ceremony, f"{OWN}/new", OWN, {})
    with present_context().transaction() as tx:
        added = add_passkey(tx, Purpose.ADD, _answer(), agent=signed_in.agent)
    return go_to(OWN) if added else _own_page(signed_in, _not_added(), 422)


@PAGES.post("/passkeys/remove")
@open_to(agent(*AgentRole))
def take_passkey_away() -> Response:
    """Take one of the agent's own passkeys away, after a fresh look at who asks."""
    signed_in = require_signed_in()
    if not is_fresh(signed_in, present_context().clock.now()):
        return ask_to_confirm(OWN)
    try:
        with present_context().transaction() as tx:
            remove_passkey(tx, signed_in.agent, request.form.get("passkey", ""))
    except Refused:
        return _own_page(signed_in, gettext("This is your only way in: add another first."), 422)
    return go_to(OWN)


@PAGES.get("/enroll")
@open_to(everyone)
def show_enrollment() -> Response:
    """Ask a new agent for the code they were given."""
    return _enrollment_page()


@PAGES.post("/enroll")
@open_to(everyone)
def take_enrollment() -> Response:
    """Make a challenge for whoever has the code, or keep the passkey that their device has made."""
    email = request.form.get("email", "")[:320]
    if "ceremony" in request.form:
        with present_context().transaction() as tx:
            added = add_passkey(tx, Purpose.ENROLL, _answer(), agent=request.form.get("account", "")[:36])
        return go_to(f"{PATH}/sign-in") if added else _enrollment_page("", _not_added(), 422)
    ceremony = None
    with present_context().transaction() as tx:
        looked_at, found = try_enrollment(tx, email, request.form.get("code", ""), request.remote_addr or "")
        if found is not None:
            ceremony = begin_ceremony(tx, Purpose.ENROLL, browser_of(request), agent=found)
    if not looked_at:
        return _enrollment_page(email, too_often(), 429)
    if ceremony is None or found is None:
        return _enrollment_page(email, gettext("The address and the code do not fit each other."), 422)
    return _ceremony_page(ceremony, f"{PATH}/enroll", f"{PATH}/enroll", {"account": found})


def _answer() -> Answer:
    told = request.form
    return Answer(told.get("ceremony", "")[:36], browser_of(request), told.get("answer", ""))


def _ceremony_page(ceremony: Ceremony, action: str, back: str, kept: dict[str, str]) -> Response:
    page = render_template("identity/passkey.html", ceremony=ceremony, action=action, back=back, kept=kept)
    return make_response(page)


def _own_page(signed_in: SignedIn, wrong: str = "", status: int = 200) -> Response:
    with present_context().reading() as tx:
        passkeys = list_passkeys(tx, signed_in.agent)
    page = render_template(
        "identity/passkeys.html",
        passkeys=passkeys,
        possible=party_of(present_context()) is not None,
        keeps_accounts=not set(may(Deed.ADMINISTER)).isdisjoint(signed_in.roles),
        wrong=wrong,
    )
    return make_response(page, status)


def _enrollment_page(email: str = "", wrong: str = "", status: int = 200) -> Response:
    errors = [("email", wrong)] if wrong else []
    return make_response(render_template("identity/enroll.html", email=email, errors=errors), status)


def _not_added() -> str:
    return str(gettext("No passkey was added. Try again."))
