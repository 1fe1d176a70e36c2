"""How the executor sorts what goes wrong, on both databases."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from habeas.envelope import Letter
from habeas.errors import NeedsPerson, TryLater
from habeas.events import AnswerReady
from habeas.ledger.models import Leaf
from habeas.service import Context, Effect, Service
from habeas.testing.house import deliver, make_context, parked, run
from habeas.work.executor import Executor
from habeas.work.inbox import free_claims
from habeas.work.tables import InboxLetter, InboxThread
from habeas.work.transaction import Transaction

READY = AnswerReady(case="c1", kind="package", right="access", days=14)
Make = Callable[[Any], Context]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    made: list[Context] = []

    def with_handler(handler: Any) -> Context:
        changes = {}
        if request.param == "postgres":
            changes["database"] = request.getfixturevalue("postgres").fresh_database()
        made.append(make_context(Service(name="notifier", hears={AnswerReady: handler}), tmp_path, **changes))
        return made[-1]

    yield with_handler
    for context in made:
        context.database.close()


def state(context: Context) -> tuple[str, int]:
    with context.database.reading() as session:
        row = session.scalars(select(InboxLetter)).one()
        return row.state, row.attempts


def leaves(context: Context) -> int:
    with context.database.reading() as session:
        return len(session.scalars(select(Leaf)).all())


def test_a_handler_that_fails_leaves_nothing_behind(make: Make) -> None:
    def fail(tx: Transaction, _letter: Letter) -> None:
        tx.record("something.done", "c1")
        raise NeedsPerson("somebody has to look")

    context = make(fail)
    deliver(context, READY, source="fulfilment")
    run(context)
    assert parked(context) == ["somebody has to look"]
    assert leaves(context) == 0


def test_a_handler_whose_rows_the_database_refuses_is_sorted_like_any_other(make: Make) -> None:
    def repeat(tx: Transaction, letter: Letter) -> None:
        tx.session.add(InboxThread(source="fulfilment", thread=letter.thread, next=9))  # this row is there already

    context = make(repeat)
    deliver(context, READY, source="fulfilment")
    assert Executor(context).work_once()
    assert state(context) == ("waiting", 1)


def test_a_failure_that_cannot_be_told_parks_its_letter_and_ends_no_process(make: Make) -> None:
    def tell(tx: Transaction, *_: Any) -> None:
        tx.record("something.told", "c1")
        raise RuntimeError("the telling fails, too")

    def work(_context: Context, _given: Any) -> None:
        raise TryLater("not now")

    context = make(Effect(lambda *_: None, work, lambda *_: None, tell))
    deliver(context, READY, source="fulfilment")
    run(context)
    assert state(context) == ("parked", 1)
    assert leaves(context) == 0


def test_a_database_that_was_lost_is_never_the_letter_s_fault(make: Make) -> None:
    def lose(_tx: Transaction, _letter: Letter) -> None:
        raise OperationalError("SELECT 1", {}, Exception("gone"), connection_invalidated=True)

    context = make(lose)
    deliver(context, READY, source="fulfilment")
    executor = Executor(context)
    for _ in range(12):
        with context.database.session() as session:
            session.execute(update(InboxLetter).values(next_at=context.clock.now()))
        executor.work_once()
    assert state(context) == ("waiting", 12)


def test_an_unknown_fault_is_tried_eight_times_and_then_parked_without_its_words(make: Make) -> None:
    def fail(_tx: Transaction, _letter: Letter) -> None:
        raise ValueError("astrid@example.com is not a number")

    context = make(fail)
    deliver(context, READY, source="fulfilment")
    executor = Executor(context)
    for _ in range(9):
        with context.database.session() as session:
            session.execute(update(InboxLetter).values(next_at=context.clock.now()))
        executor.work_once()
    assert state(context) == ("parked", 8)
    assert parked(context) == ["a fault of ours (ValueError)"]


def test_what_a_dead_process_had_claimed_is_free_again_at_the_next_start(make: Make) -> None:
    class Death(BaseException):
        pass

    def work(_context: Context, _given: Any) -> None:
        raise Death

    context = make(Effect(lambda *_: None, work, lambda *_: None))
    deliver(context, READY, source="fulfilment")
    with pytest.raises(Death):
        run(context)
    assert state(context) == ("claimed", 0)
    assert not Executor(context).work_once(), "its lease still runs"
    free_claims(context)
    with pytest.raises(Death):
        run(context)


def test_a_worker_whose_letter_was_taken_over_changes_nothing(make: Make) -> None:
    finished: list[str] = []

    def work(context: Context, _given: Any) -> None:
        with context.database.session() as session:  # the lease ran out meanwhile, and another has claimed it
            session.execute(update(InboxLetter).values(fence=InboxLetter.fence + 1))

    context = make(Effect(lambda *_: None, work, lambda *_: finished.append("done")))
    deliver(context, READY, source="fulfilment")
    assert Executor(context).work_once()
    assert finished == []
    assert state(context) == ("claimed", 0)
