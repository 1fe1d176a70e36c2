"""Fulfilment on its own, on both databases, with identity and three systems played by the test."""

import hashlib
import io
import itertools
import json
import re
import zipfile
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import select, text

from habeas.clock import FixedClock, random_id, uuid7
from habeas.connect.delivery import context_of
from habeas.crypto.canonical import read_base64
from habeas.crypto.streams import DecryptingReader, seal_stream
from habeas.digests import SALT
from habeas.events import ApprovalGiven, CaseOpened, IdentityProved, OrderAnswered, OrderGiven
from habeas.ledger import Leaf
from habeas.service import Context
from habeas.testing.house import Said, deliver, make_context, run, said
from habeas.testing.visitor import Visitor
from habeas.vocabulary import participant_of
from habeas.warrants import issue_approval, issue_proof
from habeas.web.application import create_app
from habeas.work.inbox import store
from habeas.work.tables import OutboxLetter
from habeas_fulfilment.actions import answer_context, find_answer
from habeas_fulfilment.models import Answer, Plan, SystemOrder
from habeas_fulfilment.service import SERVICE

SAMPLE = Path(__file__).parents[3] / "examples/sample-company/profile.yaml"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EMAIL = "anna.canary@example.com"
IDENTIFIERS = {"email": [EMAIL], SALT: ["5a" * 32]}
SYSTEMS = ("shop", "newsletter", "applications")


def record(kind: str, key: str, activity: str, dated: str | None = "2024-05-01", **data: Any) -> dict[str, Any]:
    """Make a record as a runner sends it."""
    data = data or {"id": key}
    return {
        "kind": kind,
        "key": key,
        "activity": activity,
        "data": data,
        "dated": dated,
        "matches": {"email": EMAIL},
        "attachments": [],
    }


def located(kind: str, key: str, activity: str, dated: str | None = "2024-05-01") -> dict[str, Any]:
    """Make what a runner sends of a located record."""
    digest = hashlib.sha256(f"{kind} {key}".encode()).hexdigest()
    return {
        "kind": kind,
        "key": key,
        "activity": activity,
        "digest": digest,
        "dated": dated,
        "matches": {"email": EMAIL},
    }


HELD: Mapping[str, Sequence[dict[str, Any]]] = {
    "shop": [
        located("customers", "1017", "customer_account"),
        located("orders", "1", "orders"),
        located("invoices", "2024-1", "invoicing", "2024-05-01"),
        located("invoices", "2012-1", "invoicing", "2012-05-01"),
    ],
    "newsletter": [located("subscribers", "7", "newsletter")],
    "applications": [],
}
EXPORTED: Mapping[str, Sequence[dict[str, Any]]] = {
    "shop": [record("customers", "1017", "customer_account", name="Anna"), record("logins", "9", "security")],
    "newsletter": [record("subscribers", "7", "newsletter")],
    "applications": [],
}


