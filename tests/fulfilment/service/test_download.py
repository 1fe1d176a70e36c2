"""Handing out: with a fresh proof's ticket only, a few times, for some days, and from the second origin."""

import io
import zipfile
from datetime import timedelta

import pytest

from habeas.clock import uuid7
from habeas.crypto.canonical import write_base64url
from habeas.crypto.sealing import CannotOpen
from habeas.events import AnswerHandedOut
from habeas.grants import Grant, mint
from habeas.verify import verify_file
from habeas_fulfilment.timers import expire_answers


@pytest.fixture
def fetch(small):
    """Give what a browser does at the download origin."""

    def send(ticket, *, origin="http://127.0.0.1:8081", path="/download", **fields):
        client = small.app.test_client()
        return client.post(path, base_url=origin, data={"ticket": ticket, **fields})

    return send


def ticket(desk, of, **changes):
    now = desk.clock.now()
    facts = {
        "id": uuid7(),
        "kind": "subject",
        "person": of,
        "roles": (),
        "controllers": (),
        "service": "fulfilment",
        "purpose": "release",
        "case": of,
        "browser": "",
        "session": "",
        "issued": now,
        "expires": now + timedelta(minutes=5),
        "once": True,
    }
    return mint(desk.context.keys.signer("identity"), Grant(**{**facts, **changes}))


def read(desk, key):
    with desk.context.store.open(key) as source:
        return source.read()


def test_a_package_is_handed_out_for_a_fresh_ticket(small, fetch, tmp_path):
    case = small.packaged()
    answer = fetch(ticket(small, case))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="H-7K3M-9QXA-access.zip"')
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    (tmp_path / "package.zip").write_bytes(answer.data)
    report = verify_file(tmp_path / "package.zip", small.context.keys.directory())
    assert report.ok, report.lines
    assert small.said(AnswerHandedOut, case) == [AnswerHandedOut(case=case, kind="package", right="access", times=1)]


def test_a_handed_out_package_holds_what_the_systems_found(small, fetch):
    answer = fetch(ticket(small, small.packaged()))
    with zipfile.ZipFile(io.BytesIO(answer.data)) as package:
        names = package.namelist()
        customers = package.read("data/systems/shop/customers.json").decode()
    assert "data/index.html" in names
    assert '"Anna"' in customers
    assert "matches" not in customers


def test_a_ticket_opens_an_answer_once(small, fetch):
    case = small.packaged()
    shown = ticket(small, case)
    assert fetch(shown).status_code == 200
    again = fetch(shown)
    assert again.status_code == 410
    assert "cannot be fetched now" in again.text


def test_a_package_is_handed_out_three_times_and_no_more(small, fetch):
    case = small.packaged()
    assert [fetch(ticket(small, case)).status_code for _ in range(4)] == [200, 200, 200, 410]
    assert [event.times for event in small.said(AnswerHandedOut, case)] == [1, 2, 3]


def test_a_package_is_not_handed_out_after_its_days(small, fetch):
    case = small.packaged()
    small.clock.advance(timedelta(days=14))
    assert fetch(ticket(small, case)).status_code == 410
    expire_answers(small.context)
    assert [(each.state, each.key, each.content_key) for each in small.answers(case)] == [("expired", None, None)]
    assert list(small.context.store.list("answers/")) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"service": "intake"},
        {"purpose": "case"},
        {"kind": "agent"},
        {"browser": "b" * 64},
        {"once": False},
        {"case": ""},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_grant_opens_nothing(small, fetch, changes):
    case = small.packaged()
    refused = fetch(ticket(small, case, **changes))
    assert refused.status_code == 401
    assert "text/html" in refused.headers["Content-Type"]
    assert [each.times for each in small.answers(case)] == [0]


def test_an_expired_ticket_shows_a_calm_page(small, fetch):
    shown = ticket(small, small.packaged())
    small.clock.advance(timedelta(minutes=6))
    refused = fetch(shown)
    assert refused.status_code == 401
    assert "<h1>" in refused.text


@pytest.mark.parametrize("shown", ["", "x", "a.b.c", "a.e30.c", "a.bm9wZQ.c", "€"])
def test_what_is_no_ticket_opens_nothing(small, fetch, shown):
    small.packaged()
    assert fetch(shown).status_code == 401


def test_a_ticket_of_another_signer_opens_nothing(small, fetch):
    case = small.packaged()
    key_id, payload, signature = ticket(small, case).split(".")
    other = small.context.keys.signer("intake").sign_bytes("application/vnd.habeas.grant+json", b"x")
    assert fetch(f"{key_id}.{payload}.{write_base64url(other)}").status_code == 401
    assert fetch(f"{key_id}.{payload}.{signature}").status_code == 200


def test_nothing_is_handed_out_at_the_origin_that_has_cookies(small, fetch):
    case = small.packaged()
    assert fetch(ticket(small, case), origin="http://127.0.0.1:8080").status_code == 404
    assert [each.times for each in small.answers(case)] == [0]


def test_a_ticket_opens_no_other_case(small, fetch):
    case, other = small.packaged(), small.proved("access")
    assert fetch(ticket(small, other)).status_code == 410
    assert [each.times for each in small.answers(case)] == [0]


def test_two_answers_are_offered_and_each_is_fetched_once(small, fetch):
    case = small.packaged("access", "portability")
    shown = ticket(small, case)
    choice = fetch(shown)
    assert choice.status_code == 200
    assert 'value="access"' in choice.text
    assert 'value="portability"' in choice.text
    assert fetch(shown, right="access").headers["Content-Type"] == "application/zip"
    assert fetch(shown, right="portability").headers["Content-Type"] == "application/zip"
    assert fetch(shown, right="access").status_code == 410


def test_a_right_that_was_not_asked_is_not_fetched(small, fetch):
    assert fetch(ticket(small, small.packaged()), right="erasure").status_code == 410


def test_a_truncated_file_in_the_store_never_looks_whole(small, fetch):
    case = small.packaged()
    key = small.answers(case)[0].key
    whole = read(small, key)
    small.context.store.delete(key)
    small.context.store.put(key, io.BytesIO(whole[:-100]))
    with pytest.raises(CannotOpen):
        fetch(ticket(small, case)).get_data()


def test_answers_swapped_in_the_store_do_not_open(small, fetch):
    first, second = small.packaged(), small.packaged()
    keys = [small.answers(case)[0].key for case in (first, second)]
    files = [read(small, key) for key in keys]
    for key, content in zip(keys, reversed(files), strict=True):
        small.context.store.delete(key)
        small.context.store.put(key, io.BytesIO(content))
    for case in (first, second):
        refused = fetch(ticket(small, case))
        assert refused.status_code == 409
        assert "Content-Disposition" not in refused.headers
        assert [each.times for each in small.answers(case)] == [0]
