"""The upload door: one order's parts, by its grant, once each, up to a size."""

import io
import json
from datetime import timedelta

import pytest

from habeas.connect.delivery import context_of
from habeas.crypto.canonical import read_base64, write_base64url
from habeas.crypto.streams import seal_stream
from habeas_fulfilment.admissions import Admission, write_admission


@pytest.fixture
def door(small):
    """Give what a connector does at the upload door."""

    def send(order, data, *, part="run-records", grant=None, at="", headers=None):
        headers = {"Authorization": f"Bearer {order.event.upload if grant is None else grant}", **(headers or {})}
        url = f"/uploads/{at or order.event.order}/{part}"
        client = small.app.test_client()
        return client.post(url, base_url="http://anything:1", headers=headers, data=data)

    return send


def grant(desk, order, **changes):
    facts = {
        "order": order.event.order,
        "prefix": f"orders/{order.event.case}/{order.event.order}/",
        "most_bytes": 100,
        "expires": desk.clock.now() + timedelta(days=1),
    }
    return write_admission(desk.context.keys.signer("fulfilment"), Admission(**{**facts, **changes}))


def test_a_part_is_stored_under_its_order_and_told_with_its_digest(small, door):
    case = small.proved("access")
    [order, *_] = small.orders(case)
    answer = door(order, b"x" * 3_000_000)
    assert answer.status_code == 201
    key = f"orders/{case}/{order.event.order}/run-records"
    assert (answer.json["key"], answer.json["size"]) == (key, 3_000_000)
    assert small.context.store.exists(key)


def test_a_part_is_written_once(small, door):
    [order, *_] = small.orders(small.proved("access"))
    assert door(order, b"one").status_code == 201
    assert door(order, b"two").status_code == 409
    with small.context.store.open(f"orders/{order.event.case}/{order.event.order}/run-records") as source:
        assert source.read() == b"one"


def test_a_large_result_comes_through_the_door_and_into_the_package(small, door, read_bag):
    case = small.proved("access")
    for order in small.orders(case):
        if order.event.system != "shop":
            small.answer(order)
            continue
        record = small.record("orders", "1", "orders", text="long")
        record["attachments"] = [{"id": "file-1", "name": "cv.pdf", "media_type": "application/pdf", "size": 200_000}]
        lines = json.dumps(record).encode() + b"\n"
        parts = []
        for name, plain in (("file-1", b"%PDF" + b"1" * 199_996), ("records", lines)):
            public, bound = read_base64(order.event.case_key), context_of(order.event.order, name)
            sealed = b"".join(seal_stream(io.BytesIO(plain), public, bound))
            parts.append({"part": name, **door(order, sealed, part=f"run-{name}").json})
        small.answer(order, outcome="found", counts={"orders": 1}, parts=parts)
    small.work()
    assert [each.state for each in small.answers(case)] == ["ready"]
    with read_bag(small, case) as bag:
        [name] = [each for each in bag.namelist() if each.endswith("cv.pdf")]
        assert bag.read(name).startswith(b"%PDF")


def test_an_order_may_upload_so_much_in_all_and_no_more(small, door):
    [order, *_] = small.orders(small.proved("access"))
    shown = grant(small, order)
    assert door(order, b"x" * 60, part="a", grant=shown).status_code == 201
    assert door(order, b"x" * 60, part="b", grant=shown).status_code == 413
    assert door(order, b"x" * 40, part="c", grant=shown).status_code == 201
    assert door(order, b"x", part="d", grant=shown).status_code == 413
    assert sorted(key.rsplit("/")[-1] for key in small.context.store.list("orders/")) == ["a", "c"]


def test_a_stream_without_a_length_is_cut_off_at_the_limit(small, door):
    [order, *_] = small.orders(small.proved("access"))
    client = small.app.test_client()
    sent = client.post(
        f"/uploads/{order.event.order}/a",
        headers={"Authorization": f"Bearer {grant(small, order)}", "Transfer-Encoding": "chunked"},
        input_stream=io.BytesIO(b"x" * 1000),
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert sent.status_code == 413
    assert list(small.context.store.list("orders/")) == []


@pytest.mark.parametrize("shown", ["", "x", write_base64url(b"{}"), write_base64url(b"\xff")])
def test_nobody_comes_in_without_a_grant(small, door, shown):
    [order, *_] = small.orders(small.proved("access"))
    refused = door(order, b"x", grant=shown)
    assert refused.status_code == 401
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert list(small.context.store.list("orders/")) == []


def test_a_grant_is_good_for_its_own_order_only(small, door):
    first, second, _ = small.orders(small.proved("access"))
    assert door(first, b"x", grant=second.event.upload).status_code == 403


def test_a_grant_ends(small, door):
    [order, *_] = small.orders(small.proved("access"))
    small.clock.advance(timedelta(days=30))
    assert door(order, b"x").status_code == 401


@pytest.mark.parametrize("signer", ["intake", "identity", "connect-shop"])
def test_a_grant_of_another_signer_is_refused(small, door, signer):
    [order, *_] = small.orders(small.proved("access"))
    admission = Admission(order.event.order, "orders/", 10**9, small.clock.now() + timedelta(days=1))
    forged = write_admission(small.context.keys.signer(signer), admission)
    assert door(order, b"x", grant=forged).status_code == 401


def test_an_answered_order_takes_nothing_more(small, door):
    case = small.proved("access")
    [order, *_] = small.orders(case)
    small.answer(order)
    small.work()
    assert door(order, b"x").status_code == 403


@pytest.mark.parametrize("part", ["..", "a%2Fb", "A", "-a", "a" * 90, "a.b"])
def test_a_part_has_a_plain_name(small, door, part):
    [order, *_] = small.orders(small.proved("access"))
    assert door(order, b"x", part=part).status_code in (403, 404)
    assert list(small.context.store.list("orders/")) == []


def test_a_part_of_one_order_is_not_taken_for_another(small, door):
    case = small.proved("access")
    first, second, _ = small.orders(case)
    told = door(first, b"x").json
    small.answer(second, outcome="found", counts={"x": 1}, parts=[{"part": "records", **told}])
    small.work()
    assert {each.state for each in small.rows(case)} == {"given"}
