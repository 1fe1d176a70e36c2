"""Debian packages for servers that are not here yet; one installation at a time on a machine."""

import fcntl
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from habeas.testing.servers.server import ServerMissing

# RUNLEVEL=1 keeps maintainer scripts from starting the service: the test bed starts its own on a free port.
QUIETLY = {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=600")
LOCKED_BY_ANOTHER = "Could not get lock"
TRIES = 20
PAUSE_SECONDS = 6


def find_program(*names: str, folders: Sequence[Path] = ()) -> Path | None:
    """The first of these programs on the PATH, in the system's own folders or in those given."""
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", *map(str, folders)])
    for name in names:
        found = shutil.which(name, path=places)
        if found:
            return Path(found)
    return None


def install(packages: Sequence[str], what: str) -> str:
    """Install Debian packages, with a fresh list where the stored one does not do, and say so in one line.

    Raises ServerMissing with what to do where this is no Debian, we are not root, or apt fails.
    """
    command = " ".join((*INSTALL[:4], *packages))
    if find_program("apt-get") is None:
        raise ServerMissing(f"{what} is not here, and this is no Debian: install it, then run the tests again")
    if os.geteuid() != 0:
        raise ServerMissing(f"{what} is not here: as root, run: apt-get update && {command}")
    with _alone():
        if _apt([*INSTALL, *packages]) is not None:
            _apt(["apt-get", "update"])
            trouble = _apt([*INSTALL, *packages])
            if trouble is not None:
                raise ServerMissing(f"{what} cannot be installed ({command}): {trouble}")
    return f"installed by apt-get ({' '.join(packages)})"


def _apt(argv: list[str]) -> str | None:
    """Run apt, again while somebody else holds its lock; None when it worked, else the end of what it said."""
    said = ""
    for _ in range(TRIES):
        done = subprocess.run(argv, env=os.environ | QUIETLY, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return None
        said = done.stderr.strip()
        if LOCKED_BY_ANOTHER not in said:
            break
        time.sleep(PAUSE_SECONDS)
    return said[-600:] or "it said nothing"


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the machine-wide lock, so that two test sessions do not both install the same thing."""
    lock = os.open(Path(tempfile.gettempdir()) / "habeas-apt.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
