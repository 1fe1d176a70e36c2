"""The audit: builds the whole tree again from the leaves and compares it with everything that was stored and signed.

What it cannot see by itself is a ledger rolled back as a whole, checkpoints and all. For that it takes the notes that
others hold: every package carries one.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from habeas.crypto.directory import Directory
from habeas.crypto.signing import BadSignature
from habeas.errors import Refused
from habeas.ledger.checkpoint import Checkpoint, open_note, read_note
from habeas.ledger.inclusion import commit
from habeas.ledger.leaves import describe_leaf
from habeas.ledger.models import CheckpointRow, Leaf, Node
from habeas.ledger.tree import Frontier, hash_leaf, hash_pair

_AT_ONCE = 1000
_MOST_FAULTS = 100


@dataclass
class LedgerReport:
    """What the audit saw; `faults` are sentences that name the row, and `ok` says that there is none."""

    leaves: int = 0
    waiting: int = 0
    checkpoints: int = 0
    outside: int = 0
    vouched: int = 0
    """The size of the newest checkpoint whose key is valid today."""
    faults: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Say whether nothing was found."""
        return not self.faults

    @property
    def lines(self) -> list[str]:
        """Say the same in plain words, a line each."""
        counts = (
            f"{self.leaves} steps in {self.checkpoints} signed checkpoints; {self.waiting} steps wait to be sequenced"
        )
        held = [f"{self.outside} checkpoints held by others fit"] if self.outside and self.ok else []
        verdict = (
            "The ledger is whole: nothing was changed, removed or reordered." if self.ok else "THE LEDGER IS BROKEN."
        )
        return [verdict, counts, *held, *self.faults]

    def to_json(self) -> dict[str, Any]:
        """Give the report as a JSON object."""
        return {
            "ok": self.ok,
            "leaves": self.leaves,
            "waiting": self.waiting,
            "checkpoints": self.checkpoints,
            "outside": self.outside,
            "faults": self.faults,
        }

    def fault(self, sentence: str) -> None:
        """Note a fault; after a hundred nobody reads on."""
        if len(self.faults) < _MOST_FAULTS:
            self.faults.append(sentence)


def verify_ledger(session: Session, directory: Directory, owner: str, held: Iterable[str] = ()) -> LedgerReport:
    """Recompute the ledger of a service from its leaves and report every difference; memory stays flat.

    `held` are checkpoint notes from outside, for example out of packages that people received.
    """
    report = LedgerReport()
    try:
        _verify(session, directory, owner, held, report)
    except (ValueError, TypeError):  # what was written into the row cannot even be read
        report.fault("a row of the ledger holds something that nobody could have written there in good faith")
    return report


def _verify(session: Session, directory: Directory, owner: str, held: Iterable[str], report: LedgerReport) -> None:
    wanted = _read_checkpoints(session, directory, owner, report)
    for note in held:
        report.outside += 1
        checkpoint = _believe(note, directory, owner, "a checkpoint from outside", report)
        if checkpoint is not None:
            wanted.setdefault(checkpoint.size, []).append(("a checkpoint from outside", checkpoint.root))
    _check_leaves(session, wanted, report)
    _check_nodes(session, report)
    _check_waiting(session, report)


def _read_checkpoints(
    session: Session, directory: Directory, owner: str, report: LedgerReport
) -> dict[int, list[tuple[str, bytes]]]:
    wanted: dict[int, list[tuple[str, bytes]]] = {}
    previous = 0
    for row in session.scalars(
        select(CheckpointRow).order_by(CheckpointRow.size).execution_options(yield_per=_AT_ONCE)
    ):
        report.checkpoints += 1
        name = f"checkpoint {row.size}"
        if row.previous != previous:
            report.fault(
                f"{name} follows {row.previous}, but the one before it is {previous}: one was removed or changed"
            )
        previous = row.size
        checkpoint = _believe(row.note, directory, owner, name, report)
        if checkpoint is not None:
            if checkpoint.size != row.size:
                report.fault(f"{name} is stored under another size than it was signed for")
            wanted.setdefault(checkpoint.size, []).append((name, checkpoint.root))
    return wanted


