"""How a plug-in is found: by entry point, ours and anyone else's through the same door."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from habeas.errors import Refused


@cache
def _found(group: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=group)}


def names(group: str) -> tuple[str, ...]:
    """List the plug-ins installed in a group such as `habeas.connectors`, by name."""
    return tuple(sorted(_found(group)))


def load(group: str, name: str) -> Any:
    """Load one plug-in; an unknown name is refused with the names there are."""
    point = _found(group).get(name)
    if point is None:
        raise Refused(f"there is no {name!r} in {group}; installed are: {', '.join(names(group)) or 'none'}")
    return point.load()
