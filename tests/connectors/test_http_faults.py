"""What goes wrong at a vendor is sorted by what to do next, and never passes for "nothing"."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from connectors.postbox import Postbox, file_of_the_page, open_postbox

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.account import read_account
from habeas.connectors.http.answers import wait_of
from habeas.sdk import Deed, NeedsPerson, Subject, TryLater
from habeas.testing.connector_contract import decide, items
from habeas.testing.vendors.switches import ManualClock
from habeas.testing.vendors.vendor import Reply

ANN = Subject({"email": ("ann@example.com",)})
WHOLE = {("reader", "1"), ("note", "1-1")}


@pytest.fixture
def vendor() -> Postbox:
    return Postbox()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Postbox, clock: ManualClock, tmp_path: Path) -> HttpConnector:
    return open_postbox(vendor, tmp_path, clock)


@pytest.fixture(scope="module")
def served() -> Iterator[Postbox]:
    with Postbox() as vendor:
        yield vendor


def export(connector: HttpConnector) -> set[tuple[str, str]]:
    return items(list(connector.export(ANN)))


def test_over_the_wire_it_is_the_same(served: Postbox, tmp_path: Path) -> None:
    connector = open_postbox(served, tmp_path)
    assert connector.check().problems == ()
    assert export(connector) == WHOLE
    served.faults.cut = 1
    with pytest.raises(TryLater, match="broke off"):
        export(connector)
    assert export(connector) == WHOLE
    connector.close()


def test_an_answer_that_does_not_come_in_time_is_waited_for_no_longer(served: Postbox, tmp_path: Path) -> None:
    connector = open_postbox(served, tmp_path, timeout_seconds=0.2)
    served.faults.slow = 1.0
    with pytest.raises(TryLater, match="find_readers: the vendor did not answer in time"):
        export(connector)
    served.faults.slow = 0.0
    connector.close()


def test_a_vendor_that_is_away_is_tried_later(tmp_path: Path) -> None:
    with Postbox() as vendor:
        connector = open_postbox(vendor, tmp_path)
    with pytest.raises(TryLater, match="ConnectError"):
        export(connector)


def test_a_short_wait_is_slept_and_a_long_one_is_given_back(
    vendor: Postbox, connector: HttpConnector, clock: ManualClock
) -> None:
    vendor.faults.busy, vendor.faults.retry_after = 1, "2"
    before = clock.now
    assert export(connector) == WHOLE
    assert clock.now >= before + 2
    vendor.faults.busy, vendor.faults.retry_after = 1, "120"
    with pytest.raises(TryLater) as caught:
        export(connector)
    assert caught.value.after == timedelta(seconds=120)


def test_patience_asked_of_one_process_holds_the_others(vendor: Postbox, clock: ManualClock, tmp_path: Path) -> None:
    first, second = (open_postbox(vendor, tmp_path, clock) for _ in range(2))
    vendor.faults.busy, vendor.faults.retry_after = 1, "90"
    with pytest.raises(TryLater):
        export(first)
    asked = len(vendor.asked)
    with pytest.raises(TryLater, match="limit of calls"):
        export(second)
    assert len(vendor.asked) == asked
    clock.advance(93)
    assert export(second) == WHOLE


def test_a_storm_of_429_ends_in_trying_later(vendor: Postbox, connector: HttpConnector) -> None:
    vendor.faults.storm, vendor.faults.retry_after = True, "1"
    with pytest.raises(TryLater, match="asks for patience"):
        export(connector)
    assert len(vendor.asked) == 4


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_a_vendor_in_trouble_is_tried_later(vendor: Postbox, connector: HttpConnector, status: int) -> None:
    vendor.faults.broken, vendor.faults.status = 10, status
    with pytest.raises(TryLater):
        export(connector)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(vendor: Postbox, connector: HttpConnector, status: int) -> None:
    vendor.faults.broken, vendor.faults.status = 1, status
    with pytest.raises(NeedsPerson, match="sends it elsewhere"):
        export(connector)
    assert len(vendor.asked) == 1


def test_a_wrong_token_and_a_missing_permission_are_told_so_that_somebody_can_act(
    vendor: Postbox, connector: HttpConnector
) -> None:
    vendor.scopes.discard("readers.read")
    with pytest.raises(NeedsPerson, match=r"find_readers: the vendor forbids it \(403\): .*token.*needs readers\.read"):
        export(connector)
    assert "readers.read" in connector.check().problems[0]
    vendor.token = "another"
    with pytest.raises(NeedsPerson, match=r"\(401\): look at token, renew it"):
        export(connector)
    assert "look at token" in connector.check().problems[0]


def test_somebody_else_s_row_is_dropped_where_the_search_is_fuzzy_and_else_stops_the_order(
    vendor: Postbox, tmp_path: Path
) -> None:
    vendor.add("3", "joann@example.com", "Joann", [])
    assert export(open_postbox(vendor, tmp_path)) == WHOLE
    exact = file_of_the_page().replace(", fuzzy: yes", "")
    with pytest.raises(NeedsPerson, match="gave a reader that is not the person's"):
        export(open_postbox(vendor, tmp_path, None, exact))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("readers", "people", "find_readers: readers is no list"),
        ("id", "ident", "lacks id"),
        ("email", "mail", "lacks email"),
        ("notes", "remarks", "list_notes: notes is no list"),
    ],
)
def test_a_form_that_changed_is_told_and_is_never_nothing(
    vendor: Postbox, connector: HttpConnector, old: str, new: str, what: str
) -> None:
    vendor.faults.renamed = {old: new}
    with pytest.raises(NeedsPerson, match=what):
        export(connector)


@pytest.mark.parametrize(
    ("reply", "error", "what"),
    [
        (Reply(200, b"<html>log in</html>", {"Content-Type": "text/html"}), NeedsPerson, "not JSON"),
        (Reply(200, b'{"readers": [', {"Content-Type": "application/json"}), TryLater, "broke off"),
        (Reply(200, b""), NeedsPerson, "answered with nothing"),
        (Reply(200, b"[" * 100_000, {"Content-Type": "application/json"}), TryLater, "broke off"),
        (Reply(200, b'{"readers": [NaN]}', {"Content-Type": "application/json"}), TryLater, "broke off"),
        (Reply(200, b" " * (17 << 20)), NeedsPerson, "larger than 16 MiB"),
        (Reply(200, {"readers": None}), NeedsPerson, "no list of records"),
        (Reply(200, {"readers": [7]}), NeedsPerson, "no list of records"),
        (Reply(418, {"who": "ann@example.com"}), NeedsPerson, "answered 418"),
        (Reply(501, {}), NeedsPerson, "answered 501"),
    ],
)
def test_an_answer_of_no_use_is_told_by_its_call_and_never_quoted(
    vendor: Postbox, connector: HttpConnector, reply: Reply, error: type[Exception], what: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(vendor, "answer", lambda *_: (reply, False))
    with pytest.raises(error, match=f"find_readers: .*{what}") as caught:
        export(connector)
    assert "ann" not in str(caught.value)


def test_a_delete_that_lies_is_caught_and_never_verified(vendor: Postbox, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.faults.lying = True
    done = list(connector.erase(ANN, scope))
    assert {each.deed for each in done} == {Deed.NEEDS_PERSON}
    assert not any(each.verified for each in done)
    vendor.faults.lying = False
    assert {(each.deed, each.verified) for each in connector.erase(ANN, scope)} == {(Deed.ERASED, True)}


def test_a_person_with_more_records_than_allowed_stops_the_order(vendor: Postbox, tmp_path: Path) -> None:
    vendor.add("1", "ann@example.com", "Ann", ["x"] * 30)
    with pytest.raises(NeedsPerson, match="more than 20 records"):
        export(open_postbox(vendor, tmp_path, max_rows=20))


def test_a_page_that_comes_again_and_again_stops_the_order(
    vendor: Postbox, connector: HttpConnector, monkeypatch: Any
) -> None:
    page = {"readers": [vendor.readers["1"]], "next": "1"}
    monkeypatch.setattr(vendor, "find", None)
    monkeypatch.setattr(vendor, "answer", _only(vendor, "/folders/", Reply(200, page)))
    with pytest.raises(NeedsPerson, match="the same page again and again"):
        export(connector)


def _only(vendor: Postbox, part: str, reply: Reply) -> Callable[..., tuple[Reply, bool]]:
    real = vendor.answer

    def answer(method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[Reply, bool]:
        return (reply, False) if part in target else real(method, target, headers, body)

    return answer


@pytest.mark.parametrize(
    ("next_url", "is_asked"),
    [
        ("https://api.example.com/v2/more?x=1", True), ("/v2/more?x=1", True), ("more?x=1", True),
        ("https://api.example.com.evil.example/v2/more", False), ("https://evil.example/v2/more", False),
        ("http://api.example.com/v2/more", False), ("https://api.example.com:8443/v2/more", False),
        ("https://ann@api.example.com/v2/more", False), ("//evil.example/v2/more", False), ("https://[x", False),
    ],
)  # fmt: skip
def test_the_next_page_is_asked_for_within_the_origin_only(next_url: str, is_asked: bool, tmp_path: Path) -> None:
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        is_first = "more" not in str(request.url)
        return httpx.Response(200, json={"readers": [], "next": next_url if is_first else None})

    file = file_of_the_page().replace("pages: {cursor: next, send: query.cursor}", "pages: {next_url: next}")
    (tmp_path / "it.yaml").write_text(file)
    (tmp_path / "token").write_text("t0ken")
    settings = {"vendor_file": "it.yaml", "base_url": "https://api.example.com/v2", "token_file": "token",
                "activities": {"default": "x"}}  # fmt: skip
    connector = HttpConnector(read_account(settings, tmp_path), httpx.MockTransport(answer))
    if is_asked:
        assert export(connector) == set()
        assert len(asked) == 2
    else:
        with pytest.raises(NeedsPerson, match="of another origin"):
            export(connector)
        assert len(asked) == 1


def test_no_address_and_no_token_is_logged(connector: HttpConnector, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        export(connector)
    assert "ann" not in caplog.text
    assert "t0ken" not in caplog.text


def test_no_secret_is_put_into_an_address(vendor: Postbox, connector: HttpConnector) -> None:
    export(connector)
    assert vendor.asked
    assert not any(vendor.token in each.target for each in vendor.asked)


@pytest.mark.parametrize(
    ("headers", "waits", "expected"),
    [
        ({"Retry-After": "7"}, {}, 7.0),
        ({"Retry-After": format_datetime(datetime.fromtimestamp(1030, UTC), usegmt=True)}, {}, 30.0),
        ({"Retry-After": "soon"}, {}, None),
        ({"Retry-After": "-5"}, {}, None),
        ({"Retry-After": "99999999"}, {}, 86_400.0),
        ({"X-RateLimit-Reset": "1060"}, {"X-RateLimit-Reset": "epoch"}, 60.0),
        ({"X-RateLimit-Reset": "1060000"}, {"X-RateLimit-Reset": "epoch_ms"}, 60.0),
        ({"x-sib-ratelimit-reset": "9"}, {"x-sib-ratelimit-reset": "seconds"}, 9.0),
        ({"X-Wait": "1500"}, {"X-Wait": "milliseconds"}, 1.5),
        ({"X-RateLimit-Reset": "940"}, {"X-RateLimit-Reset": "epoch"}, 0.0),
        ({}, {"X-RateLimit-Reset": "epoch"}, None),
    ],
)
def test_a_wait_is_read_as_the_vendor_writes_it(
    headers: dict[str, str], waits: dict[str, str], expected: float | None
) -> None:
    assert wait_of(httpx.Headers(headers), waits, now=1000.0) == expected
