"""Asks a connector as its runner does: behind the Guard, and patiently while it says that it is waiting."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import wraps
from typing import Any, TypeVar

from habeas.sdk import (
    Changed,
    Channel,
    Connector,
    Correction,
    Decided,
    Done,
    Guard,
    Identified,
    Located,
    Operation,
    Record,
    Subject,
    Waiting,
)

MOST_WAITS = 50
_Answer = TypeVar("_Answer")


class Asker:
    """Gives whole answers; `wait` lets time pass for a system that works on after its answer."""

    def __init__(self, connector: Connector, wait: Callable[[], None]) -> None:
        self._connector = connector
        self._wait = wait
        self.waits: list[Waiting] = []

    def whole(self, operation: Callable[[], Iterable[_Answer]]) -> list[_Answer]:
        """All that an operation yields, asked again for as long as it says that it is waiting."""
        for _ in range(MOST_WAITS):
            try:
                return list(operation())
            except Waiting as waiting:
                self.waits.append(waiting)
                self._wait()
        raise AssertionError("it waits for ever: give a fixture `wait`, a function that lets time pass for the system")

    def records(self, subject: Subject) -> list[Record]:
        """The records of an export."""
        yielded = self.whole(lambda: self._guard(subject).records(self._connector.export(subject)))
        return [each for each in yielded if isinstance(each, Record)]

    def located(self, subject: Subject) -> list[Located]:
        """What is located."""
        return self.whole(lambda: self._guard(subject).located(self._connector.locate(subject)))

    def channels(self, claimed: Subject) -> list[Channel]:
        """The stored channels of whoever claims this."""
        return self.whole(lambda: self._guard(claimed).channels(self._connector.channels(claimed)))

    def identified(self, subject: Subject) -> list[Identified]:
        """The further identifiers."""
        return self.whole(lambda: self._guard(subject).identified(self._connector.identify(subject)))

    def erased(self, subject: Subject, scope: Sequence[Decided]) -> list[Done]:
        """What an erasure says that it did."""
        return self.whole(lambda: self._connector.erase(subject, scope))

    def rehearsed(self, subject: Subject, scope: Sequence[Decided]) -> list[Done]:
        """What an erasure would do."""
        return self.whole(lambda: self._connector.rehearse(subject, scope))

    def rectified(self, subject: Subject, corrections: Sequence[Correction]) -> list[Changed]:
        """What a rectification says that it did, held to what it was told to change."""
        most = Counter(each.kind for each in corrections)
        return self.whole(lambda: self._guard(subject).changed(self._connector.rectify(subject, corrections), most))

    def restricted(self, subject: Subject, *, lift: bool = False) -> list[Changed]:
        """What a restriction says that it did."""
        return self.whole(lambda: self._guard(subject).changed(self._connector.restrict(subject, lift=lift)))

    def suppressed(self, claimed: Subject, *, lift: bool = False) -> list[Changed]:
        """What a stop of marketing says that it did."""
        return self.whole(lambda: self._guard(claimed).changed(self._connector.suppress(claimed, lift=lift)))

    def _guard(self, subject: Subject) -> Guard:
        return Guard(subject, max_rows=self._connector.max_rows)


def count_calls(connector: Connector) -> Counter[str]:
    """Count from now on how often each operation of this very connector is begun."""
    calls: Counter[str] = Counter()
    for name in (*Operation, "resume", "rehearse"):
        setattr(connector, name, _counting(str(name), getattr(connector, name), calls))
    return calls


def _counting(name: str, operation: Callable[..., Any], calls: Counter[str]) -> Callable[..., Any]:
    @wraps(operation)
    def count(*given: Any, **named: Any) -> Any:
        calls[name] += 1
        return operation(*given, **named)

    return count
