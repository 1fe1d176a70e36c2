"""What stops when a person asks that it stops: decided activity by activity from the profile, nothing is looked up."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from habeas.decisions import Decision, Facts, Ground, Measure, decide
from habeas.profile import Profile
from habeas.vocabulary import LegalBasis, Operation, Right

LIMITING = (Right.RESTRICTION, Right.OBJECTION, Right.CONSENT_WITHDRAWAL)
"""The rights by which a person has something stopped."""


class Kind(StrEnum):
    """Why an activity is stopped, in the word that a program reads."""

    RESTRICTION = "restriction"
    OBJECTION = "objection"
    WITHDRAWAL = "withdrawal"
    ERASURE_PENDING = "erasure-pending"


_KINDS = {
    Right.RESTRICTION: Kind.RESTRICTION,
    Right.OBJECTION: Kind.OBJECTION,
    Right.CONSENT_WITHDRAWAL: Kind.WITHDRAWAL,
}
_STOPPING = frozenset({Measure.RESTRICT, Measure.RESTRICT_MEANWHILE, Measure.SUPPRESS, Measure.STOP})
_ABLE = {Operation.RESTRICT.value, Operation.SUPPRESS.value}


@dataclass(frozen=True)
class Stop:
    """One activity that stops for one right; `pending` says that a person still has to decide for how long.

    `bases` are those on which nothing is done any more, none named: the activity as a whole. `operation` is what
    systems are ordered for it, none where a system could not tell what of its records is meant.
    """

    right: Right
    activity: str
    kind: Kind
    bases: tuple[LegalBasis, ...] = ()
    pending: bool = False
    operation: Operation | None = None


def find_stops(profile: Profile, rights: Collection[str], today: date) -> tuple[Stop, ...]:
    """Find what stops as soon as the person is proved, in the profile's order.

    Whoever asks for a restriction seldom says on which ground of Art. 18(1). Until somebody has looked, their data
    counts as contested: to use it meanwhile could not be undone, and not to use it can.
    """
    return tuple(stop for right in LIMITING if right in rights for stop in _stops(profile, right, today))


def _stops(profile: Profile, right: Right, today: date) -> Iterator[Stop]:
    grounds = (Ground.ACCURACY_CONTESTED,) if right is Right.RESTRICTION else ()
    for decision in decide(profile, right, Facts(today, grounds=grounds)).decisions:
        if _STOPPING.isdisjoint(decision.measures):
            continue
        bases = _bases(profile, decision)
        pending = right is Right.RESTRICTION or Measure.RESTRICT_MEANWHILE in decision.measures
        operation = None if bases else _operation(decision)
        yield Stop(right, decision.activity, _KINDS[right], bases, pending, operation)


def _bases(profile: Profile, decision: Decision) -> tuple[LegalBasis, ...]:
    """Give the bases that are gone, where the activity rests on others as well; the decision names those."""
    left = decision.reason.values.get("bases", ())
    assert isinstance(left, tuple)
    return tuple(each for each in profile.activity(decision.activity).bases if each not in left) if left else ()


def _operation(decision: Decision) -> Operation:
    return Operation.SUPPRESS if Measure.SUPPRESS in decision.measures else Operation.RESTRICT


@dataclass(frozen=True)
class Work:
    """What is ordered (a person's task, where no program does it), and what no order can say: system and operation."""

    orders: frozenset[tuple[str, Operation]]
    by_hand: frozenset[tuple[str, Operation]]


def share_out(profile: Profile, stopped: Sequence[tuple[str, str]]) -> Work:
    """Share out what has to be done for activities that are stopped, each with its operation (empty: no system's).

    To restrict a person in a system restricts all their records there. So it is ordered only where everything that
    the system serves is stopped; where some of it goes on, a person has to see to it, and programs ask by purpose.
    """
    orders: set[tuple[str, Operation]] = set()
    by_hand: set[tuple[str, Operation]] = set()
    restricted = {activity for activity, operation in stopped if operation == Operation.RESTRICT}
    for system in profile.systems:
        for activity, operation in stopped:
            if activity not in system.activities:
                continue
            wanted = Operation(operation) if operation in _ABLE else Operation.RESTRICT
            whole = wanted is Operation.SUPPRESS or set(system.activities) <= restricted
            (orders if operation in _ABLE and whole else by_hand).add((system.name, wanted))
    return Work(frozenset(orders), frozenset(by_hand - orders))
