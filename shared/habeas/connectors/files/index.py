"""An index of files: a CSV that says which file is whose, and since when it is kept."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from habeas.connectors.files.store import FileStore
from habeas.sdk import NeedsPerson, Subject


@dataclass(frozen=True)
class Entry:
    """One line of the index that is the person's."""

    path: str
    matches: Mapping[str, str]
    dated: date | None


@dataclass(frozen=True)
class Index:
    """Where the index is in the store, and which of its columns say what."""

    file: str
    path: str
    identifiers: Mapping[str, str]
    dated: str | None

    def entries(self, store: FileStore, subject: Subject) -> Iterator[Entry]:
        """The lines of the person; raises NeedsPerson where a line is theirs by one column and not by another."""
        stored = next((each for each in store.under(self.file) if each.path == self.file and each.current), None)
        if stored is None:
            raise NeedsPerson("the index of the files is not there, so nobody's files can be found")
        with store.open(stored) as raw, io.TextIOWrapper(raw, encoding="utf-8-sig", newline="") as text:
            lines = csv.DictReader(text, strict=True)
            try:
                wanted = {self.path, *self.identifiers.values(), *([self.dated] if self.dated else [])}
                if missing := wanted - set(lines.fieldnames or ()):
                    raise NeedsPerson(f"the index of the files has no column {', '.join(sorted(missing))}")
                for line in lines:
                    entry = self._entry(line, subject)
                    if entry is not None:
                        yield entry
            except (csv.Error, UnicodeDecodeError):
                raise NeedsPerson("the index of the files cannot be read as CSV") from None

    def _entry(self, line: Mapping[str, str | None], subject: Subject) -> Entry | None:
        matches, others = {}, False
        for name, column in self.identifiers.items():
            value = line.get(column) or ""
            if value in subject.values(name):
                matches[name] = value
            elif value and subject.values(name):
                others = True
        if not matches:
            return None
        if others:
            raise NeedsPerson("the index of the files names a file that is the person's by one column, not by another")
        dated = None
        if self.dated:
            with suppress(ValueError):
                dated = date.fromisoformat((line.get(self.dated) or "")[:10])
        return Entry(line.get(self.path) or "", matches, dated)
