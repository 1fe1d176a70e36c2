"""Hands a file to a cell and takes back what it says, as from a stranger: bounded in size and time, checked in form."""

import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO

from habeas_identity.cleaning.kinds import tell_kind
from habeas_identity.cleaning.limits import LIMITS
from habeas_identity.cleaning.washed import BadFrames, Cleaned, NotCleaned, Refusal, read_washed

_CELL = (sys.executable, "-I", "-m", "habeas_identity.cleaning.cell")


class CellFailed(Exception):  # noqa: N818 - it says what happened
    """Says that a page of ours could not be marked."""


def clean(data: bytes) -> Cleaned | NotCleaned:
    """Make pages of a file, or say why there are none; takes at most `LIMITS.wall_seconds`."""
    kind = tell_kind(data)
    if isinstance(kind, Refusal):
        return NotCleaned(kind)
    return _ask_cell("clean", data)


def mark(page: bytes, words: str) -> bytes:
    """Burn words into a cleaned page; a cell decodes here too, since what another cell drew is not to be trusted."""
    told = words.encode()
    marked = _ask_cell("mark", len(told).to_bytes(2, "big") + told + page)
    if isinstance(marked, NotCleaned) or len(marked.pages) != 1:
        raise CellFailed("a page could not be marked")
    return marked.pages[0]


def _ask_cell(verb: str, given: bytes) -> Cleaned | NotCleaned:
    cell = subprocess.Popen(  # noqa: S603 - our own module, and nothing of what was sent stands in the command
        (*_CELL, verb),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    assert cell.stdin is not None
    assert cell.stdout is not None
    clock = threading.Timer(LIMITS.wall_seconds, cell.kill)
    feeder = threading.Thread(target=_feed, args=(cell.stdin, given), daemon=True)
    with cell.stdout:
        clock.start()
        feeder.start()
        said = cell.stdout.read(LIMITS.output_bytes + 1)
        if len(said) > LIMITS.output_bytes:
            cell.kill()
        feeder.join()
        cell.wait()
        clock.cancel()
    try:
        return read_washed(said)
    except BadFrames:
        return NotCleaned(Refusal.TOO_HEAVY if cell.returncode < 0 else Refusal.BROKEN)  # a signal ended it


def _feed(sink: IO[bytes], given: bytes) -> None:
    """Give the cell its file; one that ended early wants no more."""
    with suppress(BrokenPipeError), sink:
        sink.write(given)
