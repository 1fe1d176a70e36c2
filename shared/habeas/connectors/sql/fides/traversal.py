"""Which way each reference of Fides is followed: from what has an identity, through all datasets together."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from habeas.connectors.sql.fides.datasets import Collection, Column, Dataset, Edge
from habeas.errors import Fault

Node = tuple[str, str]  # dataset, collection

_NAME = 31


@dataclass(frozen=True)
class Step:
    """One way from the rows of a collection into another; `both` if Fides may follow it backwards, too."""

    source: Node
    source_column: str
    target: Node
    column: str
    both: bool
    where: str

    @property
    def leaves(self) -> bool:
        """Whether it leads from one database into another."""
        return self.source[0] != self.target[0]

    def turned(self) -> "Step":
        """The same step backwards."""
        return Step(self.target, self.column, self.source, self.source_column, self.both, self.where)


class Places:
    """Finds collections and columns of all datasets by their names."""

    def __init__(self, datasets: Iterable[Dataset]) -> None:
        self.collections: Mapping[Node, Collection] = {
            (dataset.key, each.name): each for dataset in datasets for each in dataset.collections
        }
        self.datasets = {key for key, _ in self.collections}

    def column(self, node: Node, name: str) -> Column | None:
        """A column that stands in a collection itself."""
        collection = self.collections.get(node)
        return next((each for each in collection.columns if each.name == name), None) if collection else None

    def has_identity(self, node: Node) -> bool:
        """Whether somebody's own identifier finds rows of the collection."""
        return any(column.identity for column in self.collections[node].columns)

    def is_alone(self, node: Node, column: str) -> bool:
        """Whether the column is the whole key of the collection, so that one row at most has each value."""
        return [each.name for each in self.collections[node].columns if each.primary] == [column]


def steps_of(datasets: Sequence[Dataset], places: Places) -> tuple[list[Step], list[Edge], list[Fault]]:
    """Every reference as a step, those that lead to datasets which were not given, and what refers to nothing."""
    steps: list[Step] = []
    missing: list[Edge] = []
    faults: list[Fault] = []
    for (dataset, name), collection in places.collections.items():
        for column in collection.columns:
            for edge in column.edges:
                other = edge.dataset, edge.collection
                if edge.dataset not in places.datasets:
                    missing.append(edge)
                elif other not in places.collections:
                    faults.append(Fault(edge.where, f"{edge.dataset} has no collection {edge.collection}"))
                elif places.column(other, edge.column.partition(".")[0]) is None:
                    faults.append(Fault(edge.where, f"{edge.collection} has no field {edge.column}"))
                else:
                    step = Step((dataset, name), column.name, other, edge.column, edge.direction is None, edge.where)
                    steps.append(step.turned() if edge.direction == "from" else step)
    return steps, missing, faults


def depths(steps: Sequence[Step], places: Places) -> dict[Node, int]:
    """How many steps each collection is away from an identity; what is not in it is never reached."""
    found = {node: 0 for node, each in places.collections.items() if places.has_identity(node) and not each.skipped}
    walked = [*steps, *(step.turned() for step in steps if step.both)]
    level = 0
    while new := {
        step.target
        for step in walked
        if found.get(step.source) == level and step.target not in found and not places.collections[step.target].skipped
    }:
        level += 1
        found.update(dict.fromkeys(new, level))
    return found


def directed(steps: Iterable[Step], depth: Mapping[Node, int]) -> tuple[list[Step], list[Step]]:
    """The steps as they are followed, each once; and those without a direction between two that are equally near."""
    followed: list[Step] = []
    unclear: list[Step] = []
    far = len(depth) + 1
    for step in steps:
        ahead, back = depth.get(step.source, far), depth.get(step.target, far)
        if step.both and ahead == back:
            unclear.append(step)
            continue
        chosen = step.turned() if step.both and back < ahead else step
        same = (chosen.source, chosen.source_column, chosen.target, chosen.column)
        if same not in [(each.source, each.source_column, each.target, each.column) for each in followed]:
            followed.append(chosen)
    return followed, unclear


def identifier_named(text: str) -> str:
    """The name of an identifier made of another name; `phone_number` is `phone` here."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "value"
    plain = plain if plain[0].isalpha() else f"n_{plain}"
    return {"phone_number": "phone"}.get(plain, plain)[:_NAME].rstrip("_")


def names_across(steps: Iterable[Step], places: Places) -> dict[tuple[Node, str], str]:
    """The identifier that each column gives to other systems: by its identity, or a name that is its alone."""
    given: dict[tuple[Node, str], str] = {}
    for step in _crossing(steps):
        at = step.source, step.source_column
        column = places.column(*at)
        if at in given:
            continue
        if column and column.identity:
            given[at] = identifier_named(column.identity)
            continue
        name = identifier_named(f"{step.source[1]}_{step.source_column}")
        if name in given.values():
            name = identifier_named(f"{step.source[0]}_{name}")
        given[at] = name
    return given


def _crossing(steps: Iterable[Step]) -> Iterator[Step]:
    yield from (step for step in steps if step.leaves)
