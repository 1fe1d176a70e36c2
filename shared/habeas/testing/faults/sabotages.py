"""Negative controls: ways to be wrong that the fault tests have to notice, put into a running program from outside.

Each replaces one step of the core by the mistake that people make there.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from habeas.bus.receiver import Receiver
from habeas.clock import uuid7
from habeas.work import executor, inbox
from habeas.work.executor import Executor
from habeas.work.failpoint import passed
from habeas.work.relay import Relay
from habeas.work.tables import InboxLetter


def acknowledge_before_commit() -> None:
    """Tell the broker that letters are stored, and store them after that."""

    def take_too_early(self: Any, connection: Any, arrived: list[Any], stop: Any) -> None:
        for message in arrived:
            message.ack()
        letters = self._store_at_last(connection, arrived, stop)
        self._receipts.confirm([letter for letter in letters if letter is not None])

    Receiver._take = take_too_early  # type: ignore[method-assign]


def forget_what_was_heard() -> None:
    """Take a letter that comes again for a new one, and act on letters as they come."""
    keep = inbox._keep

    def keep_again(session: Session, arrival: Any, letter: Any, now: Any) -> str:
        known = session.get(InboxLetter, letter.id)
        if known is None:
            return keep(session, arrival, letter, now)
        columns = {column.name: getattr(known, column.name) for column in InboxLetter.__table__.columns}
        columns |= {"id": uuid7(), "state": "waiting", "attempts": 0, "next_at": now, "done_at": None}
        session.add(InboxLetter(**columns))
        session.flush()
        return str(letter.id)

    inbox._keep = keep_again
    _act_in_any_order()


def mark_before_confirm() -> None:
    """Mark letters as published and publish them after that."""

    def relay_too_trustingly(self: Any) -> int:
        batch = self._unpublished()
        if not batch:
            return 0
        self._mark(frozenset(posted.id for posted in batch))
        passed("relay.before_publish")
        self._publisher.publish(batch)
        return len(batch)

    Relay.relay_batch = relay_too_trustingly  # type: ignore[method-assign]


def forget_the_fence() -> None:
    """Let a worker that lost its lease finish all the same."""

    def hold_on(self: Executor, session: Session, letter: str, fence: int) -> InboxLetter | None:
        return session.get(InboxLetter, letter)

    Executor._held = hold_on  # type: ignore[method-assign]


def _act_in_any_order() -> None:
    marked = "JOIN inbox_thread t ON t.source = i.source AND t.thread = i.thread AND t.next = i.sequence"
    assert marked in executor._PICK
    executor._PICK = executor._PICK.replace(marked, "")


SABOTAGES: dict[str, Callable[[], None]] = {
    "acknowledge-before-commit": acknowledge_before_commit,
    "no-deduplication": forget_what_was_heard,
    "mark-before-confirm": mark_before_confirm,
    "no-fence": forget_the_fence,
}
"""What can be wrong with a process, by the name that a plan's `.spoil` file holds."""
