"""Waiting for a thing to happen, in place of sleeping and hoping."""

import time
from collections.abc import Callable
from typing import TypeVar

Seen = TypeVar("Seen")


class DidNotHappen(AssertionError):  # noqa: N818  says what happened
    """What a test waited for has not come about in its time."""


def wait_until(condition: Callable[[], Seen], timeout: float, what: str) -> Seen:
    """Ask `condition` until it answers something true, and give that answer back.

    `timeout` is in seconds. `what` is the claim that is waited for ("the mail has arrived"): it is what the error says
    had not come true. Whatever the condition raises goes through: a broken question is no reason to wait.
    """
    started = time.monotonic()
    pause = 0.005
    while True:
        seen = condition()
        if seen:
            return seen
        waited = time.monotonic() - started
        if waited >= timeout:
            raise DidNotHappen(f"after {waited:.1f} s it is still not so that {what}; last seen: {seen!r}")
        time.sleep(min(pause, timeout - waited))
        pause = min(pause * 1.5, 0.25)
