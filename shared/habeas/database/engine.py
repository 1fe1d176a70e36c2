"""A service's own database: how it is opened, and how a unit of work begins and ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import QueuePool

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",  # a commit that was told about must survive the power going
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=15000",
    "PRAGMA secure_delete=ON",  # a deleted row must not stay readable in a free page
)


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
        self._readers = sessionmaker(
            self.engine.execution_options(habeas_reading=True), expire_on_commit=False, autoflush=False
        )

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
        """Give one session for looking only: on SQLite it does not keep writers waiting."""
        with self._readers() as session, session.begin():
            yield session

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
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=4,
        pool_pre_ping=True,
        connect_args={
            "options": f"-csearch_path={schema} -clock_timeout=15s -cidle_in_transaction_session_timeout=60s",
            "application_name": f"habeas-{schema}",
        },
    )
