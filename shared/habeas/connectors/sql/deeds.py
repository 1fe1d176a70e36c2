# long because one transaction is read from its first row to its last
"""Does to rows what was decided for them, in one transaction that somebody else ends, and reads everything back."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from habeas.connectors.sql.fates import OTHERS, Act, Fate, Item, batches, digest, fate_of, settle
from habeas.connectors.sql.rows import Rows, Values, key_text, where_in
from habeas.connectors.sql.schema import Schema
from habeas.connectors.sql.scope import Scope
from habeas.connectors.sql.treatments import same
from habeas.connectors.sql.walk import Walk
from habeas.sdk import Decided, Deed, Done, NeedsPerson, Refused, Secret, TryLater

SHARED = "shared"  # the ground on which a row stays that other people's rows refer to


class Deeds:
    """What one order does to rows of one database; if anything does not come out as decided it raises.

    Whoever holds the transaction then undoes it. `walk` has led everywhere and knows what is the person's.
    """

    def __init__(
        self,
        connection: sa.Connection,
        schema: Schema,
        walk: Walk,
        scope: Scope,
        *,
        secret: Secret | None = None,
        leave_files: bool = False,
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._tables = walk.tables
        self._walk = walk
        self._scope = scope
        self._secret = secret
        self._leave_files = leave_files

    def carry_out(self, decided: Iterable[Decided]) -> dict[Item, Fate]:
        """Does what was decided for these, the rest of the scope being as it stands, and gives what came of each."""
        return self._do(settle(self._connection, self._first_fates(decided), self._standing))

    def release(self, fates: Mapping[Item, Fate]) -> None:
        """Takes with rows that went the rows of the scope which only they referred to.

        After a crash nothing would lead to these any more, and the order done again could not tell that they are the
        person's. What somebody still refers to waits for its own turn.
        """
        for kind in {kind for kind, _ in fates}:
            for way in self._walk.pointing_from(kind):
                values = {
                    fate.rows.values(fate.row, way.source_columns)
                    for (of, _), fate in fates.items()
                    if of == kind and fate.row is not None and _lets_go(fate, way.source_columns)
                }
                freed = [each for each in values if None not in each]
                if freed:
                    self._release(self._tables[way.kind], way.columns, freed)

    def _release(self, rows: Rows, columns: Sequence[str], values: Sequence[Values]) -> None:
        found = []
        for batch in batches(values):
            where = where_in([rows.table.column(name) for name in columns], batch, rows.dialect)
            for row in self._connection.execute(self._locking(rows.select.where(where), rows)):
                decided = self._scope.find(rows.kind, key_text(rows.key(tuple(row))))
                if decided and not decided.keep:
                    found.append(decided)
        first = self._first_fates(found)
        settled = settle(self._connection, first, self._standing)
        alone = {
            item: fate for item, fate in settled.items() if fate == first[item] and fate.act in (Act.DELETE, Act.BLANK)
        }
        if alone:
            self.release(self._do(alone))

    def _do(self, fates: dict[Item, Fate]) -> dict[Item, Fate]:
        self._blank(fates)
        self._let_go(fates)
        self._delete(fates)
        self._read_back(fates)
        if not self._leave_files:
            _unlink(self._paths(fates))
        return fates

    def _first_fates(self, decided: Iterable[Decided]) -> dict[Item, Fate]:
        by_kind: dict[str, list[Decided]] = defaultdict(list)
        for each in decided:
            by_kind[each.kind].append(each)
        fates: dict[Item, Fate] = {}
        for kind, every in by_kind.items():
            rows = self._tables[kind]
            standing = self._rows_of(rows, [_key(rows, each) for each in every], lock=True)
            columns = self._walk.tie_columns(kind)
            for each in every:
                row = standing.get(each.key)
                tied = row is not None and self._walk.tie(kind, rows.named(row, columns))
                fates[kind, each.key] = fate_of(each, rows, row, tied=tied)
        return fates

    def _standing(self, items: Sequence[Item]) -> dict[Item, Fate]:
        """The fates of rows outside of the batch: those that refer went first, so what still stands of them stays."""
        asked: dict[str, list[Decided]] = defaultdict(list)
        for kind, key in set(items):
            decided = self._scope.find(kind, key)
            if decided is not None:
                asked[kind].append(decided)
        fates = {}
        for kind, every in asked.items():
            rows = self._tables[kind]
            standing = self._rows_of(rows, [_key(rows, each) for each in every])
            for each in every:
                fate = fate_of(each, rows, standing.get(each.key), tied=False)
                fates[kind, each.key] = fate
        return fates

    def _rows_of(self, rows: Rows, keys: Sequence[Values], *, lock: bool = False) -> dict[str, Values]:
        """The rows that stand in the database now, by key."""
        standing = {}
        for batch in batches(keys, 5_000 if rows.dialect == "postgresql" else 500):
            statement = rows.select.where(self._where(rows, batch))
            for row in self._connection.execute(self._locking(statement, rows) if lock else statement):
                standing[key_text(rows.key(tuple(row)))] = tuple(row)
        return standing

    @staticmethod
    def _locking(statement: sa.Select[tuple[object, ...]], rows: Rows) -> sa.Select[tuple[object, ...]]:
        # MariaDB locks what a statement reads, and cannot be told of which table
        return statement.with_for_update(of=None if rows.dialect == "mysql" else rows.table.live.sql)

    @staticmethod
    def _where(rows: Rows, keys: Sequence[Values]) -> sa.ColumnElement[bool]:
        return where_in([rows.table.column(name) for name in rows.table.mapped.key], keys, rows.dialect)

    def _blank(self, fates: dict[Item, Fate]) -> None:
        for (_, key), fate in fates.items():
            if fate.act is Act.BLANK and fate.row is not None and fate.blanking:
                old = fate.rows.named(fate.row, fate.blanking.treatments)
                where = self._where(fate.rows, [fate.rows.key(fate.row)])
                new = fate.blanking.of(old, key, self._secret)
                statement = sa.update(fate.rows.table.live.sql).where(where).values(new)
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
                if not self._came_true(fate, key, standing.get(key)):
                    raise NeedsPerson(f"reading back, a row of {kind} was not as it had to be; nothing was changed")

    def _came_true(self, fate: Fate, key: str, row: Values | None) -> bool:
        if fate.act is Act.DELETE:
            return row is None
        if row is None or fate.row is None:
            return False
        if fate.act is Act.BLANK and fate.blanking:
            old = fate.rows.named(fate.row, fate.blanking.treatments)
            new = fate.rows.named(row, old)
            return all(same(new[name], value) for name, value in fate.blanking.of(old, key, self._secret).items())
        if fate.act is Act.BLANKED:
            return fate.blanking is not None and fate.rows.has_form(row, fate.blanking)
        return digest(fate.rows, row) == digest(fate.rows, fate.row)

    def _paths(self, fates: Mapping[Item, Fate]) -> list[Path]:
        """The files of rows that are gone, or no longer name them, if no other row names them."""
        paths = []
        for fate in fates.values():
            files = fate.rows.table.mapped.files
            if fate.row is None or files is None or files.root is None:
                continue
            cleared = fate.act is Act.BLANK and fate.blanking is not None and files.column in fate.blanking.treatments
            path = fate.rows.path(fate.row) if fate.act is Act.DELETE or cleared else None
            if path is not None and not self._is_named(fate.rows, files.column, fate.row):
                paths.append(path)
        return paths

    def _is_named(self, rows: Rows, column: str, row: Values) -> bool:
        (value,) = rows.values(row, [column])
        statement = sa.select(sa.literal(1)).where(rows.table.column(column) == value).limit(1)
        return self._connection.execute(statement).first() is not None


def tell(fates: Iterable[Fate], *, verified: bool = True) -> Iterator[Done]:
    """What came of rows, one line for all that share it."""
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
        yield Done(kind, deed, count, ground, until, verified=verified and deed is not Deed.NEEDS_PERSON, why=why)


def _lets_go(fate: Fate, columns: Sequence[str]) -> bool:
    """Whether a row that went, or was blanked, does not refer by these columns any more."""
    if fate.act is Act.BLANK and fate.blanking:
        return any(fate.blanking.clears(name) for name in columns)
    return fate.act is Act.DELETE


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


def _unlink(paths: Iterable[Path]) -> None:
    # Before the commit: a crash in between leaves the row, so the order finds it again and goes on. After it, a file
    # would be left that nothing names any more.
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise TryLater(f"a file could not be removed ({type(error).__name__})") from None
