"""The pages of agents: sign in, sign out, and the approval of a plan."""

from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request
from flask_babel import gettext

from habeas.crypto.canonical import read_digest
from habeas.errors import Refused
from habeas.roles import Deed, may
from habeas.service import Context
from habeas.web.access import act_on, agent, caller, everyone, open_to
from habeas.web.cookies import browser_of, is_secure
from habeas_identity.admission import (
    CONFIRM,
    PATH,
    Wanted,
    find_signed_in,
    lead_on,
    let_in,
    read_wanted,
    require_signed_in,
    session_cookie,
)
from habeas_identity.agents import admit_sign_in, admit_step_up, find_account
from habeas_identity.approvals import approve_plan, has_approved
from habeas_identity.ceremonies import party_of
from habeas_identity.passkeys import list_passkeys
from habeas_identity.passwords import is_password
from habeas_identity.provider_pages import ways_by_provider
from habeas_identity.replies import go_to, present_context
from habeas_identity.sessions import Method, SignedIn, end_session, has_better, is_fresh, renew_session
from habeas_identity.tickets import drop_grants, holds_grant
from habeas_identity.used_grants import use_grant

APPROVE = "approve"
PAGES = Blueprint("agents", __name__, template_folder="templates", url_prefix=PATH)


def agent_pages(_context: Context) -> Blueprint:
    """Give the pages under /agents."""
    return PAGES


@PAGES.get("/sign-in")
@open_to(everyone)
def show_sign_in() -> Response:
    """Give whoever is signed in a new grant for a service, and ask all others who they are."""
    wanted, signed_in = read_wanted(request.args), find_signed_in()
    if signed_in is None or _has_to_confirm(wanted, signed_in):
        return sign_in_page(wanted, signed_in)
    if request.method == "GET":
        with present_context().transaction() as tx:
            renew_session(tx, signed_in.session)
    return lead_on(wanted, signed_in)


@PAGES.post("/sign-in")
@open_to(everyone)
def sign_in() -> Response:
    """Let an account in for its password, or let somebody who is signed in confirm an act by it."""
    wanted, signed_in = read_wanted(request.form), find_signed_in()
    confirms = signed_in if wanted.act else None
    email = request.form.get("email", "")[:320]
    with present_context().transaction() as tx:
        if confirms is not None:
            attempt = admit_step_up(tx, confirms.agent)
        else:
            attempt = admit_sign_in(tx, email, request.remote_addr or "")
    if attempt is None:
        return sign_in_page(wanted, confirms, email, too_often(), 429)
    # Outside any transaction: it takes a while, and nobody else should wait for it.
    if not is_password(attempt.password, request.form.get("password", "")) or attempt.agent is None:
        wrong = _not_your_password() if confirms else gettext("The address and the password do not fit each other.")
        return sign_in_page(wanted, confirms, email, wrong, 422)
    return let_in(attempt.agent, wanted, method=Method.PASSWORD)


@PAGES.get("/sign-out")
@open_to(everyone)
def show_sign_out() -> Response:
    """Ask before the session is ended."""
    return make_response(render_template("identity/sign_out.html", done=find_signed_in() is None))


@PAGES.post("/sign-out")
@open_to(everyone)
def sign_out() -> Response:
    """End the session, here and in every service."""
    signed_in = find_signed_in()
    if signed_in is not None:
        with present_context().transaction() as tx:
            end_session(tx, signed_in.session)
    response = go_to(f"{PATH}/sign-out")
    response.delete_cookie(session_cookie(), path=PATH, secure=is_secure(), httponly=True, samesite="Lax")
    return drop_grants(response)


@PAGES.get("/approve/<case:case>/<digest>")
@open_to(agent(*may(Deed.APPROVE)))
def show_approve(case: str, digest: str) -> Response:
    """Say what is approved, and ask who approves."""
    _check_digest(digest)
    with present_context().reading() as tx:
        already = has_approved(tx, caller().id, digest)
    return _approve_page(case, digest, already=already)


