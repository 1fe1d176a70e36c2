"""Calls keep to a vendor's limits, in every stretch of time and together with other processes."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.connectors.http.pace import Limits, Pace, Rate
from habeas.sdk import TryLater
from habeas.testing.vendors.switches import ManualClock


def paced(
    *rates: Rate, concurrent: int = 0, file: Path | None = None, patience: float = 5.0
) -> tuple[Pace, ManualClock]:
    clock = ManualClock(1000.0)
    return Pace({"a": Limits(rates, concurrent)}, file, patience=patience, clock=clock, sleep=clock.advance), clock


def most_within(times: list[float], seconds: float) -> int:
    """How many of the times lie in one half-open stretch, the fullest there is."""
    return max(sum(start <= each < start + seconds - 1e-6 for each in times) for start in times)


@settings(max_examples=150, deadline=None)
@given(
    rates=st.lists(
        st.builds(Rate, st.integers(1, 12), st.floats(0.1, 20).map(lambda each: round(each, 2))), min_size=1, max_size=3
    ),
    pauses=st.lists(st.floats(0, 1).map(lambda each: round(each, 2)), min_size=5, max_size=60),
    hold_at=st.integers(0, 12),
)
def test_no_stretch_of_time_holds_more_calls_than_allowed(rates: list[Rate], pauses: list[float], hold_at: int) -> None:
    clock, slept = ManualClock(1000.0), list[float]()
    # sleeping takes no time here: other callers come while the first still wait for their turn
    pace = Pace({"a": Limits(rates)}, patience=60.0, clock=clock, sleep=slept.append)
    times = []
    for number, pause in enumerate(pauses):
        clock.advance(pause)
        if number == hold_at:
            pace.hold("a", 4.0)
        slept.clear()
        try:
            with pace.turn("a"):
                times.append(clock.now + sum(slept))
        except TryLater:
            continue
    for rate in rates:
        assert most_within(times, rate.seconds) <= rate.calls


def test_half_of_what_is_allowed_may_go_at_once() -> None:
    pace, clock = paced(Rate(10, 10.0))
    for _ in range(5):
        with pace.turn("a"):
            pass
    assert clock.now == 1000.0
    with pace.turn("a"):
        pass
    assert clock.now > 1000.0


def test_a_wait_longer_than_the_patience_is_given_back_and_takes_nothing() -> None:
    pace, clock = paced(Rate(1, 60.0))
    with pace.turn("a"):
        pass
    for _ in range(3):
        with pytest.raises(TryLater) as caught, pace.turn("a"):
            pass
        assert caught.value.after is not None
        assert caught.value.after.total_seconds() == 60.0
    clock.advance(60)
    with pace.turn("a"):
        pass


def test_a_group_without_limits_is_held_for_everybody(tmp_path: Path) -> None:
    clock = ManualClock(1000.0)
    first, second = (Pace({}, tmp_path / "pace", clock=clock, sleep=clock.advance) for _ in range(2))
    first.hold("b", 30)
    first.hold("b", 10)  # a shorter one does not end the longer
    with pytest.raises(TryLater), second.turn("b"):
        pass
    with second.turn("a"):
        pass
    clock.advance(27)
    with second.turn("b"):
        assert clock.now == 1030.0


def test_a_clock_that_is_set_back_holds_nobody_for_ever() -> None:
    pace, clock = paced(Rate(2, 10.0))
    with pace.turn("a"):
        pass
    clock.advance(-86_400)
    with pace.turn("a"):
        pass


def test_only_as_many_run_at_once_as_are_allowed_and_a_lost_one_is_given_back(tmp_path: Path) -> None:
    pace, clock = paced(concurrent=1, file=tmp_path / "pace")
    other = Pace({"a": Limits((), 1)}, tmp_path / "pace", clock=clock, sleep=clock.advance)
    with pace.turn("a", longest=60), pytest.raises(TryLater), other.turn("a"):
        pass
    with other.turn("a"):
        pass
    lost = pace.turn("a", longest=3)
    lost.__enter__()  # its process is killed: nobody ever gives it back
    with other.turn("a"):
        assert clock.now > 1008.0


def test_a_file_that_cannot_be_written_is_tried_later(tmp_path: Path) -> None:
    pace = Pace({}, tmp_path / "not" / "there")
    with pytest.raises(TryLater, match="cannot be opened"), pace.turn("a"):
        pass


CALLER = """
import sys, time
from pathlib import Path
from habeas.connectors.http.pace import Limits, Pace, Rate
pace = Pace({"a": Limits([Rate(40, 1.0)])}, Path(sys.argv[1]))
for _ in range(20):
    with pace.turn("a"):
        print(repr(time.time()))
"""


def test_two_processes_share_one_limit(tmp_path: Path) -> None:
    callers = [
        subprocess.Popen([sys.executable, "-c", CALLER, tmp_path / "pace"], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    out = [caller.communicate(timeout=120)[0] for caller in callers]
    assert [caller.returncode for caller in callers] == [0, 0]
    assert len([line for text in out for line in text.splitlines()]) == 40
    # The turns that were given, not when a busy machine woke somebody up: a bucket of 20 gave 40, at 21 a second.
    with closing(sqlite3.connect(tmp_path / "pace")) as database:
        (last,) = database.execute("SELECT at FROM bucket").fetchone()
    assert last - min(float(line) for text in out for line in text.splitlines()) > 0.8
