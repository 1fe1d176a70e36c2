"""The one unit of work: rows, letters and ledger leaf become true together or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from habeas.crypto.vault import Vault
from habeas.envelope import Letter, post
from habeas.events import CONNECTOR, Event
from habeas.ledger import append, sequence
from habeas.work.tables import OutboxLetter

if TYPE_CHECKING:
    from habeas.service import Context

_NEXT = text(
    "INSERT INTO outbox_thread (thread, recipient, last) VALUES (:thread, :recipient, 1) "
    "ON CONFLICT (thread, recipient) DO UPDATE SET last = outbox_thread.last + 1 RETURNING last"
)


@dataclass
class Transaction:
    """What an action works with: the session, the present instant, and the three ways to leave a mark."""

    context: "Context"
    session: Session
    now: datetime
    vault: Vault
    said: int = field(default=0)

    def say(
        self, event: Event, *, to: str | None = None, sealed: Mapping[str, Mapping[str, Any]] | None = None
    ) -> None:
        """Say that something happened: one letter to each hearer, in this transaction.

        `to` names the participant when the event goes to a connector; `sealed` holds, by hearer (`connector` for
        whichever it is), exactly the parts that the event's `SEALS` name.
        """
        sealed = dict(sealed or {})
        if {role: tuple(sorted(parts)) for role, parts in sealed.items()} != {
            role: tuple(sorted(parts)) for role, parts in event.SEALS.items()
        }:
            raise TypeError(f"{event.TYPE} seals {event.SEALS}, nothing else and nothing less")
        if event.SAID_BY not in (self.context.participant, CONNECTOR):
            raise TypeError(f"{event.TYPE} is not for {self.context.participant} to say")
        for role in event.HEARD_BY:
            recipient = to if role == CONNECTOR else role
            if recipient is None:
                raise TypeError(f"{event.TYPE} goes to a connector: say to which")
            self._post(event, recipient, sealed.get(role))

    def _post(self, event: Event, recipient: str, sealed: Mapping[str, Any] | None) -> None:
        keys = self.context.keys
        values = {"thread": event.thread, "recipient": recipient}
        sequence = self.session.execute(_NEXT, values).scalar_one()
        posted = post(
            event,
            source=self.context.participant,
            recipient=recipient,
            sequence=sequence,
            now=self.now,
            signer=keys.signer(self.context.participant),
            directory=keys.directory(),
            sealed=sealed,
        )
        self.session.add(
            OutboxLetter(
                id=posted.id,
                recipient=recipient,
                thread=event.thread,
                sequence=sequence,
                type=posted.type,
                body=posted.body,
                key_id=posted.key_id,
                signature=posted.signature,
                said_at=self.now,
            )
        )
        self.said += 1

    def record(self, kind: str, case: str, **facts: Any) -> str:
        """Add a leaf to the ledger; the facts must hold nothing personal. Returns the leaf's id."""
        return append(self.session, kind, case, facts, self.now)

    def sequence(self) -> None:
        """Order the waiting leaves into the service's Merkle log and sign its new head; one at a time."""
        if not self.context.database.is_sqlite:  # there the one writer is lock enough
            lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 2))")
            self.session.execute(lock, {"name": self.context.participant})
        self.session.flush()
        sequence(self.session, self.now, self.context.keys.signer(self.context.participant))

    def open(self, letter: Letter) -> dict[str, Any]:
        """Open what a letter has sealed for us."""
        return letter.open(self.context.keys)
