"""What starting costs: loading each program, against a bare start of Python."""

import os
import statistics
import subprocess
import sys
from typing import Any

ROUNDS = 7
_PROGRAMS = {
    "verify": "import habeas.cli.program, habeas.cli.proofs, habeas.verify",
    "connect": "import habeas.cli.program, habeas.cli.running, habeas.connect.runner",
    "work": "from habeas.cli import main, running; running._service('fulfilment')",
    "serve": "from habeas.cli import main, running; running._service('intake'); import habeas.web.application",
    "up": "from habeas.cli import main, running; running.installed_services(); import habeas.web.application",
}
_CHILD = "import resource\n{}\nused = resource.getrusage(resource.RUSAGE_SELF)\nprint(used.ru_utime + used.ru_stime)"


def measure() -> dict[str, dict[str, Any]]:
    """Give the figures as {name: {value, unit, against, ratio}}."""
    programs = {"bare": "pass", **_PROGRAMS}
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS):  # taken in turns, so that a busy moment of the machine meets all
        for name, program in programs.items():
            taken[name].append(_start(program))
    bare = statistics.median(taken.pop("bare"))
    return {
        f"start_{name}": {
            "value": round(statistics.median(times), 3),
            "unit": f"CPU s to load `habeas {name}`",
            "against": f"a bare start of Python: {bare:.3f} s",
            "ratio": round(statistics.median(times) / bare, 1),
        }
        for name, times in taken.items()
    }


def _start(program: str) -> float:
    child = subprocess.run(
        [sys.executable, "-c", _CHILD.format(program)], check=True, capture_output=True, text=True, env=dict(os.environ)
    )
    return float(child.stdout)
