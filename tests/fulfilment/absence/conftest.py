"""Fulfilment on its own after an erasure: what systems answer to looks, and the clock that brings the next one."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fulfilment.service.conftest import HELD, Desk, deeds, read_bag, start_desk
from sqlalchemy import select, text

from habeas_fulfilment.look_timers import go_on_looking
from habeas_fulfilment.models import Look, Watch

__all__ = ["read_bag"]


class Watcher(Desk):
    """A fulfilment whose erasures are looked after."""

    def erased(self, *rights: str) -> str:
        """Bring a case to where its systems have erased and the first look has been ordered."""
        case = self.approved(*rights)
        self.erase(case)
        return case

    def erase(self, case: str) -> None:
        """Let every system erase what it is ordered to, wave by wave, and leave the look to the test."""
        done: set[str] = set()
        while left := [each for each in self.orders(case, "erase") if each.event.order not in done]:  # type: ignore[attr-defined]
            for order in left:
                done.add(order.event.order)  # type: ignore[attr-defined]
                self.answer(order, deeds(order.sealed["scope"]))
            self.work()

    def next_look(self, case: str, held: Mapping[str, Sequence[Any]] | None = None, **after: float) -> None:
        """Let time pass, and let the systems answer the look that is due by then."""
        self.clock.advance(timedelta(**after))
        go_on_looking(self.context)
        self.look(case, held)

    def watch(self, case: str) -> Watch:
        """Read how the looks of a case stand."""
        with self.context.database.reading() as session:
            return session.get_one(Watch, case)

    def seen(self, case: str) -> list[tuple[int, str, str]]:
        """List what looks saw: days after the erasure, system, outcome."""
        with self.context.database.reading() as session:
            rows = session.scalars(select(Look).where(Look.case_id == case).order_by(Look.number, Look.system))
            return [(row.days, row.system, row.outcome) for row in rows]


def start_watcher(folder: Path, postgres_url: str | None = None, **replaced: str) -> Watcher:
    """Start one in a folder."""
    made = start_desk(folder, postgres_url, **replaced)
    return Watcher(made.context, made.clock)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Watcher]:
    """Fulfilment on SQLite, where both databases would say the same."""
    made = start_watcher(tmp_path)
    yield made
    made.context.database.close()


@pytest.fixture
def make_watcher(tmp_path: Path) -> Iterator[Any]:
    """Start one whose profile differs in some lines."""
    made: list[Watcher] = []

    def start(**replaced: str) -> Watcher:
        made.append(start_watcher(tmp_path, None, **replaced))
        return made[-1]

    yield start
    for each in made:
        each.context.database.close()


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Watcher]:
    """Fulfilment on SQLite and on PostgreSQL."""
    url = request.getfixturevalue("postgres").url if request.param == "postgres" else None
    made = start_watcher(tmp_path, url)
    yield made
    if url:
        with made.context.database.engine.begin() as connection:
            connection.execute(text('DROP SCHEMA "fulfilment" CASCADE'))
    made.context.database.close()


@pytest.fixture
def kept() -> Mapping[str, Sequence[dict[str, Any]]]:
    """What systems hold after an erasure that did as it was told: the invoice that a law keeps."""
    return {"shop": [each for each in HELD["shop"] if each["key"] == "2024-1"]}
