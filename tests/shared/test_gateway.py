"""The gateway puts several services behind one origin and changes nothing on the way but one header."""

import json
import threading
from collections.abc import Iterable, Iterator
from typing import Any

import httpx
import pytest
from waitress.server import create_server
from waitress.wasyncore import close_all

from habeas.testing.gateway import Gateway
from habeas.testing.servers.server import free_port


class Upstream:
    """A service that answers with what it was asked, two cookies and a redirect where one is wanted."""

    def __init__(self, name: str) -> None:
        self.name = name
        sockets: dict[int, Any] = {}
        self.server: Any = create_server(
            self, map=sockets, host="127.0.0.1", port=0, threads=2, clear_untrusted_proxy_headers=False
        )
        self.url = f"http://127.0.0.1:{self.server.effective_port}"
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        seen = {key: value for key, value in environ.items() if isinstance(value, str)}
        seen |= {"name": self.name, "body": environ["wsgi.input"].read().decode()}
        if environ["PATH_INFO"].endswith("/large"):
            start_response("200 OK", [("Content-Type", "application/octet-stream")])
            return (b"x" * 100_000 for _ in range(50))
        headers = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2; Path=/"), ("Content-Type", "application/json")]
        if environ["PATH_INFO"].endswith("/elsewhere"):
            start_response("303 See Other", [*headers, ("Location", "/intake/there")])
            return []
        start_response("200 OK", headers)
        return [json.dumps(seen).encode()]

    def stop(self) -> None:
        self.server.task_dispatcher.shutdown()
        self.server.trigger.pull_trigger(lambda: close_all(self.server._map, ignore_all=True))
        self.thread.join(5)


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    intake, identity = Upstream("intake"), Upstream("identity")
    routes = {"": intake.url, "identity": identity.url, "gone": f"http://127.0.0.1:{free_port()}"}
    with Gateway(routes) as started:
        yield started
    intake.stop()
    identity.stop()


def test_the_first_segment_of_the_path_chooses_the_service(gateway: Gateway) -> None:
    assert httpx.get(f"{gateway.url}/identity/proof").json()["name"] == "identity"
    assert httpx.get(f"{gateway.url}/identity").json()["name"] == "identity"
    assert httpx.get(f"{gateway.url}/portal").json()["name"] == "intake"
    assert httpx.get(f"{gateway.url}/").json()["name"] == "intake"


def test_path_query_and_host_arrive_as_they_were_sent(gateway: Gateway) -> None:
    seen = httpx.get(f"{gateway.url}/identity/a%2Fb?q=%C3%A5&q=2", headers={"Host": "rights.example.org"}).json()
    assert seen["HTTP_HOST"] == "rights.example.org"
    assert seen["REQUEST_URI"] == "/identity/a%2Fb?q=%C3%A5&q=2"


def test_a_body_arrives_whole(gateway: Gateway) -> None:
    body = "å" * 200_000
    assert httpx.post(f"{gateway.url}/identity/x", content=body.encode()).json()["body"] == body
    chunked = httpx.post(f"{gateway.url}/identity/x", content=iter([b"one ", b"two"]))
    assert chunked.json()["body"] == "one two"


def test_both_cookies_and_a_redirect_come_back_untouched(gateway: Gateway) -> None:
    answer = httpx.get(f"{gateway.url}/elsewhere")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/intake/there"
    assert answer.headers.get_list("set-cookie") == ["a=1; Path=/", "b=2; Path=/"]


def test_a_large_answer_comes_in_whole(gateway: Gateway) -> None:
    assert len(httpx.get(f"{gateway.url}/large").content) == 5_000_000


def test_the_address_of_the_asker_is_told_and_his_own_claims_are_not(gateway: Gateway) -> None:
    claims = {"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil.example", "Forwarded": "for=6.6.6.6"}
    seen = httpx.get(f"{gateway.url}/x", headers=claims).json()
    assert seen["HTTP_X_FORWARDED_FOR"] == "127.0.0.1"
    assert "HTTP_X_FORWARDED_HOST" not in seen
    assert "HTTP_FORWARDED" not in seen


def test_a_service_that_does_not_answer_is_a_bad_gateway(gateway: Gateway) -> None:
    assert httpx.get(f"{gateway.url}/gone/x").status_code == 502


def test_a_path_of_nobody_is_not_found() -> None:
    with Gateway({"identity": "http://127.0.0.1:1"}) as alone:
        assert httpx.get(f"{alone.url}/intake/x").status_code == 404
