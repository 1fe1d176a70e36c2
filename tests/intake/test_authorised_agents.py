"""Authorised agents: every case that they open is signed, counted, opened once, and names who acts (case 20)."""

import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from document_code import run_code_of
from flask.testing import FlaskClient
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519
from sqlalchemy import func, select, text
from tests.intake.conftest import MARKED, NOW

from habeas.clock import FixedClock
from habeas.errors import Faults
from habeas.events import CaseFrozen, CaseOpened, MandateAnswered
from habeas.service import Context
from habeas.testing.house import deliver, run, said
from habeas.web.application import create_app
from habeas_intake.authorised_agents import COVERED, read_public_key
from habeas_intake.commands import api_key
from habeas_intake.guards import digest_of
from habeas_intake.models import ApiKey, Case, UsedNonce

AGENT = "right-hand"
KEY, OTHERS = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
URL = "http://127.0.0.1:8080/api/cases"
BODY: dict[str, Any] = {
    "controller": "nordlunds-lampor",
    "rights": ["access"],
    "identifiers": {"email": MARKED},
    "on_behalf": {"agent_reference": "RH-canary-17", "mandate": "attested"},
}
Send = Callable[..., Any]


def public_pem(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def sign(
    body: bytes,
    *,
    key: Ed25519PrivateKey = KEY,
    name: str = AGENT,
    at: datetime = NOW,
    life: timedelta = timedelta(minutes=2),
    nonce: str | None = "nonce-1",
    url: str = URL,
    method: str = "POST",
    covered: tuple[str, ...] = COVERED,
    idempotency: str = "call-0001",
) -> dict[str, str]:
    """The headers of a call that is signed as an agent's program does it."""
    headers = {"Idempotency-Key": idempotency, "Content-Type": "application/json"}
    message = SimpleNamespace(method=method, url=url, headers=headers)
    signer = HTTPMessageSigner(
        signature_algorithm=ED25519, key_resolver=MappingKeyResolver(public_keys={}, private_keys={name: key})
    )
    parts = tuple(each for each in covered if each != "content-digest")
    digest = {"body": body} if "content-digest" in covered else {}
    times = {"created": at, "expires": at + life}
    signer.sign(message, key_id=name, nonce=nonce, covered_component_ids=parts, **times, **digest)
    return headers


@pytest.fixture
def api(intake: Context) -> FlaskClient:
    with intake.transaction() as tx:
        common = {"added_at": tx.now, "cases_a_day": 3}
        signs_with = read_public_key(public_pem(KEY))
        tx.session.add(ApiKey(name=AGENT, digest=digest_of("hk_agent"), public_key=signs_with, **common))
        tx.session.add(ApiKey(name="shop-site", digest=digest_of("hk_shop"), added_at=tx.now))
    return create_app(intake).test_client()


def send(api: FlaskClient, headers: Mapping[str, str], body: bytes, *, key: str = "hk_agent") -> Any:
    base = "http://127.0.0.1:8080"
    return api.post("/api/cases", data=body, headers={**headers, "Authorization": f"Bearer {key}"}, base_url=base)


def write(**changes: Any) -> bytes:
    return json.dumps({**BODY, **changes}).encode()


def cases(context: Context) -> int:
    with context.reading() as tx:
        return tx.session.execute(select(func.count()).select_from(Case)).scalar_one()


def test_a_signed_case_is_opened_and_names_the_agent(api: FlaskClient, intake: Context) -> None:
    """Case 20: who acts stands in the ledger and the timeline; their number of the mandate goes sealed to identity."""
    answer = send(api, sign(write()), write())
    assert answer.status_code == 201, answer.text
    letters = {each.recipient: each for each in said(intake, CaseOpened)}
    acting = {"agent": AGENT, "reference": "RH-canary-17", "mandate": "attested"}
    assert letters["identity"].sealed == {"identifiers": {"email": [MARKED]}, "assertion": "", "acting": acting}
    event = letters["fulfilment"].event
    assert isinstance(event, CaseOpened)
    assert (event.capacity, event.browser) == ("authorised", "")
    with intake.database.engine.connect() as connection:
        leaves = repr(connection.execute(text("SELECT * FROM ledger_leaf")).all())
        lines = repr(connection.execute(text("SELECT facts FROM timeline")).all())
    for told in (leaves, lines):
        assert AGENT in told
        assert "authorised" in told
        assert "canary" not in told


def wrong_digest() -> tuple[dict[str, str], bytes]:
    return sign(write()), write(rights=["erasure"])


def no_signature() -> tuple[dict[str, str], bytes]:
    return {"Idempotency-Key": "call-0001", "Content-Type": "application/json"}, write()


def changed(**how: Any) -> Callable[[], tuple[dict[str, str], bytes]]:
    return lambda: (sign(write(), **how), write())


def swapped(name: str, value: str) -> Callable[[], tuple[dict[str, str], bytes]]:
    return lambda: ({**sign(write()), name: value}, write())


REFUSED: list[tuple[str, Callable[[], tuple[dict[str, str], bytes]]]] = [
    ("unsigned", no_signature),
    ("wrong digest", wrong_digest),
    ("stale", changed(at=NOW - timedelta(minutes=10))),
    ("from the future", changed(at=NOW + timedelta(minutes=1))),
    ("too long a life", changed(life=timedelta(minutes=6))),
    ("another's key", changed(key=OTHERS)),
    ("another's name", changed(name="shop-site")),
    ("another address", changed(url="http://127.0.0.1:8080/api/elsewhere")),
    ("another portal", changed(url="https://privacy.example.com/api/cases")),
    ("another method", changed(method="PUT")),
    ("no nonce", changed(nonce=None)),
    ("an endless nonce", changed(nonce="n" * 65)),
    ("digest not covered", changed(covered=("@method", "@target-uri", "idempotency-key"))),
    ("method not covered", changed(covered=("@target-uri", "content-digest", "idempotency-key"))),
    ("address not covered", changed(covered=("@method", "content-digest", "idempotency-key"))),
    ("idempotency not covered", changed(covered=("@method", "@target-uri", "content-digest"))),
    ("another idempotency key", swapped("Idempotency-Key", "call-0002")),
    ("another digest", swapped("Content-Digest", "sha-256=:" + "A" * 43 + "=:")),
    ("a broken signature", swapped("Signature", "pyhms=:AAAA:")),
    ("a broken input", swapped("Signature-Input", 'pyhms=("@method")')),
    ("two signatures", swapped("Signature", "pyhms=:AAAA:, other=:AAAA:")),
]


@pytest.mark.parametrize("make", [make for _, make in REFUSED], ids=[name for name, _ in REFUSED])
def test_a_call_that_is_not_signed_for_just_this_opens_nothing(
    api: FlaskClient, intake: Context, make: Callable[[], tuple[dict[str, str], bytes]]
) -> None:
    """Case 20: unsigned, changed, stale and foreign calls of an agent are refused, whatever key is shown with them."""
    headers, body = make()
    answer = send(api, headers, body)
    assert answer.status_code == 401
    assert any("Signature" in each["field"] for each in answer.json["errors"])
    assert cases(intake) == 0
    assert MARKED not in answer.text


def test_a_signed_call_is_good_once(api: FlaskClient, intake: Context) -> None:
    headers = sign(write())
    assert send(api, headers, write()).status_code == 201
    again = send(api, headers, write())
    assert again.status_code == 401
    assert "used before" in again.text
    assert cases(intake) == 1


def test_a_call_that_got_lost_is_signed_anew_and_opens_the_same_case(api: FlaskClient, intake: Context) -> None:
    first = send(api, sign(write()), write())
    second = send(api, sign(write(), nonce="nonce-2"), write())
    assert first.json["id"] == second.json["id"]
    assert cases(intake) == 1


def test_a_nonce_is_kept_as_long_as_its_signature_could_be_good(
    api: FlaskClient, intake: Context, clock: FixedClock
) -> None:
    send(api, sign(write()), write())
    clock.at = NOW + timedelta(minutes=5)
    send(api, sign(write(), at=clock.at, nonce="nonce-2", idempotency="call-0002"), write())
    with intake.reading() as tx:
        assert set(tx.session.scalars(select(UsedNonce.nonce))) == {"nonce-1", "nonce-2"}
    clock.at = NOW + timedelta(minutes=6)
    send(api, sign(write(), at=clock.at, nonce="nonce-3", idempotency="call-0003"), write())
    with intake.reading() as tx:
        assert set(tx.session.scalars(select(UsedNonce.nonce))) == {"nonce-2", "nonce-3"}


def at_once(api: FlaskClient, calls: list[dict[str, str]]) -> list[int]:
    """Send signed calls from as many threads."""

    def one(headers: dict[str, str]) -> int:
        return int(send(api.application.test_client(), headers, write()).status_code)

    with ThreadPoolExecutor(len(calls)) as pool:
        return sorted(pool.map(one, calls))


def test_of_the_same_call_at_once_a_single_one_counts(api: FlaskClient, intake: Context) -> None:
    headers = sign(write())
    assert at_once(api, [headers] * 8) == [201] + [401] * 7
    assert cases(intake) == 1


def test_of_many_calls_at_once_no_more_than_the_limit_count(api: FlaskClient, intake: Context) -> None:
    """Case 20."""
    calls = [sign(write(), nonce=f"nonce-{number}", idempotency=f"call-{number:04}") for number in range(8)]
    assert at_once(api, calls) == [201] * 3 + [429] * 5
    assert cases(intake) == 3


def test_a_flood_of_mandates_stops_at_the_agents_own_limit(
    api: FlaskClient, intake: Context, clock: FixedClock
) -> None:
    """Case 20: bulk mandates are counted in the transaction that opens the case."""

    def open_one(number: int) -> Any:
        signed = sign(write(), at=clock.at, nonce=f"nonce-{number}", idempotency=f"call-{number:04}")
        return send(api, signed, write())

    assert [open_one(number).status_code for number in range(5)] == [201, 201, 201, 429, 429]
    assert cases(intake) == 3
    assert int(open_one(6).headers["Retry-After"]) > 0
    assert open_one(2).status_code == 401, "what was used is used, also at the limit"
    clock.at = NOW + timedelta(days=1, seconds=1)
    assert open_one(7).status_code == 201


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"on_behalf": None}, "capacity"),
        ({"capacity": "self"}, "on_behalf"),
        ({"capacity": "self", "on_behalf": None}, "capacity"),
        ({"capacity": "authorised", "on_behalf": None}, "on_behalf"),
        ({"capacity": "anybody"}, "capacity"),
        ({"assertion": "e30.AAAA"}, "assertion"),
        ({"on_behalf": {"agent_reference": "x"}}, "mandate"),
        ({"on_behalf": {"agent_reference": "", "mandate": "attested"}}, "agent_reference"),
        ({"on_behalf": {"agent_reference": "a\nb", "mandate": "attested"}}, "agent_reference"),
        ({"on_behalf": {"agent_reference": "x" * 61, "mandate": "attested"}}, "agent_reference"),
        ({"on_behalf": {"agent_reference": "x", "mandate": "verified"}}, "mandate"),
        ({"on_behalf": {"agent_reference": "x", "mandate": "attested", "agent": "another"}}, "agent"),
    ],
)
def test_an_agent_says_for_whom_it_asks_and_never_that_it_is_the_person(
    api: FlaskClient, intake: Context, changes: dict[str, Any], field: str
) -> None:
    answer = send(api, sign(write(**changes)), write(**changes))
    assert answer.status_code == 422
    assert any(field in each["field"] for each in answer.json["errors"])
    assert cases(intake) == 0


