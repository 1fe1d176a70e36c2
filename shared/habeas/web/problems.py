"""When something goes wrong: one calm page for people, one shape for programs (RFC 9457), a reference for both.

Neither says anything of the person, of the code, or of whether a thing exists that the caller may not see; the log
gets the error's type and the reference, which is how the two are found together again.
"""

import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, json, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from habeas.errors import Faults, HabeasError, NeedsPerson, TryLater
from habeas.web.access import Caller, access_now

MEDIA_TYPE = "application/problem+json"
# What a caller did is no fault of ours to look up later, and the answer for an unknown page must not vary.
_WITHOUT_REFERENCE = frozenset({401, 403, 404, 405, 421})
_DIGITS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class Wrong:
    """One field that is wrong: its path, what is wrong, what was expected."""

    field: str
    problem: str
    expected: str = ""


def add_problems(app: Flask) -> None:
    """Answer every error of the app in the shape of the house."""
    app.register_error_handler(HTTPException, _on_http_error)
    app.register_error_handler(HabeasError, _on_refusal)
    app.register_error_handler(Exception, _on_bug)


def _on_http_error(error: HTTPException) -> Response:
    if error.response is not None:  # a redirect, or an answer that was made on purpose
        return error.response  # type: ignore[return-value]
    status = error.code or 500
    if status >= 500:
        return _on_bug(error.__dict__.get("original_exception") or error)
    response = answer(status, wrong=tuple(_wrong_arguments(getattr(error, "data", None))))
    for name, value in error.get_headers(request.environ):
        if name in ("Allow", "Retry-After", "WWW-Authenticate"):
            response.headers[name] = value
    return response


def _on_refusal(error: HabeasError) -> Response:
    if isinstance(error, Faults):
        wrong = tuple(Wrong(fault.where, fault.problem, fault.remedy) for fault in error.faults)
        return answer(422, error=error, wrong=wrong)
    if isinstance(error, TryLater):
        response = answer(503, error=error)
        response.headers["Retry-After"] = str(int((error.after or timedelta(minutes=1)).total_seconds()) or 1)
        return response
    return answer(409, error=error, detail="" if isinstance(error, NeedsPerson) else str(error))


def _on_bug(error: BaseException) -> Response:
    return answer(500, error=error)


def answer(
    status: int, *, error: BaseException | None = None, wrong: tuple[Wrong, ...] = (), detail: str = ""
) -> Response:
    """Answer with an error in the form that the caller reads; `detail` is for programs only."""
    reference = "" if status in _WITHOUT_REFERENCE else _new_reference()
    if reference:
        log = structlog.get_logger()
        (log.error if status == 500 else log.info)(
            "page.refused" if status < 500 else "page.failed",
            error=type(error).__name__ if error else HTTPStatus(status).name,
            reference=reference,
            status=status,
        )
    if asked_by_program():
        return _problem(status, reference, wrong, detail)
    g.setdefault("caller", Caller("everyone"))
    page = render_template("error.html", status=status, reference=reference, wrong=wrong)
    return _demand_token(make_response(page, status))


def asked_by_program() -> bool:
    """Say whether the answer is for a program: by the route, or by the path where there is none.

    Behind a ticket in a form stands a person at a browser, whatever the route.
    """
    access = access_now()
    by_machine = access is not None and access.kind == "machine" and "shown_by_form" not in g
    return request.path.startswith("/api/") or by_machine


def _problem(status: int, reference: str, wrong: tuple[Wrong, ...], detail: str) -> Response:
    body: dict[str, Any] = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail:
        body["detail"] = detail
    if reference:
        body["reference"] = reference
    if wrong:
        body["errors"] = [asdict(each) for each in wrong]
    return _demand_token(Response(json.dumps(body), status, content_type=MEDIA_TYPE))


def _demand_token(response: Response) -> Response:
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _wrong_arguments(data: object) -> Iterator[Wrong]:
    """Flatten what marshmallow found wrong, `{place: {field: [words]}}`, into one line a field."""
    messages = data.get("messages") if isinstance(data, Mapping) else None
    if not isinstance(messages, Mapping):
        return
    for place in messages.values():
        yield from _flatten("", place)


def _flatten(path: str, found: object) -> Iterator[Wrong]:
    if isinstance(found, Mapping):
        for name, inner in found.items():
            yield from _flatten(path if name == "_schema" else f"{path}.{name}" if path else str(name), inner)
    elif isinstance(found, list):
        for words in found:
            yield Wrong(path or "(body)", str(words))
    else:
        yield Wrong(path or "(body)", str(found))


def _new_reference() -> str:
    """Return eight characters that can be read out on the telephone."""
    letters = "".join(secrets.choice(_DIGITS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"