def deeds(scope: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Make what a runner sends after it has erased a scope as it was told."""
    return [
        {
            "kind": each["kind"],
            "deed": "kept" if each["keep"] else "erased",
            "count": 1,
            "ground": each["ground"],
            "until": each["until"],
            "verified": True,
            "why": "",
        }
        for each in scope
    ]


@dataclass
class Desk:
    """A running fulfilment, and what a test does to it."""

    record = staticmethod(record)
    located = staticmethod(located)
    deeds = staticmethod(deeds)
    identifiers: ClassVar = IDENTIFIERS
    held: ClassVar = HELD
    exported: ClassVar = EXPORTED

    context: Context
    clock: FixedClock
    _relayed: set[str] = field(default_factory=set)

    def open(self, *rights: str, case: str = "", **changes: Any) -> str:
        """Open a case for these rights."""
        facts = {
            "case": case or random_id(),
            "reference": "H-7K3M-9QXA",
            "controller": "nordlunds-lampor",
            "rights": list(rights),
            "capacity": "self",
            "language": "en",
            "received_at": NOW.isoformat(),
            "respond_by": dict.fromkeys(rights, "2026-12-22"),
            "browser": "b" * 64,
        }
        event = CaseOpened(**{**facts, **changes})
        deliver(self.context, event, source="intake")
        run(self.context)
        return event.case

    def prove(self, case: str, /, email: str = EMAIL, **changes: Any) -> None:
        """Let identity prove the person of a case."""
        identifiers = {**IDENTIFIERS, "email": [email]}
        signed = issue_proof(
            self.context.keys.signer("identity"),
            **{
                "case": case,
                "assurance": "A2",
                "method": "mailbox",
                "identifiers": identifiers,
                "now": self.clock.now(),
                "expires": self.clock.now() + timedelta(days=90),
                **changes,
            },
        )
        event = IdentityProved(case=case, assurance="A2", method="mailbox+phone", proof=signed.to_object())
        deliver(self.context, event, source="identity", sealed={"identifiers": identifiers})
        run(self.context)

    def proved(self, *rights: str, email: str = EMAIL) -> str:
        """Open and prove a case."""
        case = self.open(*rights)
        self.prove(case, email)
        self.pass_over(case)
        return case

    def pass_over(self, case: str) -> None:
        """Let the systems that fill each other say that they cannot be stopped from it."""
        waiting = {row.id for row in self.rows(case) if row.task == "stop" and row.state == "given"}
        for order in self.orders(case, "suppress"):
            if order.event.order in waiting:  # type: ignore[attr-defined]
                self.answer(order, outcome="not_applicable")
        self.work()

    def orders(self, case: str, operation: str = "") -> list[Said]:
        """List the orders given in a case, oldest first."""
        given = [each for each in said(self.context, OrderGiven) if each.event.thread == case]
        return [each for each in given if not operation or each.event.operation == operation]  # type: ignore[attr-defined]

    def answer(self, order: Said, lines: Sequence[Any] = (), /, *, source: str = "", **changes: Any) -> str:
        """Let the system that was ordered answer with these lines, sealed to the case."""
        given: Any = order.event
        content = b""
        if lines:
            plain = "".join(json.dumps(line) + "\n" for line in lines).encode()
            sealed = seal_stream(io.BytesIO(plain), read_base64(given.case_key), context_of(given.order, "records"))
            content = b"".join(sealed)
        facts = {
            "case": given.case,
            "order": given.order,
            "system": given.system,
            "operation": given.operation,
            "outcome": "found" if lines else "nothing",
            "counts": {"records": len(lines)} if lines else {},
            "content": b64encode(content).decode(),
            "parts": [],
            "reason": "",
            "final": True,
        }
        event = OrderAnswered(**{**facts, **changes})
        return deliver(self.context, event, source=source or participant_of(given.system))

    def fail(self, order: Said, *, final: bool = True, reason: str = "the system is away") -> str:
        """Let the system that was ordered fail."""
        return self.answer(order, outcome="failed", reason=reason, final=final)

    def answer_all(self, case: str, operation: str, held: Mapping[str, Sequence[Any]]) -> None:
        """Let every system answer its newest order of an operation, and let fulfilment work."""
        self.pass_over(case)
        newest = {each.event.system: each for each in self.orders(case, operation)}  # type: ignore[attr-defined]
        for system, order in newest.items():
            self.answer(order, held[system])
        self.work()

    def erase_all(self, case: str) -> None:
        """Let every system erase what it is ordered to, wave by wave."""
        done: set[str] = set()
        while left := [each for each in self.orders(case, "erase") if each.event.order not in done]:  # type: ignore[attr-defined]
            for order in left:
                done.add(order.event.order)  # type: ignore[attr-defined]
                self.answer(order, deeds(order.sealed["scope"]))
            self.work()
        self.look(case)

    def look(self, case: str, held: Mapping[str, Sequence[Any]] | None = None) -> None:
        """Let every system answer the look after an erasure; without more none holds anything any more."""
        waiting = {row.id for row in self.rows(case) if row.task == "absence" and row.state == "given"}
        for order in self.orders(case, "locate"):
            if order.event.order in waiting:  # type: ignore[attr-defined]
                self.answer(order, (held or {}).get(order.event.system, ()))  # type: ignore[attr-defined]
        self.work()

    def work(self) -> None:
        """Bring fulfilment what it has said to itself, and let it work until nothing is left."""
        run(self.context)
        while self._relay():
            run(self.context)

    def _relay(self) -> int:
        with self.context.database.reading() as session:
            chosen = select(OutboxLetter).where(OutboxLetter.recipient == "fulfilment").order_by(OutboxLetter.id)
            new = [row for row in session.scalars(chosen) if row.id not in self._relayed]
        store(self.context, new)
        self._relayed |= {row.id for row in new}
        return len(new)

    def approve(self, case: str, person: str = "p1", *, digest: str = "", approval: Any = None) -> None:
        """Let an agent approve the plan of a case, or another digest."""
        digest = digest or self.plan(case).digest
        signed = approval or issue_approval(
            self.context.keys.signer("identity"),
            id=uuid7(),
            case=case,
            plan=digest,
            agent=person,
            role="approver",
            now=self.clock.now(),
        )
        event = ApprovalGiven(case=case, digest=digest, agent=person, approval=signed.to_object())
        deliver(self.context, event, source="identity")
        self.work()

    def planned(self, *rights: str, held: Mapping[str, Sequence[Any]] = HELD) -> str:
        """Bring a case with an erasure to its frozen plan."""
        case = self.proved(*(rights or ("erasure",)))
        self.answer_all(case, "locate", held)
        return case

    def approved(self, *rights: str) -> str:
        """Bring a case to its approved plan, with the time to call it back over."""
        case = self.planned(*rights)
        self.approve(case, "p1")
        self.approve(case, "p2")
        self.cool_off()
        return case

    def cool_off(self) -> None:
        """Let the time to call erasures back pass."""
        from habeas_fulfilment.timers import begin_erasures

        self.clock.advance(timedelta(hours=25))
        begin_erasures(self.context)
        self.work()

    def packaged(self, *rights: str) -> str:
        """Bring a case to its finished package."""
        case = self.proved(*(rights or ("access",)))
        self.answer_all(case, "export", EXPORTED)
        return case

    def plan(self, case: str) -> Plan:
        """Read the newest plan of a case."""
        with self.context.database.reading() as session:
            chosen = select(Plan).where(Plan.case_id == case).order_by(Plan.round.desc())
            return session.scalars(chosen).first()  # type: ignore[return-value]

    def answers(self, case: str) -> list[Answer]:
        """Read the answers of a case."""
        with self.context.database.reading() as session:
            return list(session.scalars(select(Answer).where(Answer.case_id == case).order_by(Answer.right)))

    def rows(self, case: str) -> list[SystemOrder]:
        """Read the orders' rows of a case."""
        with self.context.database.reading() as session:
            return list(session.scalars(select(SystemOrder).where(SystemOrder.case_id == case)))

    def said(self, kind: type[Any], case: str = "") -> list[Any]:
        """List the events said of a kind, in a case or in all, once each."""
        found = [each.event for each in said(self.context, kind) if not case or each.event.thread == case]
        return [event for event, _ in itertools.groupby(found)]

    def leaves(self, case: str) -> list[str]:
        """List the kinds of the ledger's leaves of a case."""
        with self.context.database.reading() as session:
            return list(session.scalars(select(Leaf.kind).where(Leaf.case_id == case).order_by(Leaf.id)))

    @cached_property
    def app(self) -> Any:
        """The HTTP door."""
        return create_app(self.context)  # type: ignore[arg-type]

    def visitor(self) -> Visitor:
        """Give a browser at the portal's origin."""
        return Visitor(self.app)


def start_desk(folder: Path, postgres_url: str | None = None, **replaced: str) -> Desk:
    """Start a fulfilment in a folder; `replaced` are texts of the sample's profile, with `__` for a colon."""
    profile = SAMPLE.read_text(encoding="utf-8")
    for name, value in (("approval", "two"), ("cooling_off_hours", "24"), ("downloads", "3"), ("days", "14")):
        profile = re.sub(rf"^  {name}: \w+", f"  {name}: {value}", profile, flags=re.MULTILINE)
    for key, value in replaced.items():
        profile = profile.replace(key.replace("__", ": "), value)
    (folder / "profiles").mkdir(exist_ok=True)
    (folder / "profiles/sample.yaml").write_text(profile, encoding="utf-8")
    clock = FixedClock(NOW)
    changes = {"profiles": str(folder / "profiles")}
    if postgres_url:
        changes["database"] = postgres_url
    return Desk(make_context(SERVICE, folder, clock=clock, systems=SYSTEMS, **changes), clock)


@pytest.fixture(params=["sqlite", "postgres"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """Fulfilment on SQLite and on PostgreSQL."""
    url = None
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").url
    made = start_desk(tmp_path, url)
    yield made
    if url:
        with made.context.database.engine.begin() as connection:
            connection.execute(text('DROP SCHEMA "fulfilment" CASCADE'))
    made.context.database.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Desk]:
    """Fulfilment on SQLite, where both databases would say the same."""
    made = start_desk(tmp_path)
    yield made
    made.context.database.close()


@pytest.fixture
def make_desk(tmp_path: Path) -> Iterator[Any]:
    """Start a fulfilment whose profile differs in some lines."""
    made: list[Desk] = []

    def start(**replaced: str) -> Desk:
        made.append(start_desk(tmp_path, None, **replaced))
        return made[-1]

    yield start
    for desk in made:
        desk.context.database.close()


@pytest.fixture
def read_bag() -> Any:
    """Open an answer that lies in the store, as the download would decrypt it."""

    def read(desk: Desk, case: str, right: str = "access") -> zipfile.ZipFile:
        with desk.context.reading() as tx:
            handed = find_answer(tx, case, right)
        with desk.context.store.open(handed.made.key) as source:
            reader = DecryptingReader(source, handed.made.content_key, answer_context(case, right))
            return zipfile.ZipFile(io.BytesIO(reader.read()))

    return read
