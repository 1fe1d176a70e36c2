"""What a runner remembers beside its letters: which orders it has taken, and how far each has come."""

from datetime import datetime
from typing import Any

from sqlalchemy import Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from habeas.database import House, Instant, Json


class TakenOrder(House):
    """An order that came in a valid letter; another letter with the same order is a replay."""

    __tablename__ = "taken_order"

    order: Mapped[str] = mapped_column("order_id", String(36), primary_key=True)
    letter: Mapped[str] = mapped_column(String(36))
    taken_at: Mapped[datetime] = mapped_column(Instant)


class ResultSlice(House):
    """A stretch of an export that has arrived whole at the upload door, so that a crash does not begin again."""

    __tablename__ = "result_slice"

    order: Mapped[str] = mapped_column("order_id", String(36), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    parts: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    counts: Mapped[dict[str, int]] = mapped_column(Json)
    """The records of this and all slices before it, by kind."""
    files: Mapped[int] = mapped_column(Integer)
    """The files of this and all slices before it."""
    after: Mapped[bytes] = mapped_column(LargeBinary)
    """The connector's own mark, encrypted: it may hold a key of the person."""


class WaitingOrder(House):
    """For what an order waits, as it was last told, so that the same is not said at every look."""

    __tablename__ = "waiting_order"

    order: Mapped[str] = mapped_column("order_id", String(36), primary_key=True)
    waiting: Mapped[str] = mapped_column(String(300))
    until: Mapped[str] = mapped_column(String(40))


class AwaitedCall(House):
    """That somebody will call when they are done; or that they have called before anybody waited for it."""

    __tablename__ = "awaited_call"

    number: Mapped[str] = mapped_column(String(36), primary_key=True)
    order: Mapped[str] = mapped_column("order_id", String(36), index=True)
    letter: Mapped[str] = mapped_column(String(36))
    """The order's letter; empty until it waits."""
    called_at: Mapped[datetime | None] = mapped_column(Instant)
    """When they called and nobody could be woken; None once it was looked."""
