"""Finds what refers to the rows of a table, and the order in which tables can be emptied."""

from collections.abc import Iterator, Mapping

from habeas_fulfilment.connectors.sql.datamap import DataMap, Reference
from habeas_fulfilment.connectors.sql.schema import BoundTable, LiveTable, Referer, Survey


def referers_of(kind: str, data_map: DataMap, live: Mapping[str, LiveTable], survey: Survey) -> Iterator[Referer]:
    """Everything that points at rows of a table: the database's foreign keys, and the map's ways that are like them."""
    kinds = {table.name: each for each, table in live.items()}
    found: dict[tuple[str, frozenset[tuple[str, str]]], Referer] = {}

    def add(table: LiveTable, columns: tuple[str, ...], target: tuple[str, ...]) -> None:
        at = (table.name, frozenset(zip(columns, target, strict=True)))
        referring = kinds.get(table.name)
        key = data_map.tables[referring].key if referring else ()
        found.setdefault(at, Referer(table, referring, columns, target, key))

    for name, columns, to, target in survey.foreign:
        referring, referred = survey.find(name), survey.find(to)
        if referring is not None and referred is live[kind]:
            add(referring, columns, target)
    for other, mapped in data_map.tables.items():
        for way in mapped.reached_from:
            pointing = _pointing(other, way, live)
            if pointing and pointing[2] == kind:
                add(live[pointing[0]], pointing[1], pointing[3])
    yield from found.values()


def _pointing(
    kind: str, way: Reference, live: Mapping[str, LiveTable]
) -> tuple[str, tuple[str, ...], str, tuple[str, ...]] | None:
    """Which side of a way refers, by which columns, to which; None if neither tells its rows apart, as two texts."""
    source = live[way.source]
    here, there = (kind, way.columns), (way.source, way.source_columns)
    if source.primary and set(way.source_columns) == set(source.primary):
        return *here, *there
    if live[kind].tells_apart(way.columns):
        return *there, *here
    return (*here, *there) if source.tells_apart(way.source_columns) else None


def order_of(bound: Mapping[str, BoundTable]) -> tuple[tuple[str, ...], dict[str, int], list[str]]:
    """What refers before what it refers to; the circles among them; and those that no nullable column opens."""
    points_at: dict[str, set[str]] = {kind: set() for kind in bound}
    held: dict[str, set[str]] = {kind: set() for kind in bound}  # by columns that cannot be null
    for kind, table in bound.items():
        for referer in table.referers:
            if referer.kind is not None:
                points_at[referer.kind].add(kind)
                if not referer.can_let_go:
                    held[referer.kind].add(kind)
    circles = _circles(points_at)
    loops = {kind: number for number, circle in enumerate(circles) for kind in circle}
    stuck = sorted({kind for circle in _circles(held) for kind in circle})
    # inside a circle every nullable reference is set to null first, so only the held ones order its tables
    before = {
        kind: {to for to in targets if to != kind and (loops.get(kind, -1) != loops.get(to, -2) or to in held[kind])}
        for kind, targets in points_at.items()
    }
    order: list[str] = []
    while len(order) < len(bound):
        blocked = {to for kind in bound if kind not in order for to in before[kind]}
        ready = [kind for kind in bound if kind not in order and kind not in blocked]
        if not ready:
            break
        order.extend(ready)
    return tuple(order), loops, stuck


def _circles(points_at: Mapping[str, set[str]]) -> list[set[str]]:
    """Sets of tables from each of which every other of the set is reached (a table that points at itself, too)."""
    reach = {kind: _reachable(points_at, kind) for kind in points_at}
    circles: list[set[str]] = []
    for kind in points_at:
        circle = {other for other in reach[kind] if kind in reach[other]}
        if kind in reach[kind] and circle not in circles:
            circles.append(circle)
    return circles


def _reachable(points_at: Mapping[str, set[str]], start: str) -> set[str]:
    found: set[str] = set()
    todo = [start]
    while todo:
        for to in points_at.get(todo.pop(), set()) - found:
            found.add(to)
            todo.append(to)
    return found
