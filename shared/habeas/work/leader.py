"""One at a time: the lock that lets a single process of a service relay, sequence and keep time."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from habeas.database import Database

_TRY = text("SELECT pg_try_advisory_lock(hashtextextended(:name, 0))")
_PING = text("SELECT 1")
_SECONDS = 1.0


@contextmanager
def leadership(database: Database, role: str, stop: threading.Event) -> Iterator[threading.Event | None]:
    """Wait until this process leads `role` for its service; yield what ends its term, None if `stop` came first.

    On PostgreSQL this is an advisory lock on a connection of its own: whoever dies lets go, and a term ends when that
    connection does. A SQLite file belongs to the one process that holds its folder's lock: it always leads.
    """
    if database.is_sqlite:
        yield None if stop.is_set() else stop
        return
    connection = _lock(database, role, stop)
    if connection is None:
        yield None
        return
    term = threading.Event()
    watch = threading.Thread(target=_watch, args=(connection, stop, term), name=f"{role} term", daemon=True)
    watch.start()
    try:
        yield term
    finally:
        term.set()
        watch.join()
        connection.invalidate()  # the database session ends, and the lock with it
        connection.close()


def _lock(database: Database, role: str, stop: threading.Event) -> Connection | None:
    while not stop.is_set():
        try:
            connection = database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            if connection.execute(_TRY, {"name": f"{database.schema}.{role}"}).scalar():
                return connection
            connection.close()
        except DBAPIError:
            pass  # no database, no lead: the next try tells
        stop.wait(_SECONDS)
    return None


def _watch(connection: Connection, stop: threading.Event, term: threading.Event) -> None:
    while not term.wait(_SECONDS):
        try:
            connection.execute(_PING)
        except DBAPIError:
            term.set()
        if stop.is_set():
            term.set()
