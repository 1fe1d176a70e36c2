"""Processors that call back: what they sign wakes the connector that waits, and nothing else comes in."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from tests.fulfilment.service.conftest import NOW, SAMPLE, SYSTEMS

from habeas.clock import FixedClock
from habeas.errors import Faults
from habeas.events import ProcessorCalledBack
from habeas.ledger import Leaf
from habeas.opendsr.signatures import DOMAIN, SIGNATURE, sign
from habeas.service import Context
from habeas.testing.authority import Authority, Identity
from habeas.testing.house import make_context, said
from habeas.testing.vendors.opendsr import HOST, OpenDsrProcessor
from habeas.testing.waiting import wait_until
from habeas.web.application import create_app
from habeas_fulfilment.models import ProcessorCall
from habeas_fulfilment.processors import check_processors, read_processors
from habeas_fulfilment.service import SERVICE
from habeas_fulfilment.timers import forget_processor_calls

NUMBER = "a7551968-d5d6-44b2-9831-815ac9017798"
MARKED = "anna.canary@example.com"
TOLD = {
    "controller_id": "shop",
    "expected_completion_time": "2026-12-01T00:00:00Z",
    "status_callback_url": "https://privacy.shop.example/processor-callbacks",
    "subject_request_id": NUMBER,
    "request_status": "completed",
    "results_url": f"https://{HOST}/results/{MARKED}",
}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(NOW)


@pytest.fixture(scope="module")
def identity(authority: Authority) -> Identity:
    """One certificate for all tests: keys take long to make."""
    return authority.issue(HOST)


@pytest.fixture
def vendor(identity: Identity) -> Iterator[OpenDsrProcessor]:
    made = OpenDsrProcessor()
    made.identity = identity
    with made:
        yield made


def write_file(folder: Path, vendor: OpenDsrProcessor, authority: Authority, **more: Any) -> Path:
    (folder / "authority.pem").write_bytes(authority.pem)
    told = {
        "domain": HOST,
        "processor": f"{vendor.url}/v2",
        "systems": ["newsletter", "shop"],
        "ca_file": "authority.pem",
        **more,
    }
    path = folder / "processors.yaml"
    path.write_text(json.dumps([told]))
    return path


@pytest.fixture(params=["sqlite", "postgres"])
def house(
    request: pytest.FixtureRequest, tmp_path: Path, vendor: OpenDsrProcessor, authority: Authority
) -> Iterator[Context]:
    changes = {"profiles": str(SAMPLE), "processors": str(write_file(tmp_path, vendor, authority))}
    if request.param == "postgres":
        changes["database"] = request.getfixturevalue("postgres").fresh_database()
    made = make_context(SERVICE, tmp_path, clock=FixedClock(NOW), systems=SYSTEMS, **changes)
    yield made
    made.database.close()


@pytest.fixture
def small(tmp_path: Path, vendor: OpenDsrProcessor, authority: Authority) -> Iterator[Context]:
    path = write_file(tmp_path, vendor, authority)
    changes = {"profiles": str(SAMPLE), "processors": str(path)}
    made = make_context(SERVICE, tmp_path, clock=FixedClock(NOW), systems=SYSTEMS, **changes)
    yield made
    made.database.close()


def call(context: Context, body: bytes | dict[str, Any], identity: Identity, **headers: str) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {DOMAIN: HOST, SIGNATURE: sign(raw, identity.key), **headers}
    return send(create_app(context), raw, sent)


def send(app: Flask, raw: bytes, headers: dict[str, str]) -> Any:
    return app.test_client().post("/processor-callbacks", data=raw, headers=headers, base_url="http://anything:1")


def woken(context: Context) -> list[tuple[str, str]]:
    told = said(context, ProcessorCalledBack)
    return [(each.event.system, each.event.number) for each in told]  # type: ignore[attr-defined]


def calls(context: Context) -> list[ProcessorCall]:
    with context.reading() as tx:
        return list(tx.session.scalars(select(ProcessorCall)))


def leaves(context: Context) -> list[str]:
    with context.reading() as tx:
        return list(tx.session.scalars(select(Leaf.kind)))


def test_a_signed_call_tells_the_connectors_of_its_systems_once(house: Context, vendor: OpenDsrProcessor) -> None:
    for _ in range(3):
        answer = call(house, TOLD, vendor.identity)
        assert (answer.status_code, answer.data) == (202, b"")
    assert woken(house) == [("newsletter", NUMBER), ("shop", NUMBER)]
    assert leaves(house) == ["processor.called_back"]
    assert vendor.count("GET") == 2


def test_another_status_of_the_same_request_is_another_call(small: Context, vendor: OpenDsrProcessor) -> None:
    for status in ("in_progress", "completed"):
        assert call(small, {**TOLD, "request_status": status}, vendor.identity).status_code == 202
    assert len(woken(small)) == 4


def test_what_a_call_says_of_the_person_goes_nowhere(
    small: Context, vendor: OpenDsrProcessor, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    call(small, {**TOLD, "note": MARKED}, vendor.identity)
    call(small, {**TOLD, "request_status": MARKED}, vendor.identity)
    assert call(small, f"{MARKED}".encode(), vendor.identity).status_code == 400
    assert MARKED not in "".join(capfd.readouterr())
    small.database.close()
    found = [file.name for file in tmp_path.rglob("*") if file.is_file() and MARKED.encode() in file.read_bytes()]
    assert found == []


def test_the_headers_of_opengdpr_are_honoured(small: Context, vendor: OpenDsrProcessor) -> None:
    raw = json.dumps(TOLD).encode()
    sent = {"X-OpenGDPR-Processor-Domain": HOST, "X-OpenGDPR-Signature": sign(raw, vendor.identity.key)}
    answer = send(create_app(small), raw, sent)
    assert (answer.status_code, len(woken(small))) == (202, 2)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({DOMAIN: "opendsr.other.example"}, 401),
        ({DOMAIN: ""}, 401),
        ({SIGNATURE: ""}, 403),
        ({SIGNATURE: "%%%"}, 403),
        ({SIGNATURE: "QUJD" * 86}, 403),
    ],
)
def test_a_call_that_is_not_signed_by_a_known_processor_is_not_read(
    small: Context, vendor: OpenDsrProcessor, headers: dict[str, str], status: int
) -> None:
    assert call(small, TOLD, vendor.identity, **headers).status_code == status
    assert (woken(small), calls(small), leaves(small)) == ([], [], [])


def test_a_call_that_was_changed_on_its_way_is_not_read(small: Context, vendor: OpenDsrProcessor) -> None:
    raw = json.dumps(TOLD).encode()
    signature = sign(raw.replace(b"completed", b"cancelled"), vendor.identity.key)
    assert call(small, raw, vendor.identity, **{SIGNATURE: signature}).status_code == 403
    assert woken(small) == []


def test_a_call_under_a_certificate_that_is_not_good_is_not_read(
    small: Context, vendor: OpenDsrProcessor, authority: Authority
) -> None:
    good = vendor.identity
    for bad in (
        Authority(NOW).issue(HOST, key=good.key),
        authority.issue("opendsr.other.example", key=good.key),
        authority.issue(HOST, days=0, key=good.key),
    ):
        vendor.identity = bad
        assert call(small, TOLD, bad).status_code == 401
        small.clock.advance(timedelta(minutes=2))  # type: ignore[attr-defined]
    assert woken(small) == []
    vendor.identity = good
    assert call(small, TOLD, good).status_code == 202


def test_a_revoked_certificate_proves_nothing(tmp_path: Path, vendor: OpenDsrProcessor, authority: Authority) -> None:
    (tmp_path / "revoked.pem").write_bytes(authority.revoke(vendor.identity))
    path = write_file(tmp_path, vendor, authority, crl_file="revoked.pem")
    context = make_context(
        SERVICE, tmp_path, clock=FixedClock(NOW), systems=SYSTEMS, profiles=str(SAMPLE), processors=str(path)
    )
    assert call(context, TOLD, vendor.identity).status_code == 401
    context.database.close()


def test_a_certificate_that_was_replaced_is_fetched_anew(
    small: Context, vendor: OpenDsrProcessor, authority: Authority
) -> None:
    assert call(small, TOLD, vendor.identity).status_code == 202
    small.clock.advance(timedelta(minutes=2))  # type: ignore[attr-defined]
    vendor.identity = authority.issue(HOST)
    assert call(small, {**TOLD, "request_status": "in_progress"}, vendor.identity).status_code == 202


def test_a_certificate_that_has_ended_is_fetched_anew(
    small: Context, vendor: OpenDsrProcessor, authority: Authority
) -> None:
    good = vendor.identity
    vendor.identity = authority.issue(HOST, days=2, key=good.key)
    assert call(small, TOLD, good).status_code == 202
    vendor.identity = good
    small.clock.advance(timedelta(days=3))  # type: ignore[attr-defined]
    assert call(small, {**TOLD, "request_status": "in_progress"}, good).status_code == 202


def test_a_processor_that_gives_no_certificate_is_not_believed(small: Context, vendor: OpenDsrProcessor) -> None:
    vendor.faults.broken, vendor.faults.status = 1, 404
    assert call(small, TOLD, vendor.identity).status_code == 401
    small.clock.advance(timedelta(minutes=2))  # type: ignore[attr-defined]
    vendor.spoil = {"discovery": {"more": "x" * (2 << 20)}}
    assert call(small, TOLD, vendor.identity).status_code == 401
    small.clock.advance(timedelta(minutes=2))  # type: ignore[attr-defined]
    vendor.spoil = {}
    assert call(small, TOLD, vendor.identity).status_code == 202


def test_whoever_forges_calls_does_not_make_us_call_the_processor(small: Context, vendor: OpenDsrProcessor) -> None:
    call(small, TOLD, vendor.identity)
    small.clock.advance(timedelta(minutes=2))  # type: ignore[attr-defined]
    before = vendor.count("GET")
    for _ in range(50):
        assert call(small, TOLD, vendor.identity, **{SIGNATURE: "QUJD" * 86}).status_code == 403
    assert vendor.count("GET") - before == 2


def test_a_slow_processor_keeps_one_thread_busy_and_the_others_answer(small: Context, vendor: OpenDsrProcessor) -> None:
    check_processors(small)  # as at every start
    vendor.faults.slow = 3
    app, raw = create_app(small), json.dumps(TOLD).encode()
    sent = {DOMAIN: HOST, SIGNATURE: sign(raw, vendor.identity.key)}
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(send, app, raw, sent)
        wait_until(lambda: vendor.count("GET"), 5, "the processor is asked for its certificate")
        others = [send(app, raw, sent).status_code for _ in range(3)]
        assert not first.done()
        assert (others, first.result().status_code) == ([503, 503, 503], 202)


def test_a_processor_whose_certificate_cannot_be_had_is_asked_to_call_again(
    small: Context, vendor: OpenDsrProcessor
) -> None:
    vendor.faults.cut = 1_000
    for _ in range(5):
        answer = call(small, TOLD, vendor.identity)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert vendor.count("GET") == 1
    vendor.faults.cut = 0
    small.clock.advance(timedelta(minutes=2))  # type: ignore[attr-defined]
    assert call(small, TOLD, vendor.identity).status_code == 202


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"", ["body"]),
        (b"[]", ["body"]),
        (b"[" * 30_000, ["body"]),
        ({"request_status": "completed"}, ["subject_request_id"]),
        ({"subject_request_id": 7, "request_status": "gone"}, ["subject_request_id", "request_status"]),
        ({"subject_request_id": "../../etc", "request_status": "completed"}, ["subject_request_id"]),
        ({"subject_request_id": NUMBER, "request_status": ["completed"]}, ["request_status"]),
    ],
)
def test_a_call_that_cannot_be_read_says_which_field_is_wrong(
    small: Context, vendor: OpenDsrProcessor, body: Any, fields: list[str]
) -> None:
    answer = call(small, body, vendor.identity)
    assert answer.status_code == 400
    assert [each["reason"] for each in answer.json["error"]["errors"]] == fields
    assert woken(small) == []


def test_a_call_that_is_too_large_is_not_taken_in(small: Context, vendor: OpenDsrProcessor) -> None:
    assert call(small, b" " * 70_000, vendor.identity).status_code == 413


def test_calls_are_forgotten_when_nobody_can_mean_to_repeat_them(small: Context, vendor: OpenDsrProcessor) -> None:
    call(small, TOLD, vendor.identity)
    forget_processor_calls(small)
    assert len(calls(small)) == 1
    small.clock.advance(timedelta(days=101))  # type: ignore[attr-defined]
    forget_processor_calls(small)
    assert calls(small) == []


def test_without_a_file_of_processors_nobody_calls(tmp_path: Path, vendor: OpenDsrProcessor) -> None:
    context = make_context(SERVICE, tmp_path, clock=FixedClock(NOW), systems=SYSTEMS, profiles=str(SAMPLE))
    assert call(context, TOLD, vendor.identity).status_code == 401
    context.database.close()


def test_every_fault_of_the_file_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "processors.yaml"
    path.write_text(
        "- domain: OPENDSR\n"
        "  processor: https://a.example/v2\n"
        "  colour: red\n"
        "- domain: a.example\n"
        "  processor: http://a.example/v2\n"
        "  systems: [shop]\n"
        "- domain: b.example\n"
        "  processor: https://b.example/v2\n"
        "  systems: [shop]\n"
        "  ca_file: nothing.pem\n"
        "- seven\n"
        "- domain: c.example\n"
        "  processor: https://c.example/v2\n"
        "  systems: [shop]\n"
        "- domain: c.example\n"
        "  processor: https://c.example/v3\n"
        "  systems: [shop]\n"
    )
    with pytest.raises(Faults) as caught:
        read_processors(path)
    told = sorted(str(each).partition(" (")[0] for each in caught.value.faults)
    assert told == sorted(
        [
            "processors.yaml:1: domain: it does not have the form that it needs",
            "processors.yaml:3: colour: this is not known",
            "processors.yaml:1: systems: it is missing",
            "processors.yaml:5: processor: it is not encrypted: write https, or insecure_http: yes if you mean it",
            "processors.yaml:10: it cannot be read",
            "processors.yaml:11: this: invalid input type",
            "processors.yaml:15: this domain stands here twice",
        ]
    )


def test_a_system_that_no_profile_has_stops_the_start(
    tmp_path: Path, vendor: OpenDsrProcessor, authority: Authority
) -> None:
    path = write_file(tmp_path, vendor, authority, systems=["nowhere"])
    context = make_context(
        SERVICE, tmp_path, clock=FixedClock(NOW), systems=SYSTEMS, profiles=str(SAMPLE), processors=str(path)
    )
    with pytest.raises(Faults, match="no profile has the system nowhere"):
        check_processors(context)
    context.database.close()
