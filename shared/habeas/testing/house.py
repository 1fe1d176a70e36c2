"""A service on its own, for its tests: real keys, a real database, real letters; only the broker is left out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, text

from habeas.clock import SYSTEM_CLOCK, Clock
from habeas.crypto.keyring import Keyring
from habeas.database.house import create_house
from habeas.envelope import post, read_stored, to_headers
from habeas.events import Event
from habeas.service import Context, Service, open_context
from habeas.settings import Settings, read_settings
from habeas.vocabulary import SERVICES, participant_of
from habeas.work.executor import Executor
from habeas.work.inbox import store
from habeas.work.tables import InboxLetter, OutboxLetter

SYSTEMS = ("shop", "newsletter", "applications")


@dataclass(frozen=True)
class Said:
    """One letter of the outbox, opened with the recipient's key, which a test's keyring also holds."""

    recipient: str
    event: Event
    sealed: Mapping[str, Any]


@dataclass(frozen=True)
class _Arrival:
    body: bytes
    key_id: str
    signature: bytes


def make_settings(folder: Path, **changes: str) -> Settings:
    """Read settings for a test whose everything lies in `folder`; `changes` are settings by lower-case name."""
    given = {"data": str(folder / "data"), "keys": str(folder / "keys"), "retry_seconds": "0.01", **changes}
    return read_settings({f"HABEAS_{name.upper()}": value for name, value in given.items()})


def make_context(
    service: Service,
    folder: Path,
    *,
    clock: Clock = SYSTEM_CLOCK,
    systems: Iterable[str] = SYSTEMS,
    participant: str = "",
    **changes: str,
) -> Context:
    """Start a service in `folder`, its database migrated, with the keys of everybody it may talk to."""
    settings = make_settings(folder, **changes)
    keys = Keyring(settings.keys, clock)
    keys.init([*SERVICES, *map(participant_of, systems)], clock.now())
    context = open_context(service, settings, keys, clock=clock, participant=participant)
    if service.migrations is None:
        with context.database.engine.begin() as connection:
            if not context.database.is_sqlite:
                connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{context.database.schema}"'))
            create_house(connection)
    else:
        from habeas.database.migration import upgrade

        upgrade(context)
    return context


def deliver(context: Context, event: Event, *, source: str, sealed: Mapping[str, Any] | None = None) -> str:
    """Put a letter from `source` into the context's inbox, as if the broker had brought it; return its id."""
    with context.database.reading() as session:
        known = session.scalars(
            select(InboxLetter.sequence).where(InboxLetter.source == source, InboxLetter.thread == event.thread)
        ).all()
    posted = post(
        event,
        source=source,
        recipient=context.participant,
        sequence=max(known, default=0) + 1,
        now=context.clock.now(),
        signer=context.keys.signer(source),
        directory=context.keys.directory(),
        sealed=sealed,
    )
    assert to_headers(posted)
    stored = store(context, [_Arrival(posted.body, posted.key_id, posted.signature)])
    assert stored == [posted.id], "the letter was not believed; look at the dead_letter table"
    return posted.id


def run(context: Context) -> int:
    """Execute all letters that are ready; return how many steps that took."""
    executor, steps = Executor(context), 0
    while executor.work_once():
        steps += 1
    return steps


def said(context: Context, kind: type[Event] | None = None) -> list[Said]:
    """Read what the service has said so far, oldest first, with the sealed parts opened."""
    with context.database.reading() as session:
        rows = session.scalars(select(OutboxLetter).order_by(OutboxLetter.id)).all()
    letters = [(row, read_stored(row.body, row.recipient)) for row in rows]
    return [
        Said(row.recipient, letter.event, letter.open(context.keys))
        for row, letter in letters
        if kind is None or isinstance(letter.event, kind)
    ]


def parked(context: Context) -> list[str]:
    """List why letters of the inbox are parked."""
    with context.database.reading() as session:
        return [row.reason or "" for row in session.scalars(select(InboxLetter).where(InboxLetter.state == "parked"))]
