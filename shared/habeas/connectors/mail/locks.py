"""Locks an mbox as those do who deliver into it: a dot lock beside it, and a lock of the kernel on it."""

import errno
import fcntl
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from habeas.sdk import TryLater

LOCK_SUFFIX = ".lock"
#: What of ours stands beside a mailbox for a moment; nobody else's program writes such names.
NEW_SUFFIX = ".habeas-new"
_LOCKED = "the mailbox is in use by another program"
_WHOLE_FILE = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)


@contextmanager
def locked(path: Path, file: BinaryIO) -> Iterator[None]:
    """Holds both locks of an open mbox; raises TryLater while another program has one.

    The kernel's lock is one of this open file (F_OFD_SETLK), which keeps out who uses fcntl as well: the older kind
    would be lost as soon as any part of this process closed the same file. A dot lock is written `process:host`, as
    Dovecot does, so that one whose process has died is known and does not stand for ever.
    """
    try:
        fcntl.fcntl(file.fileno(), fcntl.F_OFD_SETLK, _WHOLE_FILE)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            raise TryLater(_LOCKED, timedelta(minutes=1)) from None
        raise
    dot = path.with_name(path.name + LOCK_SUFFIX)
    _take(dot)
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            dot.unlink()


def left_over(path: Path) -> list[Path]:
    """What a run of ours that was killed has left beside a mailbox; `locked` takes it away or writes over it."""
    dot = path.with_name(path.name + LOCK_SUFFIX)
    return [
        each
        for each in (new_beside(dot), new_beside(path), dot)
        if each.exists() and (each != dot or _is_left_over(dot))
    ]


def new_beside(path: Path) -> Path:
    """The name under which a mailbox is written anew."""
    return path.with_name(f".{path.name}{NEW_SUFFIX}")


def _take(dot: Path) -> None:
    # written before it gets its name, so that no lock without an owner is left by whoever is killed here
    own = new_beside(dot)
    own.write_text(f"{os.getpid()}:{socket.gethostname()}", "ascii")
    try:
        for _ in range(2):
            try:
                os.link(own, dot)
            except FileExistsError:
                if not _is_left_over(dot):
                    break
                with suppress(FileNotFoundError):
                    dot.unlink()
            else:
                return
    finally:
        own.unlink()
    raise TryLater(_LOCKED, timedelta(minutes=1))


def _is_left_over(dot: Path) -> bool:
    """Whether the lock is of a process of this machine that is gone.

    Our own number may be that of a process that died in an earlier life of this container: as we hold the kernel's lock
    on the file, it cannot be one of our own threads.
    """
    try:
        process, _, host = dot.read_text("ascii").partition(":")
        if host.strip() != socket.gethostname() or int(process) < 1:
            return False
        if int(process) == os.getpid():
            return True
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return False
