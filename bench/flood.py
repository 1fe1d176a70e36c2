"""What a flood costs us a request, against a bare Flask route that inserts one row into the same database.

Three floods: forms beyond the limit of one network, codes that are asked for, and codes that are wrong. Through WSGI in
this process, so that no client is measured; CPU seconds, the database's processes included. What a worker does with a
letter afterwards is not in it: a flood is stopped before, by the quotas.
"""

import re
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from bench.cpu import seconds_of_tree
from flask import Flask, request
from sqlalchemy import text
from werkzeug.test import Client

from habeas.clock import random_id
from habeas.service import Context, Service
from habeas.testing.house import make_context
from habeas.testing.servers.postgres import PrivatePostgres
from habeas.web.application import create_app
from habeas_identity.service import SERVICE as IDENTITY
from habeas_intake.service import SERVICE as INTAKE

REQUESTS = 100
ROUNDS = 5
_PROFILE = Path(__file__).parents[1] / "examples" / "sample-company" / "profile.yaml"
_CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
_FORM = "/case/new/nordlunds-lampor"
_FLOODER = {"REMOTE_ADDR": "198.51.100.9"}

Fields = dict[str, str]
FLOODS: dict[str, tuple[Service, str, Callable[[], tuple[str, Fields]]]] = {
    "forms": (INTAKE, "a form beyond the limit of its network", lambda: (_FORM, _form())),
    "code_asks": (IDENTITY, "a code that is asked for", lambda: (f"/prove/{random_id()}/code", {})),
    "wrong_codes": (IDENTITY, "a wrong code", lambda: (f"/prove/{random_id()}", {"code": "ABCD-EFGH"})),
}
"""By its name: which service it meets, what each request is, and the path and fields of the next one."""


def measure() -> dict[str, dict[str, Any]]:
    """Give the figures as {name: {value, unit, against, ratio}}."""
    figures = {}
    with PrivatePostgres() as postgres:
        for database, url, servers in (("sqlite", "", []), ("postgresql", postgres.url, [postgres._owned().pid])):
            for name, (service, what, following) in FLOODS.items():
                with _stand(service, url) as context:
                    ours, theirs = _measure(context, servers, following)
                figures[f"flood_{name}_{database}"] = {
                    "value": round(1000 * ours, 2),
                    "unit": f"CPU ms for {what}, on {database}",
                    "against": f"a bare Flask route with one insert into the same database: {1000 * theirs:.2f} ms",
                    "ratio": round(ours / theirs, 2),
                }
    return figures


@contextmanager
def _stand(service: Service, url: str) -> Iterator[Context]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        more = {"database": url} if url else {}
        context = make_context(service, folder, profiles=str(_PROFILE), **more)
        stack.callback(context.database.close)
        if url:
            stack.callback(_drop, context)
        yield context


def _drop(context: Context) -> None:
    with context.database.engine.begin() as connection:
        connection.execute(text(f'DROP SCHEMA "{context.database.schema}" CASCADE'))


def _measure(
    context: Context, servers: Sequence[int], following: Callable[[], tuple[str, Fields]]
) -> tuple[float, float]:
    """Give CPU seconds a request, of ours and of the bare route, the database's processes included."""
    portal = str(context.settings.portal_url)
    flood, bare = _flooder(create_app(context), portal, following), _inserter(context, portal)
    flood(REQUESTS)  # what a limit lets through is through before it is measured
    bare(REQUESTS)
    ours, theirs = [], []
    for _ in range(ROUNDS):  # taken in turns, so that a busy moment of the machine meets both
        ours.append(_time(flood, servers))
        theirs.append(_time(bare, servers))
    return statistics.median(ours) / REQUESTS, statistics.median(theirs) / REQUESTS


def _time(send: Callable[[int], None], servers: Sequence[int]) -> float:
    before = time.process_time() + sum(map(seconds_of_tree, servers))
    send(REQUESTS)
    return time.process_time() + sum(map(seconds_of_tree, servers)) - before


def _flooder(app: Any, portal: str, following: Callable[[], tuple[str, Fields]]) -> Callable[[int], None]:
    """Give what sends so many requests with one form's token, as a program does that fetches it once."""
    client, headers = Client(app), {"Sec-Fetch-Site": "same-origin", "Accept-Language": "en"}
    page = _FORM if app.extensions["habeas"].service is INTAKE else f"/prove/{random_id()}"
    token = _CSRF.search(client.get(page, base_url=portal, headers=headers).get_data(as_text=True))
    assert token is not None

    def send(requests: int) -> None:
        for _ in range(requests):
            path, fields = following()
            data = {**fields, "csrf_token": token[1]}
            answer = client.post(path, base_url=portal, headers=headers, data=data, environ_overrides=_FLOODER)
            assert answer.status_code in (303, 422), answer.status

    return send


def _inserter(context: Context, portal: str) -> Callable[[int], None]:
    """Give what sends as many to what one would write who only wants the row: one insert and its commit."""
    app = Flask("bare")
    with context.database.session() as session:
        session.execute(text("CREATE TABLE bare (told TEXT)"))

    @app.post("/flood")
    def take() -> str:
        with context.database.engine.begin() as connection:
            connection.execute(text("INSERT INTO bare (told) VALUES (:told)"), {"told": request.form["told"]})
        return "taken"

    client = Client(app)

    def send(requests: int) -> None:
        for _ in range(requests):
            assert client.post("/flood", base_url=portal, data={"told": "ABCD-EFGH"}).status_code == 200

    return send


def _form() -> Fields:
    return {
        "form": secrets.token_hex(32),
        "rights": "access",
        "identifier-email": f"{secrets.token_hex(4)}@example.com",
    }
