"""Python programs for the test bed, each with an environment of its own that is made once from a lock with digests."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

from habeas.testing.servers.server import ServerMissing

_READY = "made"


def find_environment(lock: Path, cache: Path) -> tuple[Path, str]:
    """The folder of an environment's programs, and one line on how it came here; pip checks every digest.

    lock: a requirements file with digests; cache: where environments are kept, one for each lock. Raises ServerMissing
    where the packages cannot be had.
    """
    folder = cache / hashlib.sha256(lock.read_bytes()).hexdigest()[:16]
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "making").open("w") as made:
        fcntl.flock(made, fcntl.LOCK_EX)  # one session makes it, the others wait
        if (folder / _READY).exists():
            return folder / "bin", f"found in {cache.name}"
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, capture_output=True)
        _install(folder / "bin" / "python", lock)
        (folder / _READY).touch()
    return folder / "bin", "fetched with pip"


def _install(python: Path, lock: Path) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--require-hashes"]
    argv = [str(python), "-m", "pip", "install", *options, "-r", str(lock)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode != 0:
        raise ServerMissing(f"{lock.parent.name} cannot be fetched with pip: {done.stderr.strip()[-600:]}")
