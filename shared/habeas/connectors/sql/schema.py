"""Binds a data map to the database as it is now: real columns, their types, and everything that refers to a row."""

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import NullType, TypeEngine

from habeas.connectors.sql.datamap import DataMap, MappedTable

Columns = tuple[str, ...]

#: What the drivers give as values that `habeas.sdk.plain` understands; all other types are asked for as text.
_UNDERSTOOD = (
    sa.String, sa.Integer, sa.Numeric, sa.Boolean, sa.Date, sa.DateTime, sa.Time, sa.LargeBinary, sa.BINARY,
    sa.VARBINARY, sa.Uuid, sa.JSON, sa.Enum, sa.Interval, mysql.BIT,
)  # fmt: skip


@dataclass(frozen=True)
class LiveTable:
    """A table as it stands in the database; `unique` holds every set of columns that tells its rows apart."""

    name: str
    sql: sa.Table
    types: Mapping[str, TypeEngine[Any]]
    shown: Mapping[str, ColumnElement[Any]]  # how each column is read: as it is, or as text
    categories: Mapping[str, str]  # what its values can be compared with: number, text, uuid, any, or a type's name
    nullable: Mapping[str, bool]
    unique: frozenset[frozenset[str]]
    primary: Columns
    collations: Mapping[str, str] = field(default_factory=dict)  # MySQL only: column to what compares its texts
    engine: str = ""  # MySQL only

    def tells_apart(self, columns: Iterable[str]) -> bool:
        """Whether these columns hold one row at most for each value."""
        given = frozenset(columns)
        return any(unique <= given for unique in self.unique)


@dataclass(frozen=True)
class Referer:
    """Rows of `table` that point with `columns` at rows whose `target` columns have the same values."""

    table: LiveTable
    kind: str | None  # None: a table that the map does not know
    columns: Columns
    target: Columns
    key: Columns  # of the referring rows, as the map names it; empty for a table that it does not know
    guarded: bool = False  # the database itself refuses to take a row away that is pointed at

    @property
    def can_let_go(self) -> bool:
        """Whether the reference can be set to null."""
        return all(self.table.nullable[name] for name in self.columns)


@dataclass(frozen=True)
class BoundTable:
    """A mapped table on its live table, with what refers to it."""

    mapped: MappedTable
    live: LiveTable
    referers: tuple[Referer, ...] = ()

    def column(self, name: str) -> sa.Column[Any]:
        return self.live.sql.c[name]


@dataclass(frozen=True)
class Schema:
    """Every mapped table, bound; `order` names them so that what refers comes before what it refers to."""

    data_map: DataMap
    tables: Mapping[str, BoundTable]
    order: tuple[str, ...] = ()
    loops: Mapping[str, int] = field(default_factory=dict)  # kind -> number of the cycle of references it stands in


