"""What every participant of a running house has written down about one case, read from its own database."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select

from habeas.crypto.directory import Directory
from habeas.crypto.keyring import Keyring
from habeas.database import Database
from habeas.ledger.audit import verify_ledger
from habeas.ledger.models import Leaf
from habeas.service import Service, open_context
from habeas.settings import read_settings
from habeas.testing.running import House
from habeas.vocabulary import SERVICES, participant_of
from habeas.work.tables import DeadLetter, InboxLetter, InboxThread, OutboxLetter, OutboxThread


@dataclass(frozen=True)
class Desk:
    """One participant's letters and ledger leaves of one case."""

    participant: str
    outbox: Sequence[OutboxLetter]
    inbox: Sequence[InboxLetter]
    said: dict[str, int]
    """The number of the last letter to each recipient."""
    heard: dict[str, int]
    """The number of the last letter of each source that was dealt with."""
    leaves: Sequence[Leaf]
    dead: tuple[str, ...]
    ledger: tuple[str, ...]
    """What an audit of the whole ledger finds wrong."""


class Archive:
    """Every participant's database, open for looking."""

    def __init__(self, house: House) -> None:
        self.participants = (*SERVICES, *map(participant_of, house.systems))
        self._databases: dict[str, Database] = {}
        self._directories: dict[str, Directory] = {}
        for each in self.participants:
            settings = read_settings(house.env(each))
            keys = Keyring(settings.keys)
            self._databases[each] = open_context(Service(name=each, hears={}), settings, keys).database
            self._directories[each] = keys.directory()

    @property
    def directory(self) -> Directory:
        """The public keys as fulfilment has them pinned."""
        return self._directories["fulfilment"]

    def read(self, case: str) -> dict[str, Desk]:
        """Read what everybody has of a case."""
        return {each: self._desk(each, case) for each in self.participants}

    def is_quiet(self, case: str) -> bool:
        """Say whether every letter of a case is marked as published and dealt with, or set aside for a person."""
        settled = select(InboxLetter.id).where(
            InboxLetter.thread == case, InboxLetter.state.in_(("done", "parked", "dropped"))
        )
        # First what was heard, then what was said: else a letter could be said in between and be missed by both.
        heard = set(self._ask_everybody(settled))
        said = set(self._ask_everybody(select(OutboxLetter.id).where(OutboxLetter.thread == case)))
        unmarked = select(OutboxLetter.id).where(OutboxLetter.thread == case, OutboxLetter.published_at.is_(None))
        return said <= heard and not any(self._ask_everybody(unmarked))

    def _ask_everybody(self, question: Select[Any]) -> Iterator[str]:
        for database in self._databases.values():
            with database.reading() as session:
                yield from session.scalars(question).all()

    def close(self) -> None:
        """Give all connections back."""
        for database in self._databases.values():
            database.close()

    def _desk(self, participant: str, case: str) -> Desk:
        with self._databases[participant].reading() as session:
            outbox = session.scalars(select(OutboxLetter).where(OutboxLetter.thread == case)).all()
            inbox = session.scalars(select(InboxLetter).where(InboxLetter.thread == case)).all()
            said = session.scalars(select(OutboxThread).where(OutboxThread.thread == case)).all()
            heard = session.scalars(select(InboxThread).where(InboxThread.thread == case)).all()
            leaves = session.scalars(select(Leaf).where(Leaf.case_id == case).order_by(Leaf.id)).all()
            dead = session.scalars(select(DeadLetter)).all()
            report = verify_ledger(session, self._directories[participant], participant)
            return Desk(
                participant=participant,
                outbox=sorted(outbox, key=lambda row: (row.recipient, row.sequence)),
                inbox=sorted(inbox, key=lambda row: (row.source, row.sequence)),
                said={row.recipient: row.last for row in said},
                heard={row.source: row.next - 1 for row in heard},
                leaves=leaves,
                dead=tuple(row.reason for row in dead if case.encode() in row.body),
                ledger=tuple(report.faults),
            )


@contextmanager
def open_archive(house: House) -> Iterator[Archive]:
    """Open everybody's database, and close them at the end."""
    with ExitStack() as stack:
        archive = Archive(house)
        stack.callback(archive.close)
        yield archive
