"""A checkpoint: the signed size and root of a ledger, as a C2SP signed note that other tools can read.

    habeas/fulfilment
    20852
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
    signed 2026-11-22T19:00:00Z

    — habeas/fulfilment Az3grlgtzPICa5OS8npVmf1Myq/5...

Source: C2SP signed-note and tlog-checkpoint. The fourth line is an extension line: without a signed time nobody could
say when a record was there at the latest.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from habeas.crypto.canonical import read_base64, read_instant, write_base64, write_instant
from habeas.crypto.signing import BadSignature, Signer
from habeas.errors import Refused

_ORIGIN = re.compile(r"habeas/([a-z][a-z0-9-]{1,40})")
_SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
_SIGNATURE = re.compile(r"— (\S+) (\S+)")
_ED25519 = b"\x01"
_LONGEST_NOTE = 16 * 1024


@dataclass(frozen=True)
class Checkpoint:
    """What a ledger was at one moment: whose it is, how many leaves, which root."""

    origin: str
    size: int
    root: bytes
    signed_at: datetime

    @property
    def owner(self) -> str:
        """Name the service whose ledger this is."""
        return self.origin.removeprefix("habeas/")

    def text(self) -> str:
        """Give the text that is signed."""
        return f"{self.origin}\n{self.size}\n{write_base64(self.root)}\nsigned {write_instant(self.signed_at)}\n"

    def sign(self, signer: Signer) -> str:
        """Give the signed note."""
        text = self.text()
        signature = identify_key(self.origin, signer.public()) + signer.sign_note(text.encode())
        return f"{text}\n— {self.origin} {write_base64(signature)}\n"


def name_origin(owner: str) -> str:
    """Give the origin line of a service's ledger."""
    return f"habeas/{owner}"


def identify_key(name: str, public: bytes) -> bytes:
    """Give the four bytes by which a note says which key signed it (C2SP signed-note)."""
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def read_note(note: str) -> Checkpoint:
    """Read a note without believing it, only to learn whose keys to look for; raises Refused."""
    return _read_text(_divide(note)[0])


def open_note(note: str, keys: Iterable[bytes]) -> Checkpoint:
    """Read a note and believe it if one of the keys signed it; raises Refused or BadSignature.

    Lines of other signers, such as witnesses, are passed over, as the form demands.
    """
    text, lines = _divide(note)
    checkpoint = _read_text(text)
    verifiers = {identify_key(checkpoint.origin, key): Ed25519PublicKey.from_public_bytes(key) for key in keys}
    for name, signature in lines:
        verifier = verifiers.get(signature[:4])
        if name != checkpoint.origin or verifier is None:
            continue
        try:
            verifier.verify(signature[4:], text.encode())
        except InvalidSignature:
            raise BadSignature("the checkpoint's signature does not fit its text") from None
        return checkpoint
    raise BadSignature("the checkpoint is not signed by a key of its ledger's owner")


def _divide(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, gap, signatures = note.rpartition("\n\n")
    if not gap or len(note) > _LONGEST_NOTE or not signatures.endswith("\n"):
        raise Refused("the checkpoint is not a signed note")
    lines = []
    for line in signatures[:-1].split("\n"):
        parts = _SIGNATURE.fullmatch(line)
        if parts is None:
            raise Refused("a signature line of the checkpoint is not written as it should be")
        lines.append((parts[1], read_base64(parts[2])))
    return text + "\n", lines


def _read_text(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) != 5 or lines[4]:
        raise Refused("the checkpoint does not have the lines it should")
    origin, size, root, signed = lines[:4]
    if not _ORIGIN.fullmatch(origin) or not _SIZE.fullmatch(size) or not signed.startswith("signed "):
        raise Refused("a line of the checkpoint is not written as it should be")
    digest = read_base64(root)
    if len(digest) != 32:
        raise Refused("the checkpoint's root is not a SHA-256 digest")
    return Checkpoint(origin, int(size), digest, read_instant(signed.removeprefix("signed ")))
