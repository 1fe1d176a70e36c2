"""A scanner that speaks clamd's INSTREAM and knows one virus: the EICAR test string, wherever in a file it stands."""

import socketserver
import threading

from habeas.testing.servers.server import LOOPBACK, Server

EICAR = b"".join((rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$", b"EICAR-STANDARD-", b"ANTIVIRUS-TEST-FILE!", b"$H+H*"))
"""Put together here, so that no scanner takes this file for what it describes."""
LARGEST = 25 * 1024 * 1024
COMMAND = b"zINSTREAM\0"


class Clamd(Server):
    """A clamd in a thread; it can be told to break off or to answer that it cannot scan."""

    name = "clamd"

    def __init__(self) -> None:
        self.scanned: list[bytes] = []
        self.answer: bytes | None = None
        """What it says in place of an answer of its own; empty: nothing, it hangs up."""
        self._server: socketserver.ThreadingTCPServer | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        assert self._server is not None
        return f"clamd://{LOOPBACK}:{self._server.server_address[1]}"

    def look_at(self, data: bytes) -> bytes:
        """Answer for a whole file."""
        self.scanned.append(data)
        if self.answer is not None:
            return self.answer
        return b"stream: Eicar-Test-Signature FOUND\0" if EICAR in data else b"stream: OK\0"

    def _start(self) -> None:
        scanner = self

        class Session(socketserver.StreamRequestHandler):
            """One connection: one file."""

            def handle(self) -> None:
                if self.rfile.read(len(COMMAND)) != COMMAND:
                    self.wfile.write(b"UNKNOWN COMMAND\0")
                    return
                data = b""
                while (size := int.from_bytes(self.rfile.read(4), "big")) > 0:
                    data += self.rfile.read(size)
                    if len(data) > LARGEST:
                        self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                        return
                self.wfile.write(scanner.look_at(data))

        self._server = socketserver.ThreadingTCPServer((LOOPBACK, 0), Session)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        self.story = f"started in a thread on port {self._server.server_address[1]}"

    def stop(self) -> None:
        """End it; what it has scanned stays readable."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
