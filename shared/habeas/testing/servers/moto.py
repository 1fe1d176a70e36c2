"""AWS as moto plays it: fast, for what it gets right, never for the question who may do what."""

import sys

from habeas.testing.processes import Process
from habeas.testing.servers.server import LOOPBACK, Server, free_port


class Moto(Server):
    """A moto server in a process of its own.

    It accepts a wrong secret, an expired or tampered presigned URL and an anonymous read, and a disabled KMS key
    decrypts: everything about who may read is tested on the RADOS gateway.
    """

    name = "moto"

    def __init__(self) -> None:
        self.port = free_port()
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """The endpoint of every AWS service it plays."""
        return f"http://{LOOPBACK}:{self.port}"

    def _start(self) -> None:
        self._process = Process([sys.executable, "-m", "moto.server", "-H", LOOPBACK, "-p", str(self.port)]).start()
        self._process.wait_ready(url=f"{self.url}/moto-api/")
        self.story = f"started on port {self.port}"

    def stop(self) -> None:
        """End it; it kept everything in memory."""
        if self._process is not None:
            self._process.stop()
            self._process = None
