"""The door for controllers whose processor we are: our own OpenDSR connector on the other side, and who may not."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, text
from tests.intake.conftest import MARKED, NOW, SAMPLE, prove

from habeas.clock import FixedClock
from habeas.connectors.opendsr import OpenDsrConnector
from habeas.connectors.opendsr.settings import read_settings
from habeas.errors import Faults
from habeas.events import AnswerReady, CaseFrozen, CaseOpened, CaseWithdrawn, ProcessorReported
from habeas.opendsr.certificates import Trust, check_certificate
from habeas.opendsr.signatures import DOMAIN, SIGNATURE, is_signed
from habeas.sdk import Decided, Deed, NeedsPerson, Subject, Waiting
from habeas.service import Context
from habeas.testing.authority import Authority, Identity
from habeas.testing.house import deliver, make_context, run, said
from habeas.vocabulary import CaseState
from habeas.web.application import create_app
from habeas_intake.commands import api_key
from habeas_intake.guards import digest_of
from habeas_intake.models import ApiKey, Case, Entry, ProcessorRequest
from habeas_intake.processor_requests import report_changes
from habeas_intake.processor_signature import check_signer
from habeas_intake.service import SERVICE

HOST, KEY, CALLBACK = "opendsr.nordlund.example", "hk_mothership", "https://mothership.example/opendsr/callbacks"
NUMBER = "a7551968-d5d6-44b2-9831-815ac9017798"
BODY: dict[str, Any] = {
    "regulation": "gdpr",
    "subject_request_id": NUMBER,
    "subject_request_type": "erasure",
    "submitted_time": "2026-11-20T08:00:00Z",
    "subject_identities": [{"identity_type": "email", "identity_value": MARKED, "identity_format": "raw"}],
    "status_callback_urls": [CALLBACK],
}


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(NOW)


@pytest.fixture(scope="module")
def identity(authority: Authority) -> Identity:
    return authority.issue(HOST)


def settings_of(identity: Identity, **changes: str) -> dict[str, str]:
    signs = {"opendsr_certificate": identity.pem.decode(), "opendsr_key": identity.key_pem.decode()}
    return {"profiles": str(SAMPLE), "opendsr_url": "http://127.0.0.1:8080", **signs, **changes}


@pytest.fixture(params=["sqlite", "postgresql"])
def processor(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FixedClock, identity: Identity
) -> Iterator[Context]:
    database = "sqlite:" if request.param == "sqlite" else request.getfixturevalue("postgres").fresh_database()
    context = make_context(SERVICE, tmp_path, clock=clock, **settings_of(identity, database=database))
    with context.transaction() as tx:
        for name, key in (("mothership", KEY), ("another", "hk_another")):
            added = ApiKey(name=name, digest=digest_of(key), added_at=tx.now, callbacks=[CALLBACK])
            tx.session.add(added)
    yield context
    context.database.close()


@pytest.fixture
def app(processor: Context) -> Flask:
    return create_app(processor)


@pytest.fixture
def door(app: Flask) -> FlaskClient:
    return app.test_client()


def call(door: FlaskClient, method: str, path: str, body: Any = None, key: str = KEY) -> Any:
    content = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return door.open(f"/opendsr/v2{path}", method=method, headers=headers, **content)


def ask(door: FlaskClient, **changes: Any) -> Any:
    return call(door, "POST", "/requests", {**BODY, **changes})


def status(door: FlaskClient) -> str:
    answer = call(door, "GET", f"/requests/{NUMBER}")
    assert answer.status_code == 200, answer.text
    return str(answer.json["request_status"])


def case_of(context: Context) -> str:
    with context.reading() as tx:
        return tx.session.scalars(select(ProcessorRequest.case_id)).one()


def requests_of(context: Context) -> list[ProcessorRequest]:
    with context.reading() as tx:
        return list(tx.session.scalars(select(ProcessorRequest)))


def answer(context: Context, case: str) -> None:
    """Lets the access of a case be answered."""
    ready = AnswerReady(case=case, kind="package", right="access", days=30)
    deliver(context, ready, source="fulfilment")
    run(context)


def count(context: Context) -> int:
    with context.reading() as tx:
        return tx.session.execute(select(func.count()).select_from(Case)).scalar_one()


def test_our_own_connector_and_our_own_door_understand_each_other(
    app: Flask, processor: Context, authority: Authority, tmp_path: Path
) -> None:
    """Two houses: what one asks as controller the other takes as processor, and every answer is signed and believed."""
    (tmp_path / "authority.pem").write_bytes(authority.pem)
    known = {"processor": "http://127.0.0.1:8080/opendsr/v2", "domain": HOST, "secret": KEY, "ca_file": "authority.pem",
             "activity": "newsletter", "identities": {"email": {"type": "email"}}, "callback": CALLBACK}  # fmt: skip
    connector = OpenDsrConnector(
        read_settings(known, tmp_path), httpx.WSGITransport(app=app), clock=lambda: NOW.timestamp()
    )
    connector.state = tmp_path
    assert connector.check().problems == ()
    person = Subject({"email": (MARKED,)})
    with pytest.raises(Waiting, match="pending") as caught:
        list(connector.export(person))
    assert str(caught.value.until).startswith("2026-12-")
    (opened,) = (each for each in said(processor, CaseOpened) if each.recipient == "identity")
    assert opened.sealed["identifiers"] == {"email": [MARKED]}
    case = case_of(processor)
    prove(processor, case)
    with pytest.raises(Waiting, match="in_progress"):
        list(connector.export(person))
    answer(processor, case)
    with pytest.raises(NeedsPerson, match="nowhere where its results are"):
        list(connector.export(person))
    scope = [Decided(each.kind, each.key, each.digest, keep=False) for each in connector.locate(person)]
    with pytest.raises(Waiting, match="pending"):
        list(connector.erase(person, scope))
    assert count(processor) == 2
    erasure = next(each.case_id for each in requests_of(processor) if each.case_id != case)
    with processor.transaction() as tx:
        tx.session.get_one(Case, erasure).rights[0].state = CaseState.ANSWERED.value
    assert [(each.deed, each.verified) for each in connector.erase(person, scope)] == [(Deed.ERASED, False)]
    connector.close()


def test_a_request_is_taken_once_and_answered_as_the_text_demands(
    door: FlaskClient, processor: Context, authority: Authority, identity: Identity
) -> None:
    for _ in range(2):
        taken = ask(door)
        assert taken.status_code == 201, taken.text
        assert taken.json == {
            "controller_id": "mothership",
            "subject_request_id": NUMBER,
            "received_time": "2026-11-22T12:00:00Z",
            "expected_completion_time": taken.json["expected_completion_time"],
            "encoded_request": b64encode(json.dumps(BODY).encode()).decode(),
        }
        assert taken.headers[DOMAIN] == HOST
        certificate = door.get("/opendsr/v2/certificate.pem").data
        key = check_certificate(certificate, HOST, Trust((authority.certificate,)), NOW)
        assert is_signed(taken.data, taken.headers[SIGNATURE], key)
        assert not is_signed(taken.data + b" ", taken.headers[SIGNATURE], key)
    assert count(processor) == 1


@pytest.mark.parametrize("changes", [{"subject_request_type": "access"}, {"identity_value": "eve@example.com"}])
def test_a_number_is_never_two_requests(door: FlaskClient, processor: Context, changes: dict[str, str]) -> None:
    """An answer that signs for what was not taken would be believed."""
    ask(door)
    other = identities(**changes) if "identity_value" in changes else changes
    refused = ask(door, **other)
    assert refused.status_code == 400
    assert "given to another request" in refused.json["error"]["message"]
    assert SIGNATURE not in refused.headers
    assert count(processor) == 1


def test_the_time_runs_from_when_the_person_asked_the_controller(door: FlaskClient, processor: Context) -> None:
    ask(door)
    with processor.reading() as tx:
        case = tx.session.scalars(select(Case)).one()
        assert case.received_at.isoformat() == "2026-11-20T08:00:00+00:00"
    assert status(door) == "pending"


def test_the_older_name_of_the_route_is_honoured(door: FlaskClient) -> None:
    assert call(door, "POST", "/opengdpr_requests", BODY).status_code == 201
    assert call(door, "GET", f"/opengdpr_requests/{NUMBER}").json["request_status"] == "pending"


def test_discovery_says_what_is_taken(door: FlaskClient) -> None:
    assert call(door, "GET", "/discovery", key="").json == {
        "api_version": "2.0",
        "supported_identities": [{"identity_type": "email", "identity_format": "raw"}],
        "supported_subject_request_types": ["access", "erasure"],
        "processor_certificate": "http://127.0.0.1:8080/opendsr/v2/certificate.pem",
    }


def identities(**changes: str) -> dict[str, Any]:
    return {"subject_identities": [{**BODY["subject_identities"][0], **changes}]}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown field": ({"colour": MARKED}, "colour"),
    "no number of version 4": ({"subject_request_id": "a7551968-d5d6-14b2-9831-815ac9017798"}, "subject_request_id"),
    "a number in capitals": ({"subject_request_id": NUMBER.upper()}, "subject_request_id"),
    "a kind that is not taken": ({"subject_request_type": "portability"}, "subject_request_type"),
    "a kind that there is not": ({"subject_request_type": "rectification"}, "subject_request_type"),
    "no time zone": ({"submitted_time": "2026-11-20T08:00:00"}, "submitted_time"),
    "another law": ({"regulation": "lgpd"}, "regulation"),
    "another version": ({"api_version": "3.0"}, "api_version"),
    "nobody": ({"subject_identities": []}, "subject_identities"),
    "a digest": (identities(identity_format="sha256"), "subject_identities.0.identity_format"),
    "a device": (identities(identity_type="android_id"), "subject_identities.0.identity_type"),
    "everybody": (identities(identity_value="*"), "identifiers.email"),
    "no address": (identities(identity_value="canary words"), "identifiers.email"),
    "two people": ({"subject_identities": BODY["subject_identities"] * 2}, "subject_identities.1"),
    "an address nobody agreed on": ({"status_callback_urls": [f"{CALLBACK}/2"]}, "status_callback_urls"),
    "an assertion that is none": ({"extensions": {HOST: {"assertion": 7}}}, f"extensions.{HOST}.assertion"),
    "an assertion without end": ({"extensions": {HOST: {"assertion": "a" * 4001}}}, f"extensions.{HOST}.assertion"),
    "an extension nobody knows": ({"extensions": {HOST: {"colour": MARKED}}}, f"extensions.{HOST}.colour"),
}


@pytest.mark.parametrize("which", WRONG)
def test_a_request_that_does_not_fit_names_its_field_and_opens_nothing(
    door: FlaskClient, processor: Context, which: str
) -> None:
    changes, field = WRONG[which]
    refused = ask(door, **changes)
    assert refused.status_code == 400
    assert [each["reason"] for each in refused.json["error"]["errors"]] == [field]
    assert refused.json["error"]["code"] == 400
    assert "canary" not in refused.text
    assert count(processor) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b"null"])
def test_what_is_no_request_at_all_is_told_so(door: FlaskClient, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    refused = door.post("/opendsr/v2/requests", data=body, headers=headers, content_type="application/json")
    assert (refused.status_code, refused.json["error"]["code"]) == (400, 400)


def test_without_a_key_nobody_asks_and_with_another_s_nobody_sees(door: FlaskClient) -> None:
    ask(door)
    path = f"/requests/{NUMBER}"
    assert call(door, "POST", "/requests", BODY, key="").status_code == 401
    for method in ("GET", "DELETE"):
        assert call(door, method, path, key="").status_code == 401
        assert call(door, method, path, key="hk_another").status_code == 404
        assert call(door, method, "/requests/1", key=KEY).status_code == 404
    assert status(door) == "pending"


def test_an_assertion_goes_to_identity_and_to_nobody_else(door: FlaskClient, processor: Context) -> None:
    ask(door, extensions={HOST: {"assertion": "payload.signature"}, "elsewhere.example": {"x": 1}})
    sealed = {each.recipient: each.sealed for each in said(processor, CaseOpened)}
    assert sealed["identity"]["assertion"] == "payload.signature"
    assert "assertion" not in sealed["notifier"]


def test_a_pending_request_is_taken_back_and_a_begun_one_is_not(door: FlaskClient, processor: Context) -> None:
    ask(door)
    for _ in range(2):
        taken_back = call(door, "DELETE", f"/requests/{NUMBER}")
        assert taken_back.status_code == 202
        assert taken_back.json["subject_request_id"] == NUMBER
        assert taken_back.headers[SIGNATURE]
    assert status(door) == "cancelled"
    case = case_of(processor)
    assert [each.event.thread for each in said(processor, CaseWithdrawn)] == [case]
    deliver(processor, CaseFrozen(case=case), source="identity")
    prove(processor, case)  # it was on its way
    assert status(door) == "cancelled"
    with processor.reading() as tx:
        kinds = list(tx.session.scalars(select(Entry.kind).order_by(Entry.at, Entry.id)))
    assert kinds == ["case.opened", "request.withdrawn", "identity.proved"]


def test_what_is_worked_on_cannot_be_taken_back(door: FlaskClient, processor: Context) -> None:
    ask(door)
    prove(processor, case_of(processor))
    refused = call(door, "DELETE", f"/requests/{NUMBER}")
    assert refused.status_code == 400
    assert "cannot be cancelled" in refused.json["error"]["message"]
    assert status(door) == "in_progress"
    assert said(processor, CaseWithdrawn) == []


def report(context: Context) -> list[str]:
    with context.transaction() as tx:
        report_changes(tx)
    return [json.loads(each.event.body)["request_status"] for each in said(context, ProcessorReported)]  # type: ignore[attr-defined]


def test_the_controller_s_address_is_told_each_change_once_and_signed(
    door: FlaskClient, processor: Context, identity: Identity
) -> None:
    ask(door, subject_request_type="access")
    case = case_of(processor)
    assert report(processor) == []
    prove(processor, case)
    assert [report(processor) for _ in range(2)] == [["in_progress"]] * 2
    answer(processor, case)
    assert [report(processor) for _ in range(2)] == [["in_progress", "completed"]] * 2
    told = said(processor, ProcessorReported)[-1].event
    assert isinstance(told, ProcessorReported)
    assert (told.url, told.domain, told.thread) == (CALLBACK, HOST, NUMBER)
    assert is_signed(told.body.encode(), told.signature, identity.certificate.public_key())
    assert json.loads(told.body)["status_callback_url"] == CALLBACK


def test_nothing_personal_is_in_what_is_kept_in_the_clear(door: FlaskClient, processor: Context) -> None:
    ask(door)
    call(door, "DELETE", f"/requests/{NUMBER}")
    with processor.database.engine.connect() as connection:
        for table in ("ledger_leaf", "timeline", "processor_request"):
            assert "canary" not in repr(connection.execute(text(f"SELECT * FROM {table}")).all())


def test_a_house_without_a_certificate_is_nobody_s_processor(intake: Context) -> None:
    with intake.transaction() as tx:
        tx.session.add(ApiKey(name="mothership", digest=digest_of(KEY), added_at=tx.now, callbacks=[]))
    door = create_app(intake).test_client()
    for method, path in (("GET", "/discovery"), ("GET", "/certificate.pem"), ("POST", "/requests")):
        assert call(door, method, path, BODY if method == "POST" else None).status_code == 404


def broken(authority: Authority, identity: Identity) -> dict[str, tuple[dict[str, str], str]]:
    another = authority.issue(HOST)
    return {
        "no certificate": ({"opendsr_certificate": ""}, "HABEAS_OPENDSR_CERTIFICATE"),
        "no key": ({"opendsr_key": "words"}, "HABEAS_OPENDSR_KEY"),
        "another's key": ({"opendsr_key": another.key_pem.decode()}, "HABEAS_OPENDSR_KEY"),
        "ended": ({"opendsr_certificate": authority.issue(HOST, days=0, key=identity.key).pem.decode()},
                  "HABEAS_OPENDSR_CERTIFICATE"),
        "another domain's": ({"opendsr_url": "https://privacy.example.com", "broker": "amqp://127.0.0.1"},
                             "HABEAS_OPENDSR_URL"),
    }  # fmt: skip


@pytest.mark.parametrize("which", ["no certificate", "no key", "another's key", "ended", "another domain's"])
def test_what_would_not_be_believed_is_told_at_start(
    tmp_path: Path, authority: Authority, identity: Identity, which: str
) -> None:
    changes, field = broken(authority, identity)[which]
    told: list[str] = []
    try:
        context = make_context(SERVICE, tmp_path, clock=FixedClock(NOW + timedelta(hours=1)),
                               **settings_of(identity, **changes))  # fmt: skip
        check_signer(context)
    except Faults as wrong:
        told = [each.where for each in wrong.faults]
    assert told == [field]


def test_a_key_names_the_addresses_that_may_be_called(processor: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("habeas_intake.commands._open", lambda: processor)
    run_it: Callable[..., Any] = CliRunner().invoke
    wrong = run_it(api_key, ["add", "carrier", "--callback", "http://elsewhere.example/"])
    assert isinstance(wrong.exception, Faults)
    assert run_it(api_key, ["add", "carrier", "--callback", CALLBACK]).exit_code == 0
    with processor.reading() as tx:
        assert tx.session.get_one(ApiKey, "carrier").callbacks == [CALLBACK]
