"""The headers that every response carries, and the two exceptions: our own static files and files handed out."""

import secrets
from urllib.parse import quote, urlsplit

from flask import Flask, Response, current_app, g, request

_FEATURES = (
    "accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone", "midi",
    "payment", "usb", "screen-wake-lock", "serial", "hid", "browsing-topics",
)  # fmt: skip
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def add_headers(app: Flask) -> None:
    """Make every response of the app carry the headers of the house."""
    app.jinja_env.globals["csp_nonce"] = nonce
    app.after_request(_dress)


def nonce() -> str:
    """Return the word that inline style or script of this one response has to carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(18)
    return str(g.csp_nonce)


def allow_forms_to_downloads() -> None:
    """Let a form of this page lead to the download origin, directly or by a redirect."""
    allow_forms_to(current_app.config["DOWNLOAD_URL"])


def allow_forms_to(origin: str) -> None:
    """Let a form of this page lead to another origin; browsers hold a redirect to the same rule as the form itself."""
    g.form_origins = f"{g.get('form_origins', '')} {origin}"


def hand_out(response: Response, name: str, media_type: str) -> Response:
    """Make the response a file to keep, which no browser opens as a page of ours.

    `name` is shown by the browser when it saves; anything but letters, digits, dot, dash and underscore of it goes
    into the encoded form only (RFC 6266, RFC 8187).
    """
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in name)
    response.headers["Content-Type"] = media_type
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'; frame-ancestors 'none'"
    return response


def _policy() -> str:
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'self' 'nonce-{nonce()}'",
            f"script-src 'self' 'nonce-{nonce()}'",
            "img-src 'self' data:",
            f"form-action 'self'{g.get('form_origins', '')}",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


def _referrer_policy() -> str:
    # With no-referrer a browser sends `Origin: null` along with a form. Where it sends Sec-Fetch-Site that is no loss;
    # on plain http beyond loopback it sends neither, and the Origin is all that tells our form from a foreign one.
    portal = urlsplit(current_app.config["PORTAL_URL"])
    return "no-referrer" if portal.scheme == "https" or portal.hostname in _LOOPBACK else "same-origin"


def _dress(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _policy())
    headers["Referrer-Policy"] = _referrer_policy()
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Permissions-Policy"] = ", ".join(f"{feature}=()" for feature in _FEATURES)
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    if request.endpoint != "assets.send":
        headers["Cache-Control"] = "no-store"
        response.vary.add("Cookie")
    return response
