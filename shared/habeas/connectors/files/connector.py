"""The connector for files in a folder or an S3 bucket, found by their path or by an index."""

import mimetypes
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Self

from habeas.connectors.files.index import Index
from habeas.connectors.files.patterns import PathPattern
from habeas.connectors.files.settings import FilesSettings, read_settings
from habeas.connectors.files.store import FileStore, Stored
from habeas.connectors.review import FREE_TEXT, marks
from habeas.sdk import (
    Attachment,
    Connector,
    Decided,
    Deed,
    Done,
    HabeasError,
    Health,
    NeedsPerson,
    Record,
    Refused,
    Subject,
)

CHANGED = "it changed after the plan was made"
NEW = "it came after the plan was made"
MISSING = "it was to be kept and is gone"
INDEXED = "the index still names the person: who owns it has to take the lines out"


@dataclass(frozen=True)
class _Mine:
    stored: Stored
    matches: Mapping[str, str]
    dated: date | None


class FilesConnector(Connector):
    """Finds, exports and erases a person's files; every version that the store keeps is a record of its own."""

    def __init__(self, store: FileStore, settings: FilesSettings) -> None:
        self._store = store
        self._settings = settings

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], here: Path) -> Self:
        """Settings: `folder` or `s3`, `find` (patterns), `index`, `activity`, `kind`, `max_files`, `free_text`.

        free_text: people wrote these files freely, so each is marked for a person to look at before it is released.
        """
        return cls(*read_settings(settings, here))

    def export(self, subject: Subject) -> Iterator[Record]:
        for mine in self._search(subject):
            yield self._record(mine)

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        kind = self._settings.kind
        if any(decided.kind != kind for decided in scope):
            raise Refused("the order names kinds that this system does not have")
        decided_by_key = {decided.key: decided for decided in scope}
        if len(decided_by_key) != len(scope):
            raise Refused("the order names a record twice")
        standing = {mine.stored.key: mine for mine in self._search(subject)}
        told: list[Done] = [Done(kind, Deed.NEEDS_PERSON, 1, why=NEW) for key in standing if key not in decided_by_key]
        going: list[_Mine] = []
        for key, decided in decided_by_key.items():
            mine = standing.get(key)
            if mine is None:
                gone = Done(kind, Deed.NEEDS_PERSON, 1, why=MISSING) if decided.keep else _erased(kind)
                told.append(gone)
            elif self._record(mine).digest != decided.digest:
                told.append(Done(kind, Deed.NEEDS_PERSON, 1, why=CHANGED))
            elif decided.keep:
                told.append(Done(kind, Deed.KEPT, 1, decided.ground, decided.until, verified=True))
            else:
                going.append(mine)
        self._remove(going, subject)
        told += [_erased(kind)] * len(going)
        yield from _summed(told)
        if self._settings.index is not None and (
            lines := self._lines(self._settings.index, subject, set(decided_by_key))
        ):
            yield Done("index", Deed.NEEDS_PERSON, lines, why=INDEXED)

    def check(self) -> Health:
        try:
            return Health(facts=self._store.check())
        except HabeasError as error:
            return Health(problems=(str(error),))

    def plant(self, canary: Subject) -> bool:
        standing = {mine.stored.path for mine in self._search(canary)}
        paths = {pattern.path_of(canary) for pattern in self._settings.patterns}
        for path in sorted(paths - standing):
            self._store.put(path, b"A synthetic person's file: it proves the connector.\n")
        return bool(paths)

    def unplant(self, canary: Subject) -> None:
        self._remove(list(self._search(canary)), canary)

    def _remove(self, going: Sequence[_Mine], subject: Subject) -> None:
        names = frozenset(value for values in subject.identifiers.values() for value in values)
        for mine in going:
            self._store.remove(mine.stored)
        for path in {mine.stored.path for mine in going}:
            self._store.tidy(path, names)
        left = {mine.stored.key for mine in self._search(subject)}
        if left & {mine.stored.key for mine in going}:
            raise NeedsPerson("listing again, a file that was removed was still there")

    def _lines(self, index: Index, subject: Subject, keys: set[str]) -> int:
        """How many lines of the index name files of the order that are gone."""
        paths = {key.split("#")[0] for key in keys}
        standing = {mine.stored.path for mine in self._search(subject)}
        entries = index.entries(self._store, subject)
        return sum(entry.path in paths and entry.path not in standing for entry in entries)

    def _search(self, subject: Subject) -> Iterator[_Mine]:
        """Every file of the person, once; raises NeedsPerson if a part of the store cannot be searched for them."""
        patterns, index = self._settings.patterns, self._settings.index
        lacking = {name for pattern in patterns for name in pattern.identifiers if not subject.values(name)}
        if index is not None and not any(subject.values(name) for name in index.identifiers):
            lacking |= set(index.identifiers)
        if lacking:
            raise NeedsPerson(f"these files are found by {', '.join(sorted(lacking))}, which is not proved")
        seen: set[str] = set()
        for mine in self._found(patterns, index, subject):
            if mine.stored.key not in seen:
                seen.add(mine.stored.key)
                if len(seen) > self._settings.max_files:
                    raise NeedsPerson(f"there are more than {self._settings.max_files} files")
                yield mine

    def _found(self, patterns: Sequence[PathPattern], index: Index | None, subject: Subject) -> Iterator[_Mine]:
        if index is not None:
            for entry in index.entries(self._store, subject):
                for stored in self._store.under(entry.path) if entry.path else ():
                    if stored.path == entry.path != index.file:
                        yield _Mine(stored, entry.matches, entry.dated)
        for pattern in patterns:
            for search in pattern.searches(subject):
                for stored in self._store.under(search.prefix):
                    if search.fits(stored.path) and not (index and stored.path == index.file):
                        yield _Mine(stored, search.matches, None)

    def _record(self, mine: _Mine) -> Record:
        stored, name = mine.stored, mine.stored.path.rpartition("/")[2]
        media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return Record(
            kind=self._settings.kind,
            key=stored.key,
            activity=self._settings.activity,
            data={
                "path": stored.path,
                "size": stored.size,
                "modified": stored.modified.isoformat(),
                "digest": stored.digest,
                "version": stored.version,
                **marks([FREE_TEXT] if self._settings.free_text else []),
            },
            matches=dict(mine.matches),
            attachments=(Attachment("file", name, media_type, stored.size, partial(self._store.open, stored)),),
            dated=mine.dated or stored.modified,
        )


def _erased(kind: str) -> Done:
    return Done(kind, Deed.ERASED, 1, verified=True)


def _summed(told: Sequence[Done]) -> Iterator[Done]:
    counts = Counter((one.kind, one.deed, one.ground, one.until, one.verified, one.why) for one in told)
    for (kind, deed, ground, until, verified, why), count in counts.items():
        yield Done(kind, deed, count, ground, until, verified, why)
