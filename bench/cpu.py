"""CPU time of whole process trees, read from the kernel: the figure that a busy machine does not spoil."""

import os
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of_tree(root: int) -> float:
    """Give the CPU seconds that a process, its living descendants and their ended children have used."""
    children = _children()
    waiting, total = [root], 0
    while waiting:
        pid = waiting.pop()
        waiting += children.get(pid, ())
        total += sum(int(field) for field in _fields(pid)[11:15])  # utime stime cutime cstime
    return total / _TICKS


def seconds_of_threads(threads: Iterable[threading.Thread]) -> float:
    """Give the CPU seconds of threads of this process."""
    return sum(
        int(Path(f"/proc/self/task/{thread.native_id}/schedstat").read_text().split()[0]) / 1e9 for thread in threads
    )


def taken(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Subtract one reading from a later one."""
    return {name: after[name] - before.get(name, 0.0) for name in after}


def _fields(pid: int) -> list[str]:
    """Give the fields of a process after its name, from the state on; none for one that has just ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        if fields := _fields(int(entry.name)):
            found.setdefault(int(fields[1]), []).append(int(entry.name))
    return found
