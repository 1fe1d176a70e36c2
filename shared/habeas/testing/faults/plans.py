"""Plans of destruction: a file a process, which a test writes and the process itself carries out."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from habeas.errors import Refused
from habeas.work.failpoint import POINTS

DEEDS = ("kill", "pause")


@dataclass(frozen=True)
class Strike:
    """What a process does to itself: `deed` at the `nth` passage of `point` by a thread whose name has `who` in it."""

    point: str
    nth: int = 1
    who: str = ""
    deed: str = "kill"

    def __str__(self) -> str:
        return f"{self.deed} {self.point}{'@' + self.who if self.who else ''}:{self.nth}"


def read_strike(text: str) -> Strike:
    """Read `kill relay.confirmed@fulfilment relay:2`; the thread's name may be left out."""
    deed, _, rest = text.strip().partition(" ")
    place, _, count = rest.rpartition(":")
    point, _, who = place.partition("@")
    if point not in POINTS or deed not in DEEDS or not count.isdigit():
        raise Refused(f"a plan is {'|'.join(DEEDS)} POINT[@THREAD]:N, with a point of {', '.join(POINTS)}")
    return Strike(point, int(count), who, deed)


def write_plan(plan: Path, strikes: Sequence[Strike]) -> None:
    """Write what is to come; nothing to come is no file."""
    fresh = plan.with_suffix(".new")
    fresh.write_text("\n".join(map(str, strikes)))
    fresh.replace(plan)
    if not strikes:
        plan.unlink()


@dataclass
class Plans:
    """The plans of one house's processes: `program` is how it starts them, each with a plan file of its own.

    `spoiled` names by process what is wrong with it from its start (see `habeas.testing.faults.sabotages`).
    """

    folder: Path
    spoiled: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def program(self, name: str) -> list[str]:
        """Return the command that runs one process under its plan."""
        plan = self._file(name)
        spoil = plan.with_suffix(".spoil")
        spoil.write_text(self.spoiled.get(name, ""))
        return [sys.executable, "-m", "habeas.testing.faults.saboteur", str(plan), "--", *name.split()]

    def arm(self, name: str, *strikes: Strike) -> None:
        """Have a process strike itself, and once more after each start while strikes are left.

        It sees this at the next point that it passes, and starts to count there.
        """
        write_plan(self._file(name), strikes)

    def disarm(self, name: str) -> None:
        """Take a plan back that was not carried out."""
        self._file(name).unlink(missing_ok=True)

    def spoil(self, name: str, sabotage: str) -> None:
        """Have a process be wrong from its next start on; the empty sabotage makes it right again."""
        self._file(name).with_suffix(".spoil").write_text(sabotage)

    def struck(self, name: str) -> list[str]:
        """List what a process has done to itself so far."""
        diary = self._file(name).with_suffix(".struck")
        return diary.read_text().splitlines() if diary.exists() else []

    def _file(self, name: str) -> Path:
        return self.folder / f"{name.replace(' ', '-')}.plan"
