"""Corrects rows, and sets and lifts what stops their use: each row by its key, each read back."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from habeas.connectors.sql.datamap import Switch
from habeas.connectors.sql.fates import CHANGED, LOST, batches, digest
from habeas.connectors.sql.rows import Rows, Values, key_text, where_in
from habeas.connectors.sql.treatments import misfit, same
from habeas.connectors.sql.walk import Walk
from habeas.sdk import Changed, Correction, Json, NeedsPerson, Refused

GONE = "it is not there any more"
NO_SWITCH = "the map does not say how it is restricted"


class Corrections:
    """Corrections in one transaction; `walk` has led everywhere and knows what is the person's."""

    def __init__(self, connection: sa.Connection, walk: Walk) -> None:
        self._connection = connection
        self._walk = walk

    def run(self, corrections: Sequence[Correction]) -> list[Changed]:
        """Puts the new content into what still has its digest; one line for each kind and reason."""
        if unknown := sorted({each.kind for each in corrections} - self._walk.tables.keys()):
            raise Refused(f"the order names kinds that the data map does not have: {', '.join(unknown)}")
        if len({(each.kind, each.key) for each in corrections}) != len(corrections):
            raise Refused("the order names a record twice")
        counts: Counter[tuple[str, str]] = Counter()
        for each in corrections:
            counts[each.kind, self._correct(each)] += 1
        return [
            Changed(kind, 0 if why else count, verified=not why, why=why)
            for (kind, why), count in sorted(counts.items())
        ]

    def _correct(self, correction: Correction) -> str:
        """Corrects one row and says why not, if not."""
        rows = self._walk.tables[correction.kind]
        values, problem = _typed(rows, correction.changes)
        if problem:
            return problem
        try:
            key = rows.key_values(correction.key)
        except (ValueError, ArithmeticError) as error:
            raise Refused(f"the order names a key of {rows.kind} that cannot be one") from error
        row = read_row(self._connection, rows, key, lock=True)
        if row is None or key_text(rows.key(row)) != correction.key:
            return GONE
        if not self._walk.tie(rows.kind, rows.named(row, self._walk.tie_columns(rows.kind))):
            return LOST
        if digest(rows, row) != correction.digest:
            return "" if _holds(rows, row, values) else CHANGED  # done before, if it has the new content already
        change(self._connection, rows, [key], values)
        return ""


def switch(connection: sa.Connection, found: Iterable[tuple[Rows, Values]], *, name: str, lift: bool) -> list[Changed]:
    """Sets or lifts what the map says under `name` (`restrict`, `suppress`) in these rows."""
    keys: dict[str, list[Values]] = defaultdict(list)
    tables: dict[str, Rows] = {}
    for rows, key in found:
        tables[rows.kind] = rows
        keys[rows.kind].append(key)
    changes = []
    for kind, rows in tables.items():
        said: Switch | None = getattr(rows.table.mapped, name)
        if said is None:
            changes.append(Changed(kind, 0, why=NO_SWITCH))
            continue
        for batch in batches(keys[kind]):
            change(connection, rows, batch, said.values(lift))
        changes.append(Changed(kind, len(keys[kind]), verified=True))
    return changes


def change(connection: sa.Connection, rows: Rows, keys: Sequence[Values], values: Mapping[str, Any]) -> None:
    """Sets values in the rows of these keys and reads them back; raises NeedsPerson where it did not come out so."""
    where = where_in([rows.table.column(name) for name in rows.table.mapped.key], keys, rows.dialect)
    result = connection.execute(sa.update(rows.table.live.sql).where(where).values(dict(values)))
    if result.rowcount != len(keys):
        raise NeedsPerson(f"the database changed {result.rowcount} rows of {rows.kind} instead of {len(keys)}")
    columns = [rows.table.column(name) for name in values]
    for row in connection.execute(sa.select(*columns).where(where)):
        if not all(_same(stored, given) for stored, given in zip(row, values.values(), strict=True)):
            raise NeedsPerson(f"reading back, a row of {rows.kind} was not as it had to be; nothing was changed")


def read_row(connection: sa.Connection, rows: Rows, key: Values, *, lock: bool = False) -> Values | None:
    """The row of a key as it stands."""
    statement = rows.select.where(
        where_in([rows.table.column(name) for name in rows.table.mapped.key], [key], rows.dialect)
    )
    if lock:
        statement = statement.with_for_update(of=None if rows.dialect == "mysql" else rows.table.live.sql)
    row = connection.execute(statement).first()
    return None if row is None else tuple(row)


def _holds(rows: Rows, row: Values, values: Mapping[str, Any]) -> bool:
    stored = rows.named(row, values)
    return all(_same(stored[name], given) for name, given in values.items())


def _same(stored: Any, given: Any) -> bool:
    if isinstance(given, Decimal) and isinstance(stored, int | float | Decimal):
        return Decimal(str(stored)) == given
    if isinstance(given, datetime | date) and isinstance(stored, str):  # SQLite keeps dates as text
        return stored.replace(" ", "T")[:19] == given.isoformat()[:19]
    return same(stored, given)


def _typed(rows: Rows, changes: Mapping[str, Json]) -> tuple[dict[str, Any], str]:
    """The new content as values of the columns' types, and what is wrong with it, if anything."""
    mapped = rows.table.mapped
    values: dict[str, Any] = {}
    if not changes:
        return {}, "the correction has no content"
    for name, value in changes.items():
        if name not in mapped.correctable:
            return {}, f"{name} cannot be corrected here" if name in rows.table.live.types else "it has no such column"
        if value is None:
            if not rows.table.live.nullable[name]:
                return {}, f"{name} cannot be empty"
            values[name] = None
            continue
        try:
            values[name] = typed(value, rows.table.live.types[name])
        except (ValueError, TypeError, InvalidOperation):
            return {}, f"the new {name} is no value of its column"
        if problem := misfit(_number(values[name]), rows.table.live.types[name]):
            return {}, f"{name} {problem}"
    return values, ""


def typed(value: Json, kind: sa.types.TypeEngine[Any]) -> Any:
    """JSON as a value of a column's type; raises ValueError or TypeError where it is none."""
    if isinstance(kind, sa.DateTime):
        return datetime.fromisoformat(str(value))
    if isinstance(kind, sa.Date):
        return date.fromisoformat(str(value))
    if isinstance(kind, sa.Numeric) and not isinstance(kind, sa.Float):
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise TypeError
        number = Decimal(str(value))
        if not number.is_finite() or (kind.scale is not None and round(number, kind.scale) != number):
            raise ValueError
        if kind.precision is not None and abs(number) >= Decimal(10) ** (kind.precision - (kind.scale or 0)):
            raise ValueError
        return number
    if not isinstance(value, str | int | float | bool):
        raise TypeError
    return value


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
