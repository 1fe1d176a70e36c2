"""The pages on which a person shows who they are; the same to the byte for customers, strangers and unknown cases.

No page looks at what is claimed before it answers. What is asked for is noted and done afterwards, in a worker, and a
code is tried by the same statements whether or not anybody was ever sent one. Only a browser that has given a proof
sees what is left to do.
"""

from typing import NamedTuple

from flask import Blueprint, Response, make_response, render_template, request

from habeas.service import Context
from habeas.web.access import everyone, open_to
from habeas.web.cookies import BROWSER, browser_of, is_secure, whole_origin
from habeas.web.doorkeeper import safe_next
from habeas.web.headers import allow_forms_to_downloads
from habeas_identity.challenges import Purpose
from habeas_identity.given import Standing, waits_for_mandate
from habeas_identity.proving import find_standing, is_proved, is_visiting, release
from habeas_identity.replies import go_to, present_context
from habeas_identity.sign_in_pages import list_sign_ins
from habeas_identity.steps import ask_page, present_step, take_step
from habeas_identity.tickets import admit_to_case, mint_ticket

PAGES = Blueprint("prove", __name__, template_folder="templates", url_prefix="/prove")


def prove_pages(_context: Context) -> Blueprint:
    """Give the pages under /prove."""
    return PAGES


class _Here(NamedTuple):
    """Where a browser stands with a case."""

    now: Standing | None
    visiting: bool
    proved: bool
    mandate: bool
    """Somebody says to act for the person, who has not said yet whether they do."""


@PAGES.get("/<case:case>")
@open_to(everyone)
def show_prove(case: str) -> Response:
    """Ask for what is needed next; lead on whoever has given it in this browser a short while ago."""
    browser = browser_of(request)
    here = _look(case, Purpose.PROVE, browser)
    if here.mandate and here.now is not None and here.now.enough:
        return go_to(f"/prove/{case}/mandate")
    # An act that wants a proof of its own is never waved through.
    if here.visiting and "act" not in request.args and (here.now is None or here.now.enough or here.proved):
        return _to_case(case, browser, _next(case))
    if here.now is not None and "act" not in request.args:
        page = _page(case, Purpose.PROVE, now=here.now, mandate=here.mandate)
        return admit_to_case(present_context(), page, case, browser)
    return _page(case, Purpose.PROVE)


@PAGES.post("/<case:case>")
@open_to(everyone)
def try_prove(case: str) -> Response:
    """Take a code that shows who asks."""
    browser = browser_of(request)
    with present_context().transaction() as tx:
        now = take_step(tx, case, Purpose.PROVE)
        proved = now is not None and is_proved(tx, case)
    if now is None:
        return _wrong(case, Purpose.PROVE, browser)
    return _to_case(case, browser, _next(case)) if proved else go_to(_on(case, Purpose.PROVE))


@PAGES.post("/<case:case>/code")
@open_to(everyone)
def send_prove_code(case: str) -> Response:
    """Note that a code is wanted."""
    return _send_code(case, Purpose.PROVE)


@PAGES.get("/<case:case>/release")
@open_to(everyone)
def show_release(case: str) -> Response:
    """Ask for the codes that an answer is handed out by; give the form that fetches it once they are there."""
    browser = browser_of(request)
    now = _look(case, Purpose.RELEASE, browser).now
    if now is not None and now.enough:  # the last proof was given elsewhere: by a call, for example
        return make_response(render_template("identity/enough.html", here=_on(case, Purpose.RELEASE)))
    return _page(case, Purpose.RELEASE, now=now)


@PAGES.post("/<case:case>/release")
@open_to(everyone)
def try_release(case: str) -> Response:
    """Take such a code; with the last one, give the form that fetches the answer."""
    browser = browser_of(request)
    with present_context().transaction() as tx:
        if "code" in request.form:
            now = take_step(tx, case, Purpose.RELEASE)
        else:
            now = find_standing(tx, case, Purpose.RELEASE, browser)
        released = now is not None and release(tx, case, browser)
    if now is None:
        return _wrong(case, Purpose.RELEASE, browser)
    if not released:
        return go_to(_on(case, Purpose.RELEASE))
    context = present_context()
    allow_forms_to_downloads()
    url = context.settings.download_url
    page = render_template("identity/released.html", ticket=mint_ticket(context, case), download_url=url)
    return make_response(page)


@PAGES.post("/<case:case>/release/code")
@open_to(everyone)
def send_release_code(case: str) -> Response:
    """Note that a code to hand the answer out is wanted."""
    return _send_code(case, Purpose.RELEASE)


def _look(case: str, purpose: Purpose, browser: str) -> _Here:
    """See what this browser has shown; of all who have shown nothing lately, the same is read."""
    with present_context().reading() as tx:
        now = find_standing(tx, case, purpose, browser)
        shown = now is not None
        mandate = shown and waits_for_mandate(tx, case)
        return _Here(now, is_visiting(tx, case, browser), shown and is_proved(tx, case), mandate)


def _send_code(case: str, purpose: Purpose) -> Response:
    present_step(case, purpose).ask()
    return go_to(f"{_on(case, purpose)}?sent=yes")


def _wrong(case: str, purpose: Purpose, browser: str) -> Response:
    return _page(case, purpose, now=_look(case, purpose, browser).now, wrong=True)


def _on(case: str, purpose: Purpose) -> str:
    return f"/prove/{case}" if purpose is Purpose.PROVE else f"/prove/{case}/{purpose.value}"


def _page(
    case: str, purpose: Purpose, *, now: Standing | None = None, wrong: bool = False, mandate: bool = False
) -> Response:
    return ask_page(
        "identity/prove.html",
        _on(case, purpose),
        now,
        wrong=wrong,
        code_first=purpose is Purpose.PROVE and _has_been_here(),
        purpose=purpose.value,
        case=case,
        mandate=mandate,
        sign_ins=list_sign_ins(present_context().profiles.values(), case, purpose),
    )


def _has_been_here() -> bool:
    """Say whether this browser has seen our pages before; the one that a case was opened in has."""
    return whole_origin(BROWSER, secure=is_secure()) in request.cookies


def _next(case: str) -> str:
    """Return the page of this case to come back to."""
    wanted = safe_next(request.args.get("next", ""))
    return wanted if wanted.startswith(f"/case/{case}/") else f"/case/{case}"


def _to_case(case: str, browser: str, path: str) -> Response:
    return admit_to_case(present_context(), go_to(path), case, browser)
