"""Fulfilment with the sample company's real connectors: every row of the person and nobody else's, then erased."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from company_facts import DEMO, LAST_FREE_DAY, LOOK_ALIKE, every_row, facts_about, make_company, stopped
from sqlalchemy import select

from habeas.connect.runner import connector_service
from habeas.connect.systems import load_system
from habeas.events import AnswerReady, PlanMade, SystemFailed
from habeas.service import Context
from habeas.testing.house import make_context, run
from habeas.web.serve import Listener
from habeas.work.inbox import store
from habeas.work.tables import OutboxLetter

SYSTEMS = ("shop", "newsletter", "applications")


class Company:
    """A sample company whose connectors hear and answer, with the letters carried by hand."""

    def __init__(self, desk: Any, folder: Path) -> None:
        self.desk = desk
        self.folder = folder
        self.runners: dict[str, Context] = {}
        self._carried: set[str] = set()

    def connect(self, folder: Path, door: str) -> None:
        for system in SYSTEMS:
            connected = load_system(self.folder / "systems", system)
            service = connector_service(system, connected.connector, connected.approvals)
            self.runners[service.name] = make_context(
                service, folder, clock=self.desk.clock, systems=SYSTEMS, participant=service.name, upload_url=door
            )

    def work(self) -> None:
        """Carry letters and work until nobody says anything new."""
        while sum(self._carry(context) for context in (self.desk.context, *self.runners.values())):
            for context in self.runners.values():
                run(context)
            self.desk.work()

    def _carry(self, context: Context) -> int:
        with context.database.reading() as session:
            rows = session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)).all()
        there = {**self.runners, "fulfilment": self.desk.context}
        new = [row for row in rows if row.id not in self._carried and row.recipient in there]
        for row in new:
            if context is not there[row.recipient]:
                store(there[row.recipient], [row])
            self._carried.add(row.id)
        return len(new)

    def close(self) -> None:
        for context in self.runners.values():
            context.database.close()


@pytest.fixture
def company(small: Any, tmp_path: Path) -> Iterator[Company]:
    folder = tmp_path / "company"
    make_company(folder)
    made = Company(small, folder)
    listener, stop = Listener(small.app, "127.0.0.1", 0, threads=2), threading.Event()
    serving = threading.Thread(target=listener.run, args=(stop,), daemon=True)
    serving.start()
    made.connect(tmp_path, f"http://127.0.0.1:{listener.port}")
    yield made
    stop.set()
    serving.join()
    made.close()


def rows_of(bag: Any, system: str, kind: str) -> list[dict[str, Any]]:
    name = kind.replace("_", "-")
    return [record["data"] for record in json.loads(bag.read(f"data/systems/{system}/{name}.json"))]


def test_a_package_holds_every_row_of_the_person_and_no_row_of_the_look_alike(small, company, read_bag):
    facts = facts_about(company.folder, DEMO)
    case = small.proved("access", email=DEMO)
    company.work()
    assert small.said(SystemFailed, case) == []
    assert [each.state for each in small.answers(case)] == ["ready"]
    with read_bag(small, case) as bag:
        everything = b"".join(bag.read(name) for name in bag.namelist())
        for system in ("shop", "newsletter"):
            for kind, rows in facts[system].items():
                assert len(rows_of(bag, system, kind)) == len(rows), kind
        files = [name for name in bag.namelist() if name.startswith("data/systems/applications/files/")]
        assert sorted(len(bag.read(name)) for name in files) == sorted(
            each["size"] for each in facts["applications"]["files"] if each["size"]
        )
        table = bag.read("data/systems/shop/customers.csv").decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(table)))) == 2
    assert LOOK_ALIKE.encode() not in everything


def test_an_erasure_lets_go_what_may_go_and_touches_nobody_else(small, company, read_bag):
    before = every_row(company.folder)
    case = small.proved("erasure", email=DEMO)
    company.work()
    [made] = small.said(PlanMade, case)
    assert made.counts["erase"]
    assert made.counts["keep"]
    assert every_row(company.folder) == stopped(before, DEMO), "a plan erases nothing"
    small.approve(case, "p1")
    small.approve(case, "p2")
    small.cool_off()
    company.work()
    assert small.said(SystemFailed, case) == []
    assert [each.kind for each in small.said(AnswerReady, case)] == ["confirmation"]
    after = facts_about(company.folder, DEMO)
    assert after["newsletter"]["subscribers"] == []
    assert after["applications"]["files"] == []
    left = every_row(company.folder)
    kept = [row for row in left[("shop", "invoices")] if row["id"] in {r["id"] for r in mine(before)}]
    assert kept
    assert all(row["invoiced_on"] > LAST_FREE_DAY.isoformat() for row in kept)
    with read_bag(small, case, "erasure") as bag:
        text = bag.read("data/manifest.json").decode()
    assert '"kept"' in text


def mine(rows: dict[tuple[str, str], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Find the demo person's invoices before anything was erased."""
    [customer] = [row for row in rows[("shop", "customers")] if row["email"] == DEMO]
    return [row for row in rows[("shop", "invoices")] if row["customer_id"] == customer["id"]]
