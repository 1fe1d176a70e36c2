"""A letter: one event addressed to one hearer, signed over its exact bytes, its personal part sealed to that hearer.

The body is a CloudEvents 1.0 JSON document, so any CloudEvents reader can open it; signature and key id travel beside
it as headers. Source: CloudEvents 1.0 (JSON format), DSSE v1 for what is signed.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from habeas.clock import uuid7
from habeas.crypto.directory import Directory
from habeas.crypto.keyring import Keyring
from habeas.crypto.sealing import SealedPart, seal_part
from habeas.crypto.signing import Signer
from habeas.errors import Refused
from habeas.events import BY_TYPE, CONNECTOR, Event, read_event
from habeas.vocabulary import connector_of

CONTENT_TYPE = "application/cloudevents+json"
VALID_FOR = timedelta(days=35)
_CLOCK_SKEW = timedelta(minutes=5)
_KEYS = frozenset(
    {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema"}
    | {"recipient", "sequence", "expirytime", "data"}
)


class Undecodable(Refused):
    """Says that these bytes are no letter at all, so that there is nothing to park."""


@dataclass(frozen=True)
class Posted:
    """A letter as it travels: bytes and what is said about them."""

    id: str
    recipient: str
    type: str
    body: bytes
    key_id: str
    signature: bytes


@dataclass(frozen=True)
class Letter:
    """A letter that was read and believed; `sealed` is still closed."""

    id: str
    source: str
    recipient: str
    thread: str
    sequence: int
    said_at: datetime
    event: Event
    sealed: SealedPart | None

    def open(self, keys: Keyring) -> dict[str, Any]:
        """Open the part that was sealed to us; an empty one if nothing was."""
        if self.sealed is None:
            return {}
        plain = keys.opener(self.recipient).open_part(self.sealed, _info(self.id, self.recipient))
        return dict(json.loads(plain))


def _info(letter: str, recipient: str) -> bytes:
    return f"habeas letter {letter} to {recipient}".encode()


def post(
    event: Event,
    *,
    source: str,
    recipient: str,
    sequence: int,
    now: datetime,
    signer: Signer,
    directory: Directory,
    sealed: Mapping[str, Any] | None,
) -> Posted:
    """Write, seal and sign the letter that carries `event` to `recipient`; `sequence` counts from 1 in its thread."""
    letter = uuid7()
    data: dict[str, Any] = {"facts": event.facts()}
    if sealed is not None:
        plain = json.dumps(sealed, separators=(",", ":"), ensure_ascii=False).encode()
        key = directory.sealing_key(recipient)
        data["sealed"] = seal_part(plain, recipient, key.month, key.public, _info(letter, recipient)).to_object()
    document = {
        "specversion": "1.0",
        "id": letter,
        "source": f"/habeas/{source}",
        "type": f"habeas.{event.TYPE}",
        "subject": event.thread,
        "time": now.isoformat(),
        "datacontenttype": "application/json",
        "dataschema": f"urn:habeas:{event.TYPE}:1",
        "recipient": recipient,
        "sequence": str(sequence),
        "expirytime": (now + VALID_FOR).isoformat(),
        "data": data,
    }
    body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    return Posted(letter, recipient, event.TYPE, body, signer.key_id, signer.sign_bytes(CONTENT_TYPE, body))


def read(body: bytes, key_id: str, signature: bytes, *, me: str, now: datetime, directory: Directory) -> Letter:
    """Read a letter that arrived for `me`, checking all that can be checked before anything is built from it.

    Raises `Undecodable` for bytes that are no letter, and `Refused` with the reason for a letter not to be believed:
    unknown type, wrong signer, wrong route, expired, from the future.
    """
    document = _document(body)
    source = document["source"].removeprefix("/habeas/")
    kind = document["type"].removeprefix("habeas.")
    event_type = BY_TYPE.get(kind)
    if event_type is None:
        raise Refused("unknown event type")
    if not _plays(source, event_type.SAID_BY):
        raise Refused("wrong route: this source does not say this")
    if document["recipient"] != me or not any(_plays(me, hearer) for hearer in event_type.HEARD_BY):
        raise Refused("wrong route: this letter is not for us")
    directory.verify_bytes(source, key_id, CONTENT_TYPE, body, signature)
    said_at, expires = _instant(document["time"]), _instant(document["expirytime"])
    if expires <= now or now - said_at > VALID_FOR:
        raise Refused("expired")
    if said_at > now + _CLOCK_SKEW:
        raise Refused("from the future")
    event = read_event(kind, document["data"].get("facts"))
    if document["dataschema"] != f"urn:habeas:{kind}:1" or event.thread != document["subject"]:
        raise Refused("the letter contradicts itself")
    system = getattr(event, "system", None)
    if CONNECTOR in (event_type.SAID_BY, *event_type.HEARD_BY) and system not in (
        connector_of(source),
        connector_of(me),
    ):
        raise Refused("wrong route: this system is another's")
    part = document["data"].get("sealed")
    sealed = None if part is None else SealedPart.from_object(part)
    return Letter(document["id"], source, me, event.thread, _sequence(document["sequence"]), said_at, event, sealed)


def _plays(participant: str, role: str) -> bool:
    return connector_of(participant) is not None if role == CONNECTOR else participant == role


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body, object_pairs_hook=_no_twice)
    except (ValueError, RecursionError):
        raise Undecodable("these bytes are not JSON") from None
    if not isinstance(document, dict) or document.keys() != _KEYS or document["specversion"] != "1.0":
        raise Undecodable("this JSON is not one of our CloudEvents")
    if not all(isinstance(document[key], str) for key in _KEYS - {"data"}) or not isinstance(document["data"], dict):
        raise Undecodable("an attribute of this CloudEvent has the wrong type")
    if not document["data"].keys() <= {"facts", "sealed"}:
        raise Undecodable("the data of this CloudEvent has keys that none of ours has")
    return document


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a key stands twice")
    return document


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Refused("a time in the letter cannot be read") from None
    if instant.tzinfo is None:
        raise Refused("a time in the letter has no zone")
    return instant


def _sequence(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 2**31:
        raise Refused("the sequence is not a number above 0")
    return int(text)


def to_headers(posted: Posted) -> dict[str, str]:
    """Write what travels beside the body as message headers."""
    return {"habeas-key": posted.key_id, "habeas-signature": base64.b64encode(posted.signature).decode()}


def from_headers(headers: Mapping[str, Any]) -> tuple[str, bytes]:
    """Read key id and signature from a message's headers; missing or malformed ones read as none."""
    key_id, signature = headers.get("habeas-key"), headers.get("habeas-signature")
    if not isinstance(key_id, str) or not isinstance(signature, str):
        return "", b""
    try:
        return key_id, base64.b64decode(signature, validate=True)
    except (ValueError, binascii.Error):
        return key_id, b""


def read_stored(body: bytes, me: str) -> Letter:
    """Read a letter that was checked when it arrived and has stood in our own inbox since."""
    document = json.loads(body)
    event = read_event(document["type"].removeprefix("habeas."), document["data"]["facts"])
    part = document["data"].get("sealed")
    sealed = None if part is None else SealedPart.from_object(part)
    source = document["source"].removeprefix("/habeas/")
    said_at = datetime.fromisoformat(document["time"])
    return Letter(document["id"], source, me, event.thread, int(document["sequence"]), said_at, event, sealed)
