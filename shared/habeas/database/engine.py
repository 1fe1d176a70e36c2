"""A service's own database: how it is opened, and how a unit of work begins and ends."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # a commit that was told about must survive the power going
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=15000",
    "PRAGMA secure_delete=ON",  # a deleted row must not stay readable in a free page
)

_TRUSTED_SECONDS = 1.0


class Database:
    """One service's tables, in a SQLite file or in a PostgreSQL schema of its own.

    `url` is an SQLAlchemy URL; `schema` names the PostgreSQL schema and is ignored on SQLite, where the file is the
    schema. Nothing is opened before the first use.
    """

    def __init__(self, url: str, schema: str, *, pool_size: int = 8) -> None:
        self.url = make_url(url)
        self.schema = schema
        self.engine = _sqlite(self.url) if self.is_sqlite else _postgres(self.url, schema, pool_size)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False, autoflush=False)
        looking = {"habeas_reading": True} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
        self._readers = sessionmaker(self.engine.execution_options(**looking), expire_on_commit=False, autoflush=False)
        # PostgreSQL makes a transaction of a single statement itself, for two round trips less; on SQLite a transaction
        # that only writes in its first statement waits for its turn like any other.
        single = {"habeas_reading": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        self._singles = self.engine.execution_options(**single)

    @property
    def is_sqlite(self) -> bool:
        """Say whether this database is a SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Give one session whose work is committed at the end, or rolled back if anything is raised."""
        with self._sessions() as session, session.begin():
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Give one session for looking only: it sees one moment throughout, and keeps no writer waiting."""
        with self._readers() as session, session.begin():
            yield session

    @contextmanager
    def single(self) -> Iterator[Connection]:
        """Give a connection for one statement, which is committed by itself."""
        with self._singles.begin() as connection:
            yield connection

    def ping(self) -> None:
        """Raise if the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _sqlite(url: Any) -> Engine:
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, poolclass=QueuePool, pool_size=8, connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own transaction handling would begin too late
        for pragma in _SQLITE_PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # IMMEDIATE: two writers wait for each other instead of failing when the second one first writes.
        reading = connection.get_execution_options().get("habeas_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgres(url: Any, schema: str, pool_size: int) -> Engine:
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        pool_use_lifo=True,
        connect_args={
            "options": f"-csearch_path={schema} -clock_timeout=15s -cidle_in_transaction_session_timeout=60s",
            "application_name": f"habeas-{schema}",
        },
    )
    _look_before_use(engine)
    return engine


def _look_before_use(engine: Engine) -> None:
    """Ask a connection whether it still lives when it has lain in the pool for a while; asking each time costs a lot.

    One that is lost takes the whole pool with it, so that whoever comes next gets a new one.
    """

    @event.listens_for(engine, "checkin")
    def _lay_down(_connection: Any, record: Any) -> None:
        record.info["habeas_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _look(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("habeas_since")
        if since is None or time.monotonic() - since < _TRUSTED_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError("the database went away") from error
