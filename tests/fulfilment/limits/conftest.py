"""Fulfilment on its own with somebody who wants something stopped, and the programs that ask whether they may."""

import hashlib
import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fulfilment.service.conftest import EMAIL, Desk, start_desk
from sqlalchemy import text
from werkzeug.test import Client

from habeas.clock import uuid7
from habeas.events import LiftingDecided, LiftingTold
from habeas.grants import Grant, mint
from habeas.ledger import Leaf
from habeas.testing.house import deliver
from habeas.web.cookies import grant_cookie
from habeas_fulfilment.actions.limiting import mark_key
from habeas_fulfilment.guards import digest_of
from habeas_fulfilment.limit_timers import lift_limits
from habeas_fulfilment.models import Limit, ProgramKey

CONTROLLER = "nordlunds-lampor"
KEY = "hs_newsletter"
PORTAL = "http://127.0.0.1:8080"
BROWSER = "b" * 43


def subject_key(given: str, name: str, value: str) -> str:
    """Make a subject key as a program does that knows nothing of us but `docs/enforcing-limits.md`."""
    mark, _, key = given.partition(":")
    message = f"{name}:{value.strip()}".encode()
    folded = bytes(each + 32 if 65 <= each <= 90 else each for each in message)
    return f"{mark}.{hmac.new(bytes.fromhex(key), folded, hashlib.sha256).hexdigest()}"


@dataclass
class Stops:
    """A desk at which things are stopped, and a program that asks about it."""

    desk: Desk
    given: str = ""

    def add_program(
        self, name: str = "newsletter", key: str = KEY, *, controllers: Any = None, holds: bool = False
    ) -> None:
        """Give a program its keys."""
        of = [CONTROLLER] if controllers is None else controllers
        with self.desk.context.transaction() as tx:
            row = ProgramKey(name=name, digest=digest_of(key), added_at=tx.now, controllers=of, holds=holds)
            tx.session.add(row)
            self.given = mark_key(tx, CONTROLLER).give()

    def ask(
        self,
        purpose: str = "newsletter",
        *,
        email: str = EMAIL,
        key: str = KEY,
        subject: str | None = None,
        **more: str,
    ) -> Any:
        """Ask about one person; return the answer as it came."""
        named = subject_key(self.given, "email", email) if subject is None else subject
        query = {"controller": CONTROLLER, "purpose": purpose, **more}
        headers = {"Subject-Key": named, "Authorization": f"Bearer {key}"}
        return Client(self.desk.app).get("/may-process", query_string=query, headers=headers, base_url=PORTAL)

    def may(self, purpose: str = "newsletter", **more: str) -> bool:
        """Ask, and believe only what is an answer."""
        answer = self.ask(purpose, **more)
        assert answer.status_code == 200, answer.text
        return answer.json["may"] is True

    def limits(self, case: str) -> list[Limit]:
        """Read the limits of a case."""
        with self.desk.context.reading() as tx:
            return list(tx.session.query(Limit).filter_by(case_id=case).order_by(Limit.id))

    def decide(
        self, act: Any, case: str, right: str, *activities: str, ground: str = "weighed", by: str = "p1"
    ) -> None:
        """Let an agent decide."""
        with self.desk.context.transaction() as tx:
            act(tx, case, right, activities, ground, by)
        self.desk.work()

    def tell(self, case: str, after: timedelta = timedelta(), *, told: bool = True) -> None:
        """Let the notifier say what became of its letter."""
        self.desk.clock.advance(after)
        at = self.desk.clock.now().isoformat()
        event = LiftingTold(case=case, told=told, at=at)
        deliver(self.desk.context, event, source="notifier")
        self.desk.work()

    def wait(self, days: int) -> None:
        """Let days pass, and what is due be lifted."""
        self.desk.clock.advance(timedelta(days=days))
        lift_limits(self.desk.context)
        self.desk.work()

    def ordered(self, case: str) -> set[tuple[str, str, bool]]:
        """List what was ordered of systems for a case: system, operation, and whether it takes something back."""
        return {
            (each.event.system, each.event.operation, each.sealed["scope"] == [{"lift": True}])  # type: ignore[attr-defined]
            for each in self.desk.orders(case)
        }

    def told(self, case: str) -> list[str]:
        """List the days of lifting that the person was to be told of."""
        return [each.lifted_on for each in self.desk.said(LiftingDecided, case)]

    def leaves(self, kind: str) -> list[dict[str, Any]]:
        """Read the ledger's leaves of a kind."""
        with self.desk.context.reading() as tx:
            return [leaf.body for leaf in tx.session.query(Leaf).filter_by(kind=kind).order_by(Leaf.id)]

    def agent(self, *roles: str, person: str = "person-1", path: str = "/plan") -> Any:
        """Give a browser whose agent holds some roles."""
        visitor, now = self.desk.visitor(), self.desk.clock.now()
        visitor.hold("habeas_browser", BROWSER)
        grant = Grant(
            id=uuid7(),
            kind="agent",
            person=person,
            roles=roles or ("agent",),
            controllers=(),
            service="fulfilment",
            purpose="console",
            case="",
            browser=hashlib.sha256(BROWSER.encode()).hexdigest(),
            session="s1",
            issued=now,
            expires=now + timedelta(minutes=5),
            once=False,
        )
        text_ = mint(self.desk.context.keys.signer("identity"), grant)
        visitor.hold(grant_cookie("fulfilment", secure=False), text_, path=path)
        return visitor


@pytest.fixture(params=["sqlite", "postgres"])
def stops(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stops]:
    """Limits on SQLite and on PostgreSQL."""
    url = request.getfixturevalue("postgres").url if request.param == "postgres" else None
    made = Stops(start_desk(tmp_path, url))
    made.add_program()
    yield made
    if url:
        with made.desk.context.database.engine.begin() as connection:
            connection.execute(text('DROP SCHEMA "fulfilment" CASCADE'))
    made.desk.context.database.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Stops]:
    """Limits on SQLite, where both databases would say the same."""
    made = Stops(start_desk(tmp_path))
    made.add_program()
    yield made
    made.desk.context.database.close()
