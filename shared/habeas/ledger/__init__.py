"""The ledger: every step as a leaf of a Merkle tree, so that nothing can be changed or left out unseen.

A name is loaded when it is asked for, so that whoever only checks a proof loads no database.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from habeas.ledger.audit import LedgerReport, verify_ledger
    from habeas.ledger.checkpoint import Checkpoint, open_note
    from habeas.ledger.inclusion import Inclusion, Proved, verify_inclusion
    from habeas.ledger.leaves import append
    from habeas.ledger.models import CheckpointRow, Leaf, Node
    from habeas.ledger.proof import NotYetSequenced, prove
    from habeas.ledger.sequencer import has_waiting, sequence

__all__ = [
    "Checkpoint",
    "CheckpointRow",
    "Inclusion",
    "Leaf",
    "LedgerReport",
    "Node",
    "NotYetSequenced",
    "Proved",
    "append",
    "has_waiting",
    "open_note",
    "prove",
    "sequence",
    "verify_inclusion",
    "verify_ledger",
]

_ROOMS = {
    "audit": ("LedgerReport", "verify_ledger"),
    "checkpoint": ("Checkpoint", "open_note"),
    "inclusion": ("Inclusion", "Proved", "verify_inclusion"),
    "leaves": ("append",),
    "models": ("CheckpointRow", "Leaf", "Node"),
    "proof": ("NotYetSequenced", "prove"),
    "sequencer": ("has_waiting", "sequence"),
}


def __getattr__(name: str) -> Any:
    """Load an exported name from its module."""
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{room}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
