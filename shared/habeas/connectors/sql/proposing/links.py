"""Links that a schema does not declare, proposed by names and types; whether values agree is looked up elsewhere."""

from collections.abc import Iterable, Iterator, Mapping

from habeas.connectors.sql.proposing.facts import Link
from habeas.connectors.sql.proposing.words import NUMBERING, REFERRING, Tokens, is_one_of, tokens_of
from habeas.connectors.sql.schema import LiveTable


def candidates(tables: Mapping[str, LiveTable], declared: Iterable[Link]) -> Iterator[Link]:
    """Each column that is named like a row of another table, has a type like its key, and is no declared link."""
    known = {(link.table, column) for link in declared for column in link.columns}
    words = {name: tokens_of(name.rpartition(".")[2]) for name in tables}
    for name, table in tables.items():
        for column in table.types:
            if (name, column) in known or (column,) == table.primary:
                continue
            stem, ending = stem_of(tokens_of(column))
            for other in sorted(tables, key=lambda each: -len(words[each])) if stem else ():
                if other != name and is_one_of(stem, words[other]):
                    target = _target(table, column, tables[other], ending)
                    if target:
                        yield Link(name, (column,), other, (target,), declared=False)
                        break


def stem_of(tokens: Tokens) -> tuple[Tokens, str]:
    """What a column refers to and by what: `delivery_address_id` gives (delivery, address) and `id`."""
    if len(tokens) > 1 and tokens[-1] in REFERRING:
        return tokens[:-1], tokens[-1]
    if len(tokens) == 1 and tokens[0].endswith("id") and len(tokens[0]) > 4:
        return (tokens[0][:-2],), "id"
    return (), ""


def _target(table: LiveTable, column: str, other: LiveTable, ending: str) -> str | None:
    """The column of the other table that tells its rows apart and can be compared with this one."""
    alone = [name for name in other.types if other.tells_apart([name]) and _comparable(table, column, other, name)]
    if ending in NUMBERING:
        numbered = [name for name in alone if set(tokens_of(name)[-1:]) & NUMBERING]
        if numbered:
            return numbered[0]
    return next((name for name in alone if (name,) == other.primary), None)


def _comparable(table: LiveTable, column: str, other: LiveTable, target: str) -> bool:
    return len({table.categories[column], other.categories[target]} - {"any"}) < 2


def can_be_compared(source: LiveTable, left: Iterable[str], table: LiveTable, right: Iterable[str]) -> bool:
    """Whether the columns of a way fit each other's types, as fitting a map will ask."""
    return all(_comparable(source, one, table, other) for one, other in zip(left, right, strict=True))
