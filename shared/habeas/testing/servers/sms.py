"""A text gateway that checks who sends, keeps what it gets in memory, and answers as it is told to."""

import base64
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from habeas.testing.servers.server import LOOPBACK, Server

SECRET = "whsec_" + base64.b64encode(b"a secret of the test bed, no one's").decode()
ACCEPTED, REFUSED, UNSIGNED = 202, 400, 401


@dataclass(frozen=True)
class ReceivedText:
    """One accepted text: its id, the number in E.164, and its words."""

    id: str
    to: str
    text: str


@dataclass
class _Answer:
    status: int
    headers: dict[str, str] = field(default_factory=dict)


class SmsSink(Server):
    """An HTTP server in a thread that takes signed texts; one that comes twice under an id is kept once."""

    name = "sms"
    secret = SECRET

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _handler_of(self))
        self._server.daemon_threads = True
        self._lock = threading.Lock()
        self._texts: dict[str, ReceivedText] = {}
        self._answers: dict[str, _Answer] = {}
        self._thread: threading.Thread | None = None
        self.tries = 0
        self.unsigned = 0

    @property
    def url(self) -> str:
        """Where it takes texts."""
        return f"http://{LOOPBACK}:{self._server.server_port}/texts"

    @property
    def texts(self) -> list[ReceivedText]:
        """Everything accepted so far, oldest first."""
        with self._lock:
            return list(self._texts.values())

    def to(self, number: str) -> list[ReceivedText]:
        """The texts that were accepted for this number (E.164), oldest first."""
        return [text for text in self.texts if text.to == number]

    def answer(self, number: str, status: int, **headers: str) -> None:
        """Answer with this status and these headers (`Retry_After="2"`) when a text is for this number."""
        with self._lock:
            self._answers[number] = _Answer(status, {name.replace("_", "-"): value for name, value in headers.items()})

    def clear(self) -> None:
        """Forget every text and every answer: one test's text is not another's."""
        with self._lock:
            self._texts.clear()
            self._answers.clear()
            self.tries = self.unsigned = 0

    def take(self, body: bytes, headers: dict[str, str]) -> _Answer:
        """Decide on one post."""
        with self._lock:
            self.tries += 1
            try:
                told: dict[str, Any] = Webhook(SECRET).verify(body, headers)
            except (WebhookVerificationError, ValueError):
                self.unsigned += 1
                return _Answer(UNSIGNED)
            if told.keys() != {"id", "to", "text"} or told["id"] != headers["webhook-id"]:
                return _Answer(REFUSED)
            answer = self._answers.get(told["to"], _Answer(ACCEPTED))
            if answer.status == ACCEPTED:
                self._texts.setdefault(told["id"], ReceivedText(told["id"], told["to"], told["text"]))
            return answer

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()
        self.story = f"started in a thread on port {self._server.server_port}"

    def stop(self) -> None:
        """End it; the texts stay readable."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
            self._thread = None
        self._server.server_close()


def _handler_of(sink: SmsSink) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            answer = sink.take(body, {name.lower(): value for name, value in self.headers.items()})
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the standard library's
            """Keep quiet."""

    return Handler
