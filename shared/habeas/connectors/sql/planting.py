"""Plants a synthetic person: one row in each table whose map says what stands in it, and takes it out again."""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from habeas.connectors.sql.changing import typed
from habeas.connectors.sql.rows import Rows
from habeas.sdk import Refused, Subject

_TEXT = ("text", "any")


def plant(connection: sa.Connection, tables: Mapping[str, Rows], canary: Subject) -> bool:
    """Puts the rows in that are not there; says whether there are any."""
    rows_of = list(_rows_of(tables, canary))
    for rows, known in rows_of:
        there = sa.select(sa.literal(1)).select_from(rows.table.live.sql).where(_is(rows, known))
        if connection.execute(there).first() is None:
            live, said = rows.table.live, rows.table.mapped.canary or {}
            values = {name: value if value is None else typed(value, live.types[name]) for name, value in said.items()}
            connection.execute(sa.insert(live.sql).values({**values, **known}))
    return bool(rows_of)


def unplant(connection: sa.Connection, tables: Mapping[str, Rows], canary: Subject) -> None:
    """Deletes them, by the canary's own identifiers, which nobody else can have."""
    for rows, known in _rows_of(tables, canary):
        connection.execute(sa.delete(rows.table.live.sql).where(_is(rows, known)))


def _rows_of(tables: Mapping[str, Rows], canary: Subject) -> Iterator[tuple[Rows, dict[str, Any]]]:
    """The tables with a canary, and what it is known by there: columns of text and their values."""
    said = [rows for rows in tables.values() if rows.table.mapped.canary is not None]
    if not said:
        raise Refused("the data map says nowhere what a canary is: write canary: {column: value} at a table of people")
    for rows in said:
        known = {
            each.column: canary.values(each.name)[0]
            for each in rows.table.mapped.identifiers
            if canary.values(each.name) and rows.table.live.categories[each.column] in _TEXT
        }
        if known:
            yield rows, known


def _is(rows: Rows, known: Mapping[str, Any]) -> ColumnElement[bool]:
    return sa.and_(*(rows.table.column(name) == value for name, value in known.items()))
