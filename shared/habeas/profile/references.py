"""What a profile file says twice: names that point at other names, looked at in plain data of any shape.

It asks nothing of the form, so that a wrong form hides no wrong reference and both are reported together.
"""

from collections.abc import Iterator
from typing import Any

from habeas.marked import Marked, Where
from habeas.sdk.errors import Fault


def reference_faults(marked: Marked) -> Iterator[Fault]:
    """Every name that is given twice, points at nothing, or is pointed at by nothing."""
    root = marked.data if isinstance(marked.data, dict) else {}
    activities = _names(root.get("activities"))
    systems = _names(root.get("systems"))
    for part in ("identifiers", "activities", "systems"):
        yield from _twice(marked, part, _names(root.get(part)))
    yield from _unknown(marked, ("contact_of_record",), root.get("contact_of_record"), systems, "system")
    held: set[str] = set()
    for number, system in enumerate(_list(root.get("systems"))):
        if not isinstance(system, dict):
            continue
        where: Where = ("systems", number)
        yield from _unknown(marked, (*where, "activities"), system.get("activities"), activities, "activity")
        yield from _unknown(marked, (*where, "feeds"), system.get("feeds"), systems, "system")
        held |= {name for name in _list(system.get("activities")) if isinstance(name, str)}
        if system.get("name") in _list(system.get("feeds")):
            yield marked.fault((*where, "feeds"), f"the system {system['name']} feeds itself", "leave it out")
    for number, name in activities.items():
        if systems and name not in held:
            remedy = "name it under the system that holds its data; an archive on paper is a system too"
            yield marked.fault(("activities", number, "name"), f"no system holds the activity {name!r}", remedy)


def _names(value: Any) -> dict[int, str]:
    items = enumerate(_list(value))
    return {
        number: item["name"] for number, item in items if isinstance(item, dict) and isinstance(item.get("name"), str)
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _twice(marked: Marked, part: str, names: dict[int, str]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for number, name in names.items():
        if name in seen:
            first = marked.line_of((part, seen[name], "name"))
            yield marked.fault(
                (part, number, "name"), f"the name {name!r} stands on line {first} already", "rename one"
            )
        seen.setdefault(name, number)


def _unknown(marked: Marked, where: Where, value: Any, known: dict[int, str], kind: str) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, name in enumerate(_list(value)):
        if not isinstance(name, str):
            continue
        if name not in known.values():
            remedy = "one of " + ", ".join(known.values()) if known else f"describe the {kind} first"
            yield marked.fault((*where, number), f"there is no {kind} {name!r}", remedy)
        if name in seen:
            yield marked.fault((*where, number), f"{name!r} stands here twice", "keep one of them")
        seen.add(name)
