"""The tables that make letters safe: what was said, what was heard, and in which order."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from habeas.database import House, Instant


class OutboxLetter(House):
    """A letter that was said in the transaction of what it tells; kept 30 days so that it can be said again."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "outbox_unpublished",
            "id",
            sqlite_where=text("published_at IS NULL"),
            postgresql_where=text("published_at IS NULL"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    recipient: Mapped[str] = mapped_column(String(40))
    thread: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(Integer)
    type: Mapped[str] = mapped_column(String(40))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(String(64))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    said_at: Mapped[datetime] = mapped_column(Instant)
    published_at: Mapped[datetime | None] = mapped_column(Instant)


class OutboxThread(House):
    """How many letters of a thread went to a recipient: the next one's number follows."""

    __tablename__ = "outbox_thread"

    thread: Mapped[str] = mapped_column(String(64), primary_key=True)
    recipient: Mapped[str] = mapped_column(String(40), primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class InboxLetter(House):
    """A letter that arrived, kept 40 days so that the same one is never acted on twice."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index("inbox_thread_order", "thread", "source", "sequence"),
        Index(
            "inbox_open",
            "thread",
            "state",
            sqlite_where=text("state IN ('waiting','claimed','parked')"),
            postgresql_where=text("state IN ('waiting','claimed','parked')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    source: Mapped[str] = mapped_column(String(40))
    thread: Mapped[str] = mapped_column(String(64))
    sequence: Mapped[int] = mapped_column(Integer)
    type: Mapped[str] = mapped_column(String(40))
    stage: Mapped[int] = mapped_column(Integer)
    since: Mapped[datetime] = mapped_column(Instant)
    """When the first letter of this thread arrived: the oldest case goes first."""
    body: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(String(64))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(String(10))
    """waiting, claimed (an effect works on it), done, parked (a person has to look), dropped (a person did)."""
    attempts: Mapped[int] = mapped_column(Integer)
    next_at: Mapped[datetime] = mapped_column(Instant)
    fence: Mapped[int] = mapped_column(Integer)
    lease_until: Mapped[datetime | None] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(String(300))
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class InboxThread(House):
    """How far a source's letters of a thread have been dealt with: the next number to act on."""

    __tablename__ = "inbox_thread"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    thread: Mapped[str] = mapped_column(String(64), primary_key=True)
    next: Mapped[int] = mapped_column(Integer)


class DeadLetter(House):
    """A message that could be read but not believed, with the reason; nothing was built from it."""

    __tablename__ = "dead_letter"

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    received_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(String(300))
    body: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str] = mapped_column(String(64))
    signature: Mapped[bytes] = mapped_column(LargeBinary)
