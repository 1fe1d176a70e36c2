"""Sealing small parts to one recipient, so that a broker, its disk and its backups show nothing.

HPKE base mode (RFC 9180) with the hybrid of ML-KEM-768 and X25519 (draft-ietf-hpke-pq; X-Wing), HKDF-SHA-256 and
AES-256-GCM: whoever records today's letters needs to break both kinds of key. A private key is the 32-byte X-Wing
seed, a public key 1216 bytes, and sealing adds 1136 bytes. `info` binds a sealed part to what it was sealed for: with
another `info` it does not open.
"""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from habeas.crypto.canonical import bind, read_base64, read_object, write_base64
from habeas.errors import Refused

SEED_BYTES = 32
PUBLIC_BYTES = 1216
OVERHEAD_BYTES = 1136
_KEM_PUBLIC_BYTES = 1184
_SUITE = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class CannotOpen(Refused):
    """Refuses what was sealed for another, for another purpose, under a key that is gone, or was changed on its way."""


class PrivateSealingKey:
    """A private key that is loaded once and opens many parts."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_BYTES:
            raise Refused("a private sealing key has 32 bytes")
        expanded = hashlib.shake_256(seed).digest(96)  # X-Wing: 64 bytes for ML-KEM, 32 for X25519
        self._kem = MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
        self._curve = X25519PrivateKey.from_private_bytes(expanded[64:])
        self._private = MLKEM768X25519PrivateKey(self._kem, self._curve)

    def public(self) -> bytes:
        """Give the public key (1216 bytes)."""
        return self._kem.public_key().public_bytes_raw() + self._curve.public_key().public_bytes_raw()

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Open what was sealed to this key for this `info`; raises CannotOpen."""
        try:
            return _SUITE.decrypt(sealed, self._private, info)
        except InvalidTag:
            raise CannotOpen("this was sealed for another key or purpose, or was changed") from None


@dataclass(frozen=True)
class CaseKeys:
    """The key pair of one case, to which connectors seal what they found before it leaves their network."""

    private: bytes
    public: bytes

    def __repr__(self) -> str:
        """Hide the private key."""
        return "CaseKeys(***)"

    @classmethod
    def generate(cls) -> "CaseKeys":
        """Make a new pair."""
        seed = os.urandom(SEED_BYTES)
        return cls(seed, PrivateSealingKey(seed).public())


@dataclass(frozen=True)
class SealedPart:
    """Something sealed to one recipient under its key of one month."""

    recipient: str
    key: str
    ciphertext: bytes

    def to_object(self) -> dict[str, Any]:
        """Give the part as a JSON object."""
        return {"to": self.recipient, "key": self.key, "sealed": write_base64(self.ciphertext)}

    @classmethod
    def from_object(cls, value: Any) -> "SealedPart":
        """Read a part; raises Refused on every other shape."""
        part = read_object(value, {"to": str, "key": str, "sealed": str}, "the sealed part")
        return cls(part["to"], part["key"], read_base64(part["sealed"]))


class Opener:
    """Opens what was sealed to one owner; `find` gives the private key of a month or raises CannotOpen."""

    def __init__(self, owner: str, find: Callable[[str], PrivateSealingKey]) -> None:
        self.owner = owner
        self._find = find

    def open(self, sealed: bytes, month: str, info: bytes) -> bytes:
        """Open bytes that `seal` made to this owner's key of that month; raises CannotOpen."""
        return self._find(month).open(sealed, info)

    def open_part(self, part: SealedPart, info: bytes) -> bytes:
        """Open a part that `seal_part` made for this owner and this `info`; raises CannotOpen."""
        if part.recipient != self.owner:
            raise CannotOpen("this part is sealed to somebody else")
        return self.open(part.ciphertext, part.key, _part_info(part.recipient, part.key, info))


def seal(plaintext: bytes, public: bytes, info: bytes) -> bytes:
    """Seal a small part to a public key for one purpose; the result is 1136 bytes longer."""
    try:
        return _SUITE.encrypt(plaintext, _load_public(public), info)
    except ValueError as error:  # a point of low order, which no honest key is
        raise Refused("these bytes are not a public sealing key") from error


def seal_part(plaintext: bytes, recipient: str, month: str, public: bytes, info: bytes) -> SealedPart:
    """Seal a small part to a recipient's key of a month (see `Directory.sealing_key`)."""
    return SealedPart(recipient, month, seal(plaintext, public, _part_info(recipient, month, info)))


def open_with(private: bytes, sealed: bytes, info: bytes) -> bytes:
    """Open what was sealed to a case's public key; raises CannotOpen."""
    return PrivateSealingKey(private).open(sealed, info)


def check_public(public: bytes) -> bool:
    """Say whether bytes are a public sealing key."""
    try:
        _load_public(public)
    except Refused:
        return False
    return True


def _part_info(recipient: str, month: str, info: bytes) -> bytes:
    return bind("habeas", "part", recipient, month) + info


@lru_cache(maxsize=512)
def _load_public(public: bytes) -> MLKEM768X25519PublicKey:
    if len(public) != PUBLIC_BYTES:
        raise Refused("a public sealing key has 1216 bytes")
    try:
        kem = MLKEM768PublicKey.from_public_bytes(public[:_KEM_PUBLIC_BYTES])
        curve = X25519PublicKey.from_public_bytes(public[_KEM_PUBLIC_BYTES:])
    except ValueError as error:
        raise Refused("these bytes are not a public sealing key") from error
    return MLKEM768X25519PublicKey(kem, curve)
