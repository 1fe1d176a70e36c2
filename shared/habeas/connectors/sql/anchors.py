"""Finds the rows that carry the person's own identifiers, and refuses to guess where they could be somebody else's."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.sql.elements import ColumnElement

from habeas.connectors.sql.datamap import Identifier
from habeas.connectors.sql.rows import Rows, Values
from habeas.sdk import NeedsPerson, Subject, fold_ascii, plain

_LARGEST_INT = 2**63 - 1
_LARGEST_UNSIGNED = 2**64 - 1
# Collations that take A to Z for a to z in every language: a Turkish one does not.
_FOLDING = re.compile(r"\w+?_(general|unicode|unicode_520|0900|uca1400|swedish)(_nopad)?(_a[is])?_ci")

Match = dict[str, str]


@dataclass(frozen=True)
class Known:
    """What is asked of one table: its identifiers of which the person has values."""

    rows: Rows
    identifiers: tuple[Identifier, ...]

    @classmethod
    def of(cls, rows: Rows, subject: Subject) -> "Known":
        return cls(rows, tuple(each for each in rows.table.mapped.identifiers if subject.values(each.name)))

    def condition(self, subject: Subject) -> ColumnElement[bool]:
        """Finds every row that holds one of the values, and maybe such as the database takes for the same."""
        return sa.or_(*(_condition(self.rows, each, subject.values(each.name)) for each in self.identifiers))

    @property
    def is_clear(self) -> bool:
        """Whether a row that matches cannot contradict: nothing is compared but the one identifier that it matches."""
        decides = self.rows.table.mapped.decides
        return len(self.identifiers) == 1 and decides in (None, self.identifiers[0].name)


def refuse_doubt(connection: sa.Connection, tables: Iterable[Known], subject: Subject) -> None:
    """Raises NeedsPerson where rows fit the person and could be somebody else's.

    Two people may share a mailbox. A row that holds the proved address and another customer's number is not the
    person's where the map says that the number decides; where it says nothing, a person has to look. And once an
    address is seen on another's row, a row that has nothing but this address is nobody's for certain. Only the columns
    of identifiers are read, and only where there can be any doubt.
    """
    unclear: Counter[str] = Counter()
    shared: set[tuple[str, str]] = set()
    fits: Counter[tuple[str, tuple[tuple[str, str], ...]]] = Counter()
    clear = [known for known in tables if known.identifiers and known.is_clear]
    for known in tables:
        if known.identifiers and not known.is_clear:
            reading = _Reading(known, subject, shared)
            reading.read(connection)
            unclear += Counter({known.rows.kind: reading.unclear})
            fits += Counter({(known.rows.kind, each): count for each, count in reading.fits.items()})
    if shared:
        for known in clear:
            values = [value for name, value in shared if name == known.identifiers[0].name]
            if values:
                reading = _Reading(known, Subject({known.identifiers[0].name: tuple(values)}), set())
                reading.read(connection)
                fits += Counter({(known.rows.kind, each): count for each, count in reading.fits.items()})
    for (kind, matches), count in fits.items():
        if shared.issuperset(matches):
            unclear[kind] += count
    if unclear := +unclear:
        counts = ", ".join(f"{count} of {kind}" for kind, count in unclear.items())
        raise NeedsPerson(
            f"rows fit one identifier of the person and not another, or an address that is shared: {counts}"
        )


class _Reading:
    """What the rows of one table say about the person's identifiers, counted by what they fit."""

    def __init__(self, known: Known, subject: Subject, shared: set[tuple[str, str]]) -> None:
        self._known = known
        self._subject = subject
        self._shared = shared
        self._deciders: set[Any] = set()
        self.unclear = 0
        self.fits: Counter[tuple[tuple[str, str], ...]] = Counter()

    def read(self, connection: sa.Connection) -> None:
        rows = self._known.rows
        mapped = rows.table.mapped
        names = [each.column for each in mapped.identifiers]
        statement = sa.select(*(rows.table.column(name) for name in names)).where(self._known.condition(self._subject))
        with connection.execute(statement.execution_options(yield_per=1000)) as result:
            for row in result:
                self._take(rows.stripped(names, tuple(row)))
        if len(self._deciders) > 1:
            self.unclear += self.fits.total()

    def _take(self, values: Mapping[str, Any]) -> None:
        mapped = self._known.rows.table.mapped
        matches, others = compare(self._known.identifiers, values, self._subject)
        if not matches:
            return  # the database takes other spellings for the same; we do not
        if mapped.decides in others:
            self._shared.update(matches.items())
        elif others and mapped.decides not in matches:
            self.unclear += 1
        else:
            self.fits[tuple(matches.items())] += 1
            if mapped.decides is not None and mapped.decides not in matches and len(self._deciders) < 2:
                self._deciders |= self._decider(values)

    def _decider(self, values: Mapping[str, Any]) -> set[Any]:
        """The value that tells people apart in a row that was found by something else."""
        mapped = self._known.rows.table.mapped
        column = next(each.column for each in mapped.identifiers if each.name == mapped.decides)
        return {values[column]} - {None, ""}


