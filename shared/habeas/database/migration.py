"""Migrations: each service's own numbered steps, run by Alembic under a lock, so that two processes do not collide."""

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
    with database.engine.connect() as connection, connection.begin():
        if not database.is_sqlite:
            connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 1))"), {"name": database.schema}
            )
            connection.execute(text(f'CREATE SCHEMA IF NOT EXISTS "{database.schema}"'))
        command.upgrade(_config(context, connection), revision)


def downgrade(context: "Context", revision: str) -> None:
    """Take a service's database back to `revision`; `base` is the empty one."""
    with context.database.engine.connect() as connection, connection.begin():
        command.downgrade(_config(context, connection), revision)


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
