"""The seal of a file that leaves the house: a signature over every byte before it, as the archive comment of a ZIP.

    habeas-seal/1 {"payload":...,"payloadType":"application/vnd.habeas.seal+json","signatures":[...]}

The signed payload holds the SHA-256 of all that precedes the comment and the public key of whoever sealed. Its length
is always the same for one signer, since a ZIP says how long its comment is before it begins.
"""

import hashlib
from dataclasses import dataclass

from habeas.crypto.canonical import read_base64, read_digest, read_json, read_object, write_base64, write_json
from habeas.crypto.directory import Directory
from habeas.crypto.signing import BadSignature, Signed, Signer
from habeas.errors import Refused

SEAL_TYPE = "application/vnd.habeas.seal+json"
PACKAGE_TYPE = "application/vnd.habeas.package+json"
CONFIRMATION_TYPE = "application/vnd.habeas.confirmation+json"
RELEASE_OWNER = "fulfilment"
"""Whose key releases packages and confirmations, and whose ledger holds their digests."""
_PREFIX = b"habeas-seal/1 "


@dataclass(frozen=True)
class Seal:
    """A seal as it was read; nothing in it is proved before `check_seal` returned."""

    signed: Signed
    sha256: str
    public: bytes

    @property
    def fingerprint(self) -> str:
        """Give the SHA-256 of the public key, in hex, as it is published."""
        return hashlib.sha256(self.public).hexdigest()


def make_seal(signer: Signer, digest: bytes) -> bytes:
    """Seal a file whose bytes up to here have this SHA-256 digest."""
    payload = write_json({"public": write_base64(signer.public()), "sha256": digest.hex()})
    return _PREFIX + signer.sign(SEAL_TYPE, payload).to_json()


def read_seal(comment: bytes) -> Seal:
    """Read a seal; raises Refused on anything that `make_seal` would not have written."""
    if not comment.startswith(_PREFIX):
        raise Refused("the file carries no seal")
    signed = Signed.from_json(comment.removeprefix(_PREFIX))
    value = read_object(read_json(signed.payload), {"public": str, "sha256": str}, "the seal")
    public = read_base64(value["public"])
    if len(public) != 32:
        raise Refused("the public key of the seal has a wrong length")
    return Seal(signed, read_digest(value["sha256"]), public)


def check_seal(seal: Seal, digest: bytes, directory: Directory) -> None:
    """Raise BadSignature or Refused unless the releasing key sealed exactly this digest."""
    directory.verify(seal.signed, owner=RELEASE_OWNER, payload_type=SEAL_TYPE)
    if seal.sha256 != digest.hex():
        raise Refused("the file is not what was sealed: at least one byte was changed, added or cut off")


def trust_seal(seal: Seal) -> Directory:
    """Make a directory of the key that the file brought along, for whoever compares its fingerprint by hand."""
    if seal.signed.key_id[-16:] != seal.fingerprint[:16]:
        raise BadSignature("the key in the file is not the one that it names")
    keys = {"sign": {seal.signed.key_id: write_base64(seal.public)}, "seal": {}, "revoked": []}
    return Directory.of({"owners": {seal.signed.owner: keys}})
