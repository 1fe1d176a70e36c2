"""Where the rows of a person lead: remembered on disk once there are many, so that memory does not grow with them."""

import json
import math
import sqlite3
import threading
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Self
from uuid import UUID

Values = tuple[Any, ...]
Origin = tuple[str, str]  # chain, proved value

#: So many values are asked for at once.
BATCH = 500


class Trail:
    """For each way the values that rows of the person lead to, each once, with what ties them to the person.

    It lies in a temporary file that SQLite makes when its memory is full; nobody else can open it and it ends with its
    connection. It may be read by several threads.
    """

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._lock = threading.Lock()
        self._origins: dict[Origin, int] = {}
        self._ways: set[int] = set()
        for setting in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -16384"):
            self._file.execute(f"PRAGMA {setting}")

    def add(self, way: int, values: Values, origin: Origin) -> None:
        """Remembers values to follow; the first origin stays."""
        if way not in self._ways:
            self._file.execute(f"CREATE TABLE way{way:d} (n INTEGER PRIMARY KEY, value TEXT UNIQUE, origin INTEGER)")
            self._ways.add(way)
        number = self._origins.setdefault(origin, len(self._origins))
        row = (write(values), number)
        self._file.execute(f"INSERT OR IGNORE INTO way{way:d} (value, origin) VALUES (?, ?)", row)  # noqa: S608

    def has(self, way: int, values: Values) -> bool:
        """Whether a row of the person leads there."""
        if way not in self._ways or None in values:
            return False
        with self._lock:
            found = self._file.execute(f"SELECT 1 FROM way{way:d} WHERE value = ?", (write(values),))  # noqa: S608
            return found.fetchone() is not None

    def batches(self, way: int, after: str = "", upto: str | None = None) -> Iterator[list[tuple[str, Origin]]]:
        """What lies after `after` (and not after `upto`), in the order of its text."""
        while True:
            batch = self._page(way, "value > ? AND value <= ? ORDER BY value", after, upto or "\U0010ffff")
            if batch:
                yield [(value, origin) for _, value, origin in batch]
                after = batch[-1][1]
            if len(batch) < BATCH:
                return

    def since(self, way: int, number: int) -> list[tuple[int, str, Origin]]:
        """A batch of what was added after the entry of that number, in the order in which it was added."""
        return self._page(way, "n > ? ORDER BY n", number)

    def _page(self, way: int, where: str, *given: object) -> list[tuple[int, str, Origin]]:
        if way not in self._ways:
            return []
        origins = list(self._origins)
        statement = f"SELECT n, value, origin FROM way{way:d} WHERE {where} LIMIT {BATCH}"  # noqa: S608
        with self._lock:
            return [(n, value, origins[origin]) for n, value, origin in self._file.execute(statement, given)]

    def close(self) -> None:
        """Lets go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def write(values: Values) -> str:
    """Values as one text, the same for values that are equal whatever their type: 1, 1.0 and Decimal("1.00")."""
    return json.dumps([_tagged(each) for each in values], separators=(",", ":"))


def read(text: str) -> Values:
    """The values that `write` wrote."""
    return tuple(_untagged(each) for each in json.loads(text))


def _tagged(value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float | Decimal):
        if math.isfinite(value) and value == int(value):
            return int(value)
        return {"decimal": format(value.normalize(), "f")} if isinstance(value, Decimal) else {"float": value}
    if isinstance(value, UUID):
        return {"uuid": str(value)}
    if isinstance(value, datetime):
        return {"datetime": value.isoformat()}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, bytes | bytearray | memoryview):
        return {"bytes": bytes(value).hex()}
    raise TypeError(f"a value of type {type(value).__name__} cannot refer to a row here")


_READ: dict[str, Any] = {
    "float": float, "decimal": Decimal, "uuid": UUID, "datetime": datetime.fromisoformat, "date": date.fromisoformat,
    "bytes": bytes.fromhex,
}  # fmt: skip


def _untagged(value: Any) -> Any:
    if isinstance(value, dict):
        ((tag, text),) = value.items()
        return _READ[tag](text)
    return value
