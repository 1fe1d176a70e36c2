"""A device with a passkey, in software: it makes a key pair and signs, as WebAuthn level 3 says (6.1, 6.5)."""

import hashlib
import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40
ORIGIN, NAME = "http://localhost:8080", "localhost"


@dataclass
class Device:
    """Answers challenges; what it would never do by itself, a test asks of it by name."""

    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential: bytes = field(default_factory=lambda: os.urandom(32))
    owner: bytes = b""
    count: int = 0

    def create(
        self, options: dict[str, Any], *, flags: int = PRESENT | VERIFIED, origin: str = ORIGIN, name: str = NAME
    ) -> str:
        """Make a passkey for whoever the page names, and answer as the page's script writes it down."""
        self.owner = read(options["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + len(self.credential).to_bytes(2, "big") + self.credential + cbor2.dumps(public)
        data = self._data(name, flags | ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = _client("webauthn.create", options["challenge"], origin)
        return self._answer({"clientDataJSON": write(client), "attestationObject": write(attestation)})

    def get(
        self,
        options: dict[str, Any],
        *,
        flags: int = PRESENT | VERIFIED,
        origin: str = ORIGIN,
        name: str = NAME,
        kind: str = "webauthn.get",
        rises: int = 1,
        owner: bytes | None = None,
    ) -> str:
        """Sign a page's challenge."""
        self.count += rises
        data, client = self._data(name, flags), _client(kind, options["challenge"], origin)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": write(client),
            "authenticatorData": write(data),
            "signature": write(signature),
            "userHandle": write(self.owner if owner is None else owner),
        }
        return self._answer(response)

    def _data(self, name: str, flags: int) -> bytes:
        return hashlib.sha256(name.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def _answer(self, response: dict[str, str]) -> str:
        written = write(self.credential)
        return json.dumps({"id": written, "rawId": written, "type": "public-key", "response": response})


def write(content: bytes) -> str:
    """Write bytes as base64url without padding."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def read(text: str) -> bytes:
    """Read them."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _client(kind: str, challenge: str, origin: str) -> bytes:
    return json.dumps({"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": False}).encode()
