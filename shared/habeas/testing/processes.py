"""Real processes for tests: started, watched, stopped or killed, and never left behind."""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from habeas.testing.waiting import DidNotHappen, wait_until

LEASH = Path(__file__).with_name("leash.py")


class ProcessEnded(AssertionError):  # noqa: N818  says what happened, not that it is an error
    """A process ended that should have been running; the message ends with the last lines of its log."""


class Process:
    """One program and all it starts, as a group that is signalled and ended together; what it writes is kept in a file.

    `env` is laid over ours, from which every HABEAS_ setting is taken out: a test says itself what it sets.
    When this process dies, even by kill -9, all of it is killed (see leash.py). `user` runs it as somebody else,
    for which we have to be root. `log` is a file to append to; without it a temporary one lives until `stop()`.
    """

    def __init__(
        self,
        argv: Sequence[str | Path],
        env: Mapping[str, str] | None = None,
        *,
        log: Path | None = None,
        cwd: Path | None = None,
        user: str | None = None,
    ) -> None:
        self.argv = [str(part) for part in argv]
        self.name = Path(self.argv[0]).name
        self.env = {key: value for key, value in os.environ.items() if not key.startswith("HABEAS_")} | dict(env or {})
        self.cwd = cwd
        self.user = user
        self._own_log = log is None
        self.log = log or _new_log(self.name)
        self._popen: subprocess.Popen[bytes] | None = None
        self._lifeline = -1

    def start(self) -> Self:
        """Start the program; a second start after an end is a new run with the same log."""
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        self._let_go()
        held, self._lifeline = os.pipe()
        command = [sys.executable, "-I", "-S", str(LEASH), str(held), self.user or "-", *self.argv]
        try:
            with self.log.open("ab") as log:
                self._popen = subprocess.Popen(
                    command,
                    env=self.env,
                    cwd=self.cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    pass_fds=(held,),
                    start_new_session=True,
                )
        finally:
            os.close(held)
        return self

    @property
    def running(self) -> bool:
        """Whether the program is still there."""
        return self._popen is not None and self._popen.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The program's exit code, minus the number of the signal that killed it, or None while it runs."""
        return self._popen.poll() if self._popen else None

    @property
    def pid(self) -> int:
        """The number of the program itself (not of the leash that holds it)."""
        if self._popen is None:
            raise RuntimeError(f"{self.name} was never started")
        leash = self._popen.pid
        children = wait_until(lambda: Path(f"/proc/{leash}/task/{leash}/children").read_text().split(), 5, "it runs")
        return int(children[0])

    def log_text(self) -> str:
        """Everything the program has written so far, on either stream."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def wait_ready(self, *, url: str | None = None, line: str | None = None, timeout: float = 30) -> Self:
        """Wait until `url` answers an HTTP status below 500 and `line` stands in the log, whichever are given."""
        wanted = " and ".join(filter(None, [url and f"{url} answers", line and f"the log says {line!r}"]))

        def ready() -> bool:
            seen = (line is None or line in self.log_text()) and (url is None or answers_http(url))
            if not seen and not self.running:
                raise ProcessEnded(f"{self.name} ended with {self.exit_code} before {wanted}\n{self.log_tail()}")
            return seen

        try:
            wait_until(ready, timeout, wanted)
        except DidNotHappen as error:
            raise DidNotHappen(f"{self.name}: {error}\n{self.log_tail()}") from None
        return self

    def wait(self, timeout: float = 30) -> int:
        """Wait for the program's own end and give its exit code."""
        if self._popen is None:
            raise RuntimeError(f"{self.name} was never started")
        try:
            return self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            raise DidNotHappen(f"{self.name} has not ended after {timeout} s\n{self.log_tail()}") from None

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the program and its children; nothing happens when they have ended."""
        if self.running:
            with suppress(BrokenPipeError):  # it has ended since
                os.write(self._lifeline, bytes([number]))

    def kill9(self) -> None:
        """Kill the program and its children without a chance to tidy up, and wait until they are gone."""
        self.send(signal.SIGKILL)
        if self._popen is not None:
            self._popen.wait(10)

    def terminate(self, timeout: float = 15) -> int:
        """Ask the program to end, wait for it, and give its exit code; too slow is an error (and it is killed)."""
        self.send(signal.SIGTERM)
        try:
            return self.wait(timeout)
        except DidNotHappen:
            self.kill9()
            raise

    def pause(self) -> None:
        """Freeze the program, as an overloaded machine would; `resume()` lets it go on."""
        self.send(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen program go on."""
        self.send(signal.SIGCONT)

    def stop(self, timeout: float = 15) -> None:
        """End the program whatever state it is in, and throw its own log away."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        if self._popen is not None:
            try:
                self._popen.wait(timeout)
            except subprocess.TimeoutExpired:
                self.kill9()
        self._let_go()
        if self._own_log:
            self.log.unlink(missing_ok=True)

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the log, for a message."""
        return "\n".join(f"  | {line}" for line in self.log_text().splitlines()[-lines:])

    def _let_go(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def __enter__(self) -> Self:
        return self if self.running else self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _new_log(name: str) -> Path:
    handle, path = tempfile.mkstemp(prefix=f"habeas-{name}-", suffix=".log")
    os.close(handle)
    return Path(path)


def answers_http(url: str, timeout: float = 2) -> bool:
    """Whether `url` (plain HTTP) answers a GET with a status below 500."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=timeout)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
