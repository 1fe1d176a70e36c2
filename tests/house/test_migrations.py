"""Every service's migrations make what its models say, and go down and up again with rows in every table."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from habeas.database import Instant, Json
from habeas.database.house import MODULES
from habeas.database.migration import downgrade, upgrade
from habeas.database.types import House
from habeas.service import Context
from habeas.testing.house import make_context
from habeas.vocabulary import SERVICES

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(params=[(name, kind) for name in SERVICES for kind in ("sqlite", "postgresql")], ids="-".join)
def context(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Context]:
    """A service whose database was just brought up from nothing."""
    name, kind = request.param
    database = "sqlite:" if kind == "sqlite" else request.getfixturevalue("postgres").fresh_database()
    made = make_context(import_module(f"habeas_{name}.service").SERVICE, tmp_path, systems=(), database=database)
    yield made
    made.database.close()


def tables_of(context: Context) -> list[sa.Table]:
    """All tables of a service: the house's and its own, each after those it refers to."""
    own = import_module(f"habeas_{context.service.name}.models").Base.metadata
    assert MODULES
    return [*House.metadata.sorted_tables, *own.sorted_tables]


def fill(context: Context) -> dict[str, list[Any]]:
    """Put a row into every table; return what stands in each."""
    with context.database.engine.begin() as connection:
        for table in tables_of(context):
            row = {column.name: value_for(column) for column in table.columns if not is_counted(column)}
            connection.execute(sa.insert(table).values(row))
    return read(context)


def is_counted(column: sa.Column[Any]) -> bool:
    """Whether the database itself numbers it."""
    return isinstance(column.type, sa.Integer) and column.primary_key and column.autoincrement is True


def value_for(column: sa.Column[Any]) -> Any:
    """Something that such a column holds."""
    kinds: list[tuple[type, Any]] = [
        (Instant, NOW), (Json, {"a": [1]}), (sa.Boolean, True), (sa.Date, NOW.date()),
        (sa.LargeBinary, b"\x00\xff"), (sa.Integer, 1), (sa.String, "a"), (sa.Float, 1.5),
    ]  # fmt: skip
    return next(value for kind, value in kinds if isinstance(column.type, kind))


def read(context: Context) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with context.database.engine.connect() as connection:
        return {table.name: list(connection.execute(sa.select(table))) for table in tables_of(context)}


def test_the_migrations_make_what_the_models_say(context: Context) -> None:
    own = import_module(f"habeas_{context.service.name}.models").Base.metadata
    with context.database.engine.connect() as connection:
        options = {"compare_type": True, "include_name": lambda name, kind, _: kind != "schema" or name is None}
        found = compare_metadata(MigrationContext.configure(connection, opts=options), [House.metadata, own])
    assert found == []


def test_the_tables_go_down_and_up_again_with_rows_in_them(context: Context) -> None:
    rows = fill(context)
    assert all(rows.values())
    upgrade(context)
    assert read(context) == rows, "bringing up what is up changes nothing"
    downgrade(context, "base")
    left = set(sa.inspect(context.database.engine).get_table_names())
    assert not left & {table.name for table in tables_of(context)}
    upgrade(context)
    assert not any(read(context).values())
    assert fill(context) == rows
