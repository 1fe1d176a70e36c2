"""Identity on its own, on both databases, with the people who come to its pages."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from habeas.clock import FixedClock, random_id
from habeas.events import CaseOpened, ChallengeIssued, ChannelsAnswered, ChannelsAsked
from habeas.service import Context
from habeas.testing.house import Said, deliver, make_context, run, said
from habeas.testing.visitor import Visitor
from habeas.vocabulary import participant_of
from habeas.web.application import create_app
from habeas.work.inbox import store
from habeas.work.tables import OutboxLetter
from habeas_identity.agents import add_agent
from habeas_identity.contents import AgentDetails
from habeas_identity.passwords import hash_password
from habeas_identity.service import SERVICE

SAMPLE = Path(__file__).parents[2] / "examples/sample-company/profile.yaml"
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
STORED = "anna.canary@example.com"
BROWSER = "b" * 64
PASSWORD = "correct horse battery"
PHONE = "070-174 06 05"
ANNA = "anna@example.com"
LOOK_ALIKES = [
    *(f"anna+{tag}@example.com" for tag in ("a", "1", "privacy", "gdpr", "x.y", "2026")),
    *("a.nna@example.com", "an.na@example.com", "ann.a@example.com", "a.n.n.a@example.com", "anna.@example.com"),
    *("anna@example.org", "anna@example.co", "anna@exarnple.com", "anna@example.com.se", "anna@mail.example.com"),
    *("anna@exämple.com", "anna@xn--exmple-cua.com", "ánna@example.com", "änna@example.com", "anná@example.com"),
    *("аnna@example.com", "annа@example.com", "anna@еxample.com", "anna@examplе.com", "anna@example.сom"),
    *("ａnna@example.com", "anna@ｅxample.com", "anna＠example.com", "𝐚nna@example.com", "anna@example。com"),
    *("anna@example.com.", "anna @example.com", "anna@ example.com", "'anna'@example.com", '"anna"@example.com'),
    *(
        "anna%40example.com@evil.example",
        "anna@example.com@evil.example",
        "anna\u200b@example.com",
        "an\u00adna@example.com",
    ),
    *(
        "ſanna@example.com",
        "anna@example.com\u200d",
        "anna_@example.com",
        "-anna@example.com",
        "anna@example.com,eve@evil.example",
    ),
]
"""Other addresses than Anna's, each of which somebody might take for hers."""


