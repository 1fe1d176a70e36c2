"""The pages of agents: sign in, sign out, and the approval of a plan.

The session's cookie is bound to the path /agents, so that no other service ever gets it, not even one that was taken
over. A cookie of the kind `__Host-` has to be sent to every path; over https this one is `__Secure-` in its place.
SameSite is Lax, since Strict would hold it back on the way here from a link in a mail.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_babel import gettext

from habeas.crypto.canonical import read_digest
from habeas.errors import Refused
from habeas.service import Context
from habeas.web.access import agent, caller, everyone, open_to
from habeas.web.cookies import browser_of, is_secure, set_cookie
from habeas.web.doorkeeper import safe_next
from habeas_identity.agents import (
    AgentRole,
    SignedIn,
    admit_sign_in,
    admit_step_up,
    begin_session,
    end_session,
    find_session,
    renew_secret,
    renew_session,
)
from habeas_identity.approvals import approve_plan, has_approved
from habeas_identity.passwords import is_password
from habeas_identity.replies import go_to, present_context
from habeas_identity.tickets import AGENT_PAGES, admit_agent, drop_grants

SESSION = "habeas_session"
PATH = "/agents"
_ACT = re.compile(r"[a-z][a-z_-]{0,30}")

PAGES = Blueprint("agents", __name__, template_folder="templates", url_prefix=PATH)


def agent_pages(_context: Context) -> Blueprint:
    """Give the pages under /agents."""
    return PAGES


@PAGES.get("/sign-in")
@open_to(everyone)
def show_sign_in() -> Response:
    """Give whoever is signed in a new grant for a service, and ask all others for their password."""
    wanted = _wanted(request.args)
    signed_in = _find_session()
    if signed_in is None or wanted.act:
        return _sign_in_page(wanted)
    if request.method == "GET":
        with present_context().transaction() as tx:
            renew_session(tx, signed_in.session)
    return admit_agent(present_context(), go_to(wanted.page), wanted.service, signed_in, browser_of(request))


@PAGES.post("/sign-in")
@open_to(everyone)
def sign_in() -> Response:
    """Begin a session for an account and its password."""
    wanted, browser = _wanted(request.form), browser_of(request)
    email = request.form.get("email", "")[:320]
    with present_context().transaction() as tx:
        attempt = admit_sign_in(tx, email, request.remote_addr or "")
    if attempt is None:
        return _sign_in_page(wanted, email, _too_often(), 429)
    # Outside any transaction: it takes a while, and nobody else should wait for it.
    if not is_password(attempt.password, request.form.get("password", "")) or attempt.agent is None:
        return _sign_in_page(wanted, email, gettext("The address and the password do not fit each other."), 422)
    old = _find_session()
    with present_context().transaction() as tx:
        if old is not None:
            end_session(tx, old.session)
        secret = begin_session(tx, attempt.agent, browser)
        signed_in = find_session(tx, secret, browser)
    assert signed_in is not None
    response = go_to(wanted.page)
    return _hand_session(
        admit_agent(present_context(), response, wanted.service, signed_in, browser, act=wanted.act), secret
    )


@PAGES.get("/sign-out")
@open_to(everyone)
def show_sign_out() -> Response:
    """Ask before the session is ended."""
    return make_response(render_template("identity/sign_out.html", done=_find_session() is None))


@PAGES.post("/sign-out")
@open_to(everyone)
def sign_out() -> Response:
    """End the session, here and in every service."""
    signed_in = _find_session()
    if signed_in is not None:
        with present_context().transaction() as tx:
            end_session(tx, signed_in.session)
    response = go_to(f"{PATH}/sign-out")
    response.delete_cookie(_session_cookie(), path=PATH, secure=is_secure(), httponly=True, samesite="Lax")
    return drop_grants(response)


@PAGES.get("/approve/<case:case>/<digest>")
@open_to(agent(AgentRole.APPROVER))
def show_approve(case: str, digest: str) -> Response:
    """Say what is approved, and ask for the password again."""
    _check_digest(digest)
    with present_context().reading() as tx:
        already = has_approved(tx, caller().id, digest)
    return _approve_page(case, digest, already=already)


@PAGES.post("/approve/<case:case>/<digest>")
@open_to(agent(AgentRole.APPROVER))
def approve(case: str, digest: str) -> Response:
    """Approve exactly this plan, after a look at the password."""
    _check_digest(digest)
    signed_in = _find_session()
    if signed_in is None or signed_in.person != caller().id:
        raise Refused("the session is over")
    with present_context().transaction() as tx:
        attempt = admit_step_up(tx, signed_in.agent)
    if attempt is None:
        return _approve_page(case, digest, wrong=_too_often(), status=429)
    if not is_password(attempt.password, request.form.get("password", "")) or attempt.agent is None:
        return _approve_page(case, digest, wrong=gettext("That is not your password."), status=422)
    with present_context().transaction() as tx:
        secret = renew_secret(tx, signed_in.session)
        given = approve_plan(tx, signed_in.agent, case, digest)
    response = go_to(f"/plan/{case}") if given else _approve_page(case, digest, already=True, status=409)
    return _hand_session(response, secret)


@dataclass(frozen=True)
class _Wanted:
    """What somebody came here for: a grant for a service, or for one act there, and the page to go on to."""

    service: str
    page: str
    act: str


def _wanted(told: Mapping[str, str]) -> _Wanted:
    service = told.get("for", "")
    service = service if service in AGENT_PAGES else "intake"
    page, act = safe_next(told.get("next", "")), told.get("act", "")
    return _Wanted(service, page if page != "/" else AGENT_PAGES[service][0], act if _ACT.fullmatch(act) else "")


def _find_session() -> SignedIn | None:
    secret = request.cookies.get(_session_cookie(), "")
    if not secret:
        return None
    with present_context().reading() as tx:
        return find_session(tx, secret, browser_of(request))


def _session_cookie() -> str:
    return f"__Secure-{SESSION}" if is_secure() else SESSION


def _hand_session(response: Response, secret: str) -> Response:
    set_cookie(response, _session_cookie(), secret, path=PATH)
    return response


def _sign_in_page(wanted: _Wanted, email: str = "", wrong: str = "", status: int = 200) -> Response:
    errors = [("email", wrong)] if wrong else []
    return make_response(render_template("identity/sign_in.html", wanted=wanted, email=email, errors=errors), status)


def _approve_page(case: str, digest: str, *, already: bool = False, wrong: str = "", status: int = 200) -> Response:
    page = render_template(
        "identity/approve.html",
        case=case,
        digest=digest,
        already=already,
        here=f"{PATH}/approve/{case}/{digest}",
        errors=[("password", wrong)] if wrong else [],
    )
    return make_response(page, status)


def _too_often() -> str:
    return str(gettext("That was tried too often. Wait a quarter of an hour and try again."))


def _check_digest(text: str) -> None:
    """Take a plan's digest only; anything else is no such page."""
    try:
        read_digest(text)
    except Refused:
        abort(404)
