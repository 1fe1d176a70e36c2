"""Running: which threads a role needs, how a process starts, and how it stops within its grace period."""

import fcntl
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

import structlog
from sqlalchemy.exc import DBAPIError

from habeas.bus import Receipts, open_publisher, open_receiver
from habeas.errors import Refused, TryLater
from habeas.service import Context, Timer
from habeas.work import housekeeping
from habeas.work.bell import listen
from habeas.work.executor import Executor
from habeas.work.failpoint import passed
from habeas.work.inbox import free_claims, store
from habeas.work.leader import leadership
from habeas.work.relay import Relay

EXECUTORS = 2
_HOUSE_TIMERS = (
    Timer("ledger", timedelta(seconds=5), housekeeping.sequence_ledger),
    Timer("letters", timedelta(hours=6), housekeeping.sweep_letters),
    Timer("keys", timedelta(hours=1), housekeeping.destroy_lapsed_keys),
)
_STOP_SECONDS = 20.0
_SECOND, _SELDOM = timedelta(seconds=1), timedelta(seconds=5)


class Threads:
    """The threads of a process: all started together, all stopped together; one that falls takes the process down."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.fell: list[str] = []
        self._threads: list[threading.Thread] = []

    def start(self, name: str, work: Callable[[threading.Event], None]) -> None:
        """Start a thread that works until `stop`."""
        thread = threading.Thread(target=self._guard, args=(name, work), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _guard(self, name: str, work: Callable[[threading.Event], None]) -> None:
        try:
            work(self.stop)
        except Exception as error:  # noqa: BLE001 - a thread that falls silently would leave half a process running
            structlog.get_logger().error("a thread fell and the process stops", kind=name, error=error)
            self.fell.append(name)
            self.stop.set()

    def wait(self) -> None:
        """Wait until somebody stops the process, then for the threads to end."""
        while not self.stop.wait(1.0):
            pass
        self.join()

    def join(self) -> None:
        """Stop all threads and wait for them, at most the grace period."""
        self.stop.set()
        for thread in self._threads:
            thread.join(_STOP_SECONDS)


def stop_on_signals(threads: Threads) -> None:
    """Stop gracefully on SIGTERM and SIGINT."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threads.stop.set())


def work(context: Context, threads: Threads, receipts: Receipts) -> None:
    """Start what one participant needs to hear and to speak: receiver, executors, and as leader relay and timers."""
    name = context.participant
    if context.database.is_sqlite:  # its one owner is this process, so whatever is claimed, a dead one claimed
        free_claims(context)
    broker = str(context.settings.broker)
    receiver = open_receiver(broker, name, lambda batch: store(context, batch), receipts)
    threads.start(f"{name} receiver", receiver.run)
    for number in range(EXECUTORS):
        lease = timedelta(seconds=context.settings.lease_seconds)
        executor = Executor(context, lease=lease, poll=_SECOND if number == 0 else _SELDOM)  # one looks for all
        threads.start(f"{name} executor {number + 1}", executor.run)
    threads.start(f"{name} relay", lambda stop: _lead(context, "relay", stop, _relay(context, broker, receipts)))
    threads.start(f"{name} timers", lambda stop: _lead(context, "timers", stop, lambda term: _keep_time(context, term)))
    if not context.database.is_sqlite:
        bells = {"outbox": context.bells.outbox, "inbox": context.bells.inbox}
        threads.start(f"{name} bell", lambda stop: listen(context.database, bells, stop))


def _relay(context: Context, broker: str, receipts: Receipts) -> Callable[[threading.Event], None]:
    return lambda stop: Relay(context, open_publisher(broker, context.participant, receipts)).run(stop)


def _lead(context: Context, role: str, stop: threading.Event, run: Callable[[threading.Event], None]) -> None:
    """Run `run` whenever this process leads `role`; a lost database means a lost lead, and waiting for it anew."""
    while not stop.is_set():
        with leadership(context.database, role, stop) as term:
            if term is not None:
                run(term)


def _keep_time(context: Context, stop: threading.Event) -> None:
    timers = (*_HOUSE_TIMERS, *context.service.timers)
    due = {timer.name: context.clock.now() for timer in timers}
    while not stop.is_set():
        now = context.clock.now()
        for timer in timers:
            if due[timer.name] <= now:
                due[timer.name] = now + timer.every
                try:
                    timer.run(context)
                except (DBAPIError, TryLater) as error:
                    context.log.warning("a timer will try again", timer=timer.name, error=error)
                passed("timer.worked")
        pause = (min(due.values()) - context.clock.now()).total_seconds()
        stop.wait(min(max(pause, 0.05), 1.0))


@contextmanager
def sole_owner(folder: Path) -> Iterator[None]:
    """Hold a data folder for this process alone: two processes on the same SQLite files would both relay."""
    folder.mkdir(parents=True, exist_ok=True)
    lock: IO[str] = (folder / ".lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise Refused(
            f"another Habeas process works in {folder}; stop it first, or set HABEAS_DATA to another folder"
        ) from None
    try:
        yield
    finally:
        lock.close()


def close(contexts: Sequence[Context]) -> None:
    """Give all connections back."""
    for context in contexts:
        context.database.close()
