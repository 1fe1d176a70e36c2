"""What it costs to ask whether somebody may be processed, against a bare indexed SELECT and against an empty route.

All through one process on PostgreSQL, with many leases in the table. Ours is the whole call through WSGI: the key of
the program, the keyed digest of the person, both look-ups and the JSON. The empty route is Flask answering a constant.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import insert, text
from werkzeug.test import Client, EnvironBuilder

from habeas.clock import random_id, uuid7
from habeas.service import Context
from habeas.testing.house import make_context
from habeas.testing.servers.postgres import Postgres
from habeas.web.application import create_app
from habeas_fulfilment.guards import digest_of
from habeas_fulfilment.models import CaseFile, Lease, Limit, ProgramKey
from habeas_fulfilment.service import SERVICE
from habeas_fulfilment.subject_keys import SECRET, SubjectKey

ROUNDS = 7
CALLS = 200
PEOPLE = 20_000
"""How many people have a lease; every other question is about one of them."""
AT_ONCE = 1_000
_CONTROLLER, _PURPOSE, _KEY = "nordlunds-lampor", "newsletter", "hs_bench"
_PROFILE = Path(__file__).parents[1] / "examples" / "sample-company" / "profile.yaml"


def measure() -> dict[str, dict[str, Any]]:
    """Give the figures as {name: {value, unit, against, ratio}}."""
    with _stand() as context:
        key = SubjectKey(context.keys.secret("fulfilment", SECRET), _CONTROLLER)
        _fill(context, key)
        app, empty = create_app(context), _make_empty()
        ours, select_only, nothing, batches = [], [], [], []
        for _ in range(ROUNDS):  # taken in turns, so that a busy moment of the machine meets all
            ours.append(_median(lambda number: _ask(app, context, key, number)))
            select_only.append(_median(lambda number: _select(context, key, number)))
            nothing.append(_median(lambda _number: _call(empty, EnvironBuilder(path="/"))))
            batches.append(_time(lambda: _ask_many(app, context, key)))
    asked, bare, flask, batch = (1000 * statistics.median(each) for each in (ours, select_only, nothing, batches))
    unit = f"ms to ask about one person, {PEOPLE} have a lease, on postgresql"
    return {
        "may_process": _figure(asked, unit, "a bare indexed SELECT and back", bare),
        "may_process_route": _figure(asked, unit, "an empty Flask route", flask),
        "may_process_batch": _figure(
            batch / AT_ONCE, f"ms a person, {AT_ONCE} asked about at once", "a bare indexed SELECT and back", bare
        ),
    }


def _figure(value: float, unit: str, against: str, other: float) -> dict[str, Any]:
    return {
        "value": round(value, 3),
        "unit": unit,
        "against": f"{against}: {other:.3f} ms",
        "ratio": round(value / other, 2),
    }


@contextmanager
def _stand() -> Iterator[Context]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = stack.enter_context(Postgres())
        context = make_context(SERVICE, folder, profiles=str(_PROFILE), database=server.url)
        stack.callback(context.database.close)
        yield context


def _fill(context: Context, key: SubjectKey) -> None:
    now, case = datetime.now(UTC), random_id()
    limits = [uuid7() for _ in range(PEOPLE)]
    with context.transaction() as tx:
        of = {"name": "bench", "digest": digest_of(_KEY), "added_at": now, "controllers": [_CONTROLLER], "holds": False}
        tx.session.execute(insert(ProgramKey), [of])
        tx.session.execute(insert(CaseFile), [_case(case, now)])
        tx.session.execute(insert(Limit), [_limit(each, case, now) for each in limits])
        leases = [
            {"subject": key.find_by(key.of("email", _email(2 * number))), "activity": _PURPOSE, "limit_id": limit}
            for number, limit in enumerate(limits)
        ]
        tx.session.execute(insert(Lease), leases)
    with context.database.engine.begin() as connection:
        connection.execute(text("ANALYZE"))


def _case(case: str, now: datetime) -> dict[str, Any]:
    known = {"id": case, "reference": "H-0000-0000", "controller": _CONTROLLER, "rights": [], "language": "en"}
    rest = {"respond_by": {}, "public_key": b"", "private_key": b"", "opened_at": now, "round": 0}
    return {**known, "received_at": now, **rest}


def _limit(limit: str, case: str, now: datetime) -> dict[str, Any]:
    known = {"id": limit, "case_id": case, "controller": _CONTROLLER, "right": "objection", "activity": _PURPOSE}
    rest = {"kind": "objection", "bases": [], "operation": "suppress", "state": "standing", "notice": ""}
    return {**known, **rest, "since": now, "decided_by": ""}


def _email(number: int) -> str:
    return f"person{number}@example.com"


def _headers(**more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {_KEY}", **more}


def _ask(app: Flask, context: Context, key: SubjectKey, number: int) -> None:
    asked = {"controller": _CONTROLLER, "purpose": _PURPOSE}
    headers = _headers(**{"Subject-Key": key.of("email", _email(number))})
    portal = str(context.settings.portal_url)
    body = _call(app, EnvironBuilder("/may-process", portal, query_string=asked, headers=headers))
    assert json.loads(body)["may"] is (number % 2 == 1)


def _ask_many(app: Flask, context: Context, key: SubjectKey) -> None:
    people = [[key.of("email", _email(number))] for number in range(AT_ONCE)]
    asked = {"controller": _CONTROLLER, "purpose": _PURPOSE, "people": people}
    portal = str(context.settings.portal_url)
    body = _call(app, EnvironBuilder("/may-process", portal, method="POST", json=asked, headers=_headers()))
    assert sum(each["may"] for each in json.loads(body)["answers"]) == AT_ONCE // 2


def _call(app: Flask, asked: EnvironBuilder) -> str:
    answer = Client(app).open(asked)
    assert answer.status_code == 200, answer.status
    return answer.get_data(as_text=True)


def _select(context: Context, key: SubjectKey, number: int) -> None:
    """Look one digest up, with the driver alone and with nothing checked."""
    wanted = key.find_by(key.of("email", _email(number)))
    with context.database.single() as connection:
        statement = f'SELECT limit_id FROM "{context.database.schema}".lease WHERE subject = %s AND activity = %s'
        connection.exec_driver_sql(statement, (wanted, _PURPOSE)).fetchone()


def _make_empty() -> Flask:
    app = Flask("empty")

    @app.get("/")
    def answer() -> str:
        return "yes"

    return app


def _median(call: Callable[[int], str | None]) -> float:
    return statistics.median(_time(lambda: call(number)) for number in range(CALLS))  # noqa: B023 - called at once


def _time(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began