def _believe(note: str, directory: Directory, owner: str, name: str, report: LedgerReport) -> Checkpoint | None:
    try:
        if read_note(note).owner != owner:
            raise Refused("it is of another ledger")
        return _open_with_any_key(note, directory, owner, report)
    except Refused as error:
        report.fault(f"{name} cannot be believed: {error.reason}")
        return None


def _open_with_any_key(note: str, directory: Directory, owner: str, report: LedgerReport) -> Checkpoint:
    try:
        checkpoint = open_note(note, directory.signing_keys(owner).values())
    except BadSignature:
        # A checkpoint of a key that was revoked since is still an edit detector; a later one has to vouch for it.
        return open_note(note, directory.signing_keys(owner, revoked=True).values())
    report.vouched = max(report.vouched, checkpoint.size)
    return checkpoint


def _check_leaves(session: Session, wanted: dict[int, list[tuple[str, bytes]]], report: LedgerReport) -> None:
    frontier = Frontier()
    rows = select(Leaf).where(Leaf.index.is_not(None)).order_by(Leaf.index).execution_options(yield_per=_AT_ONCE)
    for leaf in session.scalars(rows):
        if leaf.index != frontier.size:
            report.fault(f"the leaves go on at {leaf.index} where {frontier.size} is due: a leaf was removed or moved")
        _check_commitment(leaf, f"leaf {leaf.index}", report)
        frontier.append(hash_leaf(leaf.commitment))
        for name, root in wanted.pop(frontier.size, ()):
            if root != frontier.root():
                report.fault(f"{name} was signed for another content than the leaves have now")
        session.expunge(leaf)
    report.leaves = frontier.size
    if report.vouched < frontier.size:
        report.fault(f"the leaves from {report.vouched} on are under no checkpoint of a key that is valid today")
    for size in sorted(wanted):
        for name, _ in wanted[size]:
            report.fault(f"{name} was signed for {size} leaves, but there are {frontier.size}: leaves were cut off")


def _check_commitment(leaf: Leaf, name: str, report: LedgerReport) -> None:
    if commit(leaf.salt, describe_leaf(leaf)) != leaf.commitment:
        report.fault(f"{name} does not say what was written down")


def _check_nodes(session: Session, report: LedgerReport) -> None:
    due_levels = range(1, report.leaves.bit_length())
    for level in due_levels:
        below = _stream_hashes(session, level - 1)
        made = (hash_pair(left, right) for left, right in zip(below, below, strict=False))
        stored = _stream_hashes(session, level)
        for index, (due, found) in enumerate(zip_longest(made, stored)):
            if due != found:
                report.fault(f"the node at level {level}, place {index} is not what the leaves give")
                break
    others = session.scalar(select(func.count()).select_from(Node).where(Node.level.not_in(list(due_levels))))
    places = select(func.count(), func.max(Node.index), func.min(Node.index)).group_by(Node.level)
    gaps = any(count != highest + 1 or lowest != 0 for count, highest, lowest in session.execute(places))
    if others or gaps:
        report.fault("the tree's nodes are not those of a tree of this size")


def _stream_hashes(session: Session, level: int) -> Iterator[bytes]:
    if level == 0:
        query = select(Leaf.commitment).where(Leaf.index.is_not(None)).order_by(Leaf.index)
        yield from map(hash_leaf, session.scalars(query.execution_options(yield_per=_AT_ONCE)))
    else:
        query = select(Node.hash).where(Node.level == level).order_by(Node.index)
        yield from session.scalars(query.execution_options(yield_per=_AT_ONCE))


def _check_waiting(session: Session, report: LedgerReport) -> None:
    rows = select(Leaf).where(Leaf.index.is_(None)).order_by(Leaf.id).execution_options(yield_per=_AT_ONCE)
    for leaf in session.scalars(rows):
        report.waiting += 1
        _check_commitment(leaf, f"the waiting leaf {leaf.id}", report)
        session.expunge(leaf)
