"""Which rights a system's connector can carry out, and which are left to people."""

from collections.abc import Iterator

from habeas.profile.types import Activity, Profile, System
from habeas.vocabulary import LegalBasis, Operation, Right

_PORTABLE = {LegalBasis.CONSENT, LegalBasis.CONTRACT}
_OPEN_TO_OBJECTION = {LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.PUBLIC_TASK}


def rights_left_to_people(profile: Profile) -> Iterator[tuple[int, tuple[str, ...], tuple[Right, ...]]]:
    """For each system whose connector cannot do everything: its number, the activities and the rights concerned."""
    for number, system in enumerate(profile.systems):
        undone = {name: tuple(_undone(system, profile.activity(name))) for name in system.activities}
        activities = tuple(name for name, rights in undone.items() if rights)
        if activities:
            rights = tuple(right for right in Right if any(right in undone[name] for name in activities))
            yield number, activities, rights


def needed_operations(right: Right, activity: Activity) -> frozenset[Operation]:
    """What a system has to be able to do for a right in one activity; none where the right cannot reach it.

    Whether it can is asked of the bases alone (GDPR Art. 7(3), 20(1) and 21(1) to (3)). A decision by a machine is
    looked at again by a person in any case.
    """
    bases = set(activity.bases)
    stop = Operation.SUPPRESS if activity.marketing else Operation.RESTRICT
    portable = activity.by_machine and bool(bases & _PORTABLE)
    objectionable = activity.marketing or bool(bases & _OPEN_TO_OBJECTION)
    needed = {
        Right.ACCESS: {Operation.EXPORT},
        Right.RECTIFICATION: {Operation.RECTIFY},
        Right.ERASURE: {Operation.LOCATE, Operation.ERASE},
        Right.RESTRICTION: {Operation.RESTRICT},
        Right.PORTABILITY: {Operation.EXPORT} if portable else set(),
        Right.OBJECTION: {stop} if objectionable else set(),
        Right.AUTOMATED_DECISION: set(),
        Right.CONSENT_WITHDRAWAL: {stop} if LegalBasis.CONSENT in bases else set(),
    }
    return frozenset(needed[right])


def _undone(system: System, activity: Activity) -> Iterator[Right]:
    if system.operations is not None:
        can = set(system.operations)
        yield from (right for right in Right if not needed_operations(right, activity) <= can)
