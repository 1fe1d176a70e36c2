"""Making the proof that a step stands in the ledger; `habeas.ledger.inclusion` checks it without a database."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from habeas.errors import Refused, TryLater
from habeas.ledger.inclusion import Inclusion
from habeas.ledger.leaves import describe_leaf
from habeas.ledger.models import CheckpointRow, Leaf
from habeas.ledger.nodes import stored_hashes
from habeas.ledger.tree import prove_inclusion


class NotYetSequenced(TryLater):
    """Says that the leaf has no place in the tree yet."""


def prove(session: Session, leaf_id: str) -> Inclusion:
    """Make the proof for a leaf under the newest checkpoint; raises NotYetSequenced, or Refused without such a leaf."""
    leaf = session.get(Leaf, leaf_id)
    if leaf is None:
        raise Refused("there is no such leaf in this ledger")
    newest = session.scalar(select(CheckpointRow).order_by(CheckpointRow.size.desc()).limit(1))
    if leaf.index is None or newest is None or newest.size <= leaf.index:
        raise NotYetSequenced("the leaf has no place in the ledger yet")
    path = prove_inclusion(leaf.index, newest.size, stored_hashes(session))
    return Inclusion(describe_leaf(leaf), leaf.salt, leaf.index, tuple(path), newest.note)
