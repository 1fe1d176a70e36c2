"""A controller's signed-in page says who is signed in: whom identity believes, for how long, and how often."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from document_code import run_code_of
from tests.identity.conftest import NOW, STORED, Desk

from habeas.clock import random_id
from habeas.crypto.canonical import write_base64, write_base64url
from habeas.crypto.signing import Signed
from habeas.events import CaseOpened, ChallengeIssued, ChannelsAsked, IdentityProved, IdentityUnmatched, PersonInvited
from habeas.profile import Asserter
from habeas.testing.house import deliver, run
from habeas.vocabulary import Assurance
from habeas.warrants import check_proof, strip_salt
from habeas_identity.assertions import KEPT
from habeas_identity.timers import forget

KEY, ANOTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
PORTAL = "http://127.0.0.1:8080"
SAID: dict[str, Any] = {
    "id": "a-1",
    "audience": PORTAL,
    "controller": "nordlunds-lampor",
    "identifiers": {"email": STORED, "customer_number": "1017"},
    "issued": "2026-11-22T11:59:00Z",
    "expires": "2026-11-22T12:05:00Z",
}


def write(key: Ed25519PrivateKey = KEY, payload: bytes | None = None, **changes: Any) -> str:
    """An assertion as a page of the controller writes it; a value of None leaves its key out."""
    said = {name: value for name, value in {**SAID, **changes}.items() if value is not None}
    data = json.dumps(said, indent=1).encode() if payload is None else payload
    return f"{write_base64url(data)}.{write_base64url(key.sign(data))}"


def trust(desk: Desk, assurance: Assurance = Assurance.A2, *, nobody: bool = False) -> None:
    """Let the profile name the key of the controller's pages."""
    public = write_base64(KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    asserter = None if nobody else Asserter(public, assurance)
    desk.context.__dict__["profiles"] = {
        name: replace(profile, identity=replace(profile.identity, asserter=asserter))
        for name, profile in desk.context.profiles.items()
    }


def open_with(desk: Desk, assertion: str, *, right: str = "access") -> str:
    return desk.open(browser="", rights=(right,), assertion=assertion, email=STORED)


def state(desk: Desk, case: str) -> str:
    return str(desk.rows('SELECT state FROM claim WHERE "case" = :case', case=case)[0][0])


def reasons(desk: Desk, case: str) -> list[str]:
    return [each.event.reason for each in desk.said(IdentityUnmatched, case)]  # type: ignore[attr-defined]


def test_a_case_with_an_assertion_is_proved_at_once_by_what_it_says(desk: Desk) -> None:
    trust(desk)
    case = open_with(desk, write())
    told = {each.recipient: each for each in desk.said(IdentityProved, case)}
    event = told["fulfilment"].event
    assert isinstance(event, IdentityProved)
    assert (event.assurance, event.method) == ("A2", "assertion")
    proved = told["fulfilment"].sealed["identifiers"]
    assert strip_salt(proved) == {"email": [STORED], "customer_number": ["1017"]}
    assert told["notifier"].sealed["address"] == STORED
    check_proof(Signed.from_object(event.proof), desk.context.keys.directory(), case=case, identifiers=proved, now=NOW)
    assert reasons(desk, case) == []
    assert desk.said(PersonInvited, case) == []


def test_what_is_handed_out_still_goes_by_the_addresses_that_the_systems_hold(desk: Desk) -> None:
    """An assertion lets a case be proved, and nothing be fetched: its key alone opens no package."""
    trust(desk)
    case = open_with(desk, write())
    assert desk.asked(case) == ["shop"]
    desk.answer(case, {"email": STORED, "customer_number": "1017", "phone": "070-174 06 05"})
    assert state(desk, case) == "proved"
    assert desk.codes(case) == [], "nobody asked for a code yet"
    assert {row[0] for row in desk.rows("SELECT method FROM channel")} == {"mailbox", "phone"}
    visitor = desk.visitor()
    visitor.post(f"/prove/{case}/release/code", {}, page=f"/prove/{case}/release")
    desk.relay()
    [issued] = desk.said(ChallengeIssued, case)
    assert issued.sealed["address"] == STORED


def test_every_system_is_asked_for_the_addresses_of_a_case_that_is_proved_already(desk: Desk) -> None:
    trust(desk)
    case = open_with(desk, write())
    desk.answer(case)
    desk.answer(case, {"email": STORED}, system="newsletter")
    assert desk.asked(case) == ["shop", "newsletter"]
    assert {row[0] for row in desk.rows("SELECT system FROM channel")} == {"newsletter"}
    assert (state(desk, case), reasons(desk, case)) == ("proved", [])


def test_an_assertion_that_is_not_sure_enough_leaves_the_next_step_to_the_person(desk: Desk) -> None:
    trust(desk, Assurance.A1)
    case = open_with(desk, write())
    assert desk.said(IdentityProved, case) == []
    desk.answer(case, {"email": STORED, "customer_number": "1017"})
    assert [each.sealed["address"] for each in desk.said(PersonInvited, case)] == [STORED]


def test_an_assertion_is_taken_once(desk: Desk) -> None:
    trust(desk)
    text = write()
    first, second = open_with(desk, text), open_with(desk, text)
    assert (state(desk, first), state(desk, second)) == ("proved", "asking")
    assert reasons(desk, second) == ["the assertion was used before"]
    # The same id, signed anew with another life, is the same assertion.
    again = open_with(desk, write(expires="2026-11-22T12:06:00Z"))
    assert reasons(desk, again) == ["the assertion was used before"]


def test_a_used_assertion_is_remembered_longer_than_a_letter_can_wait(desk: Desk) -> None:
    trust(desk)
    open_with(desk, write())
    forget(desk.context)
    assert len(desk.rows("SELECT * FROM used_assertion")) == 1
    desk.clock.at = NOW + KEPT + timedelta(minutes=6)
    forget(desk.context)
    assert desk.rows("SELECT * FROM used_assertion") == []


BAD: list[tuple[str, Callable[[], str], str]] = [
    ("no dot", lambda: "e30", "the assertion is not written as payload and signature"),
    ("no base64", lambda: "e30.§", "this is not base64url"),
    ("another key", lambda: write(ANOTHER), "the assertion is not signed by the company's pages"),
    ("no signature", lambda: write().partition(".")[0] + ".", "the assertion is not signed by the company's pages"),
    ("swapped", lambda: f"{write(id='x').split('.')[0]}.{write().split('.')[1]}",
     "the assertion is not signed by the company's pages"),
    ("no JSON", lambda: write(payload=b"anna"), "the assertion is not JSON"),
    ("a list", lambda: write(payload=b"[]"), "the assertion is not an object"),
    ("twice", lambda: write(payload=b'{"id": "1", "id": "2"}'), "the assertion has a key twice"),
    ("unknown key", lambda: write(assurance="A3"), "the assertion has an unknown key"),
    ("missing key", lambda: write(audience=None), "the assertion lacks the key audience"),
    ("wrong type", lambda: write(id=7), "id of the assertion is not of the type it should be"),
    ("empty id", lambda: write(id=" "), "the assertion holds an empty or a wrong value"),
    ("long id", lambda: write(id="x" * 101), "the assertion holds an empty or a wrong value"),
    ("a list of mailboxes", lambda: write(identifiers={"email": [STORED]}),
     "the assertion holds an empty or a wrong value"),
    ("person is no text", lambda: write(person=7), "person of the assertion is not of the type it should be"),
    ("another portal", lambda: write(audience="https://privacy.example.com"), "the assertion is for another portal"),
    ("another controller", lambda: write(controller="softmore"), "the assertion is of another controller"),
    ("stale", lambda: write(issued="2026-11-22T11:50:00Z", expires="2026-11-22T12:00:00Z"),
     "the assertion has expired"),
    ("not yet", lambda: write(issued="2026-11-22T12:00:11Z"), "the assertion comes from the future"),
    ("too long", lambda: write(issued="2026-11-22T11:59:00Z", expires="2026-11-22T12:09:01Z"),
     "the assertion has too long a life"),
    ("back to front", lambda: write(issued="2026-11-22T12:00:05Z", expires="2026-11-22T12:00:04Z"),
     "the assertion has too long a life"),
    ("no instant", lambda: write(issued="yesterday"), "a moment is not written as it should be"),
    ("unknown identifier", lambda: write(identifiers={"email": STORED, "shoe_size": "38"}),
     "the assertion names an identifier that the profile has not"),
    ("no mailbox", lambda: write(identifiers={"customer_number": "1017"}), "the assertion names no mailbox"),
    ("somebody else", lambda: write(identifiers={"email": "eve@evil.example"}),
     "the assertion is about somebody else than the case"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "reason"), [each[1:] for each in BAD], ids=[each[0] for each in BAD])
def test_an_assertion_that_is_not_good_leaves_the_case_open_and_says_why(
    page_desk: Desk, make: Callable[[], str], reason: str
) -> None:
    trust(page_desk)
    case = open_with(page_desk, make())
    assert page_desk.said(IdentityProved, case) == []
    assert reasons(page_desk, case) == [reason]
    assert "canary" not in reason
    assert state(page_desk, case) == "asking", "another way stays open"
    assert page_desk.asked(case) == ["shop"]
    assert page_desk.said(ChannelsAsked, case)


def test_a_company_without_such_pages_believes_none(page_desk: Desk) -> None:
    trust(page_desk, nobody=True)
    case = open_with(page_desk, write())
    assert reasons(page_desk, case) == ["the company has no pages that may say who is signed in"]


def test_a_letter_that_waited_makes_no_assertion_stale(page_desk: Desk) -> None:
    """It is judged by when its letter was written: a worker that was down for an hour refuses nobody."""
    trust(page_desk)
    opened = CaseOpened(
        case=random_id(),
        reference="H-7K3M-9QXA",
        controller="nordlunds-lampor",
        rights=["access"],
        capacity="self",
        language="en",
        received_at=NOW.isoformat(),
        respond_by={"access": "2026-12-22"},
        browser="",
    )
    told = {"identifiers": {"email": [STORED]}, "assertion": write(), "acting": {}}
    deliver(page_desk.context, opened, source="intake", sealed=told)
    page_desk.clock.at = NOW + timedelta(hours=1)
    run(page_desk.context)
    assert state(page_desk, opened.case) == "proved"


def test_the_account_stands_in_the_ledger_as_a_blind_index(page_desk: Desk) -> None:
    trust(page_desk)
    open_with(page_desk, write(person="account-canary-7"))
    [leaf] = page_desk.rows("SELECT * FROM ledger_leaf WHERE kind = 'assertion.taken'")
    assert "canary" not in repr(tuple(leaf))


def test_what_an_assertion_says_stands_nowhere_in_the_open(desk: Desk) -> None:
    trust(desk)
    open_with(desk, write(person="account-canary-7"))
    for table in ("claim", "given_proof", "used_assertion", "outbox", "inbox", "ledger_leaf"):
        for row in desk.rows(f"SELECT * FROM {table}"):
            text = repr(tuple(bytes(value) if isinstance(value, memoryview) else value for value in row))
            assert "canary" not in text, table


def test_the_page_for_developers_makes_an_assertion_that_is_taken(page_desk: Desk) -> None:
    make_assertion = run_code_of("acting-for-people.md")["make_assertion"]
    trust(page_desk)
    case = open_with(page_desk, make_assertion(KEY, PORTAL, "nordlunds-lampor", {"email": STORED}, NOW))
    assert state(page_desk, case) == "proved"