@pytest.mark.parametrize("capacity", ["guardian", "estate"])
def test_a_guardian_and_an_estate_are_words_of_their_own(api: FlaskClient, intake: Context, capacity: str) -> None:
    """Cases 19 and 21."""
    body = write(capacity=capacity, on_behalf=None)
    assert send(api, sign(body), body).status_code == 201
    [event] = [each.event for each in said(intake, CaseOpened) if each.recipient == "identity"]
    assert isinstance(event, CaseOpened)
    assert event.capacity == capacity


READ_ONLY = [
    *(
        "status",
        "state",
        "verified",
        "proved",
        "assurance",
        "method",
        "id",
        "reference",
        "case",
        "opened_by",
        "channel",
    ),
    *("respond_by", "opened_at", "agent", "acting", "token", "browser", "unmatched", "closed_to_agent", "approvals"),
    *("needed", "risk", "plan", "proof", "person", "roles", "__class__", "Controller", "rights[]", "proved_at"),
]


@pytest.mark.parametrize("signed", [True, False], ids=["agent", "program"])
def test_what_nobody_may_set_is_refused_by_its_name(api: FlaskClient, intake: Context, signed: bool) -> None:
    """Case 31: unknown and read-only fields are refused at the top and inside, from a program and from an agent."""
    for name, value in product(READ_ONLY, (True, "A3", {"a": 1})):
        for changes in ({name: value}, {"on_behalf": {**BODY["on_behalf"], name: value}}):
            body = write(**changes)
            answer = send(api, sign(body), body, key="hk_agent" if signed else "hk_shop")
            assert answer.status_code == 422, (name, value)
            assert any(name in each["field"] for each in answer.json["errors"]), (name, value)
    assert cases(intake) == 0


