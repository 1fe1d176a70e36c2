"""The post between services that a test runs side by side in one process: what one said, the others hear and do."""

from collections.abc import Callable, Mapping

from sqlalchemy import select

from habeas.service import Context
from habeas.testing.house import run
from habeas.work.inbox import store
from habeas.work.tables import OutboxLetter

_MOST_ROUNDS = 50


def carry(services: Mapping[str, Context], otherwise: Callable[[OutboxLetter], None] = lambda _letter: None) -> int:
    """Bring every letter to the service it is for, and let that work, until nothing is said any more.

    A letter to none of them, as to a connector, is given to `otherwise`. Returns how many were brought.
    """
    carried = 0
    for _ in range(_MOST_ROUNDS):
        letters = [letter for context in services.values() for letter in _take(context)]
        if not letters:
            return carried
        for letter in letters:
            carried += 1
            if letter.recipient in services:
                store(services[letter.recipient], [letter])
            else:
                otherwise(letter)
        for context in services.values():
            run(context)
    raise AssertionError(f"after {_MOST_ROUNDS} rounds the services still have something to say to each other")


def _take(context: Context) -> list[OutboxLetter]:
    with context.database.session() as session:
        waiting = select(OutboxLetter).where(OutboxLetter.published_at.is_(None)).order_by(OutboxLetter.id)
        letters = list(session.scalars(waiting))
        for letter in letters:
            letter.published_at = context.clock.now()
    return letters
