# long because what can become of a letter is read in one place
"""The executor: acts on stored letters, oldest case first, each exactly once as far as our own tables go."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, bindparam, literal_column, select, text, update
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import Session, load_only

from habeas.database import Instant
from habeas.envelope import Letter, read_stored
from habeas.errors import NeedsPerson, Refused, TryLater, Waiting
from habeas.service import Effect, Handler
from habeas.work.failpoint import passed
from habeas.work.tables import InboxLetter

if TYPE_CHECKING:
    from habeas.service import Context
    from habeas.work.transaction import Transaction

_POLL = timedelta(seconds=1)
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_ATTEMPTS = 8

_PICK = """
SELECT i.id FROM inbox i
JOIN inbox_thread t ON t.source = i.source AND t.thread = i.thread AND t.next = i.sequence
WHERE i.state IN ('waiting', 'claimed', 'parked')
  AND (i.state = 'waiting' AND i.next_at <= :now OR i.state = 'claimed' AND i.lease_until < :now)
  AND NOT EXISTS (SELECT 1 FROM inbox p WHERE p.thread = i.thread AND p.state = 'parked')
ORDER BY i.since, i.stage DESC, i.sequence
LIMIT 1
"""
_MORE = """EXISTS (
  SELECT 1 FROM inbox o WHERE o.state IN ('waiting', 'claimed', 'parked') AND o.state = 'waiting' AND o.id <> inbox.id
)"""
_NEEDED = load_only(
    InboxLetter.source, InboxLetter.thread, InboxLetter.body, InboxLetter.state, InboxLetter.fence, InboxLetter.attempts
)
_PASS_ON = text("UPDATE inbox_thread SET next = next + 1 WHERE source = :source AND thread = :thread")


@dataclass(frozen=True)
class _Claim:
    """A letter taken by this executor, as it stood when it was taken."""

    row: InboxLetter
    letter: Letter
    given: Any
    fence: int


class _Failed(Exception):  # noqa: N818 - it says what happened
    """Carries what a handler raised out of the transaction that it undoes."""

    def __init__(self, letter: str, fence: int, error: Exception) -> None:
        super().__init__(letter)
        self.letter, self.fence, self.error = letter, fence, error


class Executor:
    """Works through one participant's inbox; several may run beside each other, in threads or in processes."""

    def __init__(
        self, context: "Context", *, lease: timedelta = timedelta(seconds=60), poll: timedelta = _POLL
    ) -> None:
        self._context = context
        self._lease = lease
        self._poll_seconds = poll.total_seconds()
        suffix = "" if context.database.is_sqlite else " FOR UPDATE OF i SKIP LOCKED"
        chosen = text(f"inbox.id = ({_PICK}{suffix})").bindparams(bindparam("now", type_=Instant()))
        self._pick = select(InboxLetter, literal_column(_MORE, Boolean)).where(chosen).options(_NEEDED)
        self._more_waits = False

    def run(self, stop: threading.Event) -> None:
        """Work until `stop`, woken by the inbox bell and, as a net, every so often."""
        bell = self._context.bells.inbox
        while not stop.is_set():
            heard = bell.rings
            try:
                worked = self.work_once()
            except DBAPIError as error:
                self._context.log.warning("the database did not answer", error=error)
                worked = False
                stop.wait(_POLL.total_seconds())
            # What came while we were busy may have woken somebody who could not act on it before we were done.
            if not worked or not (self._more_waits or bell.rings != heard):
                bell.wait(self._poll_seconds)

    def work_once(self) -> bool:
        """Act on the next letter that is ready; say whether there was one."""
        try:
            claim, handler = self._take_next()
        except _Failed as failed:
            self._note_failure(failed.letter, failed.error, failed.fence)
            return True
        if handler is None:
            return False
        passed("executor.after_commit")
        if claim is not None:
            assert isinstance(handler, Effect)
            if self._more_waits:
                self._context.bells.inbox.ring()  # this one may take long: somebody else looks for what else is ready
            self._carry_out(claim, handler)
        return True

    def _take_next(self) -> tuple[_Claim | None, Handler | Effect | None]:
        """Act on a letter in one transaction, or claim it for its effect; whatever the handler raises undoes it all."""
        claim: _Claim | None = None
        with self._context.transaction() as tx:
            row = self._next(tx.session)
            if row is None:
                return None, None
            letter = read_stored(row.body, self._context.participant)
            handler = self._context.service.hears[type(letter.event)]
            name, fence = row.id, row.fence  # after a failed flush the row itself could not be asked
            try:
                if isinstance(handler, Effect):
                    claim = self._claim(tx, row, letter, handler)
                else:
                    handler(tx, letter)
                    self._finish(tx, row)
                tx.session.flush()
            except Exception as error:
                raise _Failed(name, fence, error) from error
            passed("executor.before_commit")
        return claim, handler

    def _next(self, session: Session) -> InboxLetter | None:
        chosen = session.execute(self._pick, {"now": self._context.clock.now()}).first()
        if chosen is None:
            return None
        row: InboxLetter = chosen[0]
        self._more_waits = bool(chosen[1])
        return row

    def _finish(self, tx: "Transaction", row: InboxLetter) -> None:
        row.state, row.done_at, row.lease_until = "done", tx.now, None
        tx.session.execute(_PASS_ON, {"source": row.source, "thread": row.thread})

    def _claim(self, tx: "Transaction", row: InboxLetter, letter: Letter, effect: Effect) -> _Claim:
        given = effect.prepare(tx, letter)
        row.state, row.fence, row.lease_until = "claimed", row.fence + 1, tx.now + self._lease
        return _Claim(row, letter, given, row.fence)

    def _carry_out(self, claim: _Claim, effect: Effect) -> None:
        passed("effect.claimed")
        try:
            with self._kept_alive(claim):
                result = effect.work(self._context, claim.given)
        except Exception as error:  # noqa: BLE001 - the one place that sorts whatever an effect raises
            self._note_failure(claim.row.id, error, fence=claim.fence)
            return
        passed("effect.worked")
        try:
            with self._context.transaction() as tx:
                row = self._held(tx.session, claim.row.id, claim.fence)
                if row is None:
                    return  # the lease ran out and somebody else has the letter: what they do counts
                effect.finish(tx, claim.letter, claim.given, result)
                self._finish(tx, row)
        except Exception as error:  # noqa: BLE001 - the one place that sorts whatever an effect raises
            self._note_failure(claim.row.id, error, fence=claim.fence)
            return
        passed("effect.done")

    def _held(self, session: Session, letter: str, fence: int) -> InboxLetter | None:
        row = session.get(InboxLetter, letter, with_for_update=True)
        if row is None or row.state in ("done", "dropped") or row.fence != fence:
            return None
        return row

    @contextmanager
    def _kept_alive(self, claim: _Claim) -> Iterator[None]:
        done = threading.Event()

        def renew() -> None:
            while not done.wait(self._lease.total_seconds() / 3):
                until = self._context.clock.now() + self._lease
                mine = (InboxLetter.id == claim.row.id) & (InboxLetter.fence == claim.fence)
                try:
                    with self._context.database.session() as session:
                        session.execute(update(InboxLetter).where(mine).values(lease_until=until))
                except DBAPIError as error:  # the next renewal tries again, and the fence guards what came meanwhile
                    self._context.log.warning("a lease could not be renewed", letter=claim.row.id, error=error)

        keeper = threading.Thread(target=renew, name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            done.set()

    def _note_failure(self, letter: str, error: Exception, fence: int) -> None:
        try:
            self._write_failure(letter, error, fence, tell=True)
        except (OperationalError, InterfaceError):
            raise  # nothing is noted, so the letter is tried again when the database answers
        except Exception as worse:  # noqa: BLE001 - else a letter whose failure cannot be told would end the process
            self._context.log.error("a failure could not be told", letter=letter, error=worse)
            self._write_failure(letter, error, fence, tell=False)

    def _write_failure(self, letter: str, error: Exception, fence: int, *, tell: bool) -> None:
        with self._context.transaction() as tx:
            row = self._held(tx.session, letter, fence)
            if row is None:
                return
            reason, final, after = self._sort(error, row.attempts + 1)
            if isinstance(error, Waiting):
                self._look_again(tx, row, error, after)
                return
            row.attempts += 1
            row.reason = reason[:300]
            row.lease_until = None
            row.state, row.next_at = ("parked", tx.now) if final or not tell else ("waiting", tx.now + after)
            read = read_stored(row.body, self._context.participant)
            handler = self._context.service.hears[type(read.event)]
            if tell and isinstance(handler, Effect) and handler.fail is not None:
                settled = handler.fail(tx, read, reason, row.attempts, final)
                if final and settled:
                    self._finish(tx, row)
                    row.state = "dropped"
            outcome = {"parked": "a letter was parked", "dropped": "a letter was given up and its sender told"}
            said = outcome.get(row.state, "a letter waits for another try")
        self._context.log.warning(
            said,
            letter=letter,
            error=error,
            attempts=row.attempts,
        )

    def _look_again(self, tx: "Transaction", row: InboxLetter, error: Waiting, after: timedelta) -> None:
        """Let a letter wait for somebody who has taken the work and is still at it."""
        row.reason, row.lease_until = error.reason[:300], None
        row.state, row.next_at = "waiting", tx.now + after
        letter = read_stored(row.body, self._context.participant)
        handler = self._context.service.hears[type(letter.event)]
        if isinstance(handler, Effect) and handler.wait is not None:
            handler.wait(tx, letter, error)

    def _sort(self, error: Exception, attempts: int) -> tuple[str, bool, timedelta]:
        """Sort an error by what to do next: the reason, whether a person has to look, and how long to wait else."""
        if isinstance(error, NeedsPerson):
            return error.why, True, timedelta()
        if isinstance(error, Refused):
            return error.reason, True, timedelta()
        first = timedelta(seconds=self._context.settings.retry_seconds)
        pause = min(first * 2 ** (attempts - 1), _LONGEST_PAUSE) * random.uniform(0.8, 1.2)  # noqa: S311 - jitter
        if isinstance(error, TryLater):
            return error.reason, False, error.after or pause
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            return "the database was lost", False, pause
        # An unknown exception's text may quote a person's data: its type is all that is kept.
        return f"a fault of ours ({type(error).__name__})", attempts >= _MOST_ATTEMPTS, pause
