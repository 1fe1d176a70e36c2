"""The points at which a process may die, named so that a test can make it die exactly there."""

from collections.abc import Callable

POINTS = (
    "action.before_commit",
    "action.after_commit",
    "relay.before_publish",
    "relay.confirmed",
    "relay.marked",
    "receiver.before_commit",
    "receiver.stored",
    "receiver.acknowledged",
    "executor.before_commit",
    "executor.after_commit",
    "effect.claimed",
    "effect.worked",
    "effect.done",
    "timer.worked",
)

_armed: Callable[[str], None] | None = None


def arm(strike: Callable[[str], None]) -> None:
    """Have `strike` called with the name of every point passed; only the fault harness does."""
    global _armed
    _armed = strike


def passed(point: str) -> None:
    """Say that the work has got as far as `point`."""
    if _armed is not None:
        _armed(point)
