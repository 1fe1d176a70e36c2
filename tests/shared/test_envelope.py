"""A letter is believed only when everything about it is right."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.clock import FixedClock
from habeas.crypto.keyring import Keyring
from habeas.envelope import CONTENT_TYPE, VALID_FOR, Posted, Undecodable, from_headers, post, read, to_headers
from habeas.errors import Refused
from habeas.events import ChannelsAnswered, IdentityUnmatched, SessionEnded

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CASE = "5b0c8a5e-8c5e-4f0e-9d57-0a3f5a0f9a11"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    ring = Keyring(Path(tmp_path_factory.mktemp("keys")), FixedClock(NOW))
    ring.init(["intake", "identity", "fulfilment", "connect-shop", "connect-blog"], NOW)
    return ring


def write(
    keys: Keyring, event: Any = None, *, source: str = "identity", recipient: str = "intake", **changes: Any
) -> Posted:
    event = event or IdentityUnmatched(case=CASE, reason="none")
    given_values = {"sequence": 1, "now": NOW, "sealed": None, "signer": keys.signer(source), **changes}
    return post(event, source=source, recipient=recipient, directory=keys.directory(), **given_values)


def believe(keys: Keyring, posted: Posted, *, me: str = "intake", now: datetime = NOW) -> Any:
    return read(posted.body, posted.key_id, posted.signature, me=me, now=now, directory=keys.directory())


def test_a_letter_arrives_as_it_was_said(keys: Keyring) -> None:
    letter = believe(keys, write(keys))
    assert letter.event == IdentityUnmatched(case=CASE, reason="none")
    assert (letter.source, letter.thread, letter.sequence) == ("identity", CASE, 1)


def test_a_sealed_part_opens_for_its_recipient_alone(keys: Keyring) -> None:
    event = ChannelsAnswered(case=CASE, system="shop", outcome="found", reason="")
    posted = write(keys, event, source="connect-shop", recipient="identity", sealed={"channels": ["anna@example.com"]})
    assert b"anna" not in posted.body
    letter = believe(keys, posted, me="identity")
    assert letter.open(keys) == {"channels": ["anna@example.com"]}


def test_a_sealed_part_moved_into_another_letter_does_not_open(keys: Keyring) -> None:
    event = ChannelsAnswered(case=CASE, system="shop", outcome="found", reason="")
    first = json.loads(write(keys, event, source="connect-shop", recipient="identity", sealed={"channels": []}).body)
    second = json.loads(write(keys, event, source="connect-shop", recipient="identity", sealed={"channels": []}).body)
    second["data"]["sealed"] = first["data"]["sealed"]
    letter = believe(keys, sign_again(keys, second, "connect-shop"), me="identity")
    with pytest.raises(Refused):
        letter.open(keys)


def sign_again(keys: Keyring, document: dict[str, Any], signer: str = "identity") -> Posted:
    body = json.dumps(document).encode()
    key = keys.signer(signer)
    return Posted(document["id"], "x", "x", body, key.key_id, key.sign_bytes(CONTENT_TYPE, body))


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "unknown type": ({"type": "habeas.case.eaten"}, "unknown event type"),
    "another source": ({"source": "/habeas/notifier"}, "does not say this"),
    "another recipient": ({"recipient": "fulfilment"}, "not for us"),
    "expired": ({"expirytime": "2026-11-22T11:59:59+00:00"}, "expired"),
    "old": ({"time": "2026-10-01T00:00:00+00:00"}, "expired"),
    "from the future": ({"time": "2026-11-22T12:10:00+00:00"}, "future"),
    "no zone": ({"time": "2026-11-22T12:00:00"}, "no zone"),
    "no time": ({"time": "noon"}, "cannot be read"),
    "another schema": ({"dataschema": "urn:habeas:identity.unmatched:2"}, "contradicts itself"),
    "another subject": ({"subject": "someone else"}, "contradicts itself"),
    "sequence nought": ({"sequence": "0"}, "sequence"),
    "sequence of letters": ({"sequence": "one"}, "sequence"),
    "missing fact": ({"data": {"facts": {"case": CASE}}}, "other keys"),
    "unknown fact": ({"data": {"facts": {"case": CASE, "reason": "", "verified": True}}}, "other keys"),
    "wrong type of fact": ({"data": {"facts": {"case": CASE, "reason": 7}}}, "not of the type"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_signed_letter_that_is_wrong_is_refused_with_its_reason(keys: Keyring, name: str) -> None:
    changes, reason = CHANGES[name]
    document = json.loads(write(keys).body) | changes
    with pytest.raises(Refused, match=reason) as refusal:
        believe(keys, sign_again(keys, document))
    assert not isinstance(refusal.value, Undecodable)


def test_another_owners_signature_is_refused(keys: Keyring) -> None:
    posted = write(keys, signer=keys.signer("fulfilment"))
    with pytest.raises(Refused):
        believe(keys, posted)


def test_an_unsigned_letter_is_refused(keys: Keyring) -> None:
    posted = write(keys)
    for headers in ({}, {"habeas-key": 7}, {"habeas-key": posted.key_id, "habeas-signature": "!"}):
        key_id, signature = from_headers(headers)
        with pytest.raises(Refused):
            read(posted.body, key_id, signature, me="intake", now=NOW, directory=keys.directory())


def test_a_connector_cannot_answer_for_another_system(keys: Keyring) -> None:
    event = ChannelsAnswered(case=CASE, system="shop", outcome="found", reason="")
    posted = write(keys, event, source="connect-blog", recipient="identity", sealed={"channels": []})
    with pytest.raises(Refused, match="another's"):
        believe(keys, posted, me="identity")


@given(data=st.data())
def test_one_changed_byte_anywhere_is_refused(keys: Keyring, data: st.DataObject) -> None:
    posted = write(keys)
    place = data.draw(st.integers(0, len(posted.body) - 1))
    changed = bytearray(posted.body)
    changed[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(Refused):
        read(bytes(changed), posted.key_id, posted.signature, me="intake", now=NOW, directory=keys.directory())


@pytest.mark.parametrize(
    "body",
    [b"", b"\x80\x04K\x01.", b"[]", b"{}", b"null", b'{"id": 1, "id": 2}', b"[" * 100_000, b"\xff\xfe", b'"text"'],
)
def test_bytes_that_are_no_letter_are_undecodable(keys: Keyring, body: bytes) -> None:
    with pytest.raises(Undecodable):
        read(body, "", b"", me="intake", now=NOW, directory=keys.directory())


def test_a_letter_is_valid_for_35_days_and_not_a_second_longer(keys: Keyring) -> None:
    posted = write(keys)
    believe(keys, posted, now=NOW + VALID_FOR - timedelta(seconds=1))
    with pytest.raises(Refused, match="expired"):
        believe(keys, posted, now=NOW + VALID_FOR)


def test_headers_carry_the_signature_there_and_back(keys: Keyring) -> None:
    posted = write(keys)
    assert from_headers(to_headers(posted)) == (posted.key_id, posted.signature)
    assert base64.b64decode(to_headers(posted)["habeas-signature"]) == posted.signature


def test_an_event_without_a_case_is_ordered_by_what_it_has(keys: Keyring) -> None:
    assert believe(keys, write(keys, SessionEnded(session="s-1"))).thread == "s-1"
