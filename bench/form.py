"""What a form that opens a case costs, against a bare Flask route that inserts one row into the same database.

Both through WSGI in this process, so that no client is measured. Ours is the whole form: the CSRF token, the checks,
the clock of the law, the encrypted fields, the letters to three services and the leaf in the ledger.
"""

import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.cpu import seconds_of_tree
from flask import Flask, request
from sqlalchemy import text
from werkzeug.test import Client

from habeas.service import Context
from habeas.testing.house import make_context
from habeas.testing.servers.postgres import PrivatePostgres
from habeas.web.application import create_app
from habeas_intake.service import SERVICE

FORMS = 60
ROUNDS = 5
_PROFILE = Path(__file__).parents[1] / "examples" / "sample-company" / "profile.yaml"
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_TOKEN = re.compile(r'name="form" value="([0-9a-f]{64})"')
_BROWSER = {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}


def measure() -> dict[str, dict[str, Any]]:
    """Give the figures as {name: {value, unit, against, ratio}}."""
    figures = {}
    with PrivatePostgres() as postgres:
        for name, url, servers in (("sqlite", "", []), ("postgresql", postgres.url, [postgres._owned().pid])):
            with _stand(url) as context:
                ours, theirs = _measure(context, servers)
            figures[f"form_{name}"] = {
                "value": round(1000 * ours, 2),
                "unit": f"CPU ms for a form that opens a case, on {name}",
                "against": f"a bare Flask route with one insert into the same database: {1000 * theirs:.2f} ms",
                "ratio": round(ours / theirs, 2),
            }
    return figures


@contextmanager
def _stand(url: str) -> Iterator[Context]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        more = {"database": url} if url else {}
        context = make_context(SERVICE, folder, profiles=str(_PROFILE), **more)
        stack.callback(context.database.close)
        yield context


def _measure(context: Context, servers: list[int]) -> tuple[float, float]:
    """Give CPU seconds a form, of ours and of the bare route, the database's processes included."""
    app, bare = create_app(context), _make_bare(context)
    portal = str(context.settings.portal_url)
    _open_cases(app, portal, 5)
    _insert_rows(bare, portal, 5)
    ours, theirs = [], []
    for _ in range(ROUNDS):  # taken in turns, so that a busy moment of the machine meets both
        ours.append(_time(_prepare_forms(app, portal), servers))
        theirs.append(_time(lambda: _insert_rows(bare, portal, FORMS), servers))
    return statistics.median(ours) / FORMS, statistics.median(theirs) / FORMS


def _time(work: Callable[[], None], servers: list[int]) -> float:
    before = time.process_time() + sum(map(seconds_of_tree, servers))
    work()
    return time.process_time() + sum(map(seconds_of_tree, servers)) - before


def _prepare_forms(app: Any, portal: str) -> Callable[[], None]:
    """Open as many forms in browsers of their own, so that only sending them is measured."""
    ready = [_open_form(app, portal) for _ in range(FORMS)]

    def send() -> None:
        for client, fields in ready:
            _send_form(client, portal, fields)

    return send


def _open_cases(app: Any, portal: str, cases: int) -> None:
    for _ in range(cases):
        client, fields = _open_form(app, portal)
        _send_form(client, portal, fields)


def _open_form(app: Any, portal: str) -> tuple[Client, dict[str, Any]]:
    client = Client(app)
    answer = client.get("/case/new/nordlunds-lampor", base_url=portal, headers=_BROWSER)
    page = answer.get_data(as_text=True)
    csrf, token = _CSRF.search(page), _TOKEN.search(page)
    assert csrf is not None, answer.status
    assert token is not None, answer.status
    return client, {
        "csrf_token": csrf[1],
        "form": token[1],
        "rights": ["access"],
        "identifier-email": f"astrid{token[1][:8]}@example.com",  # of one person only some a day are dealt with at once
    }


def _send_form(client: Client, portal: str, fields: dict[str, Any]) -> None:
    answer = client.post("/case/new/nordlunds-lampor", base_url=portal, headers=_BROWSER, data=fields)
    assert answer.status_code == 303, answer.status


def _make_bare(context: Context) -> Flask:
    """Make what one would write who only wants the row: no check, no token, one insert and its commit."""
    app = Flask("bare")
    with context.database.session() as session:
        session.execute(text("CREATE TABLE bare (rights TEXT, email TEXT)"))

    @app.post("/case/new")
    def take() -> str:
        row = {"rights": request.form["rights"], "email": request.form["identifier-email"]}
        with context.database.engine.begin() as connection:
            connection.execute(text("INSERT INTO bare (rights, email) VALUES (:rights, :email)"), row)
        return "taken"

    return app


def _insert_rows(app: Flask, portal: str, rows: int) -> None:
    client = Client(app)
    for _ in range(rows):
        fields = {"rights": "access", "identifier-email": "astrid@example.com"}
        assert client.post("/case/new", base_url=portal, headers=_BROWSER, data=fields).status_code == 200
