"""One system's records on their way into the package: read once, written as JSON and CSV, learned from, and shown.

The first records of a kind (some hundreds, at most 128 KiB) are held until the columns are known; they are also those
that the page shows. From then on nothing is held.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from habeas.errors import Refused
from habeas_fulfilment.package.json_text import write_json_text
from habeas_fulfilment.package.schema import Shape
from habeas_fulfilment.package.scratch import Deflated, split_lines
from habeas_fulfilment.package.tables import Rows, is_calm

SHOWN = 500
_WINDOW_CHARS = 128 * 1024
_FLUSH_CHARS = 64 * 1024
MOST_KINDS = 200
_MOST_COLUMNS = 500
_FIRST_COLUMNS = ("key", "activity")
_BOM = "\ufeff".encode()  # without it the most used spreadsheet reads UTF-8 as something else
_NOT_SAFE = re.compile(r"[^a-z0-9]+")
_KEYS = frozenset({"kind", "key", "activity", "data", "attachments"})


class KindFiles:
    """The two files of one kind of records, growing; close it when they are in the package."""

    def __init__(self, kind: str, name: str, place: str) -> None:
        self.kind = kind
        self.name = name
        self.place = place
        self.count = 0
        self.shape = Shape()
        self.shown: list[Mapping[str, Any]] = []
        self.columns: list[str] = []
        self.json = Deflated()
        self.csv = Deflated()
        self._lines: list[str] = []
        self._waiting = 0
        self._rows = Rows()
        self._row_chars = 0
        self._known: dict[str, None] = {}
        self._fixed = False
        self._late = False

    def add(self, record: Mapping[str, Any]) -> None:
        """Write one record down."""
        try:
            line = write_json_text(record)
        except ValueError as error:
            raise Refused(f"a record of {self.place} holds a number that JSON has no form for") from error
        self._lines.append(line)
        self._waiting += len(line)
        self.count += 1
        news = self.shape.learn_object(record["data"])
        if self._fixed:
            self._add_row(record, line, news)
        else:
            self.shown.append(record)
            self._known.update(dict.fromkeys(record["data"]))
            if len(self.shown) >= SHOWN or self._waiting >= _WINDOW_CHARS:
                self._fix_columns()
        if self._fixed and self._waiting >= _FLUSH_CHARS:
            self._flush_json()

    def finish(self) -> None:
        """Write what is still held back."""
        if not self._fixed:
            self._fix_columns()
        self._flush_json(last=True)
        if self._late:
            self._write_rows_again()
        self.csv.write(self._rows.take())
        self.json.finish()
        self.csv.finish()

    def close(self) -> None:
        """Let the files go."""
        self.json.close()
        self.csv.close()

    def _flush_json(self, *, last: bool = False) -> None:
        begin = "[\n" if not self.json.plain_size else ",\n" if self._lines else ""
        text = begin + ",\n".join(self._lines) + ("\n]\n" if last else "")
        try:
            data = text.encode()
        except UnicodeEncodeError:  # a lone surrogate: JSON can write it only as an escape
            lines = [json.dumps(json.loads(line), separators=(",", ":")) for line in self._lines]
            data = (begin + ",\n".join(lines) + ("\n]\n" if last else "")).encode()
        self.json.write(data)
        self._lines.clear()
        self._waiting = 0

    def _fix_columns(self) -> None:
        self._fixed = True
        self._begin_table()
        for record in self.shown:
            self._write_row(record, 0, calm=False)

    def _begin_table(self) -> None:
        self.columns = list(self._known)[:_MOST_COLUMNS]
        more = ["more"] if len(self._known) > _MOST_COLUMNS else []
        self.csv.write(_BOM)
        self._rows.add([*_FIRST_COLUMNS, *self.columns, *more, "files"])

    def _add_row(self, record: Mapping[str, Any], line: str, news: bool) -> None:
        if news and not record["data"].keys() <= self._known.keys():
            self._late = True  # the table is written anew at the end, with all its columns
            if len(self._known) <= _MOST_COLUMNS:
                self._known.update(dict.fromkeys(record["data"]))
        if not self._late:
            self._write_row(record, len(line), calm=is_calm(line))

    def _write_row(self, record: Mapping[str, Any], size: int, *, calm: bool) -> None:
        data = record["data"]
        row = [record["key"], record["activity"], *map(data.get, self.columns)]
        if len(self._known) > _MOST_COLUMNS:
            rest = {name: value for name, value in data.items() if name not in self.columns}
            row.append(rest or None)
        files = record["attachments"]
        row.append(" ".join([each["file"] for each in files]) if files else "")
        add = self._rows.add_calm if calm else self._rows.add
        add(row)
        self._row_chars += size
        if self._row_chars >= _FLUSH_CHARS:
            self.csv.write(self._rows.take())
            self._row_chars = 0

    def _write_rows_again(self) -> None:
        self.csv.close()
        self.csv = Deflated()
        self._rows = Rows()
        self._begin_table()
        for line in split_lines(self.json.finish().inflated()):
            if line not in ("[", "]", ""):
                self._write_row(json.loads(line.removesuffix(",")), len(line), calm=is_calm(line))


def read_record(record: Mapping[str, Any], place: str) -> dict[str, Any]:
    """Check the outside of a record and give it in the order in which it is written; its data stay untouched."""
    kind, key, data = record.get("kind"), record.get("key"), record.get("data")
    if not isinstance(kind, str) or not kind or not isinstance(key, str) or type(data) is not dict:
        raise Refused(f"a record of {place} has no kind, no key or no data")
    if not record.keys() <= _KEYS or not isinstance(record.get("activity"), str | None):
        raise Refused(f"a record of {place} has a part that is not expected")
    return {"kind": kind, "key": key, "activity": record.get("activity"), "data": data, "attachments": []}


class SystemFiles:
    """All kinds of one system."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._kinds: dict[str, KindFiles] = {}
        self.attachments = 0
        self.activities: set[str | None] = set()
        """Which activities the records are of; None among them: one does not say."""

    def add(self, record: Mapping[str, Any]) -> None:
        """Write one record down under its kind."""
        files = self._kinds.get(record["kind"])
        if files is None:
            files = self._open(record["kind"])
        self.activities.add(record["activity"])
        files.add(record)

    def kinds(self) -> list[KindFiles]:
        """List the kinds in the order of their names."""
        return sorted(self._kinds.values(), key=lambda files: files.name)

    def close(self) -> None:
        """Let all files go."""
        for files in self._kinds.values():
            files.close()

    def _open(self, kind: str) -> KindFiles:
        if len(self._kinds) >= MOST_KINDS:
            raise Refused(f"{self._place} has more than {MOST_KINDS} kinds of records")
        plain = _NOT_SAFE.sub("-", kind.lower()).strip("-")[:60] or "records"
        taken = {files.name for files in self._kinds.values()}
        name = next(each for each in _numbered(plain) if each not in taken)
        self._kinds[kind] = KindFiles(kind, name, self._place)
        return self._kinds[kind]


def _numbered(name: str) -> Iterator[str]:
    yield name
    for number in range(2, MOST_KINDS + 2):
        yield f"{name}-{number}"
