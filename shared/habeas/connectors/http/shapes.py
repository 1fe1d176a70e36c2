"""Shapes that make the form of a vendor's file: each reads what a file says, and describes itself as JSON Schema.

Both come from one place, so that the loader refuses what the schema refuses.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Protocol

from habeas.connectors.http.query import Query
from habeas.marked import Marked, Where
from habeas.sdk import Fault

Described = dict[str, Any]

DURATION = re.compile(r"P(?=.)(?:(\d{1,4})W)?(?:(\d{1,5})D)?(?:T(?=.)(?:(\d{1,5})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?")
NAME = re.compile(r"[a-z][a-z0-9_]{0,47}")


@dataclass
class Reading:
    """One document while it is read, and every fault that was found in it."""

    document: Marked
    faults: list[Fault] = field(default_factory=list)

    def fault(self, at: Where, problem: str, remedy: str = "") -> None:
        self.faults.append(self.document.fault(at, problem, remedy))


class Shape(Protocol):
    """What a value in the file has to look like."""

    def describe(self) -> Described:
        """It as JSON Schema."""

    def read(self, reading: Reading, at: Where, said: Any) -> Any:
        """The value that the file means, of no further use once there are faults."""


@dataclass(frozen=True)
class Text:
    """Text, of a form if one is given; `what` names it in faults."""

    what: str = "text"
    form: re.Pattern[str] | None = None

    def describe(self) -> Described:
        return {"type": "string", "minLength": 1} | ({"pattern": f"^(?:{self.form.pattern})$"} if self.form else {})

    def read(self, reading: Reading, at: Where, said: Any) -> str:
        if not isinstance(said, str) or not said:
            reading.fault(at, f"it is no {self.what}", "put it in quotes" if said not in (None, "") else "")
            return ""
        if self.form and not self.form.fullmatch(said):
            reading.fault(at, f"{said!r} is no {self.what}")
        return said


@dataclass(frozen=True)
class Expression:
    """A JMESPath, compiled."""

    def describe(self) -> Described:
        return {"type": "string", "minLength": 1, "description": "A JMESPath"}

    def read(self, reading: Reading, at: Where, said: Any) -> Any:
        text = Text("JMESPath").read(reading, at, said)
        try:
            return Query(text) if text else None
        except ValueError as error:
            reading.fault(at, f"it is no JMESPath: {error}")
            return None


@dataclass(frozen=True)
class Number:
    """A whole number between two."""

    least: int
    most: int

    def describe(self) -> Described:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def read(self, reading: Reading, at: Where, said: Any) -> int:
        if type(said) is not int or not self.least <= said <= self.most:
            reading.fault(at, f"it is no whole number from {self.least} to {self.most}")
            return self.least
        return said


@dataclass(frozen=True)
class Flag:
    """Yes or no."""

    def describe(self) -> Described:
        return {"type": "boolean"}

    def read(self, reading: Reading, at: Where, said: Any) -> bool:
        if not isinstance(said, bool):
            reading.fault(at, "it is neither yes nor no")
        return said is True


@dataclass(frozen=True)
class Choice:
    """One of some words (or numbers)."""

    words: tuple[Any, ...]

    def describe(self) -> Described:
        return {"enum": list(self.words)}

    def read(self, reading: Reading, at: Where, said: Any) -> Any:
        if isinstance(said, bool) or said not in self.words:
            reading.fault(at, f"{said!r} is not known", f"one of {', '.join(map(str, self.words))}")
            return self.words[0]
        return said


@dataclass(frozen=True)
class Duration:
    """A length of time in days, hours, minutes and seconds as ISO 8601 writes it: P30D, PT10M."""

    def describe(self) -> Described:
        return {"type": "string", "pattern": f"^(?:{DURATION.pattern})$"}

    def read(self, reading: Reading, at: Where, said: Any) -> timedelta:
        found = read_duration(said) if isinstance(said, str) else None
        if not found:
            reading.fault(at, "it is no length of time", "write it like P30D, PT1H or PT10S")
            return timedelta(seconds=1)
        return found


def read_duration(text: str) -> timedelta | None:
    """The length of time that ISO 8601 writes so; None if it writes none (years and months have no length)."""
    match = DURATION.fullmatch(text)
    if not match:
        return None
    weeks, days, hours, minutes, seconds = (int(each or 0) for each in match.groups())
    return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)


@dataclass(frozen=True)
class Many:
    """A list of things of one shape."""

    shape: Shape
    least: int = 1

    def describe(self) -> Described:
        return {"type": "array", "items": self.shape.describe(), "minItems": self.least}

    def read(self, reading: Reading, at: Where, said: Any) -> tuple[Any, ...]:
        if not isinstance(said, list) or len(said) < self.least:
            reading.fault(at, "it is no list" if not isinstance(said, list) else "the list is empty")
            return ()
        return tuple(self.shape.read(reading, (*at, number), each) for number, each in enumerate(said))


@dataclass(frozen=True)
class Named:
    """A mapping from names to things of one shape; `made` takes the name into the thing."""

    shape: Shape
    form: re.Pattern[str] = NAME
    least: int = 1

    def describe(self) -> Described:
        names = {"pattern": f"^(?:{self.form.pattern})$"}
        return {
            "type": "object",
            "propertyNames": names,
            "additionalProperties": self.shape.describe(),
            "minProperties": self.least,
        }

    def read(self, reading: Reading, at: Where, said: Any) -> dict[str, Any]:
        if not isinstance(said, dict) or len(said) < self.least:
            reading.fault(at, "it is no mapping of names" if not isinstance(said, dict) else "there is nothing in it")
            return {}
        for name in said:
            if not self.form.fullmatch(name):
                reading.fault((*at, name), f"{name!r} cannot be a name here")
        return {name: self.shape.read(reading, (*at, name), each) for name, each in said.items()}


@dataclass(frozen=True)
class Either:
    """One of two shapes, told apart by whether a list or mapping stands there (`second`) or a text (`first`)."""

    first: Shape
    second: Shape
    is_second: type | tuple[type, ...] = dict

    def describe(self) -> Described:
        return {"anyOf": [self.first.describe(), self.second.describe()]}

    def read(self, reading: Reading, at: Where, said: Any) -> Any:
        return (self.second if isinstance(said, self.is_second) else self.first).read(reading, at, said)
