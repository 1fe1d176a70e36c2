"""Everything there is to say of a profile's file: what it holds, its faults, and what of it will not hold."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from habeas.errors import Faults
from habeas.profile.file import Reading, read_profile
from habeas.profile.findings import RULES
from habeas.profile.remarks import Finding, Level
from habeas.profile.types import Profile


@dataclass(frozen=True)
class Review:
    """What was found in one file, in the order of its lines; `profile` is None where there is a fault."""

    file: str
    profile: Profile | None
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no fault; a warning does not count."""
        return all(each.level is not Level.FAULT for each in self.findings)

    def to_json(self) -> Mapping[str, Any]:
        """The review as `habeas profile check --json` prints it."""
        profile = self.profile
        return {
            "ok": self.ok,
            "file": self.file,
            "profile": profile.name if profile else None,
            "activities": list(_activities(profile)) if profile else [],
            "systems": [system.name for system in profile.systems] if profile else [],
            "findings": [each.to_json() for each in self.findings],
        }


def review_profile(path: Path) -> Review:
    """Reads one file and looks at it by every rule; a file with faults is told its faults only."""
    try:
        reading = read_profile(path)
    except Faults as unreadable:
        found = (_unreadable(each.where, each.problem, each.remedy) for each in unreadable.faults)
        return Review(path.name, None, tuple(found))
    return Review(path.name, reading.profile, tuple(sorted(_findings(reading), key=lambda each: each.line)))


def _findings(reading: Reading) -> Iterator[Finding]:
    for rule, remark in reading.faults:
        yield remark.as_finding(reading.marked, Level.FAULT, rule)
    if reading.profile is not None:
        for rule, (level, look) in RULES.items():
            for remark in look(reading.profile):
                yield remark.as_finding(reading.marked, level, rule)


def _unreadable(where: str, problem: str, remedy: str) -> Finding:
    line = where.rpartition(":")[2]
    return Finding(Level.FAULT, int(line) if line.isdigit() else 1, "the file", "yaml", problem, remedy)


def _activities(profile: Profile) -> Iterator[Mapping[str, Any]]:
    for each in profile.activities:
        yield {
            "name": each.name,
            "bases": [str(basis) for basis in each.bases],
            "role": str(each.role),
            "systems": [system.name for system in profile.systems if each.name in system.activities],
        }
