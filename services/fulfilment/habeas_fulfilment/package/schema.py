"""The JSON Schema (2020-12) of what a file holds, learned from its records as they pass."""

from collections.abc import Mapping
from typing import Any

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}
_MOST_PROPERTIES = 500  # beyond it the keys are data themselves, and a schema that lists them explains nothing
_DEEPEST = 8
_MOST_SIGNATURES = 1000


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
        self._signatures: dict[tuple[Any, ...], list[str]] = {}
        self._counts: dict[tuple[Any, ...], int] = {}

    def learn(self, value: Any) -> None:
        """Take one more value into account."""
        if isinstance(value, Mapping):
            self._learn_object(value)
        elif isinstance(value, list | tuple):
            self._types.add("array")
            if not self._open:
                self._items = self._items or Shape(self._depth + 1)
                for item in value:
                    self._items.learn(item)
        else:
            self._types.add(_NAMES[type(value)])

    def describe(self) -> dict[str, Any]:
        """Give the schema."""
        for signature, count in self._counts.items():
            self._count(signature[: len(signature) // 2], count)
        self._counts.clear()
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

    def _learn_object(self, value: Mapping[str, Any]) -> None:
        self._types.add("object")
        self._objects += 1
        if self._open:
            return
        # Most records look like the one before: then only their number and their nested values are news.
        signature = (*value, *map(type, value.values()))
        nested = self._signatures.get(signature)
        if nested is not None:
            self._counts[signature] = self._counts.get(signature, 0) + 1
            for name in nested:
                self._properties[name].learn(value[name])
            return
        self._learn_properties(value)
        if len(self._signatures) < _MOST_SIGNATURES and not self._open:
            self._signatures[signature] = [name for name in value if isinstance(value[name], Mapping | list | tuple)]

    def _learn_properties(self, value: Mapping[str, Any]) -> None:
        self._count(tuple(value), 1)
        for name, item in value.items():
            if name not in self._properties:
                if len(self._properties) >= _MOST_PROPERTIES:
                    self._open = True
                    self._forget()
                    return
                self._properties[name] = Shape(self._depth + 1)
            self._properties[name].learn(item)

    def _count(self, names: tuple[str, ...], times: int) -> None:
        for name in names:
            self._present[name] = self._present.get(name, 0) + times

    def _forget(self) -> None:
        self._properties.clear()
        self._present.clear()
        self._signatures.clear()
        self._counts.clear()


def describe_file(title: str, record: dict[str, Any]) -> dict[str, Any]:
    """Give the schema of a file that is an array of such records."""
    return {"$schema": DIALECT, "title": title, "type": "array", "items": record}
