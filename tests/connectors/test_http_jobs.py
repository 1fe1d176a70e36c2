"""What a vendor does later is begun once, waited for, and told when it is done; what it cannot show is presumed."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from connectors.answering import open_file

from habeas.sdk import Deed, NeedsPerson, Subject, Waiting
from habeas.testing.connector_contract import decide
from habeas.testing.vendors.switches import ManualClock

ANN = Subject({"email": ("ann@example.com",), "user_id": ("ann-is-u1",)})
FILE = """\
calls:
  start:
    post: /deletions
    json: {ids: ["{value}"]}
    expect: [201]
    idempotency: Idempotency-Key
    job:
      {id: task.id, poll: status, done: "state == 'SUCCESS'", failed: "state == 'FAILURE'", every: PT1H, within: P30D}
  status:
    get: /deletions/{job}
    record: "@"
kinds:
  profile:
    presumed: [user_id]
    erase: {does: erases, steps: [{call: start, by: user_id}]}
"""


class Vendor:
    """Deletes later."""

    def __init__(self) -> None:
        self.started: list[httpx.Request] = []
        self.state = "PENDING"

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.started.append(request)
            return httpx.Response(201, json={"task": {"id": 70 + len(self.started)}})
        return httpx.Response(200, json={"state": self.state})


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def erase(vendor: Vendor, clock: ManualClock, folder: Path, scope: Any = None) -> list[Any]:
    """Each time by a new connector, as after a crash: only its folder is left."""
    connector = open_file(FILE, vendor, folder, clock)
    return list(connector.erase(ANN, decide(list(connector.export(ANN))) if scope is None else scope))


def test_work_is_begun_once_and_looked_at_after_a_restart(vendor: Vendor, clock: ManualClock, tmp_path: Path) -> None:
    scope = decide(list(open_file(FILE, vendor, tmp_path, clock).export(ANN)))
    for _ in range(3):
        with pytest.raises(Waiting) as caught:
            erase(vendor, clock, tmp_path, scope)
        assert caught.value.after is not None
        assert caught.value.after.total_seconds() == 3600
        assert caught.value.until == "2026-10-21T14:13:20+00:00"
    assert len(vendor.started) == 1
    assert json.loads(vendor.started[0].content) == {"ids": ["ann-is-u1"]}
    vendor.state = "SUCCESS"
    first = erase(vendor, clock, tmp_path, scope)
    assert [(each.deed, each.count, each.verified) for each in first] == [(Deed.ERASED, 1, False)]
    assert erase(vendor, clock, tmp_path, scope) == first
    assert len(vendor.started) == 1


def test_another_order_later_begins_anew(vendor: Vendor, clock: ManualClock, tmp_path: Path) -> None:
    vendor.state = "SUCCESS"
    erase(vendor, clock, tmp_path)
    assert [each.presumed for each in open_file(FILE, vendor, tmp_path, clock).export(ANN)] == [True]
    clock.advance(2 * 86_400)
    erase(vendor, clock, tmp_path)
    assert len(vendor.started) == 2


def test_work_that_failed_goes_to_a_person_and_can_be_begun_anew(
    vendor: Vendor, clock: ManualClock, tmp_path: Path
) -> None:
    vendor.state = "FAILURE"
    with pytest.raises(NeedsPerson, match="its work failed"):
        erase(vendor, clock, tmp_path)
    vendor.state = "SUCCESS"
    assert erase(vendor, clock, tmp_path)
    assert len(vendor.started) == 2


def test_work_that_is_not_done_in_its_time_goes_to_a_person(vendor: Vendor, clock: ManualClock, tmp_path: Path) -> None:
    with pytest.raises(Waiting):
        erase(vendor, clock, tmp_path)
    clock.advance(31 * 86_400)
    with pytest.raises(NeedsPerson, match="has not done it by 2026"):
        erase(vendor, clock, tmp_path)


def test_the_same_request_carries_the_same_key(vendor: Vendor, clock: ManualClock, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        with pytest.raises(Waiting):
            erase(vendor, clock, tmp_path / folder)
    first, second = (each.headers["Idempotency-Key"] for each in vendor.started)
    assert first == second
    assert "ann" not in first


def test_nothing_that_is_kept_tells_whom_it_is_about(vendor: Vendor, clock: ManualClock, tmp_path: Path) -> None:
    with pytest.raises(Waiting):
        erase(vendor, clock, tmp_path)
    kept = b"".join(each.read_bytes() for each in (tmp_path / "state").iterdir())
    assert kept
    assert b"ann-is-u1" not in kept
    assert b"ann@example.com" not in kept


def test_a_presumed_kind_whose_identifier_is_not_proved_cannot_be_searched(vendor: Vendor, tmp_path: Path) -> None:
    with pytest.raises(NeedsPerson, match="profile cannot be searched: user_id is not proved"):
        list(open_file(FILE, vendor, tmp_path).export(Subject({"email": ("ann@example.com",)})))
