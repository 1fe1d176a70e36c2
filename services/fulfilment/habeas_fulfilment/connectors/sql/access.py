"""Opens the database: read-only from one snapshot, or for writing under locks; and sorts its errors."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from habeas.sdk import Fault, HabeasError, NeedsPerson, Secret, TryLater

LOCK_WAIT_SECONDS = 30


class Access:
    """Connections to one database; none is kept between two pieces of work."""

    def __init__(self, url: sa.URL) -> None:
        arguments: dict[str, Any] = {"timeout": LOCK_WAIT_SECONDS}
        if url.get_backend_name() == "postgresql":
            arguments = {"connect_timeout": 10, "application_name": "habeas"}
        self._file = Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None
        self.dialect = url.get_backend_name()
        # hide_parameters: what a statement was given is personal, and exceptions end up in logs
        self._engine = sa.create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
        if self.dialect == "sqlite":
            sa.event.listen(self._engine, "connect", _prepare_sqlite)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A read-only transaction that sees one state of the database from its beginning to its end."""
        with self._connection() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
                connection.exec_driver_sql("BEGIN")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction that commits at its end, and changes nothing if anything is raised."""
        with self._connection() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("PRAGMA foreign_keys = ON")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS}s'")
            yield connection
            if self.dialect == "sqlite":
                connection.exec_driver_sql("COMMIT")
            connection.commit()

    @contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        if self._file is not None and not self._file.is_file():
            raise TryLater("the database's file is not there", timedelta(minutes=5))
        with _sorted_errors(), self._engine.connect() as connection:
            yield connection


def read_url(secret: Secret) -> sa.URL | Fault:
    """The address of a database; a Fault if it is none, or of a kind that this connector does not speak."""
    try:
        url = sa.make_url(secret.reveal())
    except sa.exc.ArgumentError:
        return Fault("url", "it is no database URL", "write postgresql://user:password@host/name or sqlite:///file")
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return url.set(drivername="sqlite+pysqlite")
    return Fault("url", f"{backend} databases are not read here", "use postgresql, or sqlite with a file")


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # this file says BEGIN itself: the driver would not before a SELECT
    connection.create_function("sha256", 1, _sha256, deterministic=True)


def _sha256(value: object) -> str | None:
    if value is None:
        return None
    return hashlib.sha256(value if isinstance(value, bytes) else str(value).encode()).hexdigest()


@contextmanager
def _sorted_errors() -> Iterator[None]:
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _sorted(error) from None  # its own text may quote a row


def _sorted(error: sa.exc.DBAPIError) -> HabeasError:
    driver = error.orig
    code = getattr(driver, "sqlstate", None) or getattr(driver, "sqlite_errorname", None) or type(driver).__name__
    if isinstance(error, sa.exc.IntegrityError):
        return NeedsPerson(f"a rule of the database forbids the change ({code}); nothing was changed")
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or error.connection_invalidated:
        return TryLater(f"the database is away, busy or changed ({code})", timedelta(minutes=1))
    return NeedsPerson(f"the database refused a statement ({code}); nothing was changed")
