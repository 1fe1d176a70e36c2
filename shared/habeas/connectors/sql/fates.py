"""Decides what happens to each row of an erasure, before anything is changed."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa

from habeas.connectors.sql.rows import Rows, Values, key_text, where_in
from habeas.connectors.sql.schema import Referer
from habeas.connectors.sql.trail import BATCH
from habeas.connectors.sql.treatments import Blanking
from habeas.sdk import Decided, NeedsPerson, digest_of

Item = tuple[str, str]  # kind, key as text
PAGE = 5_000
_T = TypeVar("_T")

CHANGED = "it changed after the plan was made"
NEW = "it came after the plan was made"
LOST = "nothing ties it to the person any more"
MISSING = "it was to be kept and is gone"
NEEDED = "kept rows refer to it"
OTHERS = "other rows refer to it"
NO_RULE = "kept rows refer to it, and the map does not say what to blank then"


class Act(IntEnum):
    """What happens to a row; a later one wins over an earlier one when both are due."""

    DELETE = 0
    BLANK = 1
    GONE = 2  # an earlier run of the same order deleted it
    BLANKED = 3  # or blanked it
    KEEP = 4
    LOST = 5  # it stays: nothing ties it to the person any more
    SHARE = 6  # it stays, as it is somebody else's, too
    LEAVE = 7  # it stays, and a person has to look


@dataclass(frozen=True)
class Fate:
    """What happens to one row, and why; `blanking` says how where it is blanked."""

    act: Act
    rows: Rows
    row: Values | None = None
    decided: Decided | None = None
    blanking: Blanking | None = None
    why: str = ""

    @property
    def stays_ours(self) -> bool:
        return self.act in (Act.KEEP, Act.BLANK, Act.BLANKED)


def fate_of(decided: Decided, rows: Rows, row: Values | None, *, tied: bool) -> Fate:
    """What the plan asks for one row as it stands: `tied` if something leads from the person to it."""
    mapped = rows.table.mapped
    if row is None:
        return (
            Fate(Act.LEAVE, rows, None, decided, why=MISSING) if decided.keep else Fate(Act.GONE, rows, None, decided)
        )
    same = digest(rows, row) == decided.digest
    if decided.keep:
        return Fate(Act.KEEP, rows, row, decided) if same else Fate(Act.LEAVE, rows, row, decided, why=CHANGED)
    if same and tied:
        act = Act.DELETE if mapped.erase is None else Act.BLANK
        return Fate(act, rows, row, decided, mapped.erase)
    if not same:
        for blanking, why in ((mapped.erase, ""), (mapped.when_kept, NEEDED)):
            if blanking is not None and rows.has_form(row, blanking):
                return Fate(Act.BLANKED, rows, row, decided, blanking, why)
    return Fate(Act.LOST, rows, row, decided, why=LOST) if same else Fate(Act.LEAVE, rows, row, decided, why=CHANGED)


def digest(rows: Rows, row: Values) -> str:
    """The digest of a row, as `locate` gives it."""
    return digest_of(rows.kind, key_text(rows.key(row)), rows.data(row))


@dataclass(frozen=True)
class Pointer:
    """One row that refers to another: `by` is None where the map does not know the row's table."""

    at: Item
    by: Item | None
    referer: Referer


#: The fates of rows that stand outside of those which are settled: they are final.
Standing = Callable[[Sequence[Item]], Mapping[Item, Fate]]


def settle(connection: sa.Connection, fates: Mapping[Item, Fate], standing: Standing) -> dict[Item, Fate]:
    """The fates after looking at who refers to what is to go: rows that stay keep what they need.

    A row that is needed by rows which stay is blanked as the map says; one that is needed by rows outside of the plan
    stays whole. Each such row may in turn need others, so this goes on until nothing changes any more.
    """
    settled = dict(fates)
    within: list[Pointer] = []
    for pointers in batches(_pointers(connection, fates)):
        inside = [each for each in pointers if each.by in fates]
        within += inside
        outside = [each for each in pointers if each.by not in fates]
        final = standing([each.by for each in outside if each.by])
        for pointer in outside:
            _move(settled, pointer, final.get(pointer.by) if pointer.by else None)
    moved = True
    while moved:
        moved = False
        for pointer in within:
            moved |= _move(settled, pointer, settled[pointer.by] if pointer.by else None)
    return settled


