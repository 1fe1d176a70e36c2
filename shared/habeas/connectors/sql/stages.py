"""The order in which the tables of a data map are walked: a source before what it leads to."""

from collections.abc import Mapping
from dataclasses import dataclass

from habeas.connectors.sql.datamap import Reference
from habeas.connectors.sql.references import condense, points_itself
from habeas.connectors.sql.rows import Rows


@dataclass(frozen=True)
class Way:
    """One way into a kind, by its number in the whole map."""

    number: int
    kind: str
    reference: Reference
    points: bool = False  # the rows that it starts from refer to those it leads to

    @property
    def source(self) -> str:
        return self.reference.source

    @property
    def source_columns(self) -> tuple[str, ...]:
        return self.reference.source_columns

    @property
    def columns(self) -> tuple[str, ...]:
        return self.reference.columns

    def __str__(self) -> str:
        return str(self.reference)


@dataclass(frozen=True)
class Stage:
    """One kind; or, where it is a `circle`, kinds that lead to each other (one that leads to itself, too)."""

    kinds: frozenset[str]
    circle: bool


def plan_stages(tables: Mapping[str, Rows]) -> tuple[tuple[Stage, ...], tuple[Way, ...]]:
    """The stages in their order, and every way."""
    ways: list[Way] = []
    leads: dict[str, set[str]] = {kind: set() for kind in tables}
    live = {kind: rows.table.live for kind, rows in tables.items()}
    for kind, rows in tables.items():
        for reference in rows.table.mapped.reached_from:
            ways.append(Way(len(ways), kind, reference, points_itself(kind, reference, live)))
            leads[reference.source].add(kind)
    stages = (Stage(frozenset(part), len(part) > 1 or part[0] in leads[part[0]]) for part in condense(leads))
    return tuple(stages), tuple(ways)
