"""A grant is good for one browser, service and purpose, for minutes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.crypto.canonical import write_base64url, write_json
from habeas.crypto.directory import Directory
from habeas.crypto.keyring import Keyring
from habeas.crypto.signing import Signer
from habeas.errors import Refused
from habeas.grants import LIFE, Grant, mint, read
from habeas.statements import write_payload

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SUBJECT = Grant(
    id="g1",
    kind="subject",
    person="case-1",
    roles=(),
    controllers=(),
    service="intake",
    purpose="case",
    case="case-1",
    browser="b" * 64,
    session="s1",
    issued=NOW,
    expires=NOW + LIFE,
    once=False,
)
AGENT = replace(SUBJECT, kind="agent", person="p1", roles=("approver", "agent"), purpose="console", case="")
ASK: dict[str, Any] = {"service": "intake", "purpose": "case", "browser": "b" * 64, "case": "case-1", "now": NOW}


@pytest.fixture(scope="module")
def ring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """Identity, and another service that is no identity."""
    made = Keyring(tmp_path_factory.mktemp("keys"))
    made.init(["identity", "intake"], NOW)
    return made


def test_a_grant_says_who_may_do_what(ring: Keyring) -> None:
    """Minted, shown, read: the same grant; the text fits a cookie and a URL."""
    signer, directory = ring.signer("identity"), ring.directory()
    text = mint(signer, SUBJECT)
    assert read(text, directory, **ASK) == SUBJECT
    assert read(text, directory, **ASK, kind="subject") == SUBJECT
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
    assert len(text) < 1000
    agent = mint(signer, AGENT)
    assert read(agent, directory, **{**ASK, "purpose": "console"}).roles == ("approver", "agent")
    assert read(agent, directory, **{**ASK, "purpose": "console", "case": None}) == AGENT


REFUSALS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("another service", {"service": "fulfilment"}, {}),
    ("another purpose", {"purpose": "release"}, {}),
    ("another browser", {"browser": "c" * 64}, {}),
    ("another browser", {"browser": ""}, {}),
    ("has expired", {"issued": NOW - LIFE, "expires": NOW}, {}),
    ("has expired", {}, {"now": NOW + LIFE}),
    ("not yet valid", {"issued": NOW + timedelta(seconds=11), "expires": NOW + timedelta(minutes=4)}, {}),
    ("too long a life", {"expires": NOW + LIFE + timedelta(seconds=1)}, {}),
    ("too long a life", {"issued": NOW + timedelta(seconds=9), "expires": NOW + timedelta(seconds=8)}, {}),
    ("another case", {"case": "case-2"}, {}),
    ("another case", {"case": ""}, {}),
    ("another case", {}, {"case": None}),
    ("another case", {"kind": "agent", "case": "case-2"}, {}),
    ("another kind", {"kind": "machine"}, {}),
    ("another kind", {}, {"kind": "agent"}),
    ("grant of its own", {}, {"once": True}),
]


@pytest.mark.parametrize(("reason", "changes", "asks"), REFUSALS)
def test_a_grant_for_anything_else_is_refused(
    ring: Keyring, reason: str, changes: dict[str, Any], asks: dict[str, Any]
) -> None:
    """Each with its own reason, although identity signed it."""
    signed = ring.signer("identity").sign(Grant.TYPE, write_payload(replace(SUBJECT, **changes)))
    text = f"{signed.key_id}.{write_base64url(signed.payload)}.{write_base64url(signed.signature)}"
    with pytest.raises(Refused, match=reason):
        read(text, ring.directory(), **{**ASK, **asks})


def _text(signer: Signer, payload: bytes, kind: str = Grant.TYPE) -> str:
    signed = signer.sign(kind, payload)
    return f"{signed.key_id}.{write_base64url(signed.payload)}.{write_base64url(signed.signature)}"


def _object(**changes: Any) -> dict[str, Any]:
    import json

    return {**json.loads(write_payload(SUBJECT)), **changes}


FORGERIES: list[tuple[str, Callable[[Keyring], str]]] = [
    ("no such key", lambda ring: mint(_renamed(ring), SUBJECT)),
    ("does not fit", lambda ring: _text(ring.signer("identity"), write_payload(SUBJECT), "application/other")),
    ("does not fit", lambda ring: mint(ring.signer("identity"), SUBJECT)[:-4] + "AAAA"),
    ("unknown key", lambda ring: _text(ring.signer("identity"), write_json(_object(admin=True)))),
    ("lacks the key", lambda ring: _text(ring.signer("identity"), write_json({"id": "g1"}))),
    ("not of the type", lambda ring: _text(ring.signer("identity"), write_json(_object(once=1)))),
    ("else than text", lambda ring: _text(ring.signer("identity"), write_json(_object(roles=[1])))),
    ("a moment", lambda ring: _text(ring.signer("identity"), write_json(_object(expires="soon")))),
    ("canonical", lambda ring: _text(ring.signer("identity"), write_payload(SUBJECT) + b" ")),
    ("not a grant", lambda _ring: ""),
    ("not a grant", lambda _ring: "a.b"),
    ("not a grant", lambda _ring: "a." * 3000),
    ("base64url", lambda ring: mint(ring.signer("identity"), SUBJECT) + "="),
]


def _renamed(ring: Keyring) -> Signer:
    theirs = ring.signer("intake")
    return Signer("identity", theirs.key_id, theirs._private)


@pytest.mark.parametrize(("reason", "forge"), FORGERIES)
def test_a_forged_grant_is_refused(ring: Keyring, reason: str, forge: Callable[[Keyring], str]) -> None:
    """Another's key, another type, a changed byte, a payload of another shape, no grant at all."""
    with pytest.raises(Refused, match=reason):
        read(forge(ring), ring.directory(), **ASK)


@given(st.text(max_size=60))
def test_noise_is_no_grant(text: str) -> None:
    """Whatever a browser sends is a grant or a refusal."""
    with pytest.raises(Refused):
        read(text, Directory.of({"owners": {}}), **ASK)


@pytest.mark.parametrize("changes", [{"kind": "machine"}, {"expires": NOW}, {"expires": NOW + 2 * LIFE}])
def test_identity_mints_no_grant_that_nobody_accepts(ring: Keyring, changes: dict[str, Any]) -> None:
    """That would be a bug, found where it is made; so is another service minting."""
    with pytest.raises(ValueError, match="5 minutes"):
        mint(ring.signer("identity"), replace(SUBJECT, **changes))
    with pytest.raises(ValueError, match="identity"):
        mint(ring.signer("intake"), SUBJECT)
