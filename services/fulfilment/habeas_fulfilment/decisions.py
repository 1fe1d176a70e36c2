"""What an erasure would take and what stays, decided record by record from the profile: pure, nothing is looked up."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from habeas.decisions import Decision, Reason, Verdict, decide_record, erasure_order, say
from habeas.profile import Profile
from habeas.sdk import Decided, Located, Operation
from habeas_fulfilment.holds import Covering, longest


class Fate(StrEnum):
    """What a plan says of a record; `person` is one that stays because no rule decides it."""

    ERASE = "erase"
    KEEP = "keep"
    PERSON = "person"


#: What cannot be decided, or is not ours to decide, stays for a person.
_FATES = {Verdict.APPLIES: Fate.ERASE, Verdict.REFUSED: Fate.KEEP}


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
    held: Mapping[str, int] = field(default_factory=dict)
    """How many records each legal hold keeps that would go without it, by the hold's id."""

    def counts(self) -> dict[str, int]:
        """Count the records by fate; a fate that none has is 0."""
        found = dict.fromkeys((str(fate) for fate in Fate), 0)
        for line in self.lines:
            found[line.fate] += line.count
        return found


def decide(
    profile: Profile,
    located: Mapping[str, Iterable[Located]],
    today: date,
    language: str,
    holds: Sequence[Covering] = (),
) -> Draft:
    """Decide every record that was located, system by system; what cannot be decided stays, and what `holds` cover.

    `today` is the day in the controller's zone; grounds are written in `language`.
    """
    held: Counter[str] = Counter()
    decided: dict[str, tuple[Decided, ...]] = {}
    lines: Counter[Line] = Counter()
    # Records of one kind and day share their decision, and a system may hold thousands of them.
    alike: dict[tuple[str, str, str, date | None], Line] = {}
    for system in sorted(located):
        records = []
        found = sorted(located[system], key=lambda one: (one.kind, one.key))
        for each in found:
            key = (system, each.activity, each.kind, each.dated)
            alike.get(key) or alike.setdefault(key, _line(profile, system, each, today, language))
        over = _hold_over(holds, [line for (name, *_), line in alike.items() if name == system])
        for each in found:
            line = alike[system, each.activity, each.kind, each.dated]
            if over is not None and line.fate is Fate.ERASE:
                own = longest(holds, [line])
                line = _held(line, own or over, language, beside=own is None)
                held[(own or over).id] += 1
            lines[line] += 1
            kept = line.fate is not Fate.ERASE
            records.append(
                Decided(
                    each.kind, each.key, each.digest, kept, line.ground if kept else None, line.until if kept else None
                )
            )
        decided[system] = tuple(records)
    counted = (_counted(line, count) for line, count in lines.items())
    return Draft(decided, tuple(sorted(counted, key=_order_of)), dict(held))


def _hold_over(holds: Sequence[Covering], lines: Sequence[Line]) -> Covering | None:
    """Give the hold that keeps all of a person's records in a system: one that covers some that would go.

    What is held could not be found again without the rest: an order hangs on its customer.
    """
    return longest(holds, [line for line in lines if line.fate is Fate.ERASE])


def _held(line: Line, hold: Covering, language: str, *, beside: bool) -> Line:
    """Keep what a hold covers, or what stands beside it, and say so: it would have gone."""
    ground = hold.ground(language, beside=beside)
    return Line(line.system, line.activity, line.kind, Fate.KEEP, ground, hold.law, hold.until, 0)


def _line(profile: Profile, system: str, located: Located, today: date, language: str) -> Line:
    unknown = _unknown(profile, system, located)
    if unknown:
        return Line(system, located.activity, located.kind, Fate.PERSON, say(Reason(unknown), language), "", None, 0)
    activity = profile.activity(located.activity)
    decision = decide_record(profile, activity, located.kind, located.dated, today)
    fate = _FATES.get(decision.verdict, Fate.PERSON)
    ground, law, until = ("", "", None) if fate is Fate.ERASE else _grounds(decision, fate, language)
    return Line(system, located.activity, located.kind, fate, ground, law, until, 0)


def _grounds(decision: Decision, fate: Fate, language: str) -> tuple[str, str, date | None]:
    """Give the ground on which a record stays, the law with its article, and the last day."""
    last = max(decision.kept, key=lambda kept: kept.until or date.min, default=None)
    if fate is Fate.KEEP and last:
        return last.ground.in_(language), f"{last.law} {last.article}", last.until
    law = " ".join([*(kept.law for kept in decision.kept[:1]), decision.article])
    return say(decision.reason, language), law, decision.until


def _unknown(profile: Profile, system: str, located: Located) -> str | None:
    if located.activity not in {activity.name for activity in profile.activities}:
        return "ask_unknown_activity"
    if located.activity not in profile.system(system).activities:
        return "ask_unlisted_system"
    return None


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


def fed_together(profile: Profile) -> tuple[str, ...]:
    """Name the systems that fill others or are filled: a synchronisation could bring an erased person back.

    Only those whose connector may be able to stop it; where a person would have to, nobody is asked.
    """
    fed = {other for system in profile.systems for other in system.feeds}
    return tuple(
        system.name
        for system in profile.systems
        if (system.feeds or system.name in fed) and not system.leaves_to_people(Operation.SUPPRESS)
    )
