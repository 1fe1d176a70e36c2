"""The state table, every pair of it."""

import pytest

from habeas.errors import Refused, TryLater
from habeas.vocabulary import CaseState
from habeas_intake.states import MOVES, NOTED, ORDER, least, move

EVENTS = sorted({event for _, event in MOVES})


@pytest.mark.parametrize("state", list(CaseState))
@pytest.mark.parametrize("event", [*EVENTS, "case.eaten"])
def test_every_pair_moves_as_the_table_says_waits_or_is_refused(state: CaseState, event: str) -> None:
    later = [each for each in ORDER[ORDER.index(state) + 1 :] if (each, event) in MOVES]
    if (state, event) in MOVES:
        assert move(state, event) is MOVES[state, event]
    elif event in NOTED:
        assert move(state, event) is state
    else:
        with pytest.raises(TryLater if later else Refused):
            move(state, event)


def test_nothing_is_answered_before_it_is_proved() -> None:
    reached, frontier = {CaseState.RECEIVED}, {CaseState.RECEIVED}
    while frontier:
        frontier = {
            following
            for (state, event), following in MOVES.items()
            if state in frontier and event != "identity.proved" and following not in reached
        }
        reached |= frontier
    assert reached == {CaseState.RECEIVED, CaseState.REFUSED}, "a flood that two people refused is not answered"


def test_a_case_stands_where_its_slowest_right_stands() -> None:
    assert least([CaseState.CLOSED, CaseState.TO_APPROVE, CaseState.ANSWERED]) is CaseState.TO_APPROVE