class Survey:
    """Reads what the database knows of its tables: of the default schema and of those that the map names."""

    def __init__(self, connection: sa.Connection, names: Iterable[str]) -> None:
        self._inspector: Inspector = sa.inspect(connection)
        self._sqlite = connection.dialect.name == "sqlite"
        self._mysql = connection.dialect.name in ("mysql", "mariadb")
        self._collations, self._engines = _of_mysql(connection) if self._mysql else ({}, {})
        self._metadata = sa.MetaData()
        self.tables: dict[str, LiveTable] = {}
        self.foreign: list[tuple[str, Columns, str, Columns]] = []  # from table, its columns, to table, its columns
        self.guarded: set[tuple[str, Columns, str, Columns]] = set()  # those that refuse what would leave them empty
        schemas = {name.rpartition(".")[0] or None for name in names}
        for schema in sorted(schemas | {None}, key=str):
            self._read(schema)

    def find(self, name: str) -> LiveTable | None:
        """The table of that name; on SQLite names differ in case only if they are the same."""
        if self._sqlite:
            return next((table for each, table in self.tables.items() if each.lower() == name.lower()), None)
        return self.tables.get(name)

    def _read(self, schema: str | None) -> None:
        with warnings.catch_warnings():  # a type that the toolkit does not know is asked for as text
            warnings.simplefilter("ignore", sa.exc.SAWarning)
            columns = self._inspector.get_multi_columns(schema=schema)
        primary = self._inspector.get_multi_pk_constraint(schema=schema)
        unique = self._inspector.get_multi_unique_constraints(schema=schema)
        indexes = self._inspector.get_multi_indexes(schema=schema)
        for at, found in columns.items():
            sets = [frozenset(primary[at]["constrained_columns"])] if at in primary else []
            sets += [frozenset(each["column_names"]) for each in unique.get(at, ())]
            sets += [
                frozenset(name for name in each["column_names"] if name is not None)
                for each in indexes.get(at, ())
                if each["unique"] and None not in each["column_names"] and not _is_partial(each)
            ]
            name = _joined(at[0], at[1])
            # SQLite gives values as they are stored, whatever the column's type promises; so they are read untyped
            typed = (sa.Column(each["name"], NullType() if self._sqlite else each["type"]) for each in found)
            sql = sa.Table(at[1], self._metadata, *typed, schema=at[0])
            self.tables[name] = LiveTable(
                name=name,
                sql=sql,
                shown={
                    name: column if self._as_it_is(column.type) else column.cast(sa.Text)
                    for name, column in sql.c.items()
                },
                categories={each["name"]: self._category(each["type"]) for each in found},
                types={each["name"]: each["type"] for each in found},
                nullable={each["name"]: bool(each["nullable"]) for each in found},
                unique=frozenset(each for each in sets if each),
                primary=tuple(primary[at]["constrained_columns"]) if at in primary else (),
                collations=self._collations.get(name, {}),
                engine=self._engines.get(name, ""),
            )
        for at, keys in self._inspector.get_multi_foreign_keys(schema=schema).items():
            for key in keys:
                to = _joined(key["referred_schema"], key["referred_table"])
                pair = tuple(key["constrained_columns"]), tuple(key["referred_columns"])
                link = (_joined(at[0], at[1]), pair[0], to, pair[1])
                self.foreign.append(link)
                if str(key.get("options", {}).get("ondelete", "NO ACTION")).upper() in ("NO ACTION", "RESTRICT"):
                    self.guarded.add(link)

    def _as_it_is(self, kind: TypeEngine[Any]) -> bool:
        if isinstance(kind, sa.ARRAY):
            return isinstance(kind.item_type, _UNDERSTOOD)
        if self._mysql and isinstance(kind, sa.Time):
            return False  # it holds spans of up to 838 hours, of either sign, which are no time of a day
        return self._sqlite or isinstance(kind, _UNDERSTOOD)

    def _category(self, kind: TypeEngine[Any]) -> str:
        if isinstance(kind, sa.Integer):
            return "number"
        if isinstance(kind, mysql.SET):
            return "set"
        if isinstance(kind, sa.String):
            return "text"
        if self._mysql and isinstance(kind, NullType):
            return "unknown"  # it would be compared with anything, cast as MySQL sees fit
        if self._sqlite or isinstance(kind, NullType):
            return "any"
        if isinstance(kind, sa.Numeric):
            return "decimal" if kind.scale else "number"
        return "uuid" if isinstance(kind, sa.Uuid) else type(kind).__name__.lower()


def _is_partial(index: Any) -> bool:
    return any(key.endswith("_where") for key in index.get("dialect_options", {}))


def _joined(schema: str | None, name: str) -> str:
    return f"{schema}.{name}" if schema else name


def _of_mysql(connection: sa.Connection) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """What compares each column's texts, and what keeps each table: the toolkit does not tell."""
    collations: dict[str, dict[str, str]] = {}
    rows = connection.exec_driver_sql(
        "SELECT table_schema, table_name, column_name, collation_name, table_schema = database()"
        " FROM information_schema.columns WHERE collation_name IS NOT NULL"
    )
    for schema, table, column, collation, here in rows:
        collations.setdefault(table if here else f"{schema}.{table}", {})[column] = collation
    rows = connection.exec_driver_sql(
        "SELECT table_schema, table_name, engine, table_schema = database() FROM information_schema.tables"
    )
    return collations, {table if here else f"{schema}.{table}": engine or "" for schema, table, engine, here in rows}


def key_type(kind: TypeEngine[Any]) -> type | None:
    """The Python type that a key column's text is read back into; None if the type cannot be a key here."""
    if isinstance(kind, sa.Integer):
        return int
    if isinstance(kind, mysql.SET):
        return None
    if isinstance(kind, sa.String | NullType):
        return str
    if isinstance(kind, sa.Uuid):
        return UUID
    if isinstance(kind, sa.Float):
        return None
    if isinstance(kind, sa.Numeric):
        return Decimal
    if isinstance(kind, sa.LargeBinary | sa.BINARY | sa.VARBINARY):
        return bytes
    if isinstance(kind, sa.DateTime):
        return datetime
    return date if isinstance(kind, sa.Date) else None
