"""The person a connector is asked about, as identifiers, and the addresses that a system holds for somebody."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from habeas.sdk.errors import Fault, Faults

MAX_IDENTIFIERS = 20
MAX_VALUES = 20
MAX_LENGTH = 320

_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
# What programs write where they know nothing: it would match everybody about whom nothing is known.
_PLACEHOLDERS = frozenset({"null", "none", "nil", "undefined", "nan", "n/a", "unknown", "(null)", "#n/a"})


@dataclass(frozen=True)
class Subject:
    """One person as identifiers: name to the spellings that are proved (or, for `channels` and `suppress`, claimed).

    Raises Faults for what is empty, a wildcard or so broad that it could mean everybody. Values are never printed.
    """

    identifiers: Mapping[str, tuple[str, ...]] = field(repr=False)

    def __post_init__(self) -> None:
        faults = list(_faults_of(self.identifiers))
        if faults:
            raise Faults(faults)
        frozen = {name: tuple(dict.fromkeys(values)) for name, values in sorted(self.identifiers.items())}
        object.__setattr__(self, "identifiers", MappingProxyType(frozen))

    def __hash__(self) -> int:
        return hash(tuple(self.identifiers.items()))

    def values(self, name: str) -> tuple[str, ...]:
        """The values of one identifier; none if it is not known of this person."""
        return self.identifiers.get(name, ())


@dataclass(frozen=True)
class Channel:
    """An address stored for whoever claims it: its kind (`email`, `sms`, ...), its value exactly as stored, and every
    identifier of the record that holds it."""

    kind: str
    value: str = field(repr=False)
    identifiers: Mapping[str, str] = field(repr=False)


def fold_ascii(text: str) -> str:
    """Lower-cases A to Z and nothing else: Unicode folding would make look-alikes of an address equal to it."""
    return "".join(chr(ord(each) + 32) if "A" <= each <= "Z" else each for each in text)


def is_name(text: object) -> bool:
    """Says whether this can name an identifier: small letters, digits and _."""
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def _faults_of(identifiers: Mapping[str, tuple[str, ...]]) -> Iterable[Fault]:
    remedy = "give at least one identifier with a value of its own"
    if not identifiers:
        yield Fault("identifiers", "there are none", remedy)
    if len(identifiers) > MAX_IDENTIFIERS:
        yield Fault("identifiers", f"there are more than {MAX_IDENTIFIERS}")
    for name, values in identifiers.items():
        where = f"identifiers.{name}" if is_name(name) else "identifiers"
        if where == "identifiers":
            yield Fault(where, "a name is not made of small letters, digits and _")
        if isinstance(values, str) or not values:
            yield Fault(where, "it has no list of values", remedy)
        elif len(values) > MAX_VALUES:
            yield Fault(where, f"it has more than {MAX_VALUES} values")
        else:
            for value in values:
                if problem := _problem_of(value):
                    yield Fault(where, problem, remedy)


def _problem_of(value: object) -> str:
    if not isinstance(value, str):
        return "a value is not text"
    if not value.strip():
        return "a value is empty"
    if value != value.strip():
        return "a value begins or ends with a space"
    if len(value) > MAX_LENGTH:
        return f"a value is longer than {MAX_LENGTH} characters"
    if not value.isprintable():
        return "a value holds characters that cannot be printed"
    return _breadth_of(value)


def _breadth_of(value: str) -> str:
    if "%" in value or "*" in value:
        return "a value holds a wildcard (% or *)"
    if value.lower() in _PLACEHOLDERS:
        return "a value is a placeholder for nothing known"
    parts = value.rsplit("@", 1) if "@" in value else [value]
    if not all(any(each.isalnum() for each in part) for part in parts):
        return "a value is too broad: a part of it has no letter and no digit"
    if not any(each.isalnum() and each != "0" for each in value):
        return "a value is too broad: it is made of zeros"
    return ""
