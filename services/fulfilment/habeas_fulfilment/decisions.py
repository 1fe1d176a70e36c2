"""What an erasure would take and what stays, decided record by record from the profile: pure, nothing is looked up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from habeas.profile import Decision, Profile, decide_erasure, erasure_order
from habeas.sdk import Decided, Located


class Fate(StrEnum):
    """What a plan says of a record; `person` is one that stays because no rule decides it."""

    ERASE = "erase"
    KEEP = "keep"
    PERSON = "person"


@dataclass(frozen=True)
class Line:
    """How many records of one kind share a decision; `until` is the last day on which they are kept."""

    system: str
    activity: str
    kind: str
    fate: Fate
    ground: str
    law: str
    until: date | None
    count: int


@dataclass(frozen=True)
class Draft:
    """A plan before it is frozen: the exact records by system, and the same in numbers."""

    decided: Mapping[str, tuple[Decided, ...]]
    lines: tuple[Line, ...]

    def counts(self) -> dict[str, int]:
        """Count the records by fate; a fate that none has is 0."""
        found = dict.fromkeys((str(fate) for fate in Fate), 0)
        for line in self.lines:
            found[line.fate] += line.count
        return found


def decide(profile: Profile, located: Mapping[str, Iterable[Located]], today: date, language: str) -> Draft:
    """Decide every record that was located, system by system; what cannot be decided stays.

    `today` is the day in the controller's zone; grounds are written in `language`.
    """
    decided: dict[str, tuple[Decided, ...]] = {}
    lines: Counter[Line] = Counter()
    for system in sorted(located):
        records = []
        for each in sorted(located[system], key=lambda one: (one.kind, one.key)):
            line = _line(profile, system, each, today, language)
            lines[line] += 1
            kept = line.fate is not Fate.ERASE
            records.append(
                Decided(
                    each.kind, each.key, each.digest, kept, line.ground if kept else None, line.until if kept else None
                )
            )
        decided[system] = tuple(records)
    counted = (_counted(line, count) for line, count in lines.items())
    return Draft(decided, tuple(sorted(counted, key=_order_of)))


def _line(profile: Profile, system: str, located: Located, today: date, language: str) -> Line:
    decision = _decision(profile, system, located, today)
    ground = decision.ground.in_(language) if decision.ground else ""
    law = " ".join(part for part in (decision.law, decision.article) if part)
    if decision.needs_person:
        fate, ground = (
            Fate.PERSON,
            "; ".join(part for part in (ground.removesuffix("."), decision.needs_person) if part),
        )
    else:
        fate = Fate.KEEP if decision.keep else Fate.ERASE
    return Line(system, located.activity, located.kind, fate, ground, law, decision.until, 0)


def _decision(profile: Profile, system: str, located: Located, today: date) -> Decision:
    known = {activity.name: activity for activity in profile.activities}
    if located.activity not in known:
        return Decision(True, needs_person="the profile does not know the activity that this belongs to")
    if located.activity not in profile.system(system).activities:
        return Decision(True, needs_person="the profile does not say that this system holds records of this activity")
    return decide_erasure(known[located.activity], located.dated, today)


def _counted(line: Line, count: int) -> Line:
    return Line(line.system, line.activity, line.kind, line.fate, line.ground, line.law, line.until, count)


def _order_of(line: Line) -> tuple[str, str, str, str, str, date]:
    return (line.system, line.activity, line.kind, line.fate, line.ground, line.until or date.max)


def waves(profile: Profile, systems: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Sort systems into waves of erasure: whoever fills a system again has been erased in a wave before it.

    Systems of one wave may work at the same time.
    """
    level: dict[str, int] = {}
    for name in erasure_order(profile):
        feeders = [other for other in level if name in profile.system(other).feeds]
        level[name] = 1 + max((level[other] for other in feeders), default=-1)
    wanted = [name for name in level if name in systems]
    found = sorted({level[name] for name in wanted})
    return tuple(tuple(name for name in wanted if level[name] == wave) for wave in found)
