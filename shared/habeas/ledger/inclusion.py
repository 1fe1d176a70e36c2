"""Checking that a step stands in a ledger, far from any ledger: nothing here needs a database."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from habeas.crypto.canonical import read_base64, read_json, read_object, write_base64, write_json
from habeas.crypto.directory import Directory
from habeas.errors import Refused
from habeas.ledger.checkpoint import Checkpoint, open_note, read_note
from habeas.ledger.tree import hash_leaf, includes

FORMAT = "habeas-inclusion/1"
_SHAPE = {"format": str, "step": dict, "salt": str, "index": int, "path": list, "checkpoint": str}
_STEP = {"id": str, "at": str, "kind": str, "facts": dict}


@dataclass(frozen=True)
class Inclusion:
    """A step, its place, and the path from there to a signed checkpoint."""

    step: dict[str, Any]
    salt: bytes
    index: int
    path: tuple[bytes, ...]
    note: str

    def to_json(self) -> bytes:
        """Write the proof as canonical JSON."""
        return write_json(
            {
                "format": FORMAT,
                "step": self.step,
                "salt": write_base64(self.salt),
                "index": self.index,
                "path": [write_base64(each) for each in self.path],
                "checkpoint": self.note,
            }
        )

    @classmethod
    def from_json(cls, data: bytes) -> "Inclusion":
        """Read what `to_json` wrote, and nothing else; raises Refused."""
        value = read_object(read_json(data), _SHAPE, "the ledger proof")
        if value["format"] != FORMAT:
            raise Refused("the ledger proof is of an unknown format")
        step = value["step"]
        read_object({name: each for name, each in step.items() if name != "case"}, _STEP, "the proof's step")
        if not isinstance(step.get("case", 0), str | None):
            raise Refused("the proof's step does not say which case it belongs to")
        if not all(isinstance(each, str) for each in value["path"]) or len(value["path"]) > 64:
            raise Refused("the path of the ledger proof is not written as it should be")
        path = tuple(read_base64(each) for each in value["path"])
        return cls(step, read_base64(value["salt"]), value["index"], path, value["checkpoint"])


@dataclass(frozen=True)
class Proved:
    """What a proof showed: the step, its place, and the checkpoint that vouches for both."""

    step: dict[str, Any]
    index: int
    checkpoint: Checkpoint


def commit(salt: bytes, step: Mapping[str, Any]) -> bytes:
    """Commit to a step (32 bytes)."""
    return hashlib.sha256(salt + write_json(dict(step))).digest()


def verify_inclusion(proof: bytes, directory: Directory) -> Proved:
    """Check a proof without any ledger; raises Refused or BadSignature with what does not hold.

    The checkpoint has to be signed by the service that its origin names: callers check `checkpoint.owner`.
    """
    inclusion = Inclusion.from_json(proof)
    owner = read_note(inclusion.note).owner
    return check_inclusion(inclusion, open_note(inclusion.note, directory.signing_keys(owner).values()))


def check_inclusion(inclusion: Inclusion, checkpoint: Checkpoint) -> Proved:
    """Check that the step stands under a checkpoint that is believed already; raises Refused."""
    leaf = hash_leaf(commit(inclusion.salt, inclusion.step))
    if not includes(leaf, inclusion.index, checkpoint.size, inclusion.path, checkpoint.root):
        raise Refused("the step does not stand in the ledger where the proof says")
    return Proved(inclusion.step, inclusion.index, checkpoint)
