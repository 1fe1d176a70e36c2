"""The connector for SQL databases: what it does follows from a data map, so no code is written for a system."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Self

import sqlalchemy as sa

from habeas.sdk import (
    MAX_ROWS,
    Channel,
    Connector,
    Decided,
    Done,
    Fault,
    Faults,
    HabeasError,
    Health,
    NeedsPerson,
    Record,
    Secret,
    Subject,
    plain,
    read_secret,
)
from habeas_fulfilment.connectors.sql.access import Access, read_url
from habeas_fulfilment.connectors.sql.anchors import find_claimed
from habeas_fulfilment.connectors.sql.datamap import DataMap
from habeas_fulfilment.connectors.sql.erasing import Erasure
from habeas_fulfilment.connectors.sql.fitting import fit
from habeas_fulfilment.connectors.sql.mapfile import load_map
from habeas_fulfilment.connectors.sql.rows import Rows, Values, where_in
from habeas_fulfilment.connectors.sql.schema import Schema
from habeas_fulfilment.connectors.sql.walk import Walk

_SETTINGS = ("url", "url_file", "url_env", "map", "max_rows")


class SqlConnector(Connector):
    """Finds, exports and erases a person's rows in SQLite or PostgreSQL by a data map.

    The map is fitted to the live database at the first use and at each `check`; raises Faults, each with its line in
    the map, where the two do not agree.
    """

    def __init__(self, url: sa.URL, data_map: DataMap, *, max_rows: int = MAX_ROWS) -> None:
        self._access = Access(url)
        self._map = data_map
        self._max_rows = max_rows
        self._fitted: tuple[Schema, dict[str, Rows]] | None = None

    @classmethod
    def from_settings(cls, settings: Mapping[str, object], here: Path) -> Self:
        """Settings: `url`, `url_file` or `url_env` (a database URL), `map` (a file), `max_rows`."""
        faults = [
            Fault(key, "this key is not known", f"known are {', '.join(_SETTINGS)}")
            for key in settings
            if key not in _SETTINGS
        ]
        secret = read_secret(settings, "url", here)
        url = read_url(secret) if isinstance(secret, Secret) else secret
        max_rows = settings.get("max_rows", MAX_ROWS)
        if not isinstance(max_rows, int) or isinstance(max_rows, bool) or max_rows < 1:
            faults.append(Fault("max_rows", "it is no number of rows"))
        data_map: DataMap | None = None
        file = settings.get("map")
        try:
            data_map = load_map(here / file, here) if isinstance(file, str) else None
        except Faults as found:
            faults.extend(found.faults)
        if not isinstance(file, str):
            faults.append(Fault("map", "no data map is named", "name its file"))
        if isinstance(url, Fault):
            faults.append(url)
        if faults or data_map is None or isinstance(url, Fault):
            raise Faults(faults)
        if url.get_backend_name() == "sqlite":
            url = url.set(database=str(here / str(url.database)))
        return cls(url, data_map, max_rows=int(str(max_rows)))

    def channels(self, claimed: Subject) -> Iterator[Channel]:
        with self._access.reading() as connection:
            _, tables = self._fit(connection)
            for rows in tables.values():
                mapped = rows.table.mapped
                if not mapped.channel:
                    continue
                for row in find_claimed(connection, rows, claimed, limit=self._max_rows):
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

    def export(self, subject: Subject) -> Iterator[Record]:
        with self._access.reading() as connection:
            _, tables = self._fit(connection)
            for found in Walk(connection, tables, subject, max_rows=self._max_rows).rows():
                if not found.rows.is_blank(found.row):
                    yield found.rows.record(found)

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        with self._access.writing() as connection:
            schema, tables = self._fit(connection)
            walk = Walk(connection, tables, subject, max_rows=self._max_rows, lock=True)
            done = Erasure(connection, schema, tables).run(walk.rows(), scope)
        yield from done  # only now that it is committed

    def check(self) -> Health:
        try:
            with self._access.reading() as connection:
                self._fitted = None
                self._fit(connection)
                version = ".".join(map(str, connection.dialect.server_version_info or ()))
        except HabeasError as error:
            return Health(problems=tuple(str(error).splitlines()))
        return Health(facts={"database": f"{self._access.dialect} {version}", "tables": str(len(self._map.tables))})

    @property
    def descriptions(self) -> Mapping[str, Mapping[str, str]]:
        """What the map says of columns, by kind: for whoever explains the records to the person."""
        return {kind: table.describe for kind, table in self._map.tables.items()}

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
            where = where_in([rows.table.column(name) for name in mapped.key], [key])
            content = connection.execute(sa.select(column).where(where)).scalar()
        raw = content if isinstance(content, bytes) else str(content or "").encode()
        if sha256(raw).hexdigest() != digest:
            raise NeedsPerson(f"a file of {kind} changed while it was exported")
        return BytesIO(raw)
