"""What a service's ledger remembers: leaves, the tree's inner nodes, and the signed checkpoints."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from habeas.database import House, Instant, Json

_WAITING = text('"index" IS NULL')


class Leaf(House):
    """One step of a case, free of personal data; `index` is its place in the tree once it has been sequenced."""

    __tablename__ = "ledger_leaf"
    __table_args__ = (
        Index("ledger_leaf_waiting", "id", sqlite_where=_WAITING, postgresql_where=_WAITING),
        Index("ledger_leaf_case", "case_id"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    written_at: Mapped[datetime] = mapped_column(Instant)
    kind: Mapped[str] = mapped_column(String(64))
    case_id: Mapped[str | None] = mapped_column(String(64))
    body: Mapped[dict[str, Any]] = mapped_column(Json)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    commitment: Mapped[bytes] = mapped_column(LargeBinary)
    index: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class Node(House):
    """The hash over 2**level leaves from `index * 2**level` on (level 1 and up), so that a proof reads few rows."""

    __tablename__ = "ledger_node"

    level: Mapped[int] = mapped_column(Integer, primary_key=True)
    index: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class CheckpointRow(House):
    """A signed statement of the tree's root at a size; `previous` is the size of the checkpoint before it."""

    __tablename__ = "ledger_checkpoint"

    size: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    previous: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str] = mapped_column(Text)