@PAGES.post("/approve/<case:case>/<digest>")
@open_to(agent(*may(Deed.APPROVE)))
def approve(case: str, digest: str) -> Response:
    """Approve exactly this plan for the password of an account that has nothing better."""
    _check_digest(digest)
    signed_in = require_signed_in()
    with present_context().transaction() as tx:
        attempt = admit_step_up(tx, signed_in.agent)
    if attempt is None:
        return _approve_page(case, digest, wrong=too_often(), status=429)
    if not is_password(attempt.password, request.form.get("password", "")) or attempt.agent is None:
        return _approve_page(case, digest, wrong=_not_your_password(), status=422)
    here = Wanted("identity", f"/plan/{case}", CONFIRM)
    with present_context().transaction() as tx:
        given = approve_plan(tx, signed_in.agent, case, digest, method=Method.PASSWORD)
    if given:
        return let_in(attempt.agent, here, method=Method.PASSWORD)
    return _approve_page(case, digest, already=True, status=409)


@PAGES.post("/approve/<case:case>/<digest>/confirmed")
@open_to(agent(*may(Deed.APPROVE)).once(APPROVE, of="digest"))
def approve_confirmed(case: str, digest: str) -> Response:
    """Approve exactly this plan, by the grant that a passkey or a provider was asked for, once."""
    _check_digest(digest)
    signed_in = require_signed_in()
    with present_context().transaction() as tx:
        use_grant(tx, caller().grant)
        given = approve_plan(tx, signed_in.agent, case, digest, method=signed_in.method)
    return go_to(f"/plan/{case}") if given else _approve_page(case, digest, already=True, status=409)


def sign_in_page(
    wanted: Wanted, signed_in: SignedIn | None, email: str = "", wrong: str = "", status: int = 200, field: str = ""
) -> Response:
    """Ask who somebody is; whoever is signed in already is asked to confirm it by the ways their account has."""
    field = field or ("password" if signed_in else "email")
    page = render_template(
        "identity/sign_in.html",
        wanted=wanted,
        email=email,
        errors=[(field, wrong)] if wrong else [],
        **_ways(signed_in),
    )
    return make_response(page, status)


def too_often() -> str:
    """Say that something was tried too often."""
    return str(gettext("That was tried too often. Wait a quarter of an hour and try again."))


def _has_to_confirm(wanted: Wanted, signed_in: SignedIn) -> bool:
    """Say whether somebody who is signed in has to show who they are again: for each act, and where it is long ago."""
    return bool(wanted.act) and (wanted.act != CONFIRM or not is_fresh(signed_in, present_context().clock.now()))


def _ways(signed_in: SignedIn | None) -> dict[str, Any]:
    """Say by what somebody can show who they are: before they have, all that there is; afterwards, what is theirs."""
    has_party = party_of(present_context()) is not None
    if signed_in is None:
        return {"confirms": False, "by_password": True, "by_passkey": has_party, "providers": ways_by_provider()}
    with present_context().reading() as tx:
        ways: dict[str, Any] = {
            "confirms": True,
            "by_password": not has_better(tx, signed_in.agent),
            "by_passkey": has_party and bool(list_passkeys(tx, signed_in.agent)),
        }
        account = find_account(tx, signed_in.agent)
    # Outside the transaction: it may have to ask a provider where its forms lead.
    issuer = account.issuer if account is not None else ""
    return {**ways, "providers": ways_by_provider(issuer) if issuer else []}


def _approve_page(case: str, digest: str, *, already: bool = False, wrong: str = "", status: int = 200) -> Response:
    here, act = f"{PATH}/approve/{case}/{digest}", act_on(APPROVE, digest)
    page = render_template(
        "identity/approve.html",
        case=case,
        digest=digest,
        already=already,
        here=here,
        wanted=Wanted("identity", here, act),
        confirmed=holds_grant(present_context(), act, case, browser_of(request)),
        errors=[("password", wrong)] if wrong else [],
        **_ways(require_signed_in()),
    )
    return make_response(page, status)


def _not_your_password() -> str:
    return str(gettext("That is not your password."))


def _check_digest(text: str) -> None:
    """Take a plan's digest only; anything else is no such page."""
    try:
        read_digest(text)
    except Refused:
        abort(404)
