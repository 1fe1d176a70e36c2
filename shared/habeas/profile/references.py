"""What a profile file says twice: names that point at other names, looked at in plain data of any shape.

It asks nothing of the form, so that a wrong form hides no wrong reference and both are reported together.
"""

from collections.abc import Iterator
from typing import Any

from habeas.marked import Marked, Where
from habeas.profile.remarks import Remark

_NAMED = ("identifiers", "activities", "systems", "group", "legal_retention")


def wrong_references(marked: Marked) -> Iterator[Remark]:
    """Every name that is given twice, points at nothing, or is pointed at by nothing."""
    root = mapping(marked.data)
    for part in _NAMED:
        yield from _twice(marked, part, _names(root.get(part)))
    systems = _names(root.get("systems"))
    yield from _unknown(marked, ("contact_of_record",), root.get("contact_of_record"), systems, "system")
    yield from _of_systems(marked, root, systems)
    yield from _of_activities(marked, root)
    yield from _of_sign_in(marked, root)
    yield from _promised_twice(marked, root)


def items(value: Any) -> list[Any]:
    """The items of a list; none of anything else."""
    return value if isinstance(value, list) else []


def mapping(value: Any) -> dict[str, Any]:
    """A mapping; an empty one instead of anything else."""
    return value if isinstance(value, dict) else {}


def numbered(value: Any) -> Iterator[tuple[int, dict[str, Any]]]:
    """The mappings of a list with their numbers."""
    return ((number, item) for number, item in enumerate(items(value)) if isinstance(item, dict))


def one_or_many(value: Any) -> list[Any]:
    """The words of a key that takes one word or a list of them."""
    return items(value) if isinstance(value, list) else [value]


def _of_systems(marked: Marked, root: dict[str, Any], systems: dict[int, str]) -> Iterator[Remark]:
    activities = _names(root.get("activities"))
    held: set[str] = set()
    for number, system in numbered(root.get("systems")):
        where: Where = ("systems", number)
        yield from _unknown(marked, (*where, "activities"), system.get("activities"), activities, "activity")
        yield from _unknown(marked, (*where, "feeds"), system.get("feeds"), systems, "system")
        held |= {name for name in items(system.get("activities")) if isinstance(name, str)}
        if system.get("name") in items(system.get("feeds")):
            yield Remark((*where, "feeds"), f"the system {system['name']} feeds itself", "leave it out")
    for number, name in activities.items():
        if systems and name not in held:
            remedy = "name it under the system that holds its data; an archive on paper is a system too"
            yield Remark(("activities", number, "name"), f"no system holds the activity {name!r}", remedy)


def _of_activities(marked: Marked, root: dict[str, Any]) -> Iterator[Remark]:
    rules, companies = _names(root.get("legal_retention")), _names(root.get("group"))
    for number, activity in numbered(root.get("activities")):
        where: Where = ("activities", number)
        company = activity.get("company")
        if isinstance(company, str):
            yield from _missing(marked, (*where, "company"), company, companies, "company of the group")
        seen: set[str] = set()
        for place, kept in numbered(activity.get("keep")):
            rule, at = kept.get("rule"), (*where, "keep", place, "rule")
            if not isinstance(rule, str):
                continue
            yield from _missing(marked, at, rule, rules, "rule of legal_retention")
            if rule in seen:
                yield Remark(at, f"the rule {rule!r} stands here twice", "write its kinds in one list")
            seen.add(rule)


def _of_sign_in(marked: Marked, root: dict[str, Any]) -> Iterator[Remark]:
    identifiers, seen = _names(root.get("identifiers")), dict[str, int]()
    for number, each in numbered(mapping(root.get("identity")).get("sign_in")):
        where: Where = ("identity", "sign_in", number)
        provider = each.get("provider")
        for claim, name in mapping(each.get("identifiers")).items():
            if isinstance(name, str):
                yield from _missing(marked, (*where, "identifiers", claim), name, identifiers, "identifier")
        if isinstance(provider, str) and provider in seen:
            problem = f"the provider {provider!r} stands on line {seen[provider]} already"
            yield Remark((*where, "provider"), problem, "keep one of them")
        elif isinstance(provider, str):
            seen[provider] = marked.line_of((*where, "provider"))


def _promised_twice(marked: Marked, root: dict[str, Any]) -> Iterator[Remark]:
    seen: dict[str, int] = {}
    for number, promise in numbered(root.get("promises")):
        right, at = promise.get("right"), ("promises", number, "right")
        if not isinstance(right, str):
            continue
        if right in seen:
            problem = f"there is a promise for {right} on line {seen[right]} already"
            yield Remark(at, problem, "keep the shorter one")
        seen.setdefault(right, marked.line_of(at))


def _names(value: Any) -> dict[int, str]:
    return {number: item["name"] for number, item in numbered(value) if isinstance(item.get("name"), str)}


def _twice(marked: Marked, part: str, names: dict[int, str]) -> Iterator[Remark]:
    seen: dict[str, int] = {}
    for number, name in names.items():
        if name in seen:
            first = marked.line_of((part, seen[name], "name"))
            yield Remark((part, number, "name"), f"the name {name!r} stands on line {first} already", "rename one")
        seen.setdefault(name, number)


def _missing(marked: Marked, where: Where, name: str, known: dict[int, str], kind: str) -> Iterator[Remark]:
    if name not in known.values():
        remedy = "one of " + ", ".join(known.values()) if known else f"describe the {kind} first"
        yield Remark(where, f"there is no {kind} {name!r}", remedy)


def _unknown(marked: Marked, where: Where, value: Any, known: dict[int, str], kind: str) -> Iterator[Remark]:
    seen: set[str] = set()
    for number, name in enumerate(items(value)):
        if not isinstance(name, str):
            continue
        yield from _missing(marked, (*where, number), name, known, kind)
        if name in seen:
            yield Remark((*where, number), f"{name!r} stands here twice", "keep one of them")
        seen.add(name)
