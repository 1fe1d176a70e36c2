"""The JSON Schema (2020-12) of what a file holds, learned from its records as they pass."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
_MOST_PROPERTIES = 500  # beyond it the keys are data themselves, and a schema that lists them explains nothing
_DEEPEST = 8
_MOST_SIGNATURES = 1000
_ATTACHMENT = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "name": {"type": "string"},
        "media_type": {"type": "string"},
        "size": {"type": "integer"},
        "file": {"type": "string"},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
    "required": ["id", "name", "media_type", "size", "file", "sha256"],
}


@dataclass(slots=True)
class _Seen:
    """One combination of keys and types: how often it came again, and which of its values have an inside."""

    names: tuple[str, ...]
    nested: list[str]
    count: int = 0


class Shape:
    """What the values at one place looked like so far; memory does not grow with their number."""

    def __init__(self, depth: int = 0) -> None:
        self._depth = depth
        self._types: set[str] = set()
        self._objects = 0
        self._present: dict[str, int] = {}
        self._properties: dict[str, Shape] = {}
        self._open = depth >= _DEEPEST
        self._items: Shape | None = None
        self._signatures: dict[tuple[Any, ...], _Seen] = {}

    def learn(self, value: Any) -> None:
        """Take one more value into account."""
        kind = type(value)
        if kind is dict or isinstance(value, Mapping):
            self.learn_object(value)
        elif kind is list or kind is tuple:
            self._types.add("array")
            if not self._open:
                self._items = self._items or Shape(self._depth + 1)
                for item in value:
                    self._items.learn(item)
        else:
            self._types.add(_NAMES[kind])

    def learn_object(self, value: Mapping[str, Any]) -> bool:
        """Take one more object into account, and say whether it may have keys that none before it had."""
        self._objects += 1
        if self._open:
            self._types.add("object")
            return True
        # Most records look like the one before: then only their number and their nested values are news.
        signature = (*value, *map(type, value.values()))
        known = self._signatures.get(signature)
        if known is None:
            self._types.add("object")
            self._learn_properties(signature, value)
            return True
        known.count += 1
        for name in known.nested:
            self._properties[name].learn(value[name])
        return False

    def describe(self) -> dict[str, Any]:
        """Give the schema."""
        for seen in self._signatures.values():
            self._count(seen.names, seen.count)
            seen.count = 0
        types = self._types - {"integer"} if "number" in self._types else self._types
        names = sorted(types)
        schema: dict[str, Any] = {"type": names[0] if len(names) == 1 else names} if names else {}
        if self._items is not None:
            schema["items"] = self._items.describe()
        if self._properties and not self._open:
            schema["properties"] = {name: shape.describe() for name, shape in self._properties.items()}
            required = [name for name in self._properties if self._present[name] == self._objects]
            if required:
                schema["required"] = required
        return schema

    def _learn_properties(self, signature: tuple[Any, ...], value: Mapping[str, Any]) -> None:
        self._count(value, 1)
        for name, item in value.items():
            if name not in self._properties:
                if len(self._properties) >= _MOST_PROPERTIES:
                    self._open = True
                    self._properties, self._present, self._signatures = {}, {}, {}
                    return
                self._properties[name] = Shape(self._depth + 1)
            self._properties[name].learn(item)
        if len(self._signatures) < _MOST_SIGNATURES:
            nested = [name for name, item in value.items() if isinstance(item, Mapping | list | tuple)]
            self._signatures[signature] = _Seen(tuple(value), nested)

    def _count(self, names: Iterable[str], times: int) -> None:
        for name in names:
            self._present[name] = self._present.get(name, 0) + times


def describe_file(kind: str, data: Shape) -> dict[str, Any]:
    """Give the schema of a file that is an array of records with such data."""
    return {
        "$schema": DIALECT,
        "title": kind,
        "type": "array",
        "items": {
            "type": "object",
            "properties": {
                "kind": {"const": kind},
                "key": {"type": "string"},
                "activity": {"type": ["null", "string"]},
                "data": data.describe(),
                "attachments": {"type": "array", "items": _ATTACHMENT},
            },
            "required": ["kind", "key", "activity", "data", "attachments"],
            "additionalProperties": False,
        },
    }
