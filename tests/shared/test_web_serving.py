"""Several services on one origin, files on a second, and a server that drops no answer when it stops."""

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from werkzeug.test import Client

from habeas.testing.waiting import wait_until
from habeas.web import Dispatcher, Listener, serve


def say(name: str) -> Callable[[dict[str, Any], Any], Iterable[bytes]]:
    def answer(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        start("200 OK", [("Content-Type", "text/plain")])
        return [f"{name} {environ['SCRIPT_NAME']}{environ['PATH_INFO']}".encode()]

    return answer


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("/", "intake"),
        ("/case/1", "intake"),
        ("/prove/1", "identity"),
        ("/prove", "identity"),
        ("/agents/sign-in", "identity"),
        ("/proven", "intake"),
        ("//prove/1", "intake"),
        ("/Prove/1", "intake"),
        ("/case/prove", "intake"),
        ("/./prove", "intake"),
    ],
)
def test_the_first_segment_says_whose_page_it_is(path: str, owner: str) -> None:
    """And the path is passed on whole."""
    origin = Dispatcher({"prove": say("identity"), "agents": say("identity")}, default=say("intake"))
    environ = {"PATH_INFO": path, "SCRIPT_NAME": ""}
    assert b"".join(origin(environ, lambda *_: lambda _: None)) == f"{owner} {path}".encode()  # type: ignore[arg-type]


def test_a_second_origin_shows_its_own_segments_only() -> None:
    downloads = Client(Dispatcher({"download": say("fulfilment")}))
    assert downloads.get("/download/1").text == "fulfilment /download/1"
    refused = downloads.get("/console")
    assert (refused.status_code, refused.data) == (404, b"")


class Slow:
    """An app that holds its answer back until it is let go."""

    def __init__(self) -> None:
        self.asked, self.go = threading.Event(), threading.Event()

    def __call__(self, _environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        self.asked.set()
        self.go.wait(10)
        start("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "300000")])
        return [b"x" * 100_000] * 3


def get(port: int, path: str = "/", headers: dict[str, str] | None = None) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.headers)
    finally:
        connection.close()


def test_an_answer_under_way_is_finished_when_the_server_stops() -> None:
    app, stop = Slow(), threading.Event()
    listener = Listener(app, "127.0.0.1", 0, threads=2)
    server = threading.Thread(target=listener.run, args=(stop,), daemon=True)
    server.start()
    got: list[bytes] = []
    visitor = threading.Thread(target=lambda: got.append(get(listener.port)[1]))
    visitor.start()
    assert app.asked.wait(5)
    stop.set()
    wait_until(lambda: refuses(listener.port), 5, "the stopping server takes no new connection")
    app.go.set()
    visitor.join(10)
    server.join(10)
    assert [len(each) for each in got] == [300_000]
    assert not server.is_alive()


def refuses(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    return False


def test_an_idle_server_stops_at_once() -> None:
    stop = threading.Event()
    server = threading.Thread(target=serve, args=(say("app"), "127.0.0.1", 0, 2), kwargs={"stop": stop})
    server.start()
    started = time.monotonic()
    stop.set()
    server.join(10)
    assert not server.is_alive()
    assert time.monotonic() - started < 3


@pytest.mark.parametrize(
    ("trusted", "seen"), [("", "127.0.0.1"), ("127.0.0.1", "203.0.113.9"), ("10.0.0.1", "127.0.0.1")]
)
def test_only_the_trusted_proxy_says_who_came(trusted: str, seen: str) -> None:
    """Case 35: whatever else is said of forwarding is dropped, also by the trusted one."""
    told: list[dict[str, Any]] = []

    def app(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        told.append(dict(environ))
        start("200 OK", [])
        return []

    stop = threading.Event()
    listener = Listener(app, "127.0.0.1", 0, threads=1, trusted_proxy=trusted, scheme="https")
    server = threading.Thread(target=listener.run, args=(stop,), daemon=True)
    server.start()
    forwarded = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    _, _, headers = get(listener.port, headers=forwarded | {"Forwarded": "for=1.2.3.4;host=evil.example"})
    stop.set()
    server.join(10)
    assert told[0]["REMOTE_ADDR"] == seen
    assert told[0]["HTTP_HOST"] == f"127.0.0.1:{listener.port}"
    assert told[0]["wsgi.url_scheme"] == "https"
    assert not {"HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED"} & told[0].keys()
    assert "Server" not in headers
