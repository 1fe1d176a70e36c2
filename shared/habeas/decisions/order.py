"""Which systems act on a decision, in the order in which they have to, and what is left to a person."""

from collections.abc import Mapping, Sequence

from habeas.decisions.types import Measure
from habeas.profile.types import Activity, Profile
from habeas.vocabulary import Operation

#: What a system has to be able to do for a measure; the other measures are no system's work.
OPERATIONS: Mapping[Measure, frozenset[Operation]] = {
    Measure.EXPORT: frozenset({Operation.EXPORT}),
    Measure.ERASE: frozenset({Operation.LOCATE, Operation.ERASE}),
    Measure.ANONYMISE: frozenset({Operation.LOCATE, Operation.ERASE}),
    Measure.RECTIFY: frozenset({Operation.RECTIFY}),
    Measure.RESTRICT: frozenset({Operation.RESTRICT}),
    Measure.RESTRICT_MEANWHILE: frozenset({Operation.RESTRICT}),
    Measure.BLOCK_OTHER_USES: frozenset({Operation.RESTRICT}),
    Measure.SUPPRESS: frozenset({Operation.SUPPRESS}),
    Measure.STOP: frozenset({Operation.RESTRICT}),
}

_EVERYTHING = frozenset(Operation)


def erasure_order(profile: Profile) -> tuple[str, ...]:
    """The systems in the order in which to act: whatever feeds another, directly or through others, comes first.

    Systems that feed each other in a circle stay in the order of the file: there is no better one, and the later
    checks for what came back are made for them.
    """
    feeds = {system.name: system.feeds for system in profile.systems}
    fills = {name: _fills(feeds, name) for name in feeds}
    ordered: list[str] = []

    def place(name: str) -> None:
        if name not in ordered:
            for other in fills:
                if name in fills[other] and other not in fills[name]:
                    place(other)
            ordered.append(name)

    for name in fills:
        place(name)
    return tuple(ordered)


def acting(
    profile: Profile, order: Sequence[str], activity: Activity, measures: Sequence[Measure]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The systems that act on these measures, in that order, and those where a person has to do some of it."""
    needed = [OPERATIONS[each] for each in _work_of(measures)]
    holding = [each for each in map(profile.system, order) if activity.name in each.activities]
    can = {each.name: _EVERYTHING if each.operations is None else frozenset(each.operations) for each in holding}
    act = [name for name, able in can.items() if any(each <= able for each in needed)]
    task = [name for name, able in can.items() if any(not each <= able for each in needed)]
    return tuple(act), tuple(task)


def _work_of(measures: Sequence[Measure]) -> list[Measure]:
    # Marketing that is suppressed has stopped: the data itself need not be locked away for it.
    stopped = Measure.STOP if Measure.SUPPRESS in measures else None
    return [each for each in measures if each in OPERATIONS and each is not stopped]


def _fills(feeds: Mapping[str, Sequence[str]], name: str) -> frozenset[str]:
    found: set[str] = set()
    ahead = list(feeds[name])
    while ahead:
        each = ahead.pop()
        if each not in found:
            found.add(each)
            ahead += feeds[each]
    return frozenset(found)
