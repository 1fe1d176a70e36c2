"""Looks into a live database: its schema, and shares of at most 200 values a column; no value is kept or told."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from habeas.connectors.sql.proposing.facts import Facts, Link, SeenTable
from habeas.connectors.sql.proposing.links import candidates
from habeas.connectors.sql.proposing.patterns import sample_of
from habeas.connectors.sql.schema import LiveTable, Survey
from habeas.sdk import Refused

ROWS = 200
_CHARACTERS = 400
#: Below this share of sampled values that stand in the other table, a link by name is none.
INCLUDED = 0.95


def look(connection: sa.Connection, schema: str | None = None) -> Facts:
    """Everything that is seen of the default schema or of the named one; raises Refused where there is no table."""
    if schema and schema not in sa.inspect(connection).get_schema_names():
        raise Refused(f"there is no schema {schema}")
    survey = Survey(connection, [f"{schema}.any"] if schema else [])
    live = {name: table for name, table in survey.tables.items() if (table.sql.schema or None) == schema}
    if not live:
        raise Refused(f"the {f'schema {schema}' if schema else 'default schema'} holds no table")
    declared: list[Link] = []
    outside: list[Link] = []
    for table, columns, to, target in survey.foreign:
        if table not in live or len(columns) != len(target):
            continue
        found = survey.find(to)
        link = Link(table, columns, found.name if found else to, target)
        (declared if link.to in live else outside).append(link)
    checked = [_checked(connection, link, live) for link in candidates(live, declared)]
    return Facts(
        survey=survey,
        tables={name: _seen(connection, table) for name, table in sorted(live.items())},
        links=(*declared, *(link for link in checked if _holds(link))),
        refuted=tuple(link for link in checked if not _holds(link)),
        outside=tuple(outside),
    )


def _holds(link: Link) -> bool:
    return not link.seen or link.share >= INCLUDED


def _seen(connection: sa.Connection, table: LiveTable) -> SeenTable:
    """A table with the shares of its first rows in the order of its key."""
    looked = [name for name, kind in table.types.items() if not isinstance(kind, sa.LargeBinary)]
    texts = [sa.func.substr(sa.cast(table.sql.c[name], sa.Text), 1, _CHARACTERS) for name in looked]
    values: dict[str, list[object]] = {name: [] for name in looked}
    try:
        with connection.begin_nested():
            for row in connection.execute(_first(table, texts)) if looked else ():
                for name, value in zip(looked, row, strict=True):
                    values[name].append(value)
    except sa.exc.DBAPIError:
        return SeenTable(table, readable=False)  # its own text may quote a row, so nothing of it is kept
    return SeenTable(table, {name: sample_of(each) for name, each in values.items()})


def _checked(connection: sa.Connection, link: Link, live: dict[str, LiveTable]) -> Link:
    """The link with the share of its first values that stand in the other table; the database compares them."""
    column = live[link.table].sql.c[link.columns[0]]
    given = _first(live[link.table], [column.label("given")]).subquery()
    target = live[link.to].sql.alias().c[link.target[0]]
    counts = sa.select(sa.func.count(given.c.given), sa.func.count(target)).select_from(
        given.outerjoin(target.table, target == given.c.given)
    )
    try:
        with connection.begin_nested():
            seen, included = connection.execute(counts).one()
    except sa.exc.DBAPIError:
        return replace(link, seen=0)
    return replace(link, seen=seen, share=included / seen if seen else 1.0)


def _first(table: LiveTable, columns: Iterable[sa.ColumnElement[Any]]) -> sa.Select[Any]:
    return sa.select(*columns).order_by(*(table.sql.c[name] for name in table.primary)).limit(ROWS)
