"""Reads rows of one mapped table and turns them into records."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.elements import ColumnElement

from habeas.connectors.sql.schema import BoundTable, key_type
from habeas.connectors.sql.treatments import Blanking
from habeas.sdk import Attachment, Json, NeedsPerson, Record, canonical_json, plain

Values = tuple[Any, ...]
#: Opens the bytes that a row holds: kind, key, and the SHA-256 they had when the row was read.
OpenBytes = Callable[[str, Values, str], BinaryIO]

_AS_ARRAYS = (sa.Integer, sa.String, sa.Uuid)
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
        self.dialect = dialect
        self._open_bytes = open_bytes
        self._bytes_in = mapped.files.column if mapped.files and mapped.files.root is None else None
        blankings = [each for each in (mapped.erase, mapped.when_kept) if each]
        wanted = {*needed, *mapped.key, *(each.column for each in mapped.identifiers), *mapped.channel.values()}
        wanted |= {name for each in blankings for name in each.treatments}
        wanted |= {*mapped.gives.values(), *mapped.correctable}
        wanted |= {name for each in (mapped.restrict, mapped.suppress) if each for name in each.on}
        wanted |= {name for name in (mapped.dated_by, mapped.files and mapped.files.name) if name}
        if mapped.files and mapped.files.root:
            wanted.add(mapped.files.column)
        self.exported = exported = [
            name for name in live.types if name not in mapped.leave_out and name != self._bytes_in
        ]
        selected: list[ColumnElement[Any]] = [live.shown[name] for name in exported]
        self._shown = list(enumerate(exported))
        self._at = {name: number for number, name in self._shown if live.shown[name] is live.sql.c[name]}
        for name in sorted(wanted - self._at.keys() - {self._bytes_in}):
            self._at[name] = len(selected)
            selected.append(live.sql.c[name])
        if self._bytes_in:
            column = live.sql.c[self._bytes_in]
            digest = _digest_in(dialect, column)
            self._digest_at, self._size_at = len(selected), len(selected) + 1
            selected += [digest, sa.func.length(column)]
        self.select = sa.select(*selected)
        padded = {name for name, each in live.types.items() if isinstance(each, sa.CHAR) and dialect == "postgresql"}
        self._padded = frozenset(padded)
        self._key_at = [self._at[name] for name in mapped.key]
        self._forms = [each for each in blankings if each.marks]

    def values(self, row: Values, names: Iterable[str]) -> Values:
        """The stored values of some columns (a CHAR without the spaces that fill it up)."""
        return tuple(
            row[self._at[name]].rstrip(" ") if name in self._padded and row[self._at[name]] else row[self._at[name]]
            for name in names
        )

    def named(self, row: Values, names: Iterable[str]) -> dict[str, Any]:
        """The same by the columns' names."""
        return dict(zip(names, self.values(row, names), strict=True))

    def stripped(self, names: Sequence[str], values: Values) -> dict[str, Any]:
        """Values that were selected by themselves, by the columns' names."""
        return {
            name: value.rstrip(" ") if name in self._padded and value else value
            for name, value in zip(names, values, strict=True)
        }

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
        """Whether the row holds what that blanking gives."""
        return blanking.is_done(self.named(row, blanking.treatments), key_text(self.key(row)))

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
    if wanted is bytes:
        return b64decode(text, validate=True)
    return wanted(text) if wanted else text


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    with suppress(TypeError, ValueError):
        return date.fromisoformat(value[:10])
    return None


def where_in(columns: Sequence[sa.Column[Any]], values: Sequence[Values], dialect: str) -> ColumnElement[bool]:
    """The condition that columns hold one of some tuples of values."""
    if len(columns) > 1:
        return sa.tuple_(*columns).in_(values)
    (column,) = columns
    given = [each[0] for each in values]
    if (
        dialect == "postgresql"
        and isinstance(column.type, _AS_ARRAYS)
        and not isinstance(column.type, sa.CHAR | sa.Enum)
    ):
        # one parameter instead of thousands: it is neither written out nor planned one by one
        return column == sa.any_(sa.bindparam(None, given, type_=ARRAY(column.type)))
    return column.in_(given)


def _digest_in(dialect: str, column: ColumnElement[Any]) -> ColumnElement[Any]:
    if dialect == "sqlite":
        return sa.func.sha256(column)
    if dialect == "mysql":
        return sa.func.sha2(column, 256)
    return sa.func.encode(sa.func.sha256(column), "hex")
