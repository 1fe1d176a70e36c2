"""The pinned public keys of everybody: who may have signed this, and to which key is that sealed.

Verification is only ever against this directory, and only with keys of the owner that the caller expects: a message
never brings its own key.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from habeas.clock import SYSTEM_CLOCK, Clock
from habeas.crypto.canonical import read_base64, read_object, write_base64
from habeas.crypto.months import is_month, month_of
from habeas.crypto.sealing import check_public
from habeas.crypto.signing import BadSignature, Signed, encode
from habeas.errors import NeedsPerson, Refused

OWNER = re.compile(r"[a-z][a-z0-9-]{1,40}")
KEY_ID = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9a-f]{16}")


@dataclass(frozen=True)
class OwnerKeys:
    """The public keys of one owner: signing keys by key id, sealing keys by month, and the revoked key ids."""

    sign: Mapping[str, bytes]
    seal: Mapping[str, bytes]
    revoked: frozenset[str]

    def to_object(self) -> dict[str, Any]:
        """Give the entry as it stands in `public.json`."""
        return {
            "sign": {key_id: write_base64(public) for key_id, public in self.sign.items()},
            "seal": {month: write_base64(public) for month, public in self.seal.items()},
            "revoked": sorted(self.revoked),
        }


@dataclass(frozen=True)
class SealingKey:
    """Where to seal to: the recipient, the month of its key, the public key."""

    owner: str
    month: str
    public: bytes


class Published:
    """One state of the directory, parsed once; it never changes."""

    def __init__(self, owners: Mapping[str, OwnerKeys]) -> None:
        self.owners = owners
        self._verifiers = {
            (owner, key_id): Ed25519PublicKey.from_public_bytes(public)
            for owner, keys in owners.items()
            for key_id, public in keys.sign.items()
        }

    @classmethod
    def from_object(cls, value: Any) -> "Published":
        """Read the directory from its JSON form; raises Refused on every key, name or length that is not expected."""
        owners = read_object(value, {"owners": dict}, "the key directory")["owners"]
        return cls({owner: _read_owner(owner, entry) for owner, entry in owners.items()})

    def to_object(self) -> dict[str, Any]:
        """Give the JSON form."""
        return {"owners": {owner: keys.to_object() for owner, keys in self.owners.items()}}

    def verifier(self, owner: str, key_id: str) -> Ed25519PublicKey:
        """Find a key that this owner may sign with today; raises BadSignature."""
        keys = self.owners.get(owner)
        if keys is None:
            raise BadSignature("nobody of that name is in the key directory")
        if key_id in keys.revoked:
            raise BadSignature(f"this key of {owner} has been revoked")
        verifier = self._verifiers.get((owner, key_id))
        if verifier is None:
            raise BadSignature(f"{owner} has no such key")
        return verifier


class Directory:
    """The directory as it is at the moment of asking: a revocation counts from the next call on."""

    def __init__(self, read: Callable[[], Published], clock: Clock = SYSTEM_CLOCK) -> None:
        self._read = read
        self._clock = clock

    @classmethod
    def of(cls, value: Any, clock: Clock = SYSTEM_CLOCK) -> "Directory":
        """Make a directory of a published JSON object, for verification far from any keyring."""
        published = Published.from_object(value)
        return cls(lambda: published, clock)

    def verify(self, signed: Signed, *, owner: str, payload_type: str) -> bytes:
        """Return the payload if `owner` signed it as `payload_type`; raises BadSignature with a reason."""
        if signed.payload_type != payload_type:
            raise BadSignature(f"this is no statement of the type {payload_type}")
        if signed.owner != owner:
            raise BadSignature(f"this statement is not signed by {owner}")
        self.verify_bytes(owner, signed.key_id, payload_type, signed.payload, signed.signature)
        return signed.payload

    def verify_bytes(self, owner: str, key_id: str, content_type: str, body: bytes, signature: bytes) -> None:
        """Raise BadSignature unless this is `owner`'s signature over this content type and body."""
        verifier = self._read().verifier(owner, key_id)
        try:
            verifier.verify(signature, encode(content_type, body))
        except InvalidSignature:
            raise BadSignature(f"the signature of {owner} does not fit what it stands under") from None

    def signing_keys(self, owner: str, *, revoked: bool = False) -> Mapping[str, bytes]:
        """Give the public signing keys of an owner by key id: the valid ones, or those that were revoked."""
        keys = self._read().owners.get(owner)
        return (
            {} if keys is None else {each: key for each, key in keys.sign.items() if (each in keys.revoked) == revoked}
        )

    def sealing_key(self, owner: str) -> SealingKey:
        """Find the newest sealing key of an owner whose month has begun; raises NeedsPerson when there is none.

        Next month's key is published early but not used early, so that every key is destroyed 40 days after its last
        use. An owner who has only just begun, with a clock ahead of ours, is sealed to with the first key it has.
        """
        keys = self._read().owners.get(owner)
        if keys is None or not keys.seal:
            raise NeedsPerson(f"the key directory has no sealing key of {owner}: publish it and pin it here")
        month = month_of(self._clock.now())
        begun = [each for each in keys.seal if each <= month]
        chosen = max(begun) if begun else min(keys.seal)
        return SealingKey(owner, chosen, keys.seal[chosen])

    def owners(self) -> tuple[str, ...]:
        """List everybody whose keys are pinned."""
        return tuple(sorted(self._read().owners))

    def publish(self) -> dict[str, Any]:
        """Give the directory as a JSON object that `Directory.of` and `Keyring.pin` read."""
        return self._read().to_object()


def _read_owner(owner: str, value: Any) -> OwnerKeys:
    if not OWNER.fullmatch(owner):
        raise Refused("an owner's name in the key directory is not written as it should be")
    entry = read_object(value, {"sign": dict, "seal": dict, "revoked": list}, f"the directory entry of {owner}")
    if not all(isinstance(each, str) for group in ("sign", "seal") for each in entry[group].values()):
        raise Refused(f"a key of {owner} is not text")
    sign = {key_id: read_base64(text) for key_id, text in entry["sign"].items()}
    seal = {month: read_base64(text) for month, text in entry["seal"].items()}
    if any(len(public) != 32 for public in sign.values()) or not all(map(check_public, seal.values())):
        raise Refused(f"a key of {owner} is not a key")
    if not all(map(KEY_ID.fullmatch, sign)) or not all(map(is_month, seal)):
        raise Refused(f"a key of {owner} has a name that is not written as it should be")
    if not all(isinstance(key_id, str) and KEY_ID.fullmatch(key_id) for key_id in entry["revoked"]):
        raise Refused(f"a revoked key of {owner} has a name that is not written as it should be")
    return OwnerKeys(sign, seal, frozenset(entry["revoked"]))
