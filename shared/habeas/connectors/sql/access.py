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

_MYSQL = ("mysql", "mariadb")
# A rule of a table forbids the row: PyMySQL has no class of its own for it.
_CHECKS_FAILED = (3819, 4025)


class Access:
    """Connections to one database; none is kept between two pieces of work.

    `dialect` is `sqlite`, `postgresql` or `mysql` (MariaDB, too).
    """

    def __init__(self, url: sa.URL) -> None:
        backend = url.get_backend_name()
        self.dialect = "mysql" if backend in _MYSQL else backend
        arguments: dict[str, Any] = {"timeout": LOCK_WAIT_SECONDS}
        if self.dialect == "postgresql":
            arguments = {"connect_timeout": 10, "application_name": "habeas"}
        elif self.dialect == "mysql":
            arguments = {"connect_timeout": 10, "charset": "utf8mb4"}
        self._file = Path(url.database) if self.dialect == "sqlite" and url.database else None
        # hide_parameters: what a statement was given is personal, and exceptions end up in logs
        self._engine = sa.create_engine(url, poolclass=NullPool, connect_args=arguments, hide_parameters=True)
        if self.dialect == "sqlite":
            sa.event.listen(self._engine, "connect", _prepare_sqlite)
        elif self.dialect == "mysql":
            sa.event.listen(self._engine, "connect", _prepare_mysql)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A read-only transaction that sees one state of the database from its beginning to its end."""
        with self.connected() as connection:
            if self.dialect == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
                connection.exec_driver_sql("BEGIN")
            elif self.dialect == "mysql":
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                connection.exec_driver_sql("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            else:
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[sa.Connection]:
        """A transaction that commits at its end (or, unless `keep`, undoes it all), and nothing if anything is raised.

        Several follow each other on one connection with `connected` and `transaction`.
        """
        with self.connected() as connection, self.transaction(connection, keep=keep):
            yield connection

    @contextmanager
    def connected(self) -> Iterator[sa.Connection]:
        """A connection without a transaction."""
        if self._file is not None and not self._file.is_file():
            raise TryLater("the database's file is not there", timedelta(minutes=5))
        with _sorted_errors(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def transaction(self, connection: sa.Connection, *, keep: bool = True) -> Iterator[None]:
        """One transaction on a connection; its locks are waited for LOCK_WAIT_SECONDS and no longer."""
        if self.dialect == "sqlite":
            connection.exec_driver_sql("PRAGMA foreign_keys = ON")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif self.dialect == "mysql":
            # A locking read sees what was committed last, a plain one under REPEATABLE READ what was there at the
            # beginning. They have to see the same, or a row that came in between would not be seen as one that refers.
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            connection.exec_driver_sql(f"SET SESSION innodb_lock_wait_timeout = {LOCK_WAIT_SECONDS}")
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_WAIT_SECONDS}s'")
        try:
            yield
        except BaseException:
            self._end(connection, "ROLLBACK")
            raise
        self._end(connection, "COMMIT" if keep else "ROLLBACK")

    def _end(self, connection: sa.Connection, how: str) -> None:
        if self.dialect == "sqlite" and not connection.invalidated:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            if driver.in_transaction:
                connection.exec_driver_sql(how)
        if how == "COMMIT":
            connection.commit()
        else:
            connection.rollback()


def read_url(secret: Secret) -> sa.URL | Fault:
    """The address of a database; a Fault if it is none, or of a kind that this connector does not speak."""
    try:
        url = sa.make_url(secret.reveal())
    except sa.exc.ArgumentError:
        return Fault("url", "it is no database URL", "write postgresql://user:password@host/name or sqlite:///file")
    backend = url.get_backend_name()
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if backend in _MYSQL and url.database:
        return url.set(drivername=f"{backend}+pymysql")
    if backend == "sqlite" and url.database and url.database != ":memory:":
        return url.set(drivername="sqlite+pysqlite")
    return Fault(
        "url", f"{backend} databases are not read here", "use postgresql, mysql or mariadb with a name, sqlite a file"
    )


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # this file says BEGIN itself: the driver would not before a SELECT
    connection.create_function("sha256", 1, _sha256, deterministic=True)


def _prepare_mysql(connection: Any, _record: object) -> None:
    with connection.cursor() as cursor:
        # without it a value that a column cannot hold is cut to what it can, and nobody is told
        cursor.execute("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')")


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
    number = driver.args[0] if driver is not None and driver.args and isinstance(driver.args[0], int) else None
    code = getattr(driver, "sqlstate", None) or getattr(driver, "sqlite_errorname", None) or number
    code = code or type(driver).__name__
    if isinstance(error, sa.exc.IntegrityError) or number in _CHECKS_FAILED:
        return NeedsPerson(f"a rule of the database forbids the change ({code}); nothing was changed")
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError) or error.connection_invalidated:
        return TryLater(f"the database is away, busy or changed ({code})", timedelta(minutes=1))
    return NeedsPerson(f"the database refused a statement ({code}); nothing was changed")
