"""Remembers what was begun at a vendor, so that a later try looks whether it is done and does not begin again."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Lock

from habeas.sdk import TryLater, canonical_json
from habeas.sdk.values import Json

#: What is done is believed for so long: a retry of the same order comes sooner, another order of the person later.
BELIEVED = timedelta(days=1)
#: Longer than any vendor promises; then nothing is left of it here.
KEPT = timedelta(days=400)

_TABLE = """
CREATE TABLE IF NOT EXISTS begun
  (name TEXT PRIMARY KEY, number TEXT NOT NULL, at REAL NOT NULL, until REAL NOT NULL, done REAL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Work:
    """Something that was begun: the vendor's number of it, when it was promised for, and whether it is done."""

    number: str
    at: float
    until: float
    done: bool

    @property
    def promised(self) -> str:
        """When it is to be done, as ISO 8601."""
        return datetime.fromtimestamp(self.until, UTC).isoformat(timespec="seconds")


class Begun:
    """What was begun, by names that tell nothing of the person: digests of what was asked for.

    file: a SQLite file that outlives the process; None keeps it in memory.
    """

    def __init__(self, file: Path | None = None, clock: Callable[[], float] = time.time) -> None:
        self.now = clock
        self._file = file
        self._memory: sqlite3.Connection | None = None
        self._lock = Lock()

    def find(self, name: str) -> Work | None:
        """What was begun under a name, unless it was done so long ago that it has to be done anew."""
        with self._open() as database:
            row = database.execute("SELECT number, at, until, done FROM begun WHERE name = ?", (name,)).fetchone()
        if row is None or (row[3] is not None and row[3] < self.now() - BELIEVED.total_seconds()):
            return None
        return Work(row[0], row[1], row[2], row[3] is not None)

    def remember(self, name: str, within: timedelta, number: str = "") -> Work:
        """Notes that something is begun now, before or right after it is; what is older than a year goes."""
        now = self.now()
        work = Work(number, now, now + within.total_seconds(), done=False)
        with self._open() as database:
            database.execute("DELETE FROM begun WHERE at < ?", (now - KEPT.total_seconds(),))
            database.execute("REPLACE INTO begun VALUES (?, ?, ?, ?, NULL)", (name, number, now, work.until))
        return work

    def finish(self, name: str) -> None:
        """Notes that it is done."""
        with self._open() as database:
            database.execute("UPDATE begun SET done = coalesce(done, ?) WHERE name = ?", (self.now(), name))

    def forget(self, name: str) -> None:
        """Lets it be begun anew, as after the vendor said that it failed."""
        with self._open() as database:
            database.execute("DELETE FROM begun WHERE name = ?", (name,))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            database = self._memory
            try:
                if database is None:
                    where = ":memory:" if self._file is None else str(self._file)
                    database = sqlite3.connect(where, timeout=30, isolation_level=None, check_same_thread=False)
                    database.executescript(_TABLE)
                yield database
            except sqlite3.OperationalError as error:
                raise TryLater(f"the file of what was begun cannot be used ({error})") from None
            finally:
                if self._file is None:
                    self._memory = database
                elif database is not None:
                    database.close()


def name_of(*parts: Json) -> str:
    """A name for what is asked for, as a digest."""
    return sha256(canonical_json(list(parts))).hexdigest()
