"""A TCP proxy that breaks the network between two real parts, in the ways in which networks break."""

import contextlib
import select
import socket
import struct
import threading
from enum import StrEnum

from habeas.testing.servers.server import LOOPBACK, Server

PIECE = 65536
LOOK_SECONDS = 0.05
#: Linger of zero seconds: the kernel says RST in place of FIN.
AT_ONCE = struct.pack("ii", 1, 0)


class Mode(StrEnum):
    """What happens to the bytes."""

    PASS = "pass"  # noqa: S105  no password
    BLACK_HOLE = "black hole"  #: connections stand, nothing arrives, nobody is told
    RESET = "reset"  #: every connection is reset, old and new
    DELAY = "delay"  #: every piece arrives late


class FaultProxy(Server):
    """Stands before `target` (host, port) and does to the traffic what its mode says, open connections included."""

    name = "proxy"

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.port = 0
        self.delay_seconds = 0.0
        self._mode = Mode.PASS
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._threads: list[threading.Thread] = []
        self._listener: socket.socket | None = None
        self._ended = threading.Event()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"tcp://{LOOPBACK}:{self.port}"

    @property
    def mode(self) -> Mode:
        """What it does at the moment."""
        return self._mode

    @property
    def open_connections(self) -> int:
        """How many connections stand."""
        with self._lock:
            return len(self._pairs)

    def pass_on(self) -> None:
        """Let traffic through; what a black hole held back arrives now."""
        self._mode = Mode.PASS

    def black_hole(self) -> None:
        """Hold everything back without a word; connections stand and new ones are taken."""
        self._mode = Mode.BLACK_HOLE

    def delay(self, seconds: float) -> None:
        """Let every piece arrive this much later, one after another."""
        self.delay_seconds = seconds
        self._mode = Mode.DELAY

    def reset(self, *, stay: bool = False) -> None:
        """Reset every open connection; with `stay`, new ones too until the mode changes."""
        if stay:
            self._mode = Mode.RESET
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._cut(pair, abruptly=True)

    def _start(self) -> None:
        self._ended.clear()
        self._listener = socket.create_server((LOOPBACK, self.port))
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept, self._listener)
        self.story = f"started on port {self.port} before {self.target[0]}:{self.target[1]}"

    def stop(self) -> None:
        """Close everything; a later start listens on the same port."""
        self._ended.set()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        with self._lock:
            pairs = list(self._pairs)
        for pair in pairs:
            self._cut(pair, abruptly=False)
        for thread in self._threads:
            thread.join(5)
        self._threads.clear()

    def _spawn(self, work: object, *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket) -> None:
        while not self._ended.is_set():
            try:
                if not select.select([listener], [], [], LOOK_SECONDS)[0]:
                    continue
                client = listener.accept()[0]
            except (OSError, ValueError):  # closed while we looked
                return
            self._connect(client)

    def _connect(self, client: socket.socket) -> None:
        if self._mode is Mode.RESET:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            client.close()
            return
        try:
            server = socket.create_connection(self.target, timeout=5)
        except OSError:
            client.close()
            return
        server.settimeout(None)
        pair = (client, server)
        with self._lock:
            self._pairs.add(pair)
        self._spawn(self._pump, client, server, pair)
        self._spawn(self._pump, server, client, pair)

    def _pump(self, source: socket.socket, sink: socket.socket, pair: tuple[socket.socket, socket.socket]) -> None:
        try:
            while self._wait_for_bytes(source):
                piece = source.recv(PIECE)
                if not piece:
                    break
                if self._mode is Mode.DELAY:
                    self._ended.wait(self.delay_seconds)
                self._wait_out_the_black_hole(pair)
                sink.sendall(piece)
        except (OSError, ValueError):
            pass
        finally:
            self._cut(pair, abruptly=False)

    def _wait_for_bytes(self, source: socket.socket) -> bool:
        """Whether there is something to read (or the end); False when the proxy ends."""
        while not self._ended.is_set():
            if self._mode is not Mode.BLACK_HOLE and select.select([source], [], [], LOOK_SECONDS)[0]:
                return True
            if self._mode is Mode.BLACK_HOLE:
                self._ended.wait(LOOK_SECONDS)
        return False

    def _wait_out_the_black_hole(self, pair: tuple[socket.socket, socket.socket]) -> None:
        while self._mode is Mode.BLACK_HOLE and not self._ended.is_set() and pair in self._pairs:
            self._ended.wait(LOOK_SECONDS)

    def _cut(self, pair: tuple[socket.socket, socket.socket], *, abruptly: bool) -> None:
        with self._lock:
            if pair not in self._pairs:
                return
            self._pairs.discard(pair)
        for end in pair:
            with contextlib.suppress(OSError):
                if abruptly:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                else:
                    end.shutdown(socket.SHUT_RDWR)
            end.close()
