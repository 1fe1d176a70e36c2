"""Finds the rows that carry the person's own identifiers, and refuses to guess where they could be somebody else's."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from habeas.sdk import NeedsPerson, Subject, fold_ascii, plain
from habeas_fulfilment.connectors.sql.datamap import Identifier
from habeas_fulfilment.connectors.sql.rows import Found, Rows, Values

_LARGEST_INT = 2**63 - 1


@dataclass
class _Reading:
    """What the rows of one table say about the person's identifiers."""

    mine: list[tuple[Values, dict[str, str]]] = field(default_factory=list)
    unclear: int = 0


def find_anchors(
    connection: sa.Connection, tables: Iterable[Rows], subject: Subject, *, limit: int, lock: bool
) -> list[Found]:
    """The rows that hold a proved identifier and contradict none; raises NeedsPerson where that is ambiguous.

    Two people may share a mailbox. A row that holds the proved address and another customer's number is not the
    person's where the map says that the number decides; where it says nothing, a person has to look. And once an
    address is seen on another's row, a row that has nothing but this address is nobody's for certain.
    """
    found: list[Found] = []
    shared: set[tuple[str, str]] = set()
    unclear: dict[str, int] = {}
    for rows in tables:
        reading = _read(connection, rows, subject, shared, limit=limit, lock=lock)
        if reading.unclear:
            unclear[rows.kind] = reading.unclear
        found += [Found(rows, rows.key(row), row, tuple(matches.items())) for row, matches in reading.mine]
    for each in found:
        if shared.issuperset(each.matches):
            unclear[each.rows.kind] = unclear.get(each.rows.kind, 0) + 1
    if unclear:
        counts = ", ".join(f"{count} of {kind}" for kind, count in unclear.items())
        raise NeedsPerson(
            f"rows fit one identifier of the person and not another, or an address that is shared: {counts}"
        )
    return found


def _read(
    connection: sa.Connection, rows: Rows, subject: Subject, shared: set[tuple[str, str]], *, limit: int, lock: bool
) -> _Reading:
    mapped, reading = rows.table.mapped, _Reading()
    known = [each for each in mapped.identifiers if subject.values(each.name)]
    conditions = [_condition(rows, each, subject.values(each.name), connection.dialect.name) for each in known]
    if not conditions:
        return reading
    statement = rows.select.where(sa.or_(*conditions)).limit(limit + 1)
    if lock:
        statement = statement.with_for_update(of=rows.table.live.sql)
    deciders = set()
    for row in connection.execute(statement):
        matches, others = compare(rows, known, tuple(row), subject)
        if not matches:
            continue  # the database takes other spellings for the same; we do not
        if mapped.decides in others:
            shared.update(matches.items())
        elif others and mapped.decides not in matches:
            reading.unclear += 1
        else:
            reading.mine.append((tuple(row), matches))
            deciders |= _decider(rows, tuple(row), matches)
    if len(deciders) > 1:
        reading.unclear += len(reading.mine)
    return reading


def _decider(rows: Rows, row: Values, matches: Mapping[str, str]) -> set[Any]:
    """The value that tells people apart in a row that was found by something else."""
    mapped = rows.table.mapped
    if mapped.decides is None or mapped.decides in matches:
        return set()
    column = next(each.column for each in mapped.identifiers if each.name == mapped.decides)
    return {value for value in rows.values(row, [column]) if value not in (None, "")}


def compare(
    rows: Rows, identifiers: Iterable[Identifier], row: Values, subject: Subject
) -> tuple[dict[str, str], set[str]]:
    """Which proved identifiers a row holds (name to value), and the names of those it holds with another value."""
    matches, others = {}, set()
    for each in identifiers:
        (stored,) = rows.values(row, [each.column])
        if stored is None or stored == "":
            continue
        text = str(plain(stored))
        for value in subject.values(each.name):
            if (fold_ascii(text) == fold_ascii(value)) if each.fold else text == value:
                matches[each.name] = value
                break
        else:
            others.add(each.name)
    return matches, others


def _condition(rows: Rows, each: Identifier, values: Iterable[str], dialect: str) -> ColumnElement[bool]:
    column, category = rows.table.column(each.column), rows.table.live.categories[each.column]
    if each.fold:
        # the C collation folds A to Z only, and a Turkish database must not find another person for an I
        folded = sa.func.lower(column if dialect == "sqlite" else sa.collate(column, "C"))
        return folded.in_([fold_ascii(value) for value in values])
    return column.in_([form for value in values for form in _forms(value, category)])


def _forms(value: str, category: str) -> list[Any]:
    """The values of a column's type that are written exactly like `value`."""
    if category == "text":
        return [value]
    if category == "uuid":
        return [UUID(value)] if _is_uuid(value) else []
    number = [int(value)] if value.isascii() and value.isdigit() and str(int(value)) == value else []
    number = [each for each in number if each <= _LARGEST_INT]
    return [*number, value] if category == "any" else list(number)


def _is_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def find_claimed(connection: sa.Connection, rows: Rows, claimed: Subject, *, limit: int) -> Iterator[Values]:
    """Every row of a table that holds a claimed identifier, whoever it belongs to."""
    known = [each for each in rows.table.mapped.identifiers if claimed.values(each.name)]
    conditions = [_condition(rows, each, claimed.values(each.name), connection.dialect.name) for each in known]
    if conditions:
        for row in connection.execute(rows.select.where(sa.or_(*conditions)).limit(limit)):
            if compare(rows, known, tuple(row), claimed)[0]:
                yield tuple(row)
