"""The pages on which a person shows who they are; the same to the byte for customers, strangers and unknown cases.

No page looks at what is claimed before it answers. What is asked for is noted and done afterwards, in a worker, and a
code is tried by the same statements whether or not anybody was ever sent one.
"""

from flask import Blueprint, Response, make_response, render_template, request
from flask_babel import gettext

from habeas.service import Context
from habeas.web.access import everyone, open_to
from habeas.web.cookies import BROWSER, browser_of, is_secure, whole_origin
from habeas.web.doorkeeper import safe_next
from habeas.web.headers import allow_forms_to_downloads
from habeas_identity.actions import ask_for_code, is_visiting, prove, release
from habeas_identity.challenges import Purpose
from habeas_identity.codes import read_code
from habeas_identity.replies import go_to, present_context
from habeas_identity.tickets import admit_to_case, mint_ticket

PAGES = Blueprint("prove", __name__, template_folder="templates", url_prefix="/prove")


def prove_pages(_context: Context) -> Blueprint:
    """Give the pages under /prove."""
    return PAGES


@PAGES.get("/<case:case>")
@open_to(everyone)
def show_prove(case: str) -> Response:
    """Ask for the code; lead on whoever has given it in this browser a short while ago."""
    browser = browser_of(request)
    with present_context().reading() as tx:
        visiting = is_visiting(tx, case, browser)
    # An act that wants a proof of its own is never waved through.
    if visiting and "act" not in request.args:
        return _to_case(case, browser, _next(case))
    return _page(case, Purpose.PROVE)


@PAGES.post("/<case:case>")
@open_to(everyone)
def try_prove(case: str) -> Response:
    """Take the code that shows who asks."""
    browser, code = browser_of(request), read_code(request.form.get("code", ""))
    if code is None:
        return _page(case, Purpose.PROVE, wrong=True)
    with present_context().transaction() as tx:
        proved = prove(tx, case, browser, code)
    return _to_case(case, browser, _next(case)) if proved else _page(case, Purpose.PROVE, wrong=True)


@PAGES.post("/<case:case>/code")
@open_to(everyone)
def send_prove_code(case: str) -> Response:
    """Note that a code is wanted."""
    with present_context().transaction() as tx:
        ask_for_code(tx, case, Purpose.PROVE, browser_of(request))
    return go_to(f"/prove/{case}?sent=yes")


@PAGES.get("/<case:case>/release")
@open_to(everyone)
def show_release(case: str) -> Response:
    """Ask for the code that an answer is handed out by."""
    return _page(case, Purpose.RELEASE)


@PAGES.post("/<case:case>/release")
@open_to(everyone)
def try_release(case: str) -> Response:
    """Take that code, and give the form that fetches the answer."""
    browser, code = browser_of(request), read_code(request.form.get("code", ""))
    if code is None:
        return _page(case, Purpose.RELEASE, wrong=True)
    with present_context().transaction() as tx:
        released = release(tx, case, browser, code)
    if not released:
        return _page(case, Purpose.RELEASE, wrong=True)
    context = present_context()
    allow_forms_to_downloads()
    url = context.settings.download_url
    page = render_template("identity/released.html", ticket=mint_ticket(context, case), download_url=url)
    return make_response(page)


@PAGES.post("/<case:case>/release/code")
@open_to(everyone)
def send_release_code(case: str) -> Response:
    """Note that a code to hand the answer out is wanted."""
    with present_context().transaction() as tx:
        ask_for_code(tx, case, Purpose.RELEASE, browser_of(request))
    return go_to(f"/prove/{case}/release?sent=yes")


def _page(case: str, purpose: Purpose, *, wrong: bool = False) -> Response:
    """Show the page of a purpose; nothing of it depends on anything but what this browser has sent."""
    sent = request.args.get("sent") == "yes"
    words = gettext("That code does not fit. Check it, or send a new one: only the newest counts, for a few minutes.")
    page = render_template(
        "identity/prove.html",
        purpose=purpose.value,
        here=f"/prove/{case}" if purpose is Purpose.PROVE else f"/prove/{case}/release",
        sent=sent,
        code_first=sent or wrong or (purpose is Purpose.PROVE and _has_been_here()),
        errors=[("code", words)] if wrong else [],
    )
    return make_response(page, 422 if wrong else 200)


def _has_been_here() -> bool:
    """Say whether this browser has seen our pages before; the one that a case was opened in has."""
    return whole_origin(BROWSER, secure=is_secure()) in request.cookies


def _next(case: str) -> str:
    """Return the page of this case to come back to."""
    wanted = safe_next(request.args.get("next", ""))
    return wanted if wanted.startswith(f"/case/{case}/") else f"/case/{case}"


def _to_case(case: str, browser: str, path: str) -> Response:
    return admit_to_case(present_context(), go_to(path), case, browser)
