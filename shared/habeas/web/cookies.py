"""The cookies of the house: how each is named, set and read.

Over https a name carries the prefix that lets the browser enforce its rules: `__Host-` for a cookie of the whole
origin, `__Secure-` for one that is bound to a path (RFC 6265bis section 4.1.3).
"""

import hashlib
import re
import secrets
from datetime import datetime

from flask import Request, Response, current_app, g

BROWSER = "habeas_browser"
LANGUAGE = "habeas_language"
_BROWSER_FORM = re.compile(r"[A-Za-z0-9_-]{43}")


def is_secure() -> bool:
    """Say whether people reach the portal over https."""
    return bool(current_app.config["SESSION_COOKIE_SECURE"])


def whole_origin(name: str, *, secure: bool) -> str:
    """Return the full name of a cookie that every page of the origin gets."""
    return f"__Host-{name}" if secure else name


def grant_cookie(service: str, *, secure: bool) -> str:
    """Return the full name of the cookie that carries a browser's grant for one service."""
    return f"{'__Secure-' if secure else ''}habeas_grant_{service}"


def act_cookie(service: str, *, secure: bool) -> str:
    """Return the full name of the cookie that carries a grant for one act, to be used once."""
    return f"{'__Secure-' if secure else ''}habeas_act_{service}"


def set_cookie(response: Response, name: str, value: str, *, path: str = "/", expires: datetime | None = None) -> None:
    """Set a cookie that scripts cannot read and other sites cannot make the browser send with a form."""
    response.set_cookie(name, value, path=path, expires=expires, secure=is_secure(), httponly=True, samesite="Lax")


def browser_of(request: Request) -> str:
    """Return the name of the browser that asks: SHA-256, in hex, of what its cookie holds.

    The first page makes the cookie; a value that we cannot have made counts as none, so nobody chooses their own.
    """
    if "browser" not in g:
        held = request.cookies.get(whole_origin(BROWSER, secure=is_secure()), "")
        g.browser = held if _BROWSER_FORM.fullmatch(held) else secrets.token_urlsafe(32)
        g.browser_is_new = g.browser != held
    return hashlib.sha256(g.browser.encode()).hexdigest()


def remember_browser(request: Request, response: Response) -> None:
    """Give the browser its cookie, if it came without."""
    browser_of(request)
    if g.browser_is_new:
        set_cookie(response, whole_origin(BROWSER, secure=is_secure()), g.browser)
