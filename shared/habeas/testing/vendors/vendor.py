"""A vendor's API in small on a loopback port: its author writes state and routes, the rest is here.

    class Postbox(FakeVendor):
        def __init__(self) -> None:
            super().__init__(token="t0ken", scopes={"readers.read", "readers.write"})
            self.readers = {"1": {"id": "1", "email": "ann@example.com"}}

        @route("GET", "/v2/readers/{id}", scope="readers.read")
        def read(self, asked: Asked) -> Reply:
            reader = self.readers.get(asked.path["id"])
            return Reply(200, reader) if reader else Reply(404, {"code": "not_found"})

        @route("DELETE", "/v2/readers/{id}", scope="readers.write", lie=Reply(204))
        def delete(self, asked: Asked) -> Reply:
            return Reply(204 if self.readers.pop(asked.path["id"], None) else 404)

`with Postbox() as vendor:` serves it at `vendor.url`; `asked` is what it was asked, `faults` what goes wrong with it.
"""

import socket
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from habeas.testing.vendors.messages import Asked, Reply, basic_of, pages_of

__all__ = ["Asked", "FakeVendor", "Faults", "Reply", "basic_of", "pages_of", "route"]


@dataclass
class Faults:
    """What goes wrong until it is switched off; numbers count down the answers that it still spoils.

    slow: seconds that an answer takes; busy: answers of 429 with Retry-After `retry_after` (a date works, too); storm:
    nothing but 429; broken: answers of `status`; cut: answers that break off; lying: what deletes says so and does
    nothing; foreign: searches give somebody else's row, too (`foreign_row`); renamed: fields of answers that are called
    something else; only: a text that has to stand in the target for any of this.
    """

    slow: float = 0.0
    busy: int = 0
    retry_after: str = "0"
    storm: bool = False
    broken: int = 0
    status: int = 500
    cut: int = 0
    lying: bool = False
    foreign: bool = False
    renamed: dict[str, str] = field(default_factory=dict)
    only: str = ""


@dataclass(frozen=True)
class _Route:
    method: str
    segments: tuple[str, ...]
    scope: str
    lie: Reply | None
    rows: str
    open: bool
    answer: Callable[..., Reply]

    def match(self, method: str, segments: list[str]) -> dict[str, str] | None:
        if method != self.method or len(segments) != len(self.segments):
            return None
        named = {}
        for mine, theirs in zip(self.segments, segments, strict=True):
            if mine.startswith("{"):
                named[mine.strip("{}")] = unquote(theirs)
            elif mine != unquote(theirs):
                return None
        return named


def route(
    method: str, path: str, *, scope: str = "", lie: Reply | None = None, rows: str = "", public: bool = False
) -> Callable[[Callable[..., Reply]], Callable[..., Reply]]:
    """Says which requests a method of a `FakeVendor` answers.

    scope: what a token has to be allowed; lie: what a lying delete says; rows: the key of the answer's list into which
    somebody else's row is put (`.` if the answer is the list); public: no authorisation is looked at.
    """

    def mark(answer: Callable[..., Reply]) -> Callable[..., Reply]:
        routes = getattr(answer, "_routes", [])
        made = _Route(method, tuple(path.strip("/").split("/")), scope, lie, rows, public, answer)
        answer._routes = [*routes, made]  # type: ignore[attr-defined]
        return answer

    return mark


class FakeVendor:
    """A vendor with state. Override `refusal` for another authorisation than a bearer token, and `foreign_row`."""

    unauthorized = Reply(401, {"message": "who are you"})
    forbidden = Reply(403, {"message": "not allowed"})

    def __init__(self, *, token: str = "t0ken-of-the-fake", scopes: set[str] | None = None) -> None:  # noqa: S107  a fake's
        self.token = token
        self.asked: list[Asked] = []
        self.faults = Faults()
        self.lock = threading.RLock()
        self._routes = [each for name in dir(type(self)) for each in getattr(getattr(type(self), name), "_routes", ())]
        self.scopes = {each.scope for each in self._routes} if scopes is None else scopes
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def refusal(self, asked: Asked) -> Reply | None:
        """The answer to who is not known; None lets them in."""
        return None if asked.headers.get("Authorization") == f"Bearer {self.token}" else self.unauthorized

    def foreign_row(self, asked: Asked) -> Any:
        """Somebody else's row, as a search would give it that takes a prefix for the whole."""
        raise NotImplementedError("say what somebody else's row looks like")

    def count(self, method: str, part: str = "") -> int:
        """How many requests of a method had this in their target."""
        return sum(each.method == method and part in each.target for each in self.asked)

    @property
    def url(self) -> str:
        """Where it listens; an address that nobody can call before it does."""
        if self._server is None:
            return "https://fake.invalid"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def is_serving(self) -> bool:
        return self._server is not None

    def start(self) -> Self:
        """Listens on a free port of this machine."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops listening."""
        if self._server and self._thread:
            self._server.shutdown()
            self._thread.join(5)
            self._server.server_close()
            self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> tuple[Reply, bool]:
        """The reply to one request, and whether it breaks off."""
        parts = urlsplit(target)
        segments = parts.path.strip("/").split("/")
        found = [(each, named) for each in self._routes if (named := each.match(method, segments)) is not None]
        made, named = found[0] if found else (None, {})
        asked = Asked(method, target, named, parse_qs(parts.query, keep_blank_values=True), headers, body)
        with self.lock:
            self.asked.append(asked)
            faults = self.faults if self.faults.only in target else Faults()
        if faults.slow:
            time.sleep(faults.slow)
        with self.lock:
            reply = self._spoilt(faults) or (
                self._reply(made, asked, faults) if made else Reply(404, {"message": "no"})
            )
            cut = faults.cut > 0
            faults.cut -= 1 if cut else 0
        return reply, cut

    def _spoilt(self, faults: Faults) -> Reply | None:
        if faults.storm or faults.busy > 0:
            faults.busy -= 0 if faults.storm else 1
            return Reply(429, {"message": "slow down"}, {"Retry-After": faults.retry_after})
        if faults.broken > 0:
            faults.broken -= 1
            return Reply(faults.status, {"message": "oh"})
        return None

    def _reply(self, made: _Route, asked: Asked, faults: Faults) -> Reply:
        refused = None if made.open else self.refusal(asked)
        if refused:
            return refused
        if made.scope and made.scope not in self.scopes:
            return self.forbidden
        if faults.lying and made.lie:
            return made.lie
        reply = made.answer(self, asked)
        body = reply.body
        if faults.foreign and made.rows:
            row = self.foreign_row(asked)
            body = [*body, row] if made.rows == "." else {**body, made.rows: [*body[made.rows], row]}
        return Reply(reply.status, _rename(body, faults.renamed), reply.headers)


def _rename(body: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(body, dict):
        return {renamed.get(name, name): _rename(each, renamed) for name, each in body.items()}
    return [_rename(each, renamed) for each in body] if isinstance(body, list) else body


def _handler_of(vendor: FakeVendor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # without it an answer in two writes waits for the other side's acknowledgement
        disable_nagle_algorithm = True

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            reply, cut = vendor.answer(self.command, self.path, dict(self.headers.items()), body)
            content = reply.content
            self.send_response(reply.status)
            for name, value in reply.all_headers.items():
                self.send_header(name, value)
            if reply.status != 204:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if reply.status != 204:
                self.wfile.write(content[: len(content) // 2] if cut else content)
            if cut:
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 -- the names that http.server calls

        def log_message(self, *_: object) -> None:
            """Says nothing: `asked` is the log."""

    return Handler
