"""What can go wrong, sorted by what to do next.

    HabeasError
    ├── TryLater(reason, after)     it may work later: do it again, not before `after`
    │   └── Waiting(reason, after)  it was taken and is being worked on: look again, not before `after`
    ├── Refused(reason)             it will never work as asked: say so and stop
    │   └── Faults(faults)          the input is wrong: every fault at once
    └── NeedsPerson(why)            a person has to look: set it aside and show it

Whatever else is raised is a bug. Reasons are read by operators and end up in logs: nothing personal belongs into them.
"""

# ruff: noqa: N818 -- the names say what to do next, which an Error suffix would only blur
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta


class HabeasError(Exception):
    """The root of every error that Habeas raises on purpose."""


class TryLater(HabeasError):
    """Says that the same work may succeed later; `after` is the shortest wait, None leaves it to the caller."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class Waiting(TryLater):
    """Says that the system has taken the work and is still at it: no failure, however often it is said.

    A vendor that erases within weeks, a processor, a person: look again `after` so long. `until`, where it is known,
    is when it promises to be done, as ISO 8601. `number` is that under which it calls back, at most 36 characters that
    name nobody: it is then looked at once.
    """

    def __init__(self, reason: str, after: timedelta, until: str | None = None, number: str | None = None) -> None:
        super().__init__(reason, after)
        self.until = until
        self.number = number


class Refused(HabeasError):
    """Says that the work will never succeed as it was asked."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NeedsPerson(HabeasError):
    """Says that no program should decide this: a person has to."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with an input: where (field path or file:line), what, and what to do about it."""

    where: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}" + (f" ({self.remedy})" if self.remedy else "")


class Faults(Refused):
    """Refuses an input and names every fault in it, so that nobody has to mend it one error at a time."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
