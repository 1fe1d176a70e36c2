"""Runs `habeas` as it is, and kills or freezes it at the point that a plan file names.

    python -m habeas.testing.faults.saboteur PLAN -- work intake

PLAN may be written, changed and removed while the program runs (`habeas.testing.faults.plans`). A strike is taken out
of it before the blow, so that the next start lives. Beside it, PLAN's `.spoil` names what is wrong from the start.
"""

import os
import signal
import sys
import threading
from pathlib import Path

from habeas.testing.faults.plans import Strike, read_strike, write_plan
from habeas.testing.faults.sabotages import SABOTAGES
from habeas.work.failpoint import arm

_SIGNALS = {"kill": signal.SIGKILL, "pause": signal.SIGSTOP}


class Saboteur:
    """Watches the points passed and strikes when the plan says so."""

    def __init__(self, plan: Path) -> None:
        self._plan = plan
        self._lock = threading.Lock()
        self._read: tuple[int, int] | None = None
        self._strikes: list[Strike] = []
        self._passed = 0

    def passed(self, point: str) -> None:
        """Count a passage of a point, and strike if it is the one."""
        who = threading.current_thread().name
        with self._lock:
            self._look()
            if not self._strikes or self._strikes[0].point != point or self._strikes[0].who not in who:
                return
            strike = self._strikes[0]
            self._passed += 1
            if self._passed < strike.nth:
                return
            write_plan(self._plan, self._strikes[1:])
            with self._plan.with_suffix(".struck").open("a") as diary:
                diary.write(f"{strike} by {who}\n")
            os.kill(os.getpid(), _SIGNALS[strike.deed])

    def _look(self) -> None:
        try:
            found = self._plan.stat()
        except FileNotFoundError:
            self._read, self._strikes = None, []
            return
        if self._read != (found.st_ino, found.st_mtime_ns):
            self._read = (found.st_ino, found.st_mtime_ns)
            self._strikes, self._passed = list(map(read_strike, self._plan.read_text().splitlines())), 0


def main(arguments: list[str]) -> None:
    """Spoil what is to be spoiled, watch the points, and run `habeas` with the arguments after `--`."""
    plan, command = Path(arguments[0]), arguments[2:]
    spoil = plan.with_suffix(".spoil")
    for name in spoil.read_text().split() if spoil.exists() else ():
        SABOTAGES[name]()
    arm(Saboteur(plan).passed)
    sys.argv = ["habeas", *command]
    from habeas.cli.program import main as habeas

    habeas()


if __name__ == "__main__":
    main(sys.argv[1:])
