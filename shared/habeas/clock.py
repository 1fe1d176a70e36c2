"""The time, as something that is handed in, and identifiers that carry it."""

import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4


class Clock(Protocol):
    """Tells the time to whoever needs it, so that a test can step it."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


SYSTEM_CLOCK: Clock = SystemClock()


@dataclass
class FixedClock:
    """A clock that stands still until it is told to go on."""

    at: datetime

    def now(self) -> datetime:
        """Return the instant this clock stands at."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Go on by so much."""
        self.at += by


_last = 0
_last_lock = threading.Lock()


def uuid7() -> str:
    """Return an identifier that sorts by when it was made, strictly rising within one process.

    Source: RFC 9562 section 5.7, with the 12 bits after the milliseconds as sub-millisecond clock (method 3).
    """
    global _last
    nanoseconds = int(datetime.now(UTC).timestamp() * 1_000_000) * 1_000
    with _last_lock:
        ticks = max(nanoseconds * 4096 // 1_000_000, _last + 1)
        _last = ticks
    milliseconds, fraction = divmod(ticks, 4096)
    value = (milliseconds & 0xFFFFFFFFFFFF) << 80 | 0x7 << 76 | fraction << 64
    value |= 0b10 << 62 | int.from_bytes(os.urandom(8), "big") >> 2
    return str(UUID(int=value))


def random_id() -> str:
    """Return an identifier that tells nothing and cannot be guessed (122 random bits, RFC 9562 section 5.4)."""
    return str(uuid4())
