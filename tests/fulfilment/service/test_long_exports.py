"""A long export arrives slice by slice, tells how far it is, waits without failing, and is never begun again."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from runners import Runners
from sqlalchemy import select

from habeas.connect import errand
from habeas.connect.tables import ResultSlice, WaitingOrder
from habeas.events import OrderAnswered, OrderProgressed, SystemFailed
from habeas.sdk import Connector, Mark, Record, Subject, TryLater, Waiting
from habeas.testing.house import run, said

EMAIL = "anna.canary@example.com"
SYSTEMS = ("shop", "newsletter", "applications")
MANY = 60


class Nothing(Connector):
    """Holds nobody."""

    def export(self, subject: Subject) -> Iterator[Record]:
        return iter(())


class Long(Connector):
    """Holds many records of the person, with a mark after every fifth, and breaks off where it is told to."""

    def __init__(self, breaks: Iterator[int]) -> None:
        self._breaks = breaks
        self.resumed: list[str] = []
        self.given: list[int] = []

    def export(self, subject: Subject) -> Iterator[Record | Mark]:
        yield from self._from(0, subject)

    def resume(self, subject: Subject, after: str) -> Iterator[Record | Mark]:
        self.resumed.append(after)
        yield from self._from(int(after), subject)

    def _from(self, start: int, subject: Subject) -> Iterator[Record | Mark]:
        ends = next(self._breaks, MANY)
        for number in range(start, MANY):
            if number == ends:
                raise TryLater("the system went away")
            self.given.append(number)
            yield Record("visits", str(number), "security", {"page": "x" * 90}, {"email": EMAIL})
            if number % 5 == 4:
                yield Mark(str(number + 1))


@pytest.fixture
def runners(small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runners]:
    monkeypatch.setattr(errand, "SLICE_BYTES", 2000)
    with Runners(small, tmp_path, SYSTEMS) as made:
        made.connect("newsletter", Nothing())
        made.connect("applications", Nothing())
        yield made


def visits(read_bag: Any, desk: Any, case: str) -> list[str]:
    with read_bag(desk, case) as bag:
        return [each["key"] for each in json.loads(bag.read("data/systems/shop/visits.json"))]


def slices(runners: Runners) -> list[ResultSlice]:
    with runners.contexts["connect-shop"].database.reading() as session:
        return list(session.scalars(select(ResultSlice)))


def test_an_export_in_many_slices_is_read_as_one(small, runners, read_bag):
    runners.connect("shop", Long(iter(())))
    case = small.proved("access", email=EMAIL)
    runners.work()
    [answered] = said(runners.contexts["connect-shop"], OrderAnswered)
    parts = [part["part"] for part in answered.event.parts]
    assert len(parts) > 3
    assert parts[:2] == ["records", "records-2"]
    assert visits(read_bag, small, case) == [str(number) for number in range(MANY)]
    assert slices(runners) == [], "what has arrived is forgotten with the answer"


@pytest.mark.parametrize("breaks", [(7,), (23, 41), (11, 12, 13, 59), (1, 1, 1)])
def test_after_a_crash_it_goes_on_at_the_last_mark_and_sends_nothing_twice(small, runners, read_bag, breaks):
    long = Long(iter(breaks))
    runners.connect("shop", long)
    case = small.proved("access", email=EMAIL)
    for _ in range(len(breaks) + 1):
        runners.work()
        small.clock.advance(timedelta(hours=2))
        for context in runners.contexts.values():
            run(context)
    runners.work()
    assert visits(read_bag, small, case) == [str(number) for number in range(MANY)]
    reached = [int(mark) for mark in long.resumed]
    assert reached == sorted(reached)
    again = len(long.given) - MANY
    assert again <= len(breaks) * 25, "no more is read again than one slice for each crash"


def test_fulfilment_hears_how_far_it_is(small, runners):
    runners.connect("shop", Long(iter((41,))))
    case = small.proved("access", email=EMAIL)
    runners.work()
    [row] = [row for row in small.rows(case) if row.system == "shop"]
    assert row.progress
    assert 20 <= row.progress["visits"] < 41


def test_a_mark_is_kept_encrypted(small, runners):
    class Telling(Long):
        def _from(self, start: int, subject: Subject) -> Iterator[Record | Mark]:
            for item in super()._from(start, subject):
                yield Mark(f"after {EMAIL}") if isinstance(item, Mark) else item

    runners.connect("shop", Telling(iter((41,))))
    small.proved("access", email=EMAIL)
    runners.work()
    kept = slices(runners)
    assert kept
    assert not any(EMAIL.encode() in row.after for row in kept)


class Slow(Connector):
    """Takes the order, is at it for a while, and has it then."""

    def __init__(self) -> None:
        self.asked = 0

    def export(self, subject: Subject) -> Iterator[Record]:
        self.asked += 1
        if self.asked < 12:
            raise Waiting("the vendor gathers the data", timedelta(days=1), until="2026-12-10")
        yield Record("visits", "1", "security", {"page": "x"}, {"email": EMAIL})


def test_a_system_that_is_still_at_it_has_not_failed_however_often_it_is_asked(small, runners):
    slow = Slow()
    runners.connect("shop", slow)
    case = small.proved("access", email=EMAIL)
    for _ in range(14):
        runners.work()
        small.clock.advance(timedelta(days=1, minutes=1))
        for context in runners.contexts.values():
            run(context)
        if slow.asked == 2:
            runners.work()
            [row] = [row for row in small.rows(case) if row.system == "shop"]
            assert (row.waiting, row.waits_until) == ("the vendor gathers the data", "2026-12-10")
    runners.work()
    assert slow.asked == 12
    assert small.said(SystemFailed, case) == []
    assert [each.state for each in small.answers(case)] == ["ready"]
    [told] = said(runners.contexts["connect-shop"], OrderProgressed)
    assert told.event.waiting == "the vendor gathers the data"
    with runners.contexts["connect-shop"].database.reading() as session:
        assert list(session.scalars(select(WaitingOrder))) == []