@dataclass
class Desk:
    """A running identity, and what a test does to it."""

    context: Context
    clock: FixedClock
    passwords: dict[str, str] = field(default_factory=dict)

    def open(
        self,
        *,
        browser: str = BROWSER,
        case: str = "",
        language: str = "en",
        rights: Sequence[str] = ("restriction",),
        capacity: str = "self",
        acting: dict[str, str] | None = None,
        assertion: str = "",
        held: bool = False,
        **identifiers: str,
    ) -> str:
        """Open a case with these claimed identifiers (the stored address, if none); by itself one a mailbox proves."""
        case = case or random_id()
        claimed = {name: [value] for name, value in (identifiers or {"email": STORED}).items()}
        event = CaseOpened(
            case=case,
            reference="H-7K3M-9QXA",
            controller="nordlunds-lampor",
            rights=list(rights),
            capacity=capacity,
            language=language,
            received_at=NOW.isoformat(),
            respond_by=dict.fromkeys(rights, "2026-12-22"),
            browser=browser,
            held=held,
        )
        told = {"identifiers": claimed, "assertion": assertion, "acting": acting or {}}
        deliver(self.context, event, source="intake", sealed=told)
        run(self.context)
        return case

    def answer(
        self,
        case: str,
        *records: dict[str, str],
        system: str = "shop",
        source: str = "",
        outcome: str = "",
        channels: Any = None,
    ) -> None:
        """Let a system answer with the records it holds; each one's mailbox is its `email`, its phone its `phone`."""
        if channels is None:
            channels = [channel for each in records for channel in channels_of(each)]
        event = ChannelsAnswered(
            case=case, system=system, outcome=outcome or ("found" if channels else "nothing"), reason=""
        )
        deliver(self.context, event, source=source or participant_of(system), sealed={"channels": channels})
        run(self.context)

    def found(self, **claim: Any) -> str:
        """Open a case for the stored address, found in the shop."""
        case = self.open(**claim)
        self.answer(case, {"email": STORED, "customer_number": "1017"})
        return case

    def two_channels(self, right: str = "access", **claim: Any) -> str:
        """Open a case that needs a second stored channel, for somebody of whom the shop holds a mailbox and a phone."""
        case = self.open(rights=(right,), **claim)
        self.answer(case, {"email": STORED, "customer_number": "1017", "phone": PHONE})
        return case

    def codes(self, case: str) -> list[str]:
        """List the codes that went out in a case."""
        return [each.sealed["code"] for each in self.said(ChallengeIssued, case)]

    def said(self, kind: type[Any], case: str = "") -> list[Said]:
        """List what was said of a kind, in a case or in all."""
        return [each for each in said(self.context, kind) if not case or each.event.thread == case]

    def asked(self, case: str) -> list[str]:
        """List the systems that were asked for addresses."""
        return [each.event.system for each in self.said(ChannelsAsked, case)]  # type: ignore[attr-defined]

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """Look into the tables."""
        with self.context.database.reading() as session:
            return list(session.execute(text(statement), values))

    def start_over(self, folder: Path) -> None:
        """Throw everything away and begin with empty tables at the first moment."""
        self.context.database.close()
        self.clock.at = NOW
        self.context = make_context(SERVICE, folder, clock=self.clock, profiles=str(SAMPLE))
        self.__dict__.pop("app", None)

    def change(self, statement: str) -> None:
        """Change the tables, as no door does."""
        with self.context.database.session() as session:
            session.execute(text(statement))

    def relay(self) -> None:
        """Bring identity what it has said to itself, and let it work."""
        with self.context.database.session() as session:
            mine = select(OutboxLetter).where(OutboxLetter.recipient == "identity", OutboxLetter.published_at.is_(None))
            letters = list(session.scalars(mine.order_by(OutboxLetter.id)))
            for letter in letters:
                letter.published_at = self.clock.now()
        store(self.context, letters)
        run(self.context)

    @cached_property
    def app(self) -> Any:
        """The HTTP door."""
        return create_app(self.context)

    def visitor(self, cookie: str = "") -> Visitor:
        """Somebody at a browser; with `cookie`, one that holds that browser cookie."""
        visitor = Visitor(self.app, self.context.settings.portal_url)
        if cookie:
            visitor.hold("habeas_browser", cookie)
        return visitor

    def hire(self, email: str, *roles: str, person: str = "") -> str:
        """Add an agent who signs in with the usual password."""
        kept = self.passwords.setdefault(PASSWORD, hash_password(PASSWORD))
        with self.context.transaction() as tx:
            return add_agent(tx, AgentDetails("Agent", email), roles or ("approver",), kept, person=person)

    def sign_in(
        self, visitor: Visitor, email: str, *, password: str = PASSWORD, service: str = "identity", page: str = ""
    ) -> Any:
        """Sign in on the page."""
        fields = {"email": email, "password": password, "for": service, "next": "/agents/sign-out", "act": ""}
        return visitor.post("/agents/sign-in", fields, page=page)


def channels_of(record: dict[str, str]) -> list[dict[str, Any]]:
    """What a system tells of a record: an address a kind, each with the record's identifiers."""
    known = {name: value for name, value in record.items() if name != "phone"}
    kinds = (("email", "email"), ("sms", "phone"))
    return [{"kind": kind, "value": record[key], "identifiers": known} for kind, key in kinds if record.get(key)]


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


def _open(
    request: pytest.FixtureRequest, folder: Path, clock: FixedClock, database: str, **changes: str
) -> Iterator[Desk]:
    changes["profiles"] = str(SAMPLE)
    if database == "postgresql":
        changes["database"] = request.getfixturevalue("postgres").url
    context = make_context(SERVICE, folder, clock=clock, **changes)
    desk = Desk(context, clock)
    yield desk
    if database == "postgresql":
        with context.database.engine.begin() as connection:
            connection.execute(text("DROP SCHEMA identity CASCADE"))
    desk.context.database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    """Identity, once on each database."""
    yield from _open(request, tmp_path, clock, request.param)


@pytest.fixture
def page_desk(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    """Identity on SQLite, for what does not depend on the database."""
    yield from _open(request, tmp_path, clock, "sqlite")


@pytest.fixture(params=["sqlite", "postgresql"])
def named_desk(request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock) -> Iterator[Desk]:
    """Identity at an address with a name, where browsers know passkeys."""
    names = {"portal_url": "http://localhost:8080", "download_url": "http://localhost:8081"}
    yield from _open(request, tmp_path, clock, request.param, **names)


def token_free(page: str) -> str:
    """A page without what differs with every answer: the form's token and the nonce."""
    return re.sub(r'(name="csrf_token" value|nonce)="[^"]*"', r"\1", page)
