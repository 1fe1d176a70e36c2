"""The ledger: every step as a leaf of a Merkle tree, so that nothing can be changed or left out unseen."""

from habeas.ledger.audit import LedgerReport, verify_ledger
from habeas.ledger.checkpoint import Checkpoint, open_note
from habeas.ledger.leaves import append
from habeas.ledger.models import CheckpointRow, Leaf, Node
from habeas.ledger.proof import Inclusion, NotYetSequenced, Proved, prove, verify_inclusion
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
