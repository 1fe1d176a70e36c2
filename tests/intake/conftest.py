"""Intake on its own, on both databases, with somebody who asks."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from habeas.clock import FixedClock
from habeas.events import IdentityProved
from habeas.service import Context
from habeas.testing.house import deliver, make_context, run
from habeas.vocabulary import CaseState
from habeas_intake.actions import Opened, open_case
from habeas_intake.applications import read_application
from habeas_intake.queries import view
from habeas_intake.service import SERVICE

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MARKED = "canary.marked@example.com"
GIVEN: dict[str, Any] = {"rights": ["access"], "identifiers": {"email": MARKED}, "contact": "", "words": "canary words"}


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(params=["sqlite", "postgresql"])
def intake(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Context]:
    changes = {"profiles": str(SAMPLE)}
    if request.param == "postgresql":
        changes["database"] = request.getfixturevalue("postgres").url
    context = make_context(SERVICE, tmp_path, clock=clock, **changes)
    yield context
    if request.param == "postgresql":
        with context.database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA intake CASCADE"))
    context.database.close()


def ask(context: Context, token: str = "form-1", **changes: Any) -> Opened:
    profile = next(iter(context.profiles.values()))
    application = read_application(profile, {**GIVEN, **changes}, token=token, channel="portal", browser="b" * 64)
    with context.transaction() as tx:
        return open_case(tx, application)


def state(context: Context, case: str) -> CaseState:
    with context.reading() as tx:
        found = view(tx, case)
    assert found is not None
    return found.state


def proved(case: str) -> IdentityProved:
    return IdentityProved(case=case, assurance="A1", method="mailbox", proof={})


def prove(context: Context, case: str) -> None:
    # intake is not among those whom identity seals anything to
    deliver(context, proved(case), source="identity")
    run(context)
