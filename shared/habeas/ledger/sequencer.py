"""The sequencer: gives waiting leaves their place in the tree and signs the new root.

One a service at a time: a second one waits for the first to commit. Leaves are taken in the order of their ids, which
is roughly that of their writing; the order between transactions that ran side by side means nothing.
"""

from datetime import datetime

from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.orm import Session

from habeas.crypto.signing import Signer
from habeas.ledger.checkpoint import Checkpoint, name_origin
from habeas.ledger.models import CheckpointRow, Leaf, Node
from habeas.ledger.nodes import known_hashes
from habeas.ledger.tree import find_peaks, hash_leaf, read_frontier

BATCH = 5000
_ALONE = text("LOCK TABLE ledger_checkpoint IN SHARE ROW EXCLUSIVE MODE")


def has_waiting(connection: Connection) -> bool:
    """Say whether any leaf waits for its place; it locks nothing."""
    return connection.execute(select(Leaf.id).where(Leaf.index.is_(None)).limit(1)).first() is not None


def sequence(session: Session, now: datetime, signer: Signer, limit: int = BATCH) -> Checkpoint | None:
    """Sequence up to `limit` waiting leaves and return the new checkpoint, or None if none was waiting.

    The caller commits, and calls again until the answer is None.
    """
    session.flush()
    if session.get_bind().dialect.name == "postgresql":  # a SQLite transaction that writes is alone anyway
        session.execute(_ALONE)
    waiting = session.execute(
        select(Leaf.id, Leaf.commitment).where(Leaf.index.is_(None)).order_by(Leaf.id).limit(limit)
    ).all()
    if not waiting:
        return None
    size = session.scalar(select(func.max(CheckpointRow.size))) or 0
    frontier = read_frontier(size, known_hashes(session, find_peaks(size)))
    placed, nodes = [], []
    for leaf_id, commitment in waiting:
        placed.append({"id": leaf_id, "index": frontier.size})
        made = frontier.append(hash_leaf(commitment))
        nodes += [{"level": level, "index": index, "hash": node} for (level, index), node in made]
    session.execute(update(Leaf), placed)
    if nodes:
        session.execute(insert(Node), nodes)
    checkpoint = Checkpoint(name_origin(signer.owner), frontier.size, frontier.root(), now.replace(microsecond=0))
    session.add(CheckpointRow(size=checkpoint.size, previous=size, note=checkpoint.sign(signer)))
    session.flush()
    return checkpoint
