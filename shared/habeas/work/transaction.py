"""The one unit of work: rows, letters and ledger leaf become true together or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, String, TextualSelect, column, insert, text
from sqlalchemy.orm import Session

from habeas.crypto.vault import Vault
from habeas.envelope import Letter, post
from habeas.events import CONNECTOR, Event
from habeas.ledger import append, sequence
from habeas.work.bell import channel
from habeas.work.tables import OutboxLetter

if TYPE_CHECKING:
    from habeas.service import Context

_COUNT = (
    "INSERT INTO outbox_thread (thread, recipient, last) VALUES {} "
    "ON CONFLICT (thread, recipient) DO UPDATE SET last = outbox_thread.last + 1 RETURNING recipient, last"
)
_POST = insert(OutboxLetter.__table__)  # type: ignore[arg-type]


@cache
def _count(recipients: int, *, notify: bool) -> TextualSelect:
    """Give the statement that takes the next number of a thread for so many recipients, and wakes the relay."""
    rows = ", ".join(f"(:thread, :recipient{place}, 1)" for place in range(recipients))
    ring = (", pg_notify(:channel, '')", [column("rung", String)]) if notify else ("", [])  # it rings at the commit
    return text(_COUNT.format(rows) + ring[0]).columns(column("recipient", String), column("last", Integer), *ring[1])


@dataclass
class Transaction:
    """What an action works with: the session, the present instant, and the three ways to leave a mark."""

    context: "Context"
    session: Session
    now: datetime
    vault: Vault
    _letters: list[dict[str, Any]] = field(default_factory=list)

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
        if CONNECTOR in event.HEARD_BY and to is None:
            raise TypeError(f"{event.TYPE} goes to a connector: say to which")
        parts = {(to or "") if role == CONNECTOR else role: sealed.get(role) for role in event.HEARD_BY}
        # Always in the same order, so that two transactions of one thread wait for each other and never in a circle.
        values = {f"recipient{place}": recipient for place, recipient in enumerate(sorted(parts))}
        values |= {"thread": event.thread, "channel": channel(self.context.database, "outbox")}
        counted = self.session.execute(_count(len(parts), notify=not self.context.database.is_sqlite), values)
        for recipient, number, *_ in counted.all():
            self._post(event, recipient, number, parts[recipient])

    def _post(self, event: Event, recipient: str, sequence: int, sealed: Mapping[str, Any] | None) -> None:
        keys = self.context.keys
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
        self._letters.append(
            {
                "id": posted.id,
                "recipient": recipient,
                "thread": event.thread,
                "sequence": sequence,
                "type": posted.type,
                "body": posted.body,
                "key_id": posted.key_id,
                "signature": posted.signature,
                "said_at": self.now,
            }
        )

    @property
    def said(self) -> int:
        """Count the letters of this transaction."""
        return len(self._letters)

    def put_letters(self) -> None:
        """Write what was said into the outbox; once, at the end of the transaction."""
        if self._letters:
            self.session.execute(_POST, self._letters)

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
