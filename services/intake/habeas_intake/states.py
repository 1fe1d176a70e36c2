"""Where each right of a case stands, and what moves it: one table, printed by `habeas states`."""

from datetime import timedelta

from habeas.errors import Refused, TryLater
from habeas.vocabulary import CaseState

RECEIVED, PROVED = CaseState.RECEIVED, CaseState.PROVED
TO_APPROVE, APPROVED = CaseState.TO_APPROVE, CaseState.APPROVED
ANSWERED, CLOSED, REFUSED = CaseState.ANSWERED, CaseState.CLOSED, CaseState.REFUSED

MOVES: dict[tuple[CaseState, str], CaseState] = {
    (RECEIVED, "identity.proved"): PROVED,
    (RECEIVED, "flood.refused"): REFUSED,
    (RECEIVED, "request.withdrawn"): REFUSED,
    (PROVED, "plan.made"): TO_APPROVE,
    (TO_APPROVE, "plan.made"): TO_APPROVE,
    (APPROVED, "plan.made"): TO_APPROVE,
    (TO_APPROVE, "approval.given"): APPROVED,
    (APPROVED, "approval.given"): APPROVED,
    (PROVED, "answer.ready"): ANSWERED,
    (PROVED, "complaint.told"): CLOSED,
    (APPROVED, "answer.ready"): ANSWERED,
    (ANSWERED, "answer.handed_out"): CLOSED,
    (ANSWERED, "plan.made"): TO_APPROVE,
    (CLOSED, "plan.made"): TO_APPROVE,
    (CLOSED, "answer.handed_out"): CLOSED,
}
"""What stands not here does not happen: a right is not answered before it is proved, nor destroyed unapproved."""

NOTED = frozenset({"identity.proved"})
"""Events that may come again, for a second proof, and then move nothing."""

ORDER = tuple(CaseState)
_SOON = timedelta(seconds=1)


def move(state: CaseState, event: str) -> CaseState:
    """Return where an event takes a right.

    Letters of different services may overtake each other: an event that will have its place further on is for later
    (`TryLater`); one that has no business any more is refused.
    """
    following = MOVES.get((state, event))
    if following is not None:
        return following
    if event in NOTED:
        return state
    if any((later, event) in MOVES for later in ORDER[ORDER.index(state) + 1 :]):
        raise TryLater(f"{event} came before what leads to it", after=_SOON)
    raise Refused(f"{event} cannot happen to a right that is {state}")


def least(states: list[CaseState]) -> CaseState:
    """Return the state of a whole case: that of its right which has come least far."""
    return min(states, key=ORDER.index)
