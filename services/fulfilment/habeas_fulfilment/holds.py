"""Which records a legal hold covers, and in which words it says so: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

MOST_WORDS = 300
_NAMES = {
    "sv": ("Rättsligt bevarande", "för att hitta det som omfattas"),
    "en": ("Legal hold", "to find what it covers"),
}


@dataclass(frozen=True)
class Covering:
    """A hold as a plan reads it; an empty system, activity or kind means any."""

    id: str
    system: str
    activity: str
    kind: str
    reason: str
    law: str
    until: date | None

    def covers(self, system: str, activity: str, kind: str) -> bool:
        """Say whether a record of this system, activity and kind is held."""
        wanted = ((self.system, system), (self.activity, activity), (self.kind, kind))
        return all(own in ("", other) for own, other in wanted)

    def ground(self, language: str, *, beside: bool = False) -> str:
        """Say why a record is kept, in the language of its person; `beside`: only so that what is held can be found."""
        name, found_by = _NAMES.get(language.partition("-")[0], _NAMES["en"])
        return f"{name}{f' ({found_by})' if beside else ''}: {self.reason}"


class Classed(Protocol):
    """Something of which system, activity and kind are known."""

    @property
    def system(self) -> str: ...
    @property
    def activity(self) -> str: ...
    @property
    def kind(self) -> str: ...


def longest(holds: Iterable[Covering], records: Sequence[Classed]) -> Covering | None:
    """Give the hold that covers any of these for the longest time, one without an end before all; None if none does."""
    found = [each for each in holds if any(each.covers(one.system, one.activity, one.kind) for one in records)]
    return max(found, key=lambda each: (each.until or date.max, each.id), default=None)
