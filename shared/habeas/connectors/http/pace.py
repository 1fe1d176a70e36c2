"""Keeps to a vendor's limits of calls, together with every other process that calls it; the standard library only."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from habeas.sdk import TryLater

#: A wait up to this is slept; a longer one is for whoever keeps the time.
PATIENCE_SECONDS = 5.0
_LOCK_SECONDS = 30.0
_LOOK_AGAIN_SECONDS = 0.05

_TABLES = """
CREATE TABLE IF NOT EXISTS bucket (name TEXT PRIMARY KEY, tokens REAL NOT NULL, at REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS hold (name TEXT PRIMARY KEY, until REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS running (id TEXT PRIMARY KEY, name TEXT NOT NULL, until REAL NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Rate:
    """At most so many calls within so many seconds, whichever such stretch of time one looks at."""

    calls: int
    seconds: float

    @property
    def burst(self) -> int:
        """How many may go at once: half of them."""
        return max(1, self.calls // 2)

    @property
    def per_second(self) -> float:
        """How fast tokens come back; with the burst that never makes more than `calls` in `seconds`."""
        return (self.calls - self.burst + 1) / self.seconds


@dataclass(frozen=True)
class Limits:
    """What holds for one group of calls: several rates at once, and how many may run at the same time."""

    rates: Sequence[Rate] = ()
    concurrent: int = 0


class Pace:
    """Gives out turns to call, by group; groups that have no limits can still be held.

    file: a SQLite file that all processes of a system share; None keeps it in the memory of this one. Raises TryLater
    where a turn is farther away than `patience` seconds.
    """

    def __init__(
        self,
        limits: Mapping[str, Limits],
        file: Path | None = None,
        *,
        patience: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limits = limits
        self._file = file
        self._patience = patience
        self._clock = clock
        self._sleep = sleep
        self._memory: sqlite3.Connection | None = None
        self._lock = threading.Lock()

    @contextmanager
    def turn(self, group: str, longest: float = 60.0) -> Iterator[None]:
        """Waits for a turn, and gives it back at the end; after `longest` seconds it counts as given back."""
        wait = self._take(group)
        if wait > 0:
            self._sleep(wait)
        running = self._begin(group, longest)
        try:
            yield
        finally:
            if running:
                with self._writing() as database:
                    database.execute("DELETE FROM running WHERE id = ?", (running,))

    def hold(self, group: str, seconds: float) -> None:
        """Lets nobody of any process call the group for so long, as the vendor asked for it."""
        with self._writing() as database:
            until = self._clock() + seconds
            database.execute(
                "INSERT INTO hold VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET until = max(until, excluded.until)",
                (group, until),
            )

    def _take(self, group: str) -> float:
        """Takes a token of each rate, now or of the near future; gives the seconds to wait for it.

        Turns are given in order: none lies before one that was given already, or two rates and a hold together would
        let calls gather that each alone keeps apart.
        """
        rates = self._limits.get(group, Limits()).rates
        with self._writing() as database:
            now = self._clock()
            held = database.execute("SELECT until FROM hold WHERE name = ?", (group,)).fetchone()
            buckets = [self._bucket(database, f"{group}/{number}", rate, now) for number, rate in enumerate(rates)]
            start = max([now, *(held or ()), *(at for _, at in buckets)])
            filled = [_fill(rate, bucket, start) for rate, bucket in zip(rates, buckets, strict=True)]
            missing = [(1 - tokens) / rate.per_second for rate, tokens in zip(rates, filled, strict=True)]
            turn = start + max([0.0, *missing])
            if turn - now > self._patience:
                raise TryLater("the limit of calls is used up for now", timedelta(seconds=turn - now))
            for number, (rate, bucket) in enumerate(zip(rates, buckets, strict=True)):
                database.execute(
                    "INSERT INTO bucket VALUES (?, ?, ?) "
                    "ON CONFLICT (name) DO UPDATE SET tokens = excluded.tokens, at = excluded.at",
                    (f"{group}/{number}", _fill(rate, bucket, turn) - 1, turn),
                )
            return float(turn - now)

    def _bucket(self, database: sqlite3.Connection, name: str, rate: Rate, now: float) -> tuple[float, float]:
        row = database.execute("SELECT tokens, at FROM bucket WHERE name = ?", (name,)).fetchone()
        if row is None:
            return float(rate.burst), now
        # A turn farther ahead than any that is given means that the clock was set back.
        return float(row[0]), float(row[1]) if row[1] <= now + self._patience else now

    def _begin(self, group: str, longest: float) -> str:
        most = self._limits.get(group, Limits()).concurrent
        if not most:
            return ""
        waited = 0.0
        while True:
            with self._writing() as database:
                now = self._clock()
                database.execute("DELETE FROM running WHERE until < ?", (now,))
                (count,) = database.execute("SELECT count(*) FROM running WHERE name = ?", (group,)).fetchone()
                if count < most:
                    id_ = uuid4().hex
                    database.execute("INSERT INTO running VALUES (?, ?, ?)", (id_, group, now + longest))
                    return id_
            if waited >= self._patience:
                raise TryLater("as many calls are running as are allowed at once", timedelta(seconds=longest))
            self._sleep(_LOOK_AGAIN_SECONDS)
            waited += _LOOK_AGAIN_SECONDS

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            database = self._open()
            try:
                database.execute("BEGIN IMMEDIATE")  # two processes must not take the same token
                try:
                    yield database
                except BaseException:
                    database.execute("ROLLBACK")
                    raise
                database.execute("COMMIT")
            except sqlite3.OperationalError as error:
                raise TryLater(f"the file that keeps the pace cannot be written ({error})") from None
            finally:
                if database is not self._memory:
                    database.close()

    def _open(self) -> sqlite3.Connection:
        if self._memory is not None:
            return self._memory
        where = ":memory:" if self._file is None else str(self._file)
        try:
            database = sqlite3.connect(where, timeout=_LOCK_SECONDS, isolation_level=None, check_same_thread=False)
            database.executescript(_TABLES)
        except sqlite3.OperationalError as error:
            raise TryLater(f"the file that keeps the pace cannot be opened ({error})") from None
        if self._file is None:
            self._memory = database
        else:
            database.execute("PRAGMA synchronous = OFF")  # what a power cut takes are a few counted calls
        return database


def _fill(rate: Rate, bucket: tuple[float, float], until: float) -> float:
    tokens, at = bucket
    return min(float(rate.burst), tokens + max(0.0, until - at) * rate.per_second)
