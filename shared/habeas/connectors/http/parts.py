"""A mapping with known keys, as a shape: which of them are needed, and which cannot stand together."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from habeas.connectors.http.shapes import Described, Reading, Shape
from habeas.marked import Where


@dataclass(frozen=True)
class Key:
    """One key of a part: its shape, whether it has to be there, and what it is called in code if not the same."""

    shape: Shape
    needed: bool = False
    name: str = ""


@dataclass(frozen=True)
class Part:
    """A mapping with known keys, made into a value by `make`.

    one_of: groups of keys of which exactly one is given; not_both: of which at most one is; together: a key and what it
    needs beside it.
    """

    make: Callable[..., Any]
    keys: Mapping[str, Key]
    one_of: Sequence[tuple[str, ...]] = ()
    not_both: Sequence[tuple[str, ...]] = ()
    together: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def describe(self) -> Described:
        rules: list[Described] = [{"oneOf": [{"required": [key]} for key in group]} for group in self.one_of]
        rules += [
            {"not": {"required": [one, other]}}
            for group in self.not_both
            for number, one in enumerate(group)
            for other in group[number + 1 :]
        ]
        return {
            "type": "object",
            "properties": {name: key.shape.describe() for name, key in self.keys.items()},
            "required": [name for name, key in self.keys.items() if key.needed],
            "additionalProperties": False,
            **({"allOf": rules} if rules else {}),
            "dependentRequired": {key: list(needs) for key, needs in self.together.items()},
        }

    def read(self, reading: Reading, at: Where, said: Any) -> Any:
        if not isinstance(said, dict):
            reading.fault(at, "it is no mapping", f"known are {', '.join(self.keys)}")
            return None
        for name in said.keys() - self.keys.keys():
            reading.fault((*at, name), "this key is not known", f"known are {', '.join(self.keys)}")
        self._check(reading, at, said)
        before = len(reading.faults)
        values = {
            key.name or name: key.shape.read(reading, (*at, name), said[name])
            for name, key in self.keys.items()
            if name in said
        }
        complete = all(name in said for name, key in self.keys.items() if key.needed)
        return self.make(**values) if complete and len(reading.faults) == before else None

    def _check(self, reading: Reading, at: Where, said: Mapping[str, Any]) -> None:
        for name, key in self.keys.items():
            if key.needed and name not in said:
                reading.fault(at, f"{name} is missing")
        for group in self.one_of:
            given = [name for name in group if name in said]
            if len(given) != 1:
                problem = f"{' and '.join(given)} are given" if given else f"none of {', '.join(group)} is given"
                reading.fault(at, problem, f"give exactly one of {', '.join(group)}")
        for group in self.not_both:
            given = [name for name in group if name in said]
            if len(given) > 1:
                reading.fault(at, f"{' and '.join(given)} are given", "give one of them")
        for name, needs in self.together.items():
            for needed in needs:
                if name in said and needed not in said:
                    reading.fault((*at, name), f"{needed} is missing beside it")