def compare(
    identifiers: Iterable[Identifier], values: Mapping[str, Any], subject: Subject
) -> tuple[Match, frozenset[str]]:
    """Which proved identifiers a row holds (name to value), and the names of those it holds with another value."""
    matches, others = {}, []
    for each in identifiers:
        stored = values[each.column]
        if stored is None or stored == "":
            continue
        text = str(plain(stored))
        for value in subject.values(each.name):
            if (fold_ascii(text) == fold_ascii(value)) if each.fold else text == value:
                matches[each.name] = value
                break
        else:
            others.append(each.name)
    return matches, frozenset(others)


def _condition(rows: Rows, each: Identifier, values: Iterable[str]) -> ColumnElement[bool]:
    column, category = rows.table.column(each.column), rows.table.live.categories[each.column]
    if not each.fold:
        largest = _LARGEST_UNSIGNED if rows.dialect == "mysql" else _LARGEST_INT
        return column.in_([form for value in values for form in _forms(value, category, largest)])
    if rows.dialect == "sqlite":
        return sa.func.lower(column).in_([fold_ascii(value) for value in values])
    if rows.dialect == "postgresql":
        # the C collation folds A to Z only, and a Turkish database must not find another person for an I
        return sa.func.lower(sa.collate(column, "C")).in_([fold_ascii(value) for value in values])
    if _FOLDING.fullmatch(rows.table.live.collations.get(each.column, "")):
        return column.in_(list(values))  # so an index serves it; it finds more than we take
    # both sides are folded by the server, in the same way, and compared by their code points
    wide = mysql.CHAR(charset="utf8mb4")
    folded = sa.collate(sa.func.lower(sa.cast(column, wide)), "utf8mb4_bin")
    return sa.or_(*(folded == sa.func.lower(sa.cast(sa.literal(value, sa.String()), wide)) for value in values))


def _forms(value: str, category: str, largest: int) -> list[Any]:
    """The values of a column's type that are written exactly like `value`."""
    if category == "text":
        return [value]
    if category == "uuid":
        return [UUID(value)] if _is_uuid(value) else []
    number = [int(value)] if value.isascii() and value.isdigit() and str(int(value)) == value else []
    number = [each for each in number if each <= largest]
    return [*number, value] if category == "any" else list(number)


def _is_uuid(value: str) -> bool:
    try:
        return str(UUID(value)) == value
    except ValueError:
        return False


def find_claimed(connection: sa.Connection, rows: Rows, claimed: Subject, *, limit: int) -> Iterator[Values]:
    """Every row of a table that holds a claimed identifier, whoever it belongs to."""
    known = Known.of(rows, claimed)
    if known.identifiers:
        for row in connection.execute(rows.select.where(known.condition(claimed)).limit(limit)):
            values = rows.named(tuple(row), [each.column for each in known.identifiers])
            if compare(known.identifiers, values, claimed)[0]:
                yield tuple(row)
