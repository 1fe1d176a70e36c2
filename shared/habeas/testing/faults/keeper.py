"""The supervisor of a house under fire: starts again whatever ended, as systemd or Kubernetes would."""

import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from habeas.testing.running import House

_LOOK_SECONDS = 0.05


@dataclass(frozen=True)
class Death:
    """A process that ended, and its exit code (minus the signal that killed it)."""

    process: str
    code: int | None


class Keeper:
    """Watches all processes of a house in a thread of its own, from `start()` to `stop()`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._ended = threading.Event()
        self._left_alone: set[str] = set()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="keeper", daemon=True)
        self.deaths: list[Death] = []

    def leave_alone(self, process: str) -> None:
        """Let a process stay dead until it is watched again."""
        with self._lock:
            self._left_alone.add(process)

    def watch_again(self, process: str) -> None:
        """Start a process again that was left alone: its end was meant, and is no death."""
        with self._lock:
            ended = self._house.processes()[process]
            if not ended.running:
                ended.start()
            self._left_alone.discard(process)

    def forget(self) -> None:
        """Forget all deaths so far."""
        self.deaths.clear()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            with self._lock:
                for name, process in self._house.processes().items():
                    if name not in self._left_alone and not process.running:
                        self.deaths.append(Death(name, process.exit_code))
                        process.start()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
