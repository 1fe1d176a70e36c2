"""Remembers which records of an answer were seen, in memory that does not grow with their number."""

import sqlite3
from collections.abc import Iterable
from hashlib import blake2b
from typing import Self

#: So many are kept in memory; beyond that they go to a file that its process alone can see and that ends with it.
IN_MEMORY = 50_000
_AT_ONCE = 5_000


class Sightings:
    """Tells what was seen before: exact, each thing as 16 bytes of its hash."""

    def __init__(self, in_memory: int = IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._recent: set[bytes] = set()
        self._file: sqlite3.Connection | None = None

    def is_new(self, *parts: str) -> bool:
        """Says whether this was not seen before, and remembers it."""
        name = _name(parts)
        if name in self._recent or (self._file is not None and self._is_filed(name)):
            return False
        self._recent.add(name)
        if len(self._recent) >= (self._in_memory if self._file is None else _AT_ONCE):
            self._put_away()
        return True

    def close(self) -> None:
        """Lets go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _is_filed(self, name: bytes) -> bool:
        assert self._file is not None
        return self._file.execute("SELECT 1 FROM seen WHERE name = ?", (name,)).fetchone() is not None

    def _put_away(self) -> None:
        if self._file is None:
            # An empty name: SQLite keeps the table in a temporary file, and removes it with the connection.
            self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._file.execute("PRAGMA journal_mode = OFF")
            self._file.execute("PRAGMA synchronous = OFF")
            self._file.execute("PRAGMA cache_size = -32768")
            self._file.execute("CREATE TABLE seen (name BLOB PRIMARY KEY) WITHOUT ROWID")
        self._insert(sorted(self._recent))
        self._recent.clear()

    def _insert(self, names: Iterable[bytes]) -> None:
        assert self._file is not None
        self._file.execute("BEGIN")
        self._file.executemany("INSERT INTO seen VALUES (?)", ((name,) for name in names))
        self._file.execute("COMMIT")


def _name(parts: tuple[str, ...]) -> bytes:
    # a lone surrogate in a stranger's key must not stop the answer
    text = "\0".join(f"{len(part)}:{part}" for part in parts)
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
