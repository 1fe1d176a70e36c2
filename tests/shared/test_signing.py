"""A signature proves who said exactly this, and nothing else is believed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from habeas.crypto.canonical import read_json, write_json
from habeas.crypto.directory import Directory
from habeas.crypto.keyring import Keyring
from habeas.crypto.signing import BadSignature, Signed, Signer, encode
from habeas.errors import Refused

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
TYPE = "application/vnd.habeas.proof+json"


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Two owners on one machine."""
    ring = Keyring(tmp_path_factory.mktemp("keys"))
    ring.init(["identity", "fulfilment"], NOW)
    return ring


def test_the_bytes_that_are_signed_are_those_of_dsse() -> None:
    """The example of the DSSE protocol page."""
    assert encode("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )


@given(st.text(max_size=30), st.binary(max_size=60), st.text(max_size=30), st.binary(max_size=60))
def test_two_statements_never_share_their_bytes(kind: str, body: bytes, other_kind: str, other_body: bytes) -> None:
    """The encoding keeps type and payload apart."""
    if (kind, body) != (other_kind, other_body):
        assert encode(kind, body) != encode(other_kind, other_body)


def test_a_signed_statement_is_believed(keyring: Keyring) -> None:
    """Sign, send as JSON, read, verify."""
    signed = keyring.signer("identity").sign(TYPE, b'{"case":"1"}')
    arrived = Signed.from_json(signed.to_json())
    assert arrived == signed
    assert keyring.directory().verify(arrived, owner="identity", payload_type=TYPE) == b'{"case":"1"}'


def test_an_envelope_is_verified_by_its_bytes(keyring: Keyring) -> None:
    """The raw pair signs and verifies without a DSSE envelope."""
    signer, directory = keyring.signer("fulfilment"), keyring.directory()
    signature = signer.sign_bytes("application/cloudevents+json", b"{}")
    directory.verify_bytes("fulfilment", signer.key_id, "application/cloudevents+json", b"{}", signature)
    with pytest.raises(BadSignature):
        directory.verify_bytes("fulfilment", signer.key_id, "application/cloudevents+json", b"{ }", signature)
    with pytest.raises(BadSignature):
        directory.verify_bytes("fulfilment", signer.key_id, "application/json", b"{}", signature)


def test_every_refusal_has_its_own_reason(keyring: Keyring) -> None:
    """Type, owner, name, key and signature are told apart."""
    signed = keyring.signer("identity").sign(TYPE, b"{}")
    stranger = Signer("identity", signed.key_id, Ed25519PrivateKey.generate()).sign(TYPE, b"{}")
    cases = {
        "no statement of the type": (signed, "identity", "application/other"),
        "not signed by fulfilment": (signed, "fulfilment", TYPE),
        "nobody of that name": (Signed(TYPE, b"{}", "nobody", signed.key_id, signed.signature), "nobody", TYPE),
        "has no such key": (Signed(TYPE, b"{}", "identity", "2026-11-0000000000000000", b"0" * 64), "identity", TYPE),
        "does not fit": (stranger, "identity", TYPE),
    }
    for reason, (statement, owner, kind) in cases.items():
        with pytest.raises(BadSignature, match=reason):
            keyring.directory().verify(statement, owner=owner, payload_type=kind)


def test_a_key_of_another_owner_does_not_count(keyring: Keyring) -> None:
    """Fulfilment cannot sign as identity, with its own key or under identity's key id."""
    key_id = keyring.signer("identity").key_id
    theirs = keyring.signer("fulfilment").sign(TYPE, b"{}")
    for forged in (
        Signed(TYPE, b"{}", "identity", theirs.key_id, theirs.signature),
        Signed(TYPE, b"{}", "identity", key_id, theirs.signature),
    ):
        with pytest.raises(BadSignature):
            keyring.directory().verify(forged, owner="identity", payload_type=TYPE)


def test_every_changed_bit_is_noticed(keyring: Keyring) -> None:
    """All 2,000 or so single-bit changes of payload and signature are refused."""
    signed = keyring.signer("identity").sign(TYPE, b'{"case":"8a9c","assurance":"A1"}')
    directory = keyring.directory()
    tried = 0
    for name in ("payload", "signature"):
        original: bytes = getattr(signed, name)
        for bit in range(len(original) * 8):
            changed = bytearray(original)
            changed[bit // 8] ^= 1 << bit % 8
            forged = Signed(**{**signed.__dict__, name: bytes(changed)})
            with pytest.raises(BadSignature):
                directory.verify(forged, owner="identity", payload_type=TYPE)
            tried += 1
    assert tried == (32 + 64) * 8


def _with(value: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**value, **changes}


def test_an_envelope_of_another_shape_is_refused(keyring: Keyring) -> None:
    """Unknown keys, two signatures, bad base64, short signatures, a key id without an owner."""
    good = keyring.signer("identity").sign(TYPE, b"{}").to_object()
    entry = good["signatures"][0]
    bad: list[Any] = [
        [],
        _with(good, extra=1),
        {key: value for key, value in good.items() if key != "payloadType"},
        _with(good, payload="e30"),
        _with(good, payload="e31="),
        _with(good, payload=7),
        _with(good, signatures=[]),
        _with(good, signatures=[entry, entry]),
        _with(good, signatures=["x"]),
        _with(good, signatures=[_with(entry, extra="x")]),
        _with(good, signatures=[_with(entry, keyid="identity")]),
        _with(good, signatures=[_with(entry, sig="AAAA")]),
        _with(good, signatures=[_with(entry, sig=entry["sig"] + "\n")]),
    ]
    for value in bad:
        with pytest.raises(Refused):
            Signed.from_object(value)
    with pytest.raises(Refused):
        Signed.from_json(b" " + write_json(good))


@given(st.binary(max_size=200))
def test_noise_is_refused_and_nothing_else_happens(data: bytes) -> None:
    """Whatever arrives is either a statement or a refusal."""
    with pytest.raises(Refused):
        Signed.from_json(data)


def test_a_directory_with_a_fault_is_refused_whole(keyring: Keyring) -> None:
    """A pinned directory is read as strictly as what it verifies."""
    good = keyring.publish()
    entry = good["owners"]["identity"]
    bad: list[Any] = [
        {},
        _with(good, more=1),
        {"owners": {"Identity": entry}},
        {"owners": {"../x": entry}},
        {"owners": {"identity": _with(entry, more=1)}},
        {"owners": {"identity": _with(entry, sign={"2026-11-aa": "AAAA"})}},
        {"owners": {"identity": _with(entry, sign={"2026-11-0000000000000000": "AAAA"})}},
        {"owners": {"identity": _with(entry, sign={"2026-11-0000000000000000": 7})}},
        {"owners": {"identity": _with(entry, sign={"x/y": next(iter(entry["sign"].values()))})}},
        {"owners": {"identity": _with(entry, seal={"2026-13": next(iter(entry["seal"].values()))})}},
        {"owners": {"identity": _with(entry, seal={"2026-11": "AAAA"})}},
        {"owners": {"identity": _with(entry, revoked=["../.."])}},
        {"owners": {"identity": _with(entry, revoked=[7])}},
    ]
    for value in bad:
        with pytest.raises(Refused):
            Directory.of(value)
    assert Directory.of(read_json(write_json(good))).owners() == ("fulfilment", "identity")


def test_no_private_key_shows_in_print(tmp_path: Path) -> None:
    """What a log or a traceback may print holds no key."""
    ring = Keyring(tmp_path)
    ring.init(["identity"], NOW)
    seed = next((tmp_path / "sign" / "identity").glob("*.key")).read_bytes()
    shown = repr(ring) + repr(ring.signer("identity")) + repr(ring.directory()) + repr(ring.opener("identity"))
    assert seed.hex() not in shown
    assert repr(seed) not in shown
