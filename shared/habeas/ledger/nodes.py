"""The tree's hashes where they lie: leaf hashes from the leaves' commitments, all others from `ledger_node`."""

from collections.abc import Sequence

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from habeas.ledger.models import Leaf, Node
from habeas.ledger.tree import Hashes, Position, hash_leaf


class BrokenLedger(Exception):  # noqa: N818 -- it is what is found
    """The ledger's tables lack what they must hold; `habeas ledger verify` says what happened to them."""


def stored_hashes(session: Session) -> Hashes:
    """Give the look-up of complete nodes for `habeas.ledger.tree`."""

    def find(level: int, index: int) -> bytes:
        if level == 0:
            commitment = session.scalar(select(Leaf.commitment).where(Leaf.index == index))
            found = None if commitment is None else hash_leaf(commitment)
        else:
            found = session.scalar(select(Node.hash).where(Node.level == level, Node.index == index))
        if found is None:
            raise BrokenLedger(f"the ledger lacks the node at level {level}, place {index}")
        return found

    return find


def known_hashes(session: Session, positions: Sequence[Position]) -> Hashes:
    """Give the look-up of these complete nodes, the inner ones among them read in one statement."""
    inner = [position for position in positions if position[0] > 0]
    rows = session.execute(select(Node).where(tuple_(Node.level, Node.index).in_(inner))).scalars() if inner else ()
    known = {(node.level, node.index): node.hash for node in rows}
    single = stored_hashes(session)
    return lambda level, index: known.get((level, index)) or single(level, index)
