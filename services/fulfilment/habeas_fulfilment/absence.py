"""Whether what was erased is gone: each system's later answers compared with what the plan let go; pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from habeas.sdk import Decided, Located

LOOKS = (timedelta(0), timedelta(days=1), timedelta(days=7), timedelta(days=30))
"""When to look, counted from the erasure: at once, after a night's synchronisation, a week's, and a month's."""
SETTLES = timedelta(minutes=15)
"""A first look that finds something is taken once more after so long: search indexes lag behind what they index."""
PATIENCE = timedelta(days=1)
"""How long a look waits for a system that does not answer; then what it holds is not known."""
UNDECIDED = timedelta(days=30)
"""How long, after the last look, a person has to decide about what was found before it is forgotten whom to look for.

No look may be later than a proof can last: see `habeas.warrants.LOOKS_AFTER`.
"""

BLIND = "it cannot be read, so nobody sees whether something is there"


class Absence(StrEnum):
    """What a look says of one system."""

    ABSENT = "absent"
    """Everything was searched, and nothing of what was erased is there."""
    RESIDUAL = "residual"
    """What was erased never went."""
    REAPPEARED = "reappeared"
    """It came back, or something new came: a synchronisation, or a new relationship."""
    UNVERIFIABLE = "unverifiable"
    """The system failed, or cannot be searched: what it says of its erasure is all there is."""


class Name(NamedTuple):
    """What tells a record of a system from all others of it."""

    kind: str
    key: str


@dataclass(frozen=True)
class Erased:
    """What was erased in one system: what went, with its digest then, and what may stay.

    `anonymised` are the kinds whose records were to stay without the person; `known` are records that were kept, failed
    openly, or that a person has looked at since.
    """

    gone: Mapping[Name, str] = field(default_factory=dict, repr=False)
    known: frozenset[Name] = field(default=frozenset(), repr=False)
    anonymised: frozenset[str] = frozenset()

    def then(self, decided: Iterable[Decided], *, went: bool) -> "Erased":
        """Add what another plan decided, which was carried out or not: its word counts for the records it names."""
        gone, known = dict(self.gone), set(self.known)
        for each in decided:
            name = Name(each.kind, each.key)
            gone.pop(name, None)
            known.discard(name)
            if went and not each.keep:
                gone[name] = each.digest
            else:
                known.add(name)
        return Erased(gone, frozenset(known), self.anonymised)

    def with_known(self, names: Iterable[Name]) -> "Erased":
        """Add what a person has looked at and lets stay."""
        return Erased(self.gone, self.known | frozenset(names), self.anonymised)


@dataclass(frozen=True)
class Left:
    """A record that should not be there."""

    kind: str
    key: str = field(repr=False)
    digest: str
    outcome: Absence

    @property
    def name(self) -> Name:
        """Tell it from all others of its system."""
        return Name(self.kind, self.key)


@dataclass(frozen=True)
class Seen:
    """What one look saw in one system."""

    outcome: Absence
    left: tuple[Left, ...] = ()
    reason: str = ""

    def counts(self) -> dict[str, int]:
        """Count what is left by what it says."""
        return dict(Counter(each.outcome.value for each in self.left))

    def kinds(self) -> frozenset[str]:
        """Name the kinds of which something is left."""
        return frozenset(each.kind for each in self.left)


def unverifiable(reason: str) -> Seen:
    """Say that a system could not be searched, and why."""
    return Seen(Absence.UNVERIFIABLE, reason=reason[:300])


def compare(erased: Erased, located: Iterable[Located], earlier: Iterable[frozenset[Name]] = ()) -> Seen:
    """Say what is left of an erasure in a system that was searched whole.

    `earlier` holds, for each earlier look at this system that could be verified, what was left then. A record that was
    left in all of them never went. What a system is only held to have, as nobody can read it, proves neither.
    """
    looks = tuple(earlier)
    left, blind = [], False
    for each in located:
        name = Name(each.kind, each.key)
        blind = blind or each.presumed
        if name not in erased.known and not each.presumed:
            went = any(name not in look for look in looks)
            left.append(Left(each.kind, each.key, each.digest, _judge(erased, name, each.digest, went=went)))
    if blind and not left:
        return unverifiable(BLIND)
    return Seen(_worst(left), tuple(sorted(left, key=lambda one: one.name)))


def _judge(erased: Erased, name: Name, digest: str, *, went: bool) -> Absence:
    """Say of one record whether it never went; where it may have gone and come, a person has to look at it anyway."""
    known = erased.gone.get(name)
    if known is None or went:
        return Absence.REAPPEARED
    # What was to be made anonymous and is still found by the person's identifiers has them: its digest has to differ.
    is_same = known == digest or name.kind in erased.anonymised
    return Absence.RESIDUAL if is_same else Absence.REAPPEARED


def _worst(left: Iterable[Left]) -> Absence:
    found = {each.outcome for each in left}
    return next((each for each in (Absence.RESIDUAL, Absence.REAPPEARED) if each in found), Absence.ABSENT)


def is_proved(seen: Seen | None, kind: str) -> bool:
    """Say whether a system's word that a kind is gone may stand as verified: we looked ourselves and found none."""
    return seen is not None and seen.outcome is not Absence.UNVERIFIABLE and kind not in seen.kinds()
