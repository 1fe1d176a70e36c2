"""Stands before every view: the right address, no foreign form, a caller who may."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask, Response, current_app, g, redirect, request, session
from flask_wtf.csrf import CSRFProtect, validate_csrf
from werkzeug.exceptions import Forbidden, HTTPException, NotFound, Unauthorized
from wtforms import ValidationError

from habeas.errors import Refused
from habeas.web.access import Access, Ask, Caller, Guards, access_now
from habeas.web.cookies import act_cookie, browser_of, grant_cookie, is_secure, remember_browser

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PLAIN = frozenset(map(chr, range(0x21, 0x7F))) - frozenset('\\"<>^`{|}')


class ForeignForm(Forbidden):
    """A form that did not come from a page of ours, or from one that is too old."""

    description = "This form did not come from a page of ours that is still open."


class Misdirected(HTTPException):
    """A request that names another host than the portal's."""

    code = 421
    description = "This server does not answer for that address."


def add_doorkeeper(app: Flask, service: str, guards: Guards, clock: Any) -> None:
    """Check every request of the app before its view runs."""
    CSRFProtect(app)

    def admit() -> Response | None:
        access = access_now()
        if access is None:  # no such page: the routing error speaks for itself
            return None
        if access.kind == "machine":
            _forget_cookies()
        else:
            turned_away = None if access.any_host else _check_host()
            if turned_away is not None:
                return turned_away
            if request.method not in SAFE:
                _check_origin()
                _check_token()
        return _check_caller(access, service, guards, clock.now())

    app.before_request(admit)
    app.after_request(_hand_browser_cookie)


def safe_next(path: str) -> str:
    """Return the path if it leads to a page of this origin, else the start page.

    Only a path is taken: no host, no scheme, no backslash, no control character, no second slash at the front.
    """
    if not set(path) <= _PLAIN or not path.startswith("/") or path.startswith("//"):
        return "/"
    return urlsplit(path).path


def _forget_cookies() -> None:
    """Take the cookies away, so that no machine door can ever act on what a browser sends by itself."""
    request.environ.pop("HTTP_COOKIE", None)
    request.__dict__.pop("cookies", None)
    _empty_session()


def _empty_session() -> None:
    session.clear()
    session.modified = False


def _check_host() -> Response | None:
    """Answer for the portal's name only, so that no name of a stranger leads a browser here (DNS rebinding)."""
    portal: str = current_app.config["PORTAL_URL"]
    if request.host.lower() == urlsplit(portal).netloc.lower():
        return None
    if request.method in SAFE:
        return redirect(portal + safe_next(request.path), 307)  # type: ignore[return-value]
    raise Misdirected


def _check_origin() -> None:
    """Let a change come from our own pages only; where the browser does not say which site, the Origin has to."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise ForeignForm
    elif request.headers.get("Origin") != current_app.config["PORTAL_URL"]:
        raise ForeignForm


def _check_token() -> None:
    token = request.form.get("csrf_token") or request.headers.get("X-CSRF-Token")
    try:
        validate_csrf(token)
    except ValidationError:
        raise ForeignForm from None


def _check_caller(access: Access, service: str, guards: Guards, now: datetime) -> Response | None:
    if access.kind == "everyone":
        g.caller = Caller("everyone")
        return None
    arguments = request.view_args or {}
    case, purpose = arguments.get("case"), access.purpose_for(arguments)
    if access.kind == "machine":
        assert guards.bearer is not None
        try:
            g.caller = guards.bearer(_shown(), Ask(service, access.purpose, case, "", access.fresh, now))
        except Refused:
            raise Unauthorized from None
        _check_controller(guards, g.caller, case)
        return None
    name = (act_cookie if access.fresh else grant_cookie)(service, secure=is_secure())
    ask = Ask(service, purpose, case, browser_of(request), access.fresh, now)
    try:
        found = _read_grant(guards, request.cookies.get(name, ""), access, ask)
    except Refused:
        return _send_to_identity(access, service, case)
    if access.kind == "agent" and not access.roles & found.roles:
        raise Forbidden
    _check_controller(guards, found, case)
    g.caller = found
    return None


def _check_controller(guards: Guards, found: Caller, case: str | None) -> None:
    """Tell whoever works for other controllers what they would be told of a case that is not there."""
    if case is None or not found.controllers:
        return
    if guards.controller_of is None or not found.may_work_for(guards.controller_of(case)):
        raise NotFound


def _shown() -> str:
    """Return what a machine shows: its bearer token, or the ticket in a form that led to the download origin."""
    if request.authorization is not None and request.authorization.type == "bearer":
        return request.authorization.token or ""
    if request.mimetype == "application/x-www-form-urlencoded" and "ticket" in request.form:
        g.shown_by_form = True
        return str(request.form["ticket"])
    return ""


def _read_grant(guards: Guards, text: str, access: Access, ask: Ask) -> Caller:
    if not text:
        raise Refused("no grant was shown")
    assert guards.grant is not None
    found = guards.grant(text, ask)
    # The guard has checked all this by the grant's own words; a guard that forgot must not open a case.
    if found.kind != access.kind or (access.kind == "subject" and found.case != ask.case):
        raise Refused("the grant is another's")
    return found


def _send_to_identity(access: Access, service: str, case: str | None) -> Response:
    """Lead to where a grant is had, and name the page to come back to; a program gets 401."""
    if request.path.startswith("/api/"):
        raise Unauthorized
    query = {"for": service, "next": _page_to_return_to()}
    if access.fresh:
        query["act"] = access.purpose_for(request.view_args or {})
    there = "/agents/sign-in" if access.kind == "agent" else f"/prove/{case}"
    return redirect(f"{there}?{urlencode(query, safe='/:')}", 303)  # type: ignore[return-value]


def _page_to_return_to() -> str:
    """Return the path of this page; for a form that has no page of its own, the nearest page above it."""
    path = request.path
    adapter = current_app.create_url_adapter(request)
    while path != "/" and not (adapter is not None and adapter.test(path, "GET")):
        path = path.rsplit("/", 1)[0] or "/"
    return safe_next(path)


def _hand_browser_cookie(response: Response) -> Response:
    access = access_now()
    if access is not None and access.kind == "machine":
        _empty_session()
    elif access is not None and request.endpoint != "assets.send":
        remember_browser(request, response)
    return response
