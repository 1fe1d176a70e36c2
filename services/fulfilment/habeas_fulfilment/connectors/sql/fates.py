"""Decides what happens to each row of an erasure, before anything is changed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

import sqlalchemy as sa

from habeas.sdk import Decided, NeedsPerson, digest_of
from habeas_fulfilment.connectors.sql.datamap import Blanking
from habeas_fulfilment.connectors.sql.rows import Found, Rows, Values, key_text, where_in
from habeas_fulfilment.connectors.sql.schema import Referer
from habeas_fulfilment.connectors.sql.walk import BATCH

Item = tuple[str, str]  # kind, key as text

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


def fate_of(decided: Decided, found: Found | None, rows: Rows, row: Values | None) -> Fate:
    """What the plan asks for one row: `found` is it as tied to the person, `row` as it stands, tied or not."""
    mapped = rows.table.mapped
    if row is None:
        return (
            Fate(Act.LEAVE, rows, None, decided, why=MISSING) if decided.keep else Fate(Act.GONE, rows, None, decided)
        )
    same = digest(rows, row) == decided.digest
    if decided.keep:
        return Fate(Act.KEEP, rows, row, decided) if same else Fate(Act.LEAVE, rows, row, decided, why=CHANGED)
    if same and found is not None:
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


def settle(connection: sa.Connection, fates: Mapping[Item, Fate]) -> dict[Item, Fate]:
    """The fates after looking at who refers to what is to go: rows that stay keep what they need.

    A row that is needed by rows which stay is blanked as the map says; one that is needed by rows outside of the plan
    stays whole. Each such row may in turn need others, so this goes on until nothing changes any more.
    """
    settled = dict(fates)
    pointers = list(_pointers(connection, settled))
    moved = True
    while moved:
        moved = False
        for pointer in pointers:
            fate = settled[pointer.at]
            later = _needed(fate, pointer, settled.get(pointer.by) if pointer.by else None)
            if later is not None and later.act > fate.act:
                settled[pointer.at] = later
                moved = True
    return settled


def _needed(fate: Fate, pointer: Pointer, by: Fate | None) -> Fate | None:
    mapped = fate.rows.table.mapped
    if by is not None and by.act is Act.DELETE:
        return None
    if by is not None and by.act is Act.BLANK and by.blanking:
        values = by.blanking.values
        if any(name in values and values[name] is None for name in pointer.referer.columns):
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
            yield from _pointing_at(connection, referer, targets, fates)


def _pointing_at(
    connection: sa.Connection, referer: Referer, targets: Mapping[Values, Item], fates: Mapping[Item, Fate]
) -> Iterator[Pointer]:
    table = referer.table.sql
    columns = [table.c[name] for name in referer.columns]
    key = [table.c[name] for name in referer.key]
    for batch in batches(targets):
        for row in connection.execute(sa.select(*columns, *key).where(where_in(columns, batch))):
            at = targets.get(tuple(row[: len(columns)]))
            if at is None:
                raise NeedsPerson(f"the database takes different values of {referer.table.name} for the same")
            by = (referer.kind, key_text(tuple(row[len(columns) :]))) if referer.kind else None
            if by != at:  # a row that refers to itself goes with itself
                yield Pointer(at, by, referer)


def batches(values: Iterable[Values]) -> Iterator[list[Values]]:
    """The values in lists that a statement can take."""
    every = list(values)
    for start in range(0, len(every), BATCH):
        yield every[start : start + BATCH]
