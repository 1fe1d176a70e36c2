"""Key files: 32 bytes each, readable by their owner alone, written whole or not at all, overwritten when destroyed."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from habeas.errors import NeedsPerson

KEY_BYTES = 32


class KeyNotHeld(NeedsPerson):
    """Says that this machine's keyring does not hold a key that was asked for, and what to do about it."""


def read_key(path: Path) -> bytes:
    """Read a key file; raises FileNotFoundError when there is none, NeedsPerson when it is torn or open to others."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o007:
            raise NeedsPerson(f"the key file {path.name} is open to every user: chmod 0400 it and replace the key")
        data = file.read(KEY_BYTES + 1)
    if len(data) != KEY_BYTES:
        raise NeedsPerson(f"the key file {path.name} is damaged: restore it from the keyring's own backup")
    return data


def write_key(path: Path, key: bytes) -> None:
    """Write a new key file (0400); the caller holds the keyring's lock and has looked that there is none yet."""
    write_whole(path, key, 0o400)


def write_whole(path: Path, data: bytes, mode: int) -> None:
    """Write a file so that a reader, or a machine that stopped, sees the old content or the new, never a part."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def destroy_key(path: Path) -> None:
    """Overwrite a key file and unlink it; nothing happens if it is gone already.

    Overwriting in place does not reach every copy on a flash disk or a copying file system; `docs/security.md` says
    so. What counts is that the keyring is kept out of backups and on an encrypted disk.
    """
    if not path.exists():
        return
    path.chmod(0o600)
    with path.open("r+b") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make a folder and what lies above it, for its owner alone."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a folder's entries survive the power going."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other process and thread from changing a keyring for as long as the block runs."""
    make_folder(folder)
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
