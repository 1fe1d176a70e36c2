"""The cluster's ingress in small: one origin in front of several services, chosen by the first segment of the path."""

import http.client
import threading
from collections.abc import Iterable, Iterator, Mapping
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from waitress.server import create_server
from waitress.wasyncore import close_all

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PIECE = 65536
#: RFC 9110, 7.6.1: these speak of one connection, not of the message.
HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
     "transfer-encoding", "upgrade")
)  # fmt: skip
#: What a client says of its own way here is not believed, and so not passed on.
CLAIMS = frozenset(("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port",
                    "x-forwarded-prefix", "x-real-ip"))  # fmt: skip
UNREACHABLE = b"the service behind this path does not answer\n"
UNKNOWN = b"no service is behind this path\n"
Headers = list[tuple[str, str]]


class Gateway:
    """Serves `routes` (first path segment to upstream address; "" takes the rest) on one loopback port.

    Path, query, Host, body and every repeated header go through as they came; only X-Forwarded-For is set.
    werkzeug's ProxyMiddleware would add X-Forwarded-Proto, -Host and -Prefix, which the services must not need.
    """

    def __init__(self, routes: Mapping[str, str], *, port: int = 0, timeout_seconds: float = 30) -> None:
        self.routes = dict(routes)
        self.timeout_seconds = timeout_seconds
        self._port = port
        self._server: Any = None  # waitress is untyped
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port it listens on, once started."""
        return self._port

    @property
    def url(self) -> str:
        """The one origin of all services behind it."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> Self:
        """Listen; requests are served in threads."""
        sockets: dict[int, Any] = {}
        self._server = create_server(self, map=sockets, host="127.0.0.1", port=self._port, threads=8, ident=None)
        self._port = self._server.effective_port
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening and end the threads."""
        if self._server is not None and self._thread is not None:
            self._server.task_dispatcher.shutdown(timeout=5)
            # Closed by the thread that looks at the sockets, so that it never looks at a closed one.
            self._server.trigger.pull_trigger(lambda: close_all(self._server._map, ignore_all=True))
            self._thread.join(5)
            self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request (WSGI) with what the service behind its path answers; 404 and 502 are our own."""
        target = environ["REQUEST_URI"]
        upstream = self._upstream(target)
        if upstream is None:
            return _say(start_response, "404 Not Found", UNKNOWN)
        address = urlsplit(upstream)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=self.timeout_seconds)
        try:
            _send(connection, environ, target)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException):
            connection.close()
            return _say(start_response, "502 Bad Gateway", UNREACHABLE)
        start_response(f"{answer.status} {answer.reason}", _passed(answer.getheaders()))
        return _stream(connection, answer)

    def _upstream(self, target: str) -> str | None:
        first = target.split("?", 1)[0].lstrip("/").split("/", 1)[0]
        return self.routes.get(first) or self.routes.get("")


def _send(connection: http.client.HTTPConnection, environ: "WSGIEnvironment", target: str) -> None:
    connection.putrequest(environ["REQUEST_METHOD"], target, skip_host=True, skip_accept_encoding=True)
    for name, value in _received(environ):
        connection.putheader(name, value)
    connection.putheader("X-Forwarded-For", environ["REMOTE_ADDR"])
    connection.endheaders()
    body: IO[bytes] = environ["wsgi.input"]
    while piece := body.read(PIECE):
        connection.send(piece)


def _received(environ: "WSGIEnvironment") -> Iterator[tuple[str, str]]:
    for key, value in environ.items():
        name = key.removeprefix("HTTP_").replace("_", "-").title()
        is_header = key.startswith("HTTP_") or key in ("CONTENT_TYPE", "CONTENT_LENGTH")
        if is_header and value and name.lower() not in HOP_BY_HOP | CLAIMS:
            yield name, value


def _passed(headers: Headers) -> Headers:
    return [(name, value) for name, value in headers if name.lower() not in HOP_BY_HOP]


def _stream(connection: http.client.HTTPConnection, answer: http.client.HTTPResponse) -> Iterator[bytes]:
    try:
        while piece := answer.read1(PIECE):
            yield piece
    finally:
        answer.close()
        connection.close()


def _say(start_response: "StartResponse", status: str, text: bytes) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain"), ("Content-Length", str(len(text)))])
    return [text]
