"""Finds what refers to the rows of a table, and the order in which tables can be emptied."""

from collections.abc import Iterator, Mapping

from habeas.connectors.sql.datamap import DataMap, Reference
from habeas.connectors.sql.schema import BoundTable, LiveTable, Referer, Survey


def referers_of(kind: str, data_map: DataMap, live: Mapping[str, LiveTable], survey: Survey) -> Iterator[Referer]:
    """Everything that points at rows of a table: the database's foreign keys, and the map's ways that are like them."""
    kinds = {table.name: each for each, table in live.items()}
    found: dict[tuple[str, frozenset[tuple[str, str]]], Referer] = {}

    def add(table: LiveTable, columns: tuple[str, ...], target: tuple[str, ...], guarded: bool = False) -> None:
        at = (table.name, frozenset(zip(columns, target, strict=True)))
        referring = kinds.get(table.name)
        key = data_map.tables[referring].key if referring else ()
        found.setdefault(at, Referer(table, referring, columns, target, key, guarded))

    for name, columns, to, target in survey.foreign:
        referring, referred = survey.find(name), survey.find(to)
        if referring is not None and referred is live[kind]:
            add(referring, columns, target, (name, columns, to, target) in survey.guarded)
    for other, mapped in data_map.tables.items():
        for way in mapped.reached_from:
            pointing = pointing_of(other, way, live)
            if pointing and pointing[2] == kind:
                add(live[pointing[0]], pointing[1], pointing[3])
    yield from found.values()


def pointing_of(
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


def points_itself(kind: str, way: Reference, live: Mapping[str, LiveTable]) -> bool:
    """Whether the rows that a way starts from point at those it leads to (a customer at its address)."""
    pointing = pointing_of(kind, way, live)
    return pointing is not None and pointing[0] == way.source


def parts_of(bound: Mapping[str, BoundTable]) -> tuple[tuple[str, ...], ...]:
    """The tables in parts that can be emptied one after the other, each with a commit of its own.

    What refers goes first, and so does what only a way leads to: after a crash its rows have to be found again by the
    rows it is reached from. What hangs together in a circle is one part.
    """
    live = {kind: table.live for kind, table in bound.items()}
    before: dict[str, set[str]] = {kind: set() for kind in bound}  # kind -> what can go only after it
    for kind, table in bound.items():
        for referer in table.referers:
            if referer.kind is not None:
                before[referer.kind].add(kind)
        for way in table.mapped.reached_from:
            if not points_itself(kind, way, live):
                before[kind].add(way.source)
    return condense(before)


def condense(before: Mapping[str, set[str]]) -> tuple[tuple[str, ...], ...]:
    """The names in an order in which each comes before those that its entry holds; circles stand together."""
    circles = _circles(before)
    of = {kind: next((tuple(each) for each in circles if kind in each), (kind,)) for kind in before}
    of = {kind: tuple(each for each in before if each in part) for kind, part in of.items()}
    parts = list(dict.fromkeys(of.values()))
    order: list[tuple[str, ...]] = []
    while parts:
        later = {of[to] for part in parts for kind in part for to in before[kind] if of[to] != part}
        ready = [part for part in parts if part not in later]
        order.extend(ready)
        parts = [part for part in parts if part in later]
    return tuple(order)


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