def _move(settled: dict[Item, Fate], pointer: Pointer, by: Fate | None) -> bool:
    fate = settled[pointer.at]
    later = _needed(fate, pointer, by)
    if later is None or later.act <= fate.act:
        return False
    settled[pointer.at] = later
    return True


def _needed(fate: Fate, pointer: Pointer, by: Fate | None) -> Fate | None:
    mapped = fate.rows.table.mapped
    if by is not None and by.act is Act.DELETE:
        return None
    blanks = by is not None and by.act is Act.BLANK and by.blanking
    if blanks and any(blanks.clears(name) for name in pointer.referer.columns):
        return None
    if by is not None and by.stays_ours:
        if mapped.when_kept is None:
            return replace(fate, act=Act.LEAVE, why=NO_RULE)
        return replace(fate, act=Act.BLANK, blanking=mapped.when_kept, why=NEEDED)
    return replace(fate, act=Act.SHARE if mapped.shared else Act.LEAVE, why=OTHERS)


def _pointers(connection: sa.Connection, fates: Mapping[Item, Fate]) -> Iterator[Pointer]:
    """Every row that refers to a row which is to go, or which stands untied and may be somebody else's."""
    asked: dict[str, list[Item]] = defaultdict(list)
    for item, fate in fates.items():
        if fate.act in (Act.DELETE, Act.LOST):
            asked[item[0]].append(item)
    for items in asked.values():
        rows = fates[items[0]].rows
        for referer in rows.table.referers:
            targets: dict[Values, Item] = {}
            for item in items:
                row = fates[item].row
                values = rows.values(row, referer.target) if row is not None else (None,)
                if None not in values:
                    targets[values] = item
            yield from _pointing_at(connection, referer, targets, rows.dialect)


def _pointing_at(
    connection: sa.Connection, referer: Referer, targets: Mapping[Values, Item], dialect: str
) -> Iterator[Pointer]:
    table = referer.table.sql
    columns = [table.c[name] for name in referer.columns]
    key = [table.c[name] for name in referer.key]
    for batch in batches(targets):
        # of a table that the map does not know one row is as good as all
        statement = sa.select(*columns, *key).where(where_in(columns, batch, dialect)).distinct()
        for row in _stream(connection, statement, dialect):
            at = targets.get(tuple(row[: len(columns)]))
            if at is None:
                raise NeedsPerson(f"the database takes different values of {referer.table.name} for the same")
            by = (referer.kind, key_text(tuple(row[len(columns) :]))) if referer.kind else None
            if by != at:  # a row that refers to itself goes with itself
                yield Pointer(at, by, referer)


def _stream(connection: sa.Connection, statement: sa.Select[Any], dialect: str) -> Iterator[Any]:
    """The rows of a statement while others are made on the same connection, never all of them at once."""
    if dialect != "mysql":
        with connection.execute(statement.execution_options(yield_per=1000)) as result:
            yield from result
        return
    # MySQL cannot be asked anything between two rows, so they are read in pages; every index of it ends with the key
    order = list(statement.selected_columns)
    last: Values | None = None
    while True:
        page = statement if last is None else statement.where(sa.tuple_(*order) > sa.tuple_(*map(sa.literal, last)))
        rows = list(connection.execute(page.order_by(*order).limit(PAGE)))
        yield from rows
        if len(rows) < PAGE:
            return
        last = tuple(rows[-1])


def batches(values: Iterable[_T], size: int = BATCH) -> Iterator[list[_T]]:
    """The values in lists that a statement can take."""
    every = iter(values)
    while batch := list(islice(every, size)):
        yield batch
