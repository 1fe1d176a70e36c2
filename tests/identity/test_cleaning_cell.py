"""The cell: whoever takes it over finds no file, no network, no key and little memory or time."""

import json
import subprocess
import sys
import textwrap
import time
from typing import Any

import pytest
from tests.identity import hostile_files as files

from habeas_identity.cleaning import LIMITS, NotCleaned, Refusal, clean, laundry

BREAK_OUT = """
    import ctypes, json, os, resource, signal, socket, sys
    from habeas_identity.cleaning.cage import shut_in

    parent, told = os.getppid(), {}
    keys = os.open(sys.argv[1], os.O_RDONLY)
    os.close(keys)
    shut_in(memory_bytes=256 * 1024 * 1024, cpu_seconds=2)

    def attempt(name, act):
        try:
            act()
            told[name] = "done"
        except (OSError, ValueError, MemoryError) as error:
            told[name] = type(error).__name__

    attempt("open a key", lambda: open(sys.argv[1]).read())
    attempt("open a socket", socket.socket)
    attempt("write a file", lambda: open("/tmp/canary", "w"))
    attempt("read another process", lambda: open(f"/proc/{parent}/mem", "rb"))
    attempt("start a program", lambda: os.posix_spawn("/bin/true", ["true"], {}) and os.wait())
    attempt("fork", os.fork)
    attempt("open more files again", lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    attempt("take more memory", lambda: bytearray(300 * 1024 * 1024))
    os.close(0)
    attempt("open a key in a place that was closed", lambda: os.open(sys.argv[1], os.O_RDONLY))
    traced = ctypes.CDLL(None).ptrace(16, parent, 0, 0)
    told["trace the parent"] = "done" if traced == 0 else "OSError"
    sys.stdout.write(json.dumps(told))
"""
MEASURE = """
    import json, resource, sys, time
    from habeas_identity.cleaning import Cleaned, clean

    data, before = sys.stdin.buffer.read(), time.monotonic()
    washed = clean(data)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = {"cleaned": isinstance(washed, Cleaned), "mib": used.ru_maxrss / 1024, "cpu": used.ru_utime + used.ru_stime}
    sys.stdout.write(json.dumps(told))
"""


def run(program: str, *given: str, data: bytes = b"") -> dict[str, Any]:
    """What a program of its own says: a small one, so that what it starts is measured and not it."""
    command = [sys.executable, "-c", textwrap.dedent(program), *given]
    said = subprocess.run(command, input=data, capture_output=True, timeout=60, check=True)
    told: dict[str, Any] = json.loads(said.stdout)
    return told


def test_whoever_takes_a_cell_over_gets_nowhere(tmp_path: Any) -> None:
    """Case 12: no descriptor can be opened any more, so there is neither key nor network."""
    (tmp_path / "key").write_text("secret")
    told = run(BREAK_OUT, str(tmp_path / "key"))
    assert len(told) == 10
    assert "done" not in told.values(), told


def test_a_cell_gets_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HABEAS_KEYS", "/canary")
    program = """
        import os, sys
        from habeas_identity.cleaning.washed import NotCleaned, Refusal, write_washed

        is_bare = not os.environ.keys() - {"LC_CTYPE"}
        sys.stdout.buffer.write(write_washed(NotCleaned(Refusal.LOCKED if is_bare else Refusal.BROKEN)))
    """
    monkeypatch.setattr(laundry, "_CELL", (sys.executable, "-I", "-c", textwrap.dedent(program)))
    assert clean(files.picture()) == NotCleaned(Refusal.LOCKED)


@pytest.mark.parametrize(
    "program",
    [
        "import time; time.sleep(60)",
        "while True: pass",
        "import sys\nwhile True: sys.stdout.buffer.write(bytes(65536))",
    ],
    ids=["sleeps", "turns", "talks"],
)
def test_a_cell_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, program: str) -> None:
    monkeypatch.setattr(laundry, "_CELL", (sys.executable, "-I", "-c", program))
    monkeypatch.setattr(laundry, "LIMITS", type(LIMITS)(wall_seconds=0.5))
    before = time.monotonic()
    assert clean(files.picture()) == NotCleaned(Refusal.TOO_HEAVY)
    assert time.monotonic() - before < 10


@pytest.mark.parametrize("size", [(6000, 4000), (8000, 6200)], ids=["24 million", "49.6 million"])
def test_a_large_photo_fits_into_a_cell(size: tuple[int, int]) -> None:
    told = run(MEASURE, data=files.picture(size=size))
    assert told["cleaned"]
    assert told["mib"] < 256
    assert told["cpu"] < 2


@pytest.mark.parametrize(
    "make",
    [
        lambda: files.png_of(4000, 4000, depth=16, colour=6),
        lambda: files.pdf_with_bomb(),
        lambda: files.pdf(pages=10_000),
        lambda: files.png_with(b"zTXt", b"a\0\0" + files.zlib.compress(bytes(50_000_000))),
        lambda: files.picture(size=(8000, 6200), progressive=True, subsampling=0),
    ],
    ids=["png of 16 million", "pdf bomb", "10,000 pages", "text bomb", "photo in many passes"],
)
def test_a_bomb_costs_no_more_than_a_cell_has(make: Any) -> None:
    """Case 12: whatever comes of it, it takes less than 256 MiB and two seconds of a processor."""
    told = run(MEASURE, data=make())
    assert told["mib"] < 256
    assert told["cpu"] < 2, told
