"""Whoever works on an order calls when they are done: the order that waits is looked at once, and no other."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from runners import Runners
from sqlalchemy import select
from tests.fulfilment.service.conftest import SYSTEMS, Desk

from habeas.clock import uuid7
from habeas.connect.runner import connector_service
from habeas.connect.tables import AwaitedCall
from habeas.events import OrderGiven, ProcessorCalledBack
from habeas.sdk import Connector, NeedsPerson, Record, Subject, Waiting
from habeas.service import Context
from habeas.testing.house import deliver, make_context, run
from habeas.work.tables import InboxLetter

EMAILS = ("anna.canary@example.com", "berta.canary@example.com")
NUMBERS = ("a7551968-d5d6-44b2-9831-815ac9017798", "b7551968-d5d6-44b2-9831-815ac9017798")


class Nothing(Connector):
    """Holds nobody."""

    def export(self, subject: Subject) -> Iterator[Record]:
        return iter(())


class Processor(Connector):
    """Works for a day on what it is asked, and calls when it is done."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.done: set[str] = set()
        self.refused = False
        self.meanwhile: Any = None

    def export(self, subject: Subject) -> Iterator[Record]:
        [email] = subject.values("email")
        number = NUMBERS[EMAILS.index(email)]
        self.asked.append(number)
        if self.meanwhile is not None:
            self.meanwhile()
        if self.refused:
            raise NeedsPerson("it was cancelled")
        if number not in self.done:
            raise Waiting("the processor is at it", timedelta(days=1), None, number)
        yield Record("visits", number, "security", {"page": "x"}, {"email": email})


@pytest.fixture
def processor() -> Processor:
    return Processor()


@pytest.fixture(params=["sqlite", "postgres"])
def runner(
    request: pytest.FixtureRequest, small: Desk, runners: Runners, processor: Processor, tmp_path: Path
) -> Context:
    """The processor's runner on either database, with two orders that wait."""
    if request.param == "postgres":
        database = request.getfixturevalue("postgres").fresh_database()
        service = connector_service("shop", processor)
        upload = runners.contexts["connect-applications"].settings.upload_url
        runners.contexts[service.name] = make_context(
            service, tmp_path, clock=small.clock, systems=SYSTEMS, participant=service.name, upload_url=upload,
            database=database,
        )  # fmt: skip
    else:
        runners.connect("shop", processor)
    for email in EMAILS:
        small.proved("access", email=email)
    runners.work()
    assert sorted(processor.asked) == sorted(NUMBERS)
    processor.asked.clear()
    return runners.contexts["connect-shop"]


@pytest.fixture
def runners(small: Desk, tmp_path: Path) -> Iterator[Runners]:
    with Runners(small, tmp_path, SYSTEMS) as made:
        for system in ("newsletter", "applications"):
            made.connect(system, Nothing())
        yield made


def call(runner: Context, number: str) -> None:
    deliver(runner, ProcessorCalledBack(system="shop", number=number), source="fulfilment")


def awaited(runner: Context) -> dict[str, bool]:
    with runner.database.reading() as session:
        return {row.number: row.called_at is not None for row in session.scalars(select(AwaitedCall))}


def test_a_call_lets_only_its_own_order_be_looked_at(runner: Context, processor: Processor) -> None:
    processor.done.add(NUMBERS[1])
    call(runner, NUMBERS[1])
    run(runner)
    assert processor.asked == [NUMBERS[1]]
    assert awaited(runner) == {NUMBERS[0]: False}


def test_a_call_that_was_too_early_costs_one_look_and_the_wait_goes_on(
    runner: Context, processor: Processor, small: Desk
) -> None:
    for _ in range(3):
        call(runner, NUMBERS[0])
        run(runner)
    assert processor.asked == [NUMBERS[0]] * 3
    small.clock.advance(timedelta(days=1, minutes=1))
    run(runner)
    assert sorted(processor.asked[3:]) == sorted(NUMBERS)


def test_a_call_that_comes_while_it_is_being_asked_is_not_lost(runner: Context, processor: Processor) -> None:
    def finish() -> None:
        processor.meanwhile = None
        processor.done.add(NUMBERS[0])
        call(runner, NUMBERS[0])
        with runner.database.session() as session:
            letters = session.scalars(select(InboxLetter).where(InboxLetter.type == OrderGiven.TYPE))
            assert "claimed" in [each.state for each in letters]
        run(runner)
        raise Waiting("the processor is at it", timedelta(days=1), None, NUMBERS[0])

    processor.meanwhile = finish
    call(runner, NUMBERS[0])
    run(runner)
    assert processor.asked == [NUMBERS[0]] * 2
    assert awaited(runner) == {NUMBERS[1]: False}


def test_a_call_that_comes_before_anybody_waits_ends_the_wait_as_it_begins(
    small: Desk, runners: Runners, processor: Processor
) -> None:
    runner = runners.connect("shop", processor)
    call(runner, NUMBERS[0])
    run(runner)
    assert awaited(runner) == {NUMBERS[0]: True}
    small.proved("access", email=EMAILS[0])
    runners.work()
    assert processor.asked == [NUMBERS[0]] * 2
    assert awaited(runner) == {NUMBERS[0]: False}


def test_what_is_for_a_person_waits_for_no_call(runner: Context, processor: Processor) -> None:
    processor.refused = True
    call(runner, NUMBERS[0])
    run(runner)
    assert awaited(runner) == {NUMBERS[1]: False}


def test_a_call_that_nobody_ever_awaits_is_forgotten(runner: Context, small: Desk) -> None:
    call(runner, "c7551968-d5d6-44b2-9831-815ac9017798")
    run(runner)
    assert "c7551968-d5d6-44b2-9831-815ac9017798" in awaited(runner)
    small.clock.advance(timedelta(days=101))
    call(runner, "d7551968-d5d6-44b2-9831-815ac9017798")
    run(runner)
    assert "c7551968-d5d6-44b2-9831-815ac9017798" not in awaited(runner)


def test_a_number_that_is_not_awaited_wakes_nobody(runner: Context, processor: Processor) -> None:
    call(runner, str(uuid7()))
    run(runner)
    assert processor.asked == []
