"""The relay: takes the outbox to the broker, and marks only what the broker confirmed and routed."""

import random
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from sqlalchemy import Table, select, update
from sqlalchemy.exc import DBAPIError

from habeas.bus import Publisher, PublishFailed
from habeas.envelope import Posted
from habeas.work.failpoint import passed
from habeas.work.tables import OutboxLetter

if TYPE_CHECKING:
    from habeas.service import Context

_BATCH = 200
_POLL_SECONDS = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 3.0
_RETURNED_PAUSE = timedelta(seconds=5)
_OUTBOX = cast("Table", OutboxLetter.__table__)
_UNPUBLISHED = (
    select(*(_OUTBOX.c[name] for name in ("id", "recipient", "type", "body", "key_id", "signature")))
    .where(_OUTBOX.c.published_at.is_(None))
    .order_by(_OUTBOX.c.id)
    .limit(_BATCH)
)


class Relay:
    """Publishes one service's outbox; only one runs at a time (see `habeas.work.leader`)."""

    def __init__(self, context: "Context", publisher: Publisher) -> None:
        self._context = context
        self._publisher = publisher
        self._unroutable: dict[str, object] = {}

    def run(self, stop: threading.Event) -> None:
        """Relay until `stop`, woken by the outbox bell and, as a net, every few seconds."""
        pause = _FIRST_PAUSE
        while not stop.is_set():
            try:
                if self.relay_batch() < _BATCH:
                    self._context.bells.outbox.wait(_POLL_SECONDS)
                pause = _FIRST_PAUSE
            except (PublishFailed, DBAPIError) as failure:
                reason = getattr(failure, "reason", type(failure).__name__)
                self._context.log.warning("the relay will try again", reason=reason)
                stop.wait(pause * random.uniform(0.8, 1.2))  # noqa: S311 - jitter, not a secret
                pause = min(pause * 2, _LONGEST_PAUSE)
        self._publisher.close()

    def relay_batch(self) -> int:
        """Publish and mark one batch; return how many letters that was."""
        batch = self._unpublished()
        if not batch:
            return 0
        passed("relay.before_publish")
        try:
            confirmed = self._publisher.publish(batch)
        except PublishFailed as failure:
            self._mark(failure.confirmed)
            self._put_aside(failure.returned)
            raise
        passed("relay.confirmed")
        self._mark(confirmed)
        passed("relay.marked")
        return len(batch)

    def _unpublished(self) -> list[Posted]:
        now = self._context.clock.now()
        self._unroutable = {letter: until for letter, until in self._unroutable.items() if until > now}  # type: ignore[operator]
        chosen = _UNPUBLISHED
        if self._unroutable:
            chosen = chosen.where(_OUTBOX.c.id.not_in(list(self._unroutable)))
        with self._context.database.single() as connection:
            return [Posted(*row) for row in connection.execute(chosen)]

    def _mark(self, letters: frozenset[str]) -> None:
        if not letters:
            return
        with self._context.database.single() as connection:
            now = self._context.clock.now()
            connection.execute(update(_OUTBOX).where(_OUTBOX.c.id.in_(letters)).values(published_at=now))

    def _put_aside(self, letters: frozenset[str]) -> None:
        # A letter whose hearer has no queue yet must not hold up the others behind it.
        until = self._context.clock.now() + _RETURNED_PAUSE
        self._unroutable.update(dict.fromkeys(letters, until))
