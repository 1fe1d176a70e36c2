"""What can be said of a profile's file: a remark about one place in it, and the finding that is told of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from habeas.errors import Fault
from habeas.marked import Marked, Where


class Level(StrEnum):
    """How bad it is: a fault stops everything, a warning stops nothing, and the rest a person has to confirm."""

    FAULT = "fault"
    WARNING = "warning"
    TO_CONFIRM = "to_confirm"


@dataclass(frozen=True)
class Remark:
    """What is to be said of the value at `path`, and what to write instead."""

    path: Where
    problem: str
    remedy: str = ""

    def as_fault(self, marked: Marked) -> Fault:
        """The same as a fault with its file and line."""
        return marked.fault(self.path, self.problem, self.remedy)

    def as_finding(self, marked: Marked, level: Level, rule: str) -> "Finding":
        """The same as a finding of that rule, with its line."""
        return Finding(level, marked.line_of(self.path), dotted(self.path), rule, self.problem, self.remedy)


@dataclass(frozen=True)
class Finding:
    """One thing that was found: `line` from 1, `where` as the keys that lead there, `rule` a name that stays."""

    level: Level
    line: int
    where: str
    rule: str
    problem: str
    remedy: str

    def to_json(self) -> Mapping[str, Any]:
        """The finding as `habeas profile check --json` prints it."""
        return {**asdict(self), "level": str(self.level)}

    def __str__(self) -> str:
        remedy = f" ({self.remedy})" if self.remedy else ""
        return f"{self.line}: {str(self.level).replace('_', ' ')}, {self.rule}: {self.problem}{remedy}"


def dotted(path: Where) -> str:
    """A path in words, counted from 1: `activities[2].basis`."""
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"
