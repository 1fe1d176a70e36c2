"""Whether two kinds of people can be told apart: by what they get, by what it costs us, and by how long it takes."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

from sqlalchemy import event, select

from habeas.service import Context
from habeas.work.tables import OutboxLetter

LEVEL = 0.001
"""How often chance alone may make a whole table of comparisons fail at once, the worst of two directions."""
_WARM_UP = 5


@dataclass(frozen=True)
class Work:
    """What an answer cost: the statements in their order, and what was said, by type and recipient."""

    statements: tuple[str, ...]
    said: tuple[tuple[str, str], ...]


@contextmanager
def watched(context: Context) -> Iterator[Callable[[], Work]]:
    """Watch what a service does; the function that is given tells what it did since the last time it was asked."""
    statements: list[str] = []
    known = {letter for letter, _, _ in _letters(context)}

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    def tell() -> Work:
        done = tuple(statements)
        new = [each for each in _letters(context) if each[0] not in known]
        known.update(letter for letter, _, _ in new)
        statements.clear()
        return Work(done, tuple(sorted((kind, recipient) for _, kind, recipient in new)))

    event.listen(context.database.engine, "before_cursor_execute", note)
    try:
        yield tell
    finally:
        event.remove(context.database.engine, "before_cursor_execute", note)


def time_in_turns(
    asks: Mapping[str, Callable[[], object]], samples: int, *, seed: int = 8, between: Callable[[], None] | None = None
) -> dict[str, list[float]]:
    """Ask each so many times, in an order that chance makes; give the seconds of each.

    In one process, on the same objects, so that a busy moment of the machine meets all alike. `between` runs untimed
    before each.
    """
    order = [name for name in asks for _ in range(samples)]
    random.Random(seed).shuffle(order)  # noqa: S311 - an order, and no secret
    for name in list(asks) * _WARM_UP:
        if between is not None:
            between()
        asks[name]()
    taken: dict[str, list[float]] = {name: [] for name in asks}
    for name in order:
        if between is not None:
            between()
        began = time.perf_counter()
        asks[name]()
        taken[name].append(time.perf_counter() - began)
    return taken


def tell_apart(first: Sequence[float], second: Sequence[float]) -> float:
    """Return how far two samples lie apart: z of the Mann-Whitney U test, with its correction for ties.

    It compares ranks, so that no single slow answer weighs more than its place.
    """
    values = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    total, ranks, ties, start = len(values), 0.0, 0, 0
    while start < total:
        end = start
        while end < total and values[end][0] == values[start][0]:
            end += 1
        rank = (start + 1 + end) / 2
        ranks += rank * sum(1 for _, whose in values[start:end] if whose == 0)
        ties += (end - start) ** 3 - (end - start)
        start = end
    a, b = len(first), len(second)
    u = ranks - a * (a + 1) / 2
    variance = a * b / 12 * (total + 1 - ties / (total * (total - 1)))
    return (u - a * b / 2) / variance**0.5 if variance else 0.0


def bound_for(comparisons: int) -> float:
    """Return the z that one of so many comparisons may reach (Bonferroni's correction, two-sided)."""
    return NormalDist().inv_cdf(1 - LEVEL / comparisons / 2)


def _letters(context: Context) -> list[tuple[str, str, str]]:
    with context.database.reading() as session:
        columns = select(OutboxLetter.id, OutboxLetter.type, OutboxLetter.recipient)
        return [tuple(row) for row in session.execute(columns)]  # type: ignore[misc]
