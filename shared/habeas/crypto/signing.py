"""Signed statements: DSSE v1 envelopes with Ed25519, over the exact bytes that are sent.

Source: https://github.com/secure-systems-lab/dsse (protocol and envelope v1), RFC 8032. There is no algorithm field
and no canonicalisation at verification: what was signed is what is read. The key id of the envelope is
`<owner>/<key id>`; it only says where to look, `habeas.crypto.directory` decides whether that key may say this.
"""

from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from habeas.crypto.canonical import read_base64, read_json, read_object, write_base64, write_json
from habeas.errors import Refused

SIGNATURE_BYTES = 64


class BadSignature(Refused):
    """Refuses a statement whose signature does not prove what it should."""


@dataclass(frozen=True)
class Signed:
    """A statement with its signature; nothing in it may be believed before `Directory.verify` returned."""

    payload_type: str
    payload: bytes
    owner: str
    key_id: str
    signature: bytes

    def to_object(self) -> dict[str, Any]:
        """Give the DSSE envelope as a JSON object."""
        return {
            "payload": write_base64(self.payload),
            "payloadType": self.payload_type,
            "signatures": [{"keyid": f"{self.owner}/{self.key_id}", "sig": write_base64(self.signature)}],
        }

    def to_json(self) -> bytes:
        """Write the DSSE envelope as canonical JSON."""
        return write_json(self.to_object())

    @classmethod
    def from_object(cls, value: Any) -> "Signed":
        """Read a DSSE envelope with exactly one signature; raises Refused on every other shape."""
        envelope = read_object(value, {"payload": str, "payloadType": str, "signatures": list}, "the signed statement")
        if len(envelope["signatures"]) != 1:
            raise Refused("a signed statement carries exactly one signature")
        entry = read_object(envelope["signatures"][0], {"keyid": str, "sig": str}, "the signature")
        owner, slash, key_id = entry["keyid"].partition("/")
        if not slash:
            raise Refused("the key id does not name its owner")
        signature = read_base64(entry["sig"])
        if len(signature) != SIGNATURE_BYTES:
            raise Refused("the signature has a wrong length")
        return cls(envelope["payloadType"], read_base64(envelope["payload"]), owner, key_id, signature)

    @classmethod
    def from_json(cls, data: bytes) -> "Signed":
        """Read what `to_json` wrote, and nothing else; raises Refused."""
        return cls.from_object(read_json(data))


class Signer:
    """Signs as one owner with one key."""

    def __init__(self, owner: str, key_id: str, private: Ed25519PrivateKey) -> None:
        self.owner = owner
        self.key_id = key_id
        self._private = private

    def sign(self, payload_type: str, payload: bytes) -> Signed:
        """Sign a statement of a type; both are covered by the signature."""
        return Signed(payload_type, payload, self.owner, self.key_id, self.sign_bytes(payload_type, payload))

    def sign_bytes(self, content_type: str, body: bytes) -> bytes:
        """Sign a body of a content type and return the bare signature (64 bytes)."""
        return self._private.sign(encode(content_type, body))

    def sign_note(self, text: bytes) -> bytes:
        """Sign the text of a C2SP signed note, whose form has no envelope; what could pass as one is refused."""
        if text.startswith(b"DSSEv1 "):
            raise ValueError("a note must not look like a signed statement")
        return self._private.sign(text)

    def public(self) -> bytes:
        """Give the public key (32 bytes) that proves what this signer signs."""
        return self._private.public_key().public_bytes_raw()


def encode(payload_type: str, payload: bytes) -> bytes:
    """Give the bytes that are signed (DSSE's pre-authentication encoding)."""
    name = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)
