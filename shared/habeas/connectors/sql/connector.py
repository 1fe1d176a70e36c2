"""The connector for SQL databases: what it does follows from a data map, so no code is written for a system."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Self

import sqlalchemy as sa

from habeas.connectors.sql.access import Access
from habeas.connectors.sql.anchors import find_claimed
from habeas.connectors.sql.changing import Corrections, switch
from habeas.connectors.sql.datamap import DataMap
from habeas.connectors.sql.erasing import BATCH, Erasure
from habeas.connectors.sql.fates import batches
from habeas.connectors.sql.fitting import fit
from habeas.connectors.sql.planting import plant, unplant
from habeas.connectors.sql.rows import Rows, Values, where_in
from habeas.connectors.sql.schema import Schema
from habeas.connectors.sql.scope import Scope
from habeas.connectors.sql.settings import read_settings
from habeas.connectors.sql.walk import Walk
from habeas.sdk import (
    MAX_ROWS,
    Changed,
    Channel,
    Connector,
    Correction,
    Decided,
    Done,
    HabeasError,
    Health,
    Identified,
    Mark,
    NeedsPerson,
    Operation,
    Record,
    Secret,
    Subject,
    plain,
)
from habeas.sdk.sightings import Sightings


class SqlConnector(Connector):
    """Finds, exports, erases, corrects and restricts a person's rows in PostgreSQL, MySQL/MariaDB or SQLite by a map.

    The map is fitted to the live database at the first use and at each `check`; raises Faults, each with its line in
    the map, where the two do not agree. It supports what its map speaks of: `restrict` only where a table says how.
    """

    def __init__(
        self, url: sa.URL, data_map: DataMap, *, max_rows: int = MAX_ROWS, hash_key: Secret | None = None
    ) -> None:
        self._access = Access(url)
        self._map = data_map
        self._hash_key = hash_key
        self.max_rows = max_rows
        self._fitted: tuple[Schema, dict[str, Rows]] | None = None
        # the class can do all of it; what this one can do, its map says
        self.__dict__["supports"] = type(self).supports - _not_said(data_map)

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], here: Path) -> Self:
        """Settings: `url` (or `_file`, `_env`), `map` (a file), `max_rows`; `hash_key_file` where the map hashes."""
        url, data_map, max_rows, hash_key = read_settings(settings, here)
        return cls(url, data_map, max_rows=max_rows, hash_key=hash_key)

    def channels(self, claimed: Subject) -> Iterator[Channel]:
        with self._access.reading() as connection:
            _, tables = self._fit(connection)
            for rows in tables.values():
                mapped = rows.table.mapped
                if not mapped.channel:
                    continue
                for row in find_claimed(connection, rows, claimed, limit=self.max_rows):
                    if rows.is_blank(row):
                        continue
                    known = {
                        each.name: str(plain(value))
                        for each in mapped.identifiers
                        for value in rows.values(row, [each.column])
                        if value not in (None, "")
                    }
                    for kind, column in mapped.channel.items():
                        (value,) = rows.values(row, [column])
                        if value:
                            yield Channel(kind, str(value), known)

    def identify(self, subject: Subject) -> Iterator[Identified]:
        kinds = {kind for kind, table in self._map.tables.items() if table.gives}
        with self._access.reading() as connection, self._walk(connection, subject) as walk, Sightings() as seen:
            for found in walk.rows(connection, kinds):
                if isinstance(found, Mark) or found.rows.is_blank(found.row):
                    continue
                for name, column in found.rows.table.mapped.gives.items():
                    (value,) = found.rows.values(found.row, [column])
                    text = "" if value is None else str(plain(value))
                    if text.strip() and seen.is_new(name, text):
                        yield Identified(name, text, dict(found.matches))

    def export(self, subject: Subject) -> Iterator[Record | Mark]:
        yield from self._exported(subject, None)

    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        # The snapshot of the first run is gone with it. What was yielded then is from its state, what follows from the
        # state now: a row that was there all the time comes exactly once, as the order depends on nothing but what the
        # row itself holds; one that came or went in between may be in the answer or not.
        yield from self._exported(subject, after)

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        with self._erasure(subject, scope) as erasure:
            yield from erasure.run()

    def rehearse(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        with self._erasure(subject, scope) as erasure:
            yield from erasure.rehearse()

    def rectify(self, subject: Subject, corrections: Sequence[Correction]) -> Iterator[Changed]:
        if Operation.RECTIFY not in self.supports:
            return
        with self._access.writing() as connection, self._walk(connection, subject) as walk:
            walk.lead(connection)
            changes = Corrections(connection, walk).run(corrections)
        yield from changes

    def restrict(self, subject: Subject, lift: bool = False) -> Iterator[Changed]:
        if Operation.RESTRICT not in self.supports:
            return
        counts: Counter[Changed] = Counter()
        with ExitStack() as stack:
            # what reads of SQLite holds up whoever writes, so there it is one connection, and all keys at once
            alone = self._access.dialect == "sqlite"
            reader = stack.enter_context(self._access.writing() if alone else self._access.reading())
            walk = stack.enter_context(self._walk(reader, subject))
            found = (
                (each.rows, each.key)
                for each in walk.rows(reader)
                if not isinstance(each, Mark) and not each.rows.is_blank(each.row)
            )
            writer = reader if alone else stack.enter_context(self._access.connected())
            for batch in [list(found)] if alone else batches(found, BATCH):
                with nullcontext() if alone else self._access.transaction(writer):
                    for each in switch(writer, batch, name="restrict", lift=lift):
                        counts[replace(each, count=0)] += each.count
        yield from (replace(each, count=count) for each, count in counts.items())

    def suppress(self, claimed: Subject, lift: bool = False) -> Iterator[Changed]:
        with self._access.writing() as connection:
            _, tables = self._fit(connection)
            marketing = [rows for rows in tables.values() if rows.table.mapped.suppress]
            found = [
                (rows, rows.key(row))
                for rows in marketing
                for row in find_claimed(connection, rows, claimed, limit=self.max_rows)
                if not rows.is_blank(row)
            ]
            changes = switch(connection, found, name="suppress", lift=lift)
        yield from changes

    def check(self) -> Health:
        try:
            with self._access.reading() as connection:
                self._fitted = None
                self._fit(connection)
                version = ".".join(map(str, connection.dialect.server_version_info or ()))
        except HabeasError as error:
            return Health(problems=tuple(str(error).splitlines()))
        return Health(facts={"database": f"{self._access.dialect} {version}", "tables": str(len(self._map.tables))})

    def plant(self, canary: Subject) -> bool:
        with self._access.writing() as connection:
            return plant(connection, self._fit(connection)[1], canary)

    def unplant(self, canary: Subject) -> None:
        with self._access.writing() as connection:
            unplant(connection, self._fit(connection)[1], canary)

    @property
    def descriptions(self) -> Mapping[str, Mapping[str, str]]:
        """What the map says of columns, by kind: for whoever explains the records to the person."""
        return {kind: table.describe for kind, table in self._map.tables.items()}

    def _exported(self, subject: Subject, after: str | None) -> Iterator[Record | Mark]:
        with self._access.reading() as connection, self._walk(connection, subject) as walk:
            for found in walk.rows(connection, after=after):
                if isinstance(found, Mark):
                    yield found
                elif not found.rows.is_blank(found.row):
                    yield found.rows.record(found)

    @contextmanager
    def _erasure(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Erasure]:
        if len(scope) > self.max_rows:
            raise NeedsPerson(f"the order names more than {self.max_rows} records, which is too many for one person")
        with self._access.reading() as connection:
            schema, tables = self._fit(connection)
        with Walk(tables, subject, max_rows=self.max_rows) as walk:
            yield Erasure(self._access, schema, walk, Scope(scope, tables), self._hash_key)

    def _walk(self, connection: sa.Connection, subject: Subject) -> Walk:
        return Walk(self._fit(connection)[1], subject, max_rows=self.max_rows)

    def _fit(self, connection: sa.Connection) -> tuple[Schema, dict[str, Rows]]:
        if self._fitted is None:
            schema = fit(self._map, connection)
            needed: dict[str, set[str]] = {kind: set() for kind in schema.tables}
            for kind, table in schema.tables.items():
                for way in table.mapped.reached_from:
                    needed[way.source].update(way.source_columns)
                    needed[kind].update(way.columns)
                for referer in table.referers:
                    needed[kind].update(referer.target)
            tables = {
                kind: Rows(table, needed[kind], self._access.dialect, self._open_bytes)
                for kind, table in schema.tables.items()
            }
            self._fitted = schema, tables
        return self._fitted

    def _open_bytes(self, kind: str, key: Values, digest: str) -> BinaryIO:
        """The bytes in a row, which have to be those that were exported."""
        with self._access.reading() as connection:
            rows = self._fit(connection)[1][kind]
            mapped = rows.table.mapped
            assert mapped.files
            column = rows.table.column(mapped.files.column)
            where = where_in([rows.table.column(name) for name in mapped.key], [key], rows.dialect)
            content = connection.execute(sa.select(column).where(where)).scalar()
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        if sha256(raw).hexdigest() != digest:
            raise NeedsPerson(f"a file of {kind} changed while it was exported")
        return BytesIO(raw)


def _not_said(data_map: DataMap) -> set[Operation]:
    """What no table of a map says how to do."""
    tables = data_map.tables.values()
    said = {
        Operation.CHANNELS: any(table.channel for table in tables),
        Operation.IDENTIFY: any(table.gives for table in tables),
        Operation.RECTIFY: any(table.correctable for table in tables),
        Operation.RESTRICT: any(table.restrict for table in tables),
        Operation.SUPPRESS: any(table.suppress for table in tables),
    }
    return {operation for operation, is_said in said.items() if not is_said}