def test_an_agent_sees_its_case_until_the_person_says_that_it_does_not_act_for_them(
    api: FlaskClient, intake: Context
) -> None:
    """Case 20: a no closes the case to the agent."""

    def seen() -> int:
        return api.get(f"/api/cases/{case}", headers={"Authorization": "Bearer hk_agent"}).status_code

    case = send(api, sign(write()), write()).json["id"]
    deliver(intake, MandateAnswered(case=case, given=True), source="identity")
    run(intake)
    assert seen() == 200
    deliver(intake, MandateAnswered(case=case, given=False), source="identity")
    run(intake)
    assert seen() == 404


def test_a_person_who_stops_the_case_closes_it_to_the_agent_as_well(api: FlaskClient, intake: Context) -> None:
    """Case 17."""
    case = send(api, sign(write()), write()).json["id"]
    deliver(intake, CaseFrozen(case=case), source="identity")
    run(intake)
    assert api.get(f"/api/cases/{case}", headers={"Authorization": "Bearer hk_agent"}).status_code == 404


def test_a_program_of_the_controller_signs_nothing(api: FlaskClient) -> None:
    body = json.dumps({**BODY, "on_behalf": None}).encode()
    headers = {"Idempotency-Key": "call-0001", "Content-Type": "application/json"}
    assert send(api, headers, body, key="hk_shop").status_code == 201


def test_a_public_key_is_read_from_pem_and_nothing_else() -> None:
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

    other = generate_private_key(SECP256R1()).public_key()
    assert len(read_public_key(public_pem(KEY))) == 44
    for wrong in (b"", b"not a key", other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)):
        with pytest.raises(Faults):
            read_public_key(wrong)


def test_a_key_that_acts_for_others_is_added_with_its_public_key_only(tmp_path: Path) -> None:
    pem = tmp_path / "agent.pem"
    pem.write_bytes(public_pem(KEY))
    for half in (["--acts-for-others"], ["--public-key", str(pem)]):
        answer = CliRunner().invoke(api_key, ["add", AGENT, *half])
        assert answer.exit_code != 0
        assert "together" in str(answer.exception)


def test_the_page_for_developers_signs_a_call_that_is_taken(api: FlaskClient) -> None:
    sign_call = run_code_of("acting-for-people.md")["sign_call"]
    headers = {"Idempotency-Key": "call-0001", "Content-Type": "application/json"}
    assert send(api, sign_call(AGENT, KEY, URL, write(), headers, NOW), write()).status_code == 201
