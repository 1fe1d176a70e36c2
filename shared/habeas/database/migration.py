"""Migrations: each service's own numbered steps, run by Alembic under a lock, so that two processes do not collide."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

if TYPE_CHECKING:
    from habeas.service import Context


def upgrade(context: "Context", revision: str = "head") -> None:
    """Bring a service's database to `revision`; on PostgreSQL its schema is made first."""
    database = context.database
    with _migrating(context) as connection:
        if not database.is_sqlite:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 1))"), {"name": database.schema}
            )
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{database.schema}"'))
        command.upgrade(_config(context, connection), revision)


def downgrade(context: "Context", revision: str) -> None:
    """Take a service's database back to `revision`; `base` is the empty one."""
    with _migrating(context) as connection:
        command.downgrade(_config(context, connection), revision)


@contextmanager
def _migrating(context: "Context") -> Iterator[Connection]:
    """Give the connection and the transaction in which all steps are taken.

    SQLite alters a table by copying it and dropping the old one, which references to it forbid while they are watched;
    so they are checked once, at the end (https://sqlite.org/lang_altertable.html#otheralter).
    """
    with context.database.engine.connect() as connection:
        if not context.database.is_sqlite:
            with connection.begin():
                yield connection
            return
        driver = connection.connection.dbapi_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
                if broken is not None:
                    raise RuntimeError(f"this step leaves rows of {broken[0]} without those of {broken[2]}")
        finally:
            driver.execute("PRAGMA foreign_keys=ON")


def _config(context: "Context", connection: Connection) -> Config:
    migrations = context.service.migrations
    assert migrations is not None, f"{context.service.name} has no migrations"
    assert migrations.__file__ is not None
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "alembic"))
    config.set_main_option("version_locations", str(Path(migrations.__file__).parent / "versions"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
