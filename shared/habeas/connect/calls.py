"""Calls that a runner waits for: whoever works on an order says that they are done, and it is looked at once.

A call may come while the order is being asked about, or before anybody knows that it has to wait: then it is kept, and
the next wait is over as soon as it begins.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import CursorResult, delete, text, update

from habeas.connect.tables import AwaitedCall
from habeas.envelope import Letter
from habeas.events import ProcessorCalledBack
from habeas.work.tables import InboxLetter
from habeas.work.transaction import Transaction

_KEPT = timedelta(days=100)
"""Longer than any request is waited for: what nobody has awaited by then, nobody will."""
# Two at once, the call and who begins to wait for it, must meet in one row, and neither may fail for it.
_OPEN = text(
    "INSERT INTO awaited_call (number, order_id, letter) VALUES (:number, '', '') ON CONFLICT (number) DO NOTHING"
)


def await_call(tx: Transaction, letter: Letter, order: str, number: str) -> None:
    """Let a letter that waits be woken by a call; if that came already, it is looked again at once."""
    awaited = _locked(tx, number)
    awaited.order, awaited.letter = order, letter.id
    if awaited.called_at is not None:
        awaited.called_at = None
        _wake(tx, letter.id)


def hear_call(tx: Transaction, letter: Letter) -> None:
    """Wake the letter that waits for this call; keep the call where none does."""
    called: Any = letter.event
    assert isinstance(called, ProcessorCalledBack)
    awaited = _locked(tx, called.number)
    if not (awaited.letter and _wake(tx, awaited.letter)):
        awaited.called_at = tx.now
    over = (AwaitedCall.letter == "") & (AwaitedCall.called_at < tx.now - _KEPT)
    tx.session.execute(delete(AwaitedCall).where(over))


def forget_calls(tx: Transaction, order: str) -> None:
    """Wait for none of an order's calls any more."""
    tx.session.execute(delete(AwaitedCall).where(AwaitedCall.order == order))


def _locked(tx: Transaction, number: str) -> AwaitedCall:
    tx.session.execute(_OPEN, {"number": number})
    return tx.session.get_one(AwaitedCall, number, with_for_update=True, populate_existing=True)


def _wake(tx: Transaction, letter: str) -> bool:
    waiting = (InboxLetter.id == letter) & (InboxLetter.state == "waiting")
    done = tx.session.execute(update(InboxLetter).where(waiting).values(next_at=tx.now))
    assert isinstance(done, CursorResult)
    return done.rowcount == 1
