"""What every server of the test bed has: start, stop, one address, and one line on how it came to be."""

import os
import pwd
import secrets
import shutil
import socket
import tempfile
from abc import ABC, abstractmethod
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

LOOPBACK = "127.0.0.1"
#: Below those that the system gives to outgoing connections, of which one may come before a server has bound its port.
PORTS = range(20_000, 32_000)


class ServerMissing(RuntimeError):  # noqa: N818  says what happened
    """A server that a test needs cannot be had here; the message says what to do. Never a reason to skip."""


class Server(ABC):
    """A real counterpart on loopback; `start()` returns when it answers, `stop()` leaves nothing behind."""

    name: ClassVar[str]
    #: One line for the person who runs the tests: found, started or installed, and where.
    story: str = ""

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it answers."""

    @abstractmethod
    def _start(self) -> None: ...

    @abstractmethod
    def stop(self) -> None:
        """End it; a second call does nothing."""

    def start(self) -> Self:
        """Start it and wait until it answers; what was started by then is stopped again when that fails."""
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def free_port() -> int:
    """A TCP port on loopback that nobody listens on at this moment, and that no outgoing connection is given."""
    while True:
        port = secrets.choice(PORTS)
        with suppress(OSError), socket.socket() as taken:
            taken.bind((LOOPBACK, port))
            return port


def is_listening(port: int) -> bool:
    """Whether anything accepts a connection on this port of loopback."""
    try:
        socket.create_connection((LOOPBACK, port), timeout=1).close()
    except OSError:
        return False
    return True


def new_folder(name: str, owner: str | None = None) -> Path:
    """A temporary folder for one server, for `owner` where it runs as somebody else."""
    folder = Path(tempfile.mkdtemp(prefix=f"habeas-{name}-"))
    if owner is not None:
        entry = pwd.getpwnam(owner)
        os.chown(folder, entry.pw_uid, entry.pw_gid)
    return folder


def drop_folder(folder: Path | None) -> None:
    """Throw a server's folder away."""
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
