"""How far an export has come: the slices that have arrived whole, and where the connector goes on after a crash."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from habeas.connect.tables import ResultSlice
from habeas.crypto.datakeys import Retention
from habeas.crypto.vault import Place
from habeas.service import Context
from habeas.work.transaction import Transaction


@dataclass
class Come:
    """What of an order has arrived: its parts, the records in them by kind, its files, and the last mark."""

    slices: int = 0
    parts: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    files: int = 0
    after: str | None = field(default=None, repr=False)


def read_slices(context: Context, case: str, order: str) -> Come:
    """Tell how far an earlier attempt at this order came."""
    come = Come()
    with context.reading() as tx:
        rows = tx.session.scalars(select(ResultSlice).where(ResultSlice.order == order).order_by(ResultSlice.number))
        for row in rows:
            come.parts += row.parts
            come.slices, come.counts, come.files = row.number, dict(row.counts), row.files
            come.after = tx.vault.decrypt(case, Retention.PACKAGE, _place(order, row.number), row.after).decode()
    return come


def keep_slice(
    tx: Transaction,
    case: str,
    order: str,
    come: Come,
    parts: list[dict[str, Any]],
    counts: Mapping[str, int],
    after: str,
) -> None:
    """Note that one more slice has arrived; `come` goes on with it."""
    come.slices, come.counts, come.after = come.slices + 1, dict(counts), after
    come.parts += parts
    tx.session.add(
        ResultSlice(
            order=order,
            number=come.slices,
            parts=parts,
            counts=come.counts,
            files=come.files,
            after=tx.vault.encrypt(case, Retention.PACKAGE, _place(order, come.slices), after.encode()),
        )
    )


def drop_slices(tx: Transaction, order: str) -> None:
    """Forget how far an order came, now that it is answered."""
    tx.session.execute(delete(ResultSlice).where(ResultSlice.order == order))


def _place(order: str, number: int) -> Place:
    return Place("result_slice", "after", f"{order}/{number}")
