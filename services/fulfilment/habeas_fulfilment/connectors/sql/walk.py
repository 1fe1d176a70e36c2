"""Follows the references of a data map from the person's own rows to everything that hangs on them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from habeas.sdk import STEP, NeedsPerson, Subject
from habeas_fulfilment.connectors.sql.anchors import compare, find_anchors
from habeas_fulfilment.connectors.sql.datamap import Reference
from habeas_fulfilment.connectors.sql.rows import Found, Rows, Values, where_in

BATCH = 500
_Way = tuple[str, Reference]
_Match = tuple[str, str]


class Walk:
    """One search for one person in one transaction: every row once, with what ties it to the person.

    Memory holds the keys of what was found, never the rows. `lock` keeps the rows from changing until the end of the
    transaction. Raises NeedsPerson when there are more than `max_rows`, or where a row could be somebody else's.
    """

    def __init__(
        self,
        connection: sa.Connection,
        tables: Mapping[str, Rows],
        subject: Subject,
        *,
        max_rows: int,
        lock: bool = False,
    ) -> None:
        self._connection = connection
        self._tables = tables
        self._subject = subject
        self._max_rows = max_rows
        self._lock = lock
        self._ways: dict[str, list[_Way]] = defaultdict(list)  # from a kind: where its rows lead
        for kind, rows in tables.items():
            for way in rows.table.mapped.reached_from:
                self._ways[way.source].append((kind, way))
        self._waiting: dict[_Way, dict[Values, _Match]] = {}
        self._asked: dict[_Way, set[Values]] = defaultdict(set)
        self._seen: dict[str, set[Values]] = defaultdict(set)
        self._count = 0

    def rows(self) -> Iterator[Found]:
        """Every row of the person: first those with an identifier, then those that are reached from them."""
        self._refuse_blind_spots()
        anchors = find_anchors(
            self._connection, self._tables.values(), self._subject, limit=self._max_rows, lock=self._lock
        )
        for found in anchors:
            yield from self._take(found)
        while self._waiting:
            way = next(iter(self._waiting))
            waiting = self._waiting.pop(way)
            values = list(waiting)
            for start in range(0, len(values), BATCH):
                batch = {value: waiting[value] for value in values[start : start + BATCH]}
                yield from self._follow(way, batch)

    def _refuse_blind_spots(self) -> None:
        """Raises NeedsPerson where a table cannot be searched: to find nothing there would be no answer."""
        known = {
            kind
            for kind, rows in self._tables.items()
            if any(self._subject.values(each.name) for each in rows.table.mapped.identifiers)
        }
        todo = list(known)
        while todo:
            reached = {kind for kind, _ in self._ways.get(todo.pop(), ())} - known
            known |= reached
            todo.extend(reached)
        if blind := sorted(self._tables.keys() - known):
            lacking = sorted({each.name for kind in blind for each in self._tables[kind].table.mapped.identifiers})
            raise NeedsPerson(f"{', '.join(blind)} cannot be searched: {', '.join(lacking)} is not proved")

    def _follow(self, way: _Way, batch: Mapping[Values, _Match]) -> Iterator[Found]:
        kind, reference = way
        rows = self._tables[kind]
        columns = [rows.table.column(name) for name in reference.columns]
        statement = rows.select.where(where_in(columns, list(batch)))
        if self._lock:
            statement = statement.with_for_update(of=rows.table.live.sql)
        elif not rows.table.live.tells_apart(reference.columns):
            statement = statement.execution_options(yield_per=1000)  # a person may have any number of these
        known = rows.table.mapped.identifiers
        with self._connection.execute(statement) as result:  # closes the server's cursor, whatever happens
            for row in result:
                values = tuple(row)
                origin = batch.get(rows.values(values, reference.columns))
                if origin is None:
                    raise NeedsPerson(f"the database takes different values of {reference} for the same")
                if known and rows.table.mapped.decides in compare(rows, known, values, self._subject)[1]:
                    raise NeedsPerson(
                        f"{reference} leads to a row of {kind} that another {rows.table.mapped.decides} owns"
                    )
                chain, value = origin
                yield from self._take(Found(rows, rows.key(values), values, ((chain + STEP + kind, value),)))

    def _take(self, found: Found) -> Iterator[Found]:
        seen = self._seen[found.rows.kind]
        if found.key in seen:
            return
        seen.add(found.key)
        self._count += 1
        if self._count > self._max_rows:
            raise NeedsPerson(f"there are more than {self._max_rows} rows, which is too many for one person")
        for way in self._ways.get(found.rows.kind, ()):
            values = found.rows.values(found.row, way[1].source_columns)
            if None not in values and values not in self._asked[way]:
                self._asked[way].add(values)
                chain, value = found.matches[0]
                origin = chain if STEP in chain else chain + STEP + found.rows.kind
                self._waiting.setdefault(way, {})[values] = (origin, value)
        yield found
