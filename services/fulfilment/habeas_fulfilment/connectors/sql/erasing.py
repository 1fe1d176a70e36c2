"""Carries an erasure out, reads everything back, and tells what was done."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from habeas.sdk import Decided, Deed, Done, NeedsPerson, Refused, TryLater
from habeas_fulfilment.connectors.sql.fates import (
    NEW,
    OTHERS,
    Act,
    Fate,
    Item,
    batches,
    digest,
    fate_of,
    settle,
)
from habeas_fulfilment.connectors.sql.rows import Found, Rows, Values, key_text, where_in
from habeas_fulfilment.connectors.sql.schema import Schema

SHARED = "shared"  # the ground on which a row stays that other people's rows refer to


class Erasure:
    """One erasure in one transaction; if anything does not come out as decided it raises, and nothing is changed."""

    def __init__(self, connection: sa.Connection, schema: Schema, tables: Mapping[str, Rows]) -> None:
        self._connection = connection
        self._schema = schema
        self._tables = tables

    def run(self, found: Iterable[Found], scope: Sequence[Decided]) -> list[Done]:
        """Erases what `scope` lets go of the rows that were found, and accounts for all of both."""
        fates = settle(self._connection, self._first_fates(found, _by_item(scope, self._tables)))
        self._blank(fates)
        self._let_go(fates)
        self._delete(fates)
        self._read_back(fates)
        _unlink(self._paths(fates))
        return list(_tell(fates.values()))

    def _first_fates(self, found: Iterable[Found], scope: Mapping[Item, Decided]) -> dict[Item, Fate]:
        fates: dict[Item, Fate] = {}
        for each in found:
            item = (each.rows.kind, key_text(each.key))
            if item in scope:
                fates[item] = fate_of(scope[item], each, each.rows, each.row)
            elif not each.rows.is_blank(each.row):
                fates[item] = Fate(Act.LEAVE, each.rows, each.row, why=NEW)
        rest: dict[str, list[Decided]] = defaultdict(list)
        for item, decided in scope.items():
            if item not in fates:
                rest[item[0]].append(decided)
        for kind, missing in rest.items():
            rows = self._tables[kind]
            standing = self._rows_of(rows, [_key(rows, decided) for decided in missing], lock=True)
            for decided in missing:
                fates[kind, decided.key] = fate_of(decided, None, rows, standing.get(decided.key))
        return fates

    def _rows_of(self, rows: Rows, keys: Sequence[Values], *, lock: bool = False) -> dict[str, Values]:
        """The rows that stand in the database now, by key."""
        standing = {}
        for batch in batches(keys):
            statement = rows.select.where(self._where(rows, batch))
            if lock:
                statement = statement.with_for_update(of=rows.table.live.sql)
            for row in self._connection.execute(statement):
                standing[key_text(rows.key(tuple(row)))] = tuple(row)
        return standing

    def _where(self, rows: Rows, keys: Sequence[Values]) -> sa.ColumnElement[bool]:
        return where_in([rows.table.column(name) for name in rows.table.mapped.key], keys)

    def _blank(self, fates: Mapping[Item, Fate]) -> None:
        for (_, key), fate in fates.items():
            if fate.act is Act.BLANK and fate.row is not None and fate.blanking:
                where = self._where(fate.rows, [fate.rows.key(fate.row)])
                statement = sa.update(fate.rows.table.live.sql).where(where).values(fate.blanking.of(key))
                self._expect(self._connection.execute(statement), 1, fate.rows)

    def _let_go(self, fates: Mapping[Item, Fate]) -> None:
        """Opens circles of references: among the rows that go, what may be null becomes null first."""
        going = _keys_by_kind(fates, Act.DELETE)
        for kind, number in self._schema.loops.items():
            for referer in self._schema.tables[kind].referers:
                in_circle = referer.kind is not None and self._schema.loops.get(referer.kind) == number
                if not in_circle or not referer.can_let_go:
                    continue
                rows = self._tables[str(referer.kind)]
                for batch in batches(going.get(rows.kind, ())):
                    nulls = dict.fromkeys(referer.columns)
                    self._connection.execute(
                        sa.update(rows.table.live.sql).where(self._where(rows, batch)).values(nulls)
                    )

    def _delete(self, fates: Mapping[Item, Fate]) -> None:
        going = _keys_by_kind(fates, Act.DELETE)
        for kind in self._schema.order:
            rows = self._tables[kind]
            for batch in batches(going.get(kind, ())):
                result = self._connection.execute(sa.delete(rows.table.live.sql).where(self._where(rows, batch)))
                self._expect(result, len(batch), rows)

    def _expect(self, result: sa.CursorResult[tuple[()]], count: int, rows: Rows) -> None:
        if result.rowcount != count:
            raise NeedsPerson(f"the database changed {result.rowcount} rows of {rows.kind} instead of {count}")

    def _read_back(self, fates: Mapping[Item, Fate]) -> None:
        by_kind: dict[str, dict[str, Fate]] = defaultdict(dict)
        for (kind, key), fate in fates.items():
            if fate.act is not Act.GONE and fate.row is not None:
                by_kind[kind][key] = fate
        for kind, mine in by_kind.items():
            rows = self._tables[kind]
            standing = self._rows_of(rows, [rows.key(fate.row) for fate in mine.values() if fate.row is not None])
            for key, fate in mine.items():
                if not _came_true(fate, standing.get(key)):
                    raise NeedsPerson(f"reading back, a row of {kind} was not as it had to be; nothing was changed")

    def _paths(self, fates: Mapping[Item, Fate]) -> list[Path]:
        """The files of rows that are gone, or no longer name them, if no other row names them."""
        paths = []
        for fate in fates.values():
            files = fate.rows.table.mapped.files
            if fate.row is None or files is None or files.root is None:
                continue
            cleared = fate.act is Act.BLANK and fate.blanking is not None and files.column in fate.blanking.values
            path = fate.rows.path(fate.row) if fate.act is Act.DELETE or cleared else None
            if path is not None and not self._is_named(fate.rows, files.column, fate.row):
                paths.append(path)
        return paths

    def _is_named(self, rows: Rows, column: str, row: Values) -> bool:
        (value,) = rows.values(row, [column])
        statement = sa.select(sa.literal(1)).where(rows.table.column(column) == value).limit(1)
        return self._connection.execute(statement).first() is not None


def _by_item(scope: Sequence[Decided], tables: Mapping[str, Rows]) -> dict[Item, Decided]:
    unknown = sorted({decided.kind for decided in scope} - tables.keys())
    if unknown:
        raise Refused(f"the order names kinds that the data map does not have: {', '.join(unknown)}")
    by_item = {(decided.kind, decided.key): decided for decided in scope}
    if len(by_item) != len(scope):
        raise Refused("the order names a record twice")
    return by_item


def _key(rows: Rows, decided: Decided) -> Values:
    try:
        return rows.key_values(decided.key)
    except (ValueError, ArithmeticError) as error:
        raise Refused(f"the order names a key of {rows.kind} that cannot be one") from error


def _keys_by_kind(fates: Mapping[Item, Fate], act: Act) -> dict[str, list[Values]]:
    keys: dict[str, list[Values]] = defaultdict(list)
    for (kind, _), fate in fates.items():
        if fate.act is act and fate.row is not None:
            keys[kind].append(fate.rows.key(fate.row))
    return keys


def _came_true(fate: Fate, row: Values | None) -> bool:
    if fate.act is Act.DELETE:
        return row is None
    if row is None:
        return False
    if fate.act in (Act.BLANK, Act.BLANKED):
        return fate.blanking is not None and fate.rows.has_form(row, fate.blanking)
    return fate.row is not None and digest(fate.rows, row) == digest(fate.rows, fate.row)


def _unlink(paths: Iterable[Path]) -> None:
    # Before the commit: a crash in between leaves the row, so the order finds it again and goes on. After it, a file
    # would be left that nothing names any more.
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise TryLater(f"a file could not be removed ({type(error).__name__})") from None


def _tell(fates: Iterable[Fate]) -> Iterator[Done]:
    counts: Counter[tuple[str, Deed, str | None, date | None, str]] = Counter()
    for fate in fates:
        kind, decided = fate.rows.kind, fate.decided
        if fate.act in (Act.DELETE, Act.GONE):
            counts[kind, Deed.ERASED, None, None, ""] += 1
        elif fate.act in (Act.BLANK, Act.BLANKED):
            counts[kind, Deed.ANONYMISED, None, None, fate.why] += 1
        elif fate.act is Act.KEEP and decided:
            counts[kind, Deed.KEPT, decided.ground, decided.until, ""] += 1
        elif fate.act is Act.SHARE:
            counts[kind, Deed.KEPT, SHARED, None, OTHERS] += 1
        else:
            counts[kind, Deed.NEEDS_PERSON, None, None, fate.why] += 1
    for (kind, deed, ground, until, why), count in sorted(counts.items(), key=str):
        yield Done(kind, deed, count, ground, until, verified=deed is not Deed.NEEDS_PERSON, why=why)
