# long because the search, its paging and its resumption are one order that must not drift apart
"""Follows the references of a data map from the person's own rows to everything that hangs on them."""

import json
from collections.abc import Collection, Iterator, Mapping
from hashlib import sha256
from itertools import islice
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from habeas.connectors.sql.anchors import Known, compare, refuse_doubt
from habeas.connectors.sql.rows import Found, Rows, Values, key_text, where_in
from habeas.connectors.sql.stages import Stage, Way, plan_stages
from habeas.connectors.sql.trail import Origin, Trail, read, write
from habeas.sdk import STEP, Mark, NeedsPerson, Refused, Subject
from habeas.sdk.sightings import Sightings

#: After so many rows of an export a mark is set, where there is one order in which they come.
MARK_EVERY = 5_000
_Batch = list[tuple[str, Origin]]


class Walk:
    """One search for one person: every row once, in one order, with what ties it to the person.

    Tables come one after the other, a source before what it leads to. Within one, the rows with an identifier come
    first, then those of each way by what leads to them and their key. Whether a row came before by another way is told
    from the row itself; only where ways go in a circle are keys remembered, on disk. So memory grows with nothing.

    Raises NeedsPerson when there are more than `max_rows`, or where a row could be somebody else's.
    """

    def __init__(self, tables: Mapping[str, Rows], subject: Subject, *, max_rows: int) -> None:
        self.tables = tables
        self._subject = subject
        self._max_rows = max_rows
        self._known = {kind: Known.of(rows, subject) for kind, rows in tables.items()}
        self._stages, self._ways = plan_stages(tables)
        self._from: dict[str, list[Way]] = {kind: [] for kind in tables}
        self._into: dict[str, list[Way]] = {kind: [] for kind in tables}
        for way in self._ways:
            self._from[way.source].append(way)
            self._into[way.kind].append(way)
        self._trail = Trail()
        self._count = 0
        self._since_mark = 0

    def rows(
        self, connection: sa.Connection, kinds: Collection[str] | None = None, after: str | None = None
    ) -> Iterator[Found | Mark]:
        """Every row of the person, of all kinds or of some, and the marks between many; `after` a mark's `at`.

        The rows of kinds that are not asked for are read only where they lead on.
        """
        place = self._open(after)
        self._refuse_blind_spots(self.tables if kinds is None else kinds)
        refuse_doubt(connection, self._known.values(), self._subject)
        for number, stage in enumerate(self._stages):
            if place and number == place[0]:
                yield from self._straight(connection, stage, number, shown=True, place=place)
                continue
            shown = not (place and number < place[0]) and (kinds is None or bool(stage.kinds & set(kinds)))
            if not shown and not any(self._from[kind] for kind in stage.kinds):
                continue
            found = self._round(connection, stage) if stage.circle else self._straight(connection, stage, number, shown)
            for each in found:
                if isinstance(each, Mark) or (shown and (kinds is None or each.rows.kind in kinds)):
                    yield each

    def lead(self, connection: sa.Connection) -> None:
        """Reads only what leads on, so that `tie` knows of every row whether it is the person's."""
        for _ in self.rows(connection, ()):
            pass

    def again(self, connection: sa.Connection, kind: str) -> Iterator[Found]:
        """The rows of one kind once more, by where the walk led before; its sources may be gone by now."""
        with Sightings() as seen:
            for entry in (None, *self._into[kind]):
                for found, _ in self._enter(connection, kind, entry):
                    if seen.is_new(key_text(found.key)):
                        yield found

    def tie(self, kind: str, values: Mapping[str, Any]) -> bool:
        """Whether a row with these values of `tie_columns` is the person's; after everything that leads was read."""
        matches, others = compare(self._known[kind].identifiers, values, self._subject)
        if self.tables[kind].table.mapped.decides in others:
            return False
        return bool(matches) or any(
            self._trail.has(way.number, tuple(values[name] for name in way.columns)) for way in self._into[kind]
        )

    def tie_columns(self, kind: str) -> tuple[str, ...]:
        """The columns that tell whose row of a kind it is."""
        names = [each.column for each in self._known[kind].identifiers]
        names += [name for way in self._into[kind] for name in way.columns]
        return tuple(dict.fromkeys(names))

    def count(self, connection: sa.Connection, kind: str) -> int | None:
        """How many rows of a kind the database counts as the person's; None where that takes more than one question.

        It may count spellings that are not the person's: what it says is of use beside another count of the same.
        """
        entries = [*([None] if self._known[kind].identifiers else []), *self._into[kind]]
        if len(entries) != 1:
            return None
        (way,) = entries
        rows = self.tables[kind]
        if way is None:
            where = self._known[kind].condition(self._subject)
        else:
            batches = list(islice(self._trail.batches(way.number), 2))
            if len(batches) != 1:
                return None
            columns = [rows.table.column(name) for name in way.columns]
            where = where_in(columns, [read(value) for value, _ in batches[0]], rows.dialect)
        statement = sa.select(sa.func.count()).select_from(rows.table.live.sql).where(where)
        return int(connection.execute(statement).scalar_one())

    def pointing_from(self, kind: str) -> list[Way]:
        """The ways by which rows of a kind lead to what they point at themselves."""
        return [way for way in self._from[kind] if way.points]

    def close(self) -> None:
        """Forgets where it led."""
        self._trail.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def _refuse_blind_spots(self, asked: Collection[str]) -> None:
        """Raises NeedsPerson where a table cannot be searched: to find nothing there would be no answer."""
        known = {kind for kind, each in self._known.items() if each.identifiers}
        todo = list(known)
        while todo:
            reached = {way.kind for way in self._from[todo.pop()]} - known
            known |= reached
            todo.extend(reached)
        if blind := sorted(set(asked) - known):
            lacking = sorted({each.name for kind in blind for each in self.tables[kind].table.mapped.identifiers})
            raise NeedsPerson(f"{', '.join(blind)} cannot be searched: {', '.join(lacking)} is not proved")

    def _straight(
        self, connection: sa.Connection, stage: Stage, number: int, shown: bool, place: "_Place | None" = None
    ) -> Iterator[Found | Mark]:
        """The rows of a kind that no circle leads to, by its entries; a row that an earlier entry gave is left out."""
        (kind,) = stage.kinds
        entries: list[Way | None] = [None, *self._into[kind]]
        for at, entry in enumerate(entries):
            here = place if place and place[1] == at else None
            past = place is not None and at < place[1]
            if past and not self._from[kind]:
                continue
            if here and self._from[kind]:  # where the rows before the mark lead has to be known, too
                self._lead_to(connection, kind, entry, entries[:at])
            for found, spot in self._enter(connection, kind, entry, here):
                if self._came_by(kind, found, entries[:at]):
                    continue
                self._take(found)
                if past:
                    continue
                yield found
                self._since_mark += shown
                if self._since_mark >= MARK_EVERY:
                    self._since_mark = 0
                    yield Mark(self._at(number, at, spot))

    def _lead_to(self, connection: sa.Connection, kind: str, entry: Way | None, earlier: list[Way | None]) -> None:
        for found, _ in self._enter(connection, kind, entry):
            if not self._came_by(kind, found, earlier):
                self._take(found, count=False)

    def _came_by(self, kind: str, found: Found, entries: list[Way | None]) -> bool:
        """Whether one of these entries gives the row, too."""
        for entry in entries:
            if entry is None:
                known = self._known[kind].identifiers
                if (
                    known
                    and compare(known, found.rows.named(found.row, [each.column for each in known]), self._subject)[0]
                ):
                    return True
            elif self._trail.has(entry.number, found.rows.values(found.row, entry.columns)):
                return True
        return False

    def _round(self, connection: sa.Connection, stage: Stage) -> Iterator[Found]:
        """The rows of kinds that lead to each other, until nothing new is found."""
        ways = [way for kind in sorted(stage.kinds) for way in self._into[kind]]
        done = {way.number: 0 for way in ways}
        with Sightings() as seen:
            for kind in sorted(stage.kinds):
                for found, _ in self._enter(connection, kind, None):
                    yield from self._new(found, seen)
            moved = True
            while moved:
                moved = False
                for way in ways:
                    while page := self._trail.since(way.number, done[way.number]):
                        moved, done[way.number] = True, page[-1][0]
                        batch = [(value, origin) for _, value, origin in page]
                        for found, _ in self._follow(connection, way, batch):
                            yield from self._new(found, seen)

    def _new(self, found: Found, seen: Sightings) -> Iterator[Found]:
        if seen.is_new(found.rows.kind, key_text(found.key)):
            self._take(found)
            yield found

    def _enter(
        self, connection: sa.Connection, kind: str, entry: Way | None, place: "_Place | None" = None
    ) -> Iterator[tuple[Found, "_Spot"]]:
        """The rows of one entry in their order, each with its spot; after `place` only."""
        if entry is None:
            if self._known[kind].identifiers:
                yield from self._anchors(connection, kind, place[2][2] if place else None)
            return
        after, upto, last = place[2] if place else ("", None, None)
        if upto is not None:  # first the rest of the batch in which the mark stood
            for batch in self._trail.batches(entry.number, after, upto):
                for found, spot in self._follow(connection, entry, batch, last):
                    yield found, (after, upto, spot)
            after = upto
        for batch in self._trail.batches(entry.number, after):
            for found, spot in self._follow(connection, entry, batch):
                yield found, (after, batch[-1][0], spot)
            after = batch[-1][0]

    def _anchors(self, connection: sa.Connection, kind: str, last: str | None) -> Iterator[tuple[Found, "_Spot"]]:
        known = self._known[kind]
        rows, columns = known.rows, [each.column for each in known.identifiers]
        for row in self._read(connection, rows, known.condition(self._subject), (), last):
            matches, others = compare(known.identifiers, rows.named(row, columns), self._subject)
            if matches and rows.table.mapped.decides not in others:
                yield Found(rows, self._key(rows, row), row, tuple(matches.items())), ("", None, row)

    def _follow(
        self, connection: sa.Connection, way: Way, batch: _Batch, last: str | None = None
    ) -> Iterator[tuple[Found, Values]]:
        rows, known = self.tables[way.kind], self._known[way.kind].identifiers
        names = [each.column for each in known]
        origins = dict(batch)
        columns = [rows.table.column(name) for name in way.columns]
        where = where_in(columns, [read(value) for value in origins], rows.dialect)
        values, origin = None, None
        for row in self._read(connection, rows, where, way.columns, last):
            if (here := rows.values(row, way.columns)) != values:  # they come in this order, so mostly it is the same
                values, origin = here, origins.get(write(here))
            if origin is None:
                raise NeedsPerson(f"the database takes different values of {way} for the same")
            if known and rows.table.mapped.decides in compare(known, rows.named(row, names), self._subject)[1]:
                raise NeedsPerson(f"{way} leads to a row of {way.kind} that another {rows.table.mapped.decides} owns")
            chain, value = origin
            yield Found(rows, self._key(rows, row), row, ((chain + STEP + way.kind, value),)), row

    def _read(
        self,
        connection: sa.Connection,
        rows: Rows,
        where: ColumnElement[bool],
        by: tuple[str, ...],
        last: str | None,
    ) -> Iterator[Values]:
        """Streams the rows that a condition finds, in the order of some columns and the key, after `last` of these."""
        columns = [rows.table.column(name) for name in self._ordered(rows, by)]
        if last is not None:
            given = read(last)
            where = sa.and_(where, columns[0] > given[0] if len(columns) == 1 else sa.tuple_(*columns) > given)
        statement = rows.select.where(where).order_by(*columns).execution_options(yield_per=1000)
        with connection.execute(statement) as result:  # closes the server's cursor, whatever happens
            for row in result:
                yield tuple(row)

    @staticmethod
    def _ordered(rows: Rows, by: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*by, *rows.table.mapped.key)))

    @staticmethod
    def _key(rows: Rows, row: Values) -> Values:
        key = rows.key(row)
        if None in key:
            raise NeedsPerson(f"a row of {rows.kind} has no key, so it could not be told from another")
        return key

    def _take(self, found: Found, *, count: bool = True) -> None:
        self._count += count
        if self._count > self._max_rows:
            raise NeedsPerson(f"there are more than {self._max_rows} rows, which is too many for one person")
        for way in self._from[found.rows.kind]:
            values = found.rows.values(found.row, way.source_columns)
            if None not in values:
                chain, value = found.matches[0]
                self._trail.add(way.number, values, (chain if STEP in chain else chain + STEP + found.rows.kind, value))

    def _at(self, stage: int, entry: int, spot: "_Spot") -> str:
        after, upto, row = spot
        (kind,) = self._stages[stage].kinds
        by = () if entry == 0 else self._into[kind][entry - 1].columns
        rows = self.tables[kind]
        last = write(rows.values(row, self._ordered(rows, by)))
        return json.dumps([self._plan, stage, entry, after, upto, last])

    def _open(self, after: str | None) -> "_Place | None":
        if after is None:
            return None
        try:
            plan, stage, entry, begin, upto, last = json.loads(after)
        except ValueError as error:
            raise Refused("that is no mark of an export of this database") from error
        if plan != self._plan:
            raise NeedsPerson("the data map changed while an export was under way: it has to be ordered anew")
        return stage, entry, (begin, upto, last)

    @property
    def _plan(self) -> str:
        """Tells one order of tables and ways from another: a mark is understood by the one that set it only."""
        said = [
            (kind, rows.table.live.name, rows.table.mapped.key, [str(way) for way in self._into[kind]])
            for stage in self._stages
            for kind, rows in self.tables.items()
            if kind in stage.kinds
        ]
        return sha256(json.dumps(said).encode()).hexdigest()[:16]


# after which value the batch begins, its last value, and the row itself
_Spot = tuple[str, str | None, Values]
# stage, entry, and where in it: after which value, up to which, after which columns and key
_Place = tuple[int, int, tuple[str, str | None, str | None]]
