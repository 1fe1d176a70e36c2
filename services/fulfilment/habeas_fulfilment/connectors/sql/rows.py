"""Reads rows of one mapped table and turns them into records."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from habeas.sdk import Attachment, Json, NeedsPerson, Record, canonical_json, plain
from habeas_fulfilment.connectors.sql.datamap import Blanking
from habeas_fulfilment.connectors.sql.schema import BoundTable, key_type

Values = tuple[Any, ...]
#: Opens the bytes that a row holds: kind, key, and the SHA-256 they had when the row was read.
OpenBytes = Callable[[str, Values, str], BinaryIO]

_AS_IS = frozenset({str, int, type(None), bool})


@dataclass(frozen=True, slots=True)
class Found:
    """One row of the person: `matches` says what ties it to them, as pairs of chain and proved value."""

    rows: "Rows"
    key: Values
    row: Values
    matches: tuple[tuple[str, str], ...]


class Rows:
    """What is selected from one table, where each column then stands in a row, and what becomes of it."""

    def __init__(self, table: BoundTable, needed: Iterable[str], dialect: str, open_bytes: OpenBytes) -> None:
        mapped, live = table.mapped, table.live
        self.table = table
        self.kind = mapped.kind
        self._open_bytes = open_bytes
        self._bytes_in = mapped.files.column if mapped.files and mapped.files.root is None else None
        blankings = [each for each in (mapped.erase, mapped.when_kept) if each]
        wanted = {*needed, *mapped.key, *(each.column for each in mapped.identifiers), *mapped.channel.values()}
        wanted |= {name for each in blankings for name in each.values}
        wanted |= {name for name in (mapped.dated_by, mapped.files and mapped.files.name) if name}
        if mapped.files and mapped.files.root:
            wanted.add(mapped.files.column)
        exported = [name for name in live.types if name not in mapped.leave_out and name != self._bytes_in]
        selected: list[ColumnElement[Any]] = [live.shown[name] for name in exported]
        self._shown = list(enumerate(exported))
        self._at = {name: number for number, name in self._shown if live.shown[name] is live.sql.c[name]}
        for name in sorted(wanted - self._at.keys() - {self._bytes_in}):
            self._at[name] = len(selected)
            selected.append(live.sql.c[name])
        if self._bytes_in:
            column = live.sql.c[self._bytes_in]
            digest = sa.func.sha256(column) if dialect == "sqlite" else sa.func.encode(sa.func.sha256(column), "hex")
            self._digest_at, self._size_at = len(selected), len(selected) + 1
            selected += [digest, sa.func.length(column)]
        self.select = sa.select(*selected)
        padded = {name for name, each in live.types.items() if isinstance(each, sa.CHAR) and dialect != "sqlite"}
        self._padded = frozenset(padded)
        self._key_at = [self._at[name] for name in mapped.key]
        self._forms = [each for each in blankings if each.marks]

    def values(self, row: Values, names: Iterable[str]) -> Values:
        """The stored values of some columns (a CHAR without the spaces that fill it up)."""
        return tuple(
            row[self._at[name]].rstrip(" ") if name in self._padded and row[self._at[name]] else row[self._at[name]]
            for name in names
        )

    def key(self, row: Values) -> Values:
        return tuple(row[number] for number in self._key_at)

    def data(self, row: Values) -> dict[str, Json]:
        """The row as JSON; bytes that are files stand there as their size and digest."""
        data: dict[str, Json] = {
            name: row[number] if type(row[number]) in _AS_IS else plain(row[number]) for number, name in self._shown
        }
        if self._bytes_in and self._bytes_in not in self.table.mapped.leave_out:
            digest = row[self._digest_at]
            data[self._bytes_in] = None if digest is None else {"sha256": digest, "size": row[self._size_at]}
        return data

    def record(self, found: Found) -> Record:
        """The row as a record of the person."""
        mapped = self.table.mapped
        return Record(
            kind=self.kind,
            key=key_text(found.key),
            activity=mapped.activity,
            data=self.data(found.row),
            matches=dict(found.matches),
            attachments=self._attachments(found) if mapped.files else (),
            dated=_day(found.row[self._at[mapped.dated_by]]) if mapped.dated_by else None,
        )

    def is_blank(self, row: Values) -> bool:
        """Whether the row was anonymised before, which only a value made from its key can tell."""
        return any(self.has_form(row, each) for each in self._forms)

    def has_form(self, row: Values, blanking: Blanking) -> bool:
        """Whether the row holds what that blanking sets."""
        wanted = blanking.of(key_text(self.key(row)))
        return all(
            _same(value, expected) for value, expected in zip(self.values(row, wanted), wanted.values(), strict=True)
        )

    def path(self, row: Values) -> Path | None:
        """The file that the row names, if it names one; raises NeedsPerson if it lies outside the root."""
        files = self.table.mapped.files
        if files is None or files.root is None or not row[self._at[files.column]]:
            return None
        root = files.root.resolve()
        path = (root / str(row[self._at[files.column]])).resolve()
        if not path.is_relative_to(root) or path == root:
            raise NeedsPerson(f"a row of {self.kind} names a file outside the folder of its files")
        return path

    def _attachments(self, found: Found) -> tuple[Attachment, ...]:
        files = self.table.mapped.files
        assert files
        name = str(self.values(found.row, [files.name])[0] or files.column) if files.name else files.column
        if files.root is None:
            digest = found.row[self._digest_at]
            if digest is None:
                return ()
            key, size = found.key, found.row[self._size_at]
            return (
                Attachment(
                    files.column, name, files.media_type, size, lambda: self._open_bytes(self.kind, key, digest)
                ),
            )
        path = self.path(found.row)
        if path is None or not path.is_file():
            return ()
        shown = name if files.name else path.name
        return (Attachment(files.column, shown, files.media_type, path.stat().st_size, lambda: path.open("rb")),)

    def key_values(self, text: str) -> Values:
        """The key that `key_text` wrote, as values of its columns; raises ValueError if it is none."""
        columns = self.table.mapped.key
        parts = [text] if len(columns) == 1 else _parts(text)
        if len(parts) != len(columns):
            raise ValueError("the key has another number of columns")
        return tuple(
            _value(part, key_type(self.table.live.types[name])) for part, name in zip(parts, columns, strict=True)
        )


def key_text(key: Values) -> str:
    """A key as text: its value if it is one column, a JSON list of texts if it is several."""
    if len(key) == 1:
        return str(plain(key[0]))
    return canonical_json([str(plain(each)) for each in key]).decode("utf-8", "surrogatepass")


def _parts(text: str) -> list[str]:
    parts = json.loads(text)
    if not isinstance(parts, list) or not all(isinstance(part, str) for part in parts):
        raise ValueError("the key is no list of texts")
    return parts


def _value(text: str, wanted: type | None) -> Any:
    if wanted is datetime or wanted is date:
        return wanted.fromisoformat(text)
    return wanted(text) if wanted else text


def _same(value: Any, expected: Any) -> bool:
    return bool(value == expected) or (value is not None and expected is not None and plain(value) == plain(expected))


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    with suppress(TypeError, ValueError):
        return date.fromisoformat(value[:10])
    return None


def where_in(columns: Sequence[ColumnElement[Any]], values: Sequence[Values]) -> ColumnElement[bool]:
    """The condition that columns hold one of some tuples of values."""
    if len(columns) == 1:
        return columns[0].in_([each[0] for each in values])
    return sa.tuple_(*columns).in_(values)
