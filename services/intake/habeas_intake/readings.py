"""Who read what people told, counted from the ledger: ids and numbers only, so that the report itself tells nothing.

Whoever reads far more of what is not theirs than the others do is marked, for somebody to ask why.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from sqlalchemy import select

from habeas.ledger.models import Leaf
from habeas.work.transaction import Transaction
from habeas_intake.models import Case

FEW = 5
"""So many readings of other people's cases are never remarkable."""
TIMES = 3
"""How many times the others' median is remarkable."""


@dataclass(frozen=True)
class Readings:
    """What one person has read in a while."""

    agent: str
    own: int
    """Readings of cases that they had."""
    others: int
    """Readings of cases that they had not, each with a reason."""
    cases: int
    reasons: tuple[tuple[str, int], ...]
    remarkable: bool = False


def count_readings(tx: Transaction, days: int, of: frozenset[str] = frozenset()) -> list[Readings]:
    """Count what each agent has read in the last days; who read most of what was not theirs comes first.

    Of cases of these controllers; none named means all.
    """
    since = tx.now - timedelta(days=days)
    leaves = select(Leaf.case_id, Leaf.body).where(Leaf.kind == "case.revealed", Leaf.written_at >= since)
    if of:
        leaves = leaves.where(Leaf.case_id.in_(select(Case.id).where(Case.controller.in_(of))))
    found: dict[str, list[tuple[str, str]]] = {}
    for case, body in tx.session.execute(leaves):
        reason = "assigned" if body.get("assigned") else str(body.get("reason", "none"))
        found.setdefault(str(body["agent"]), []).append((str(case), reason))
    return mark(sorted(map(_of_one, found.items()), key=lambda each: (-each.others, each.agent)))


def mark(readings: list[Readings]) -> list[Readings]:
    """Mark those who read several times as much of what is not theirs as the others do."""
    marked = []
    for each in readings:
        usual = median([other.others for other in readings if other is not each] or [0])
        remarkable = each.others > max(FEW, TIMES * usual)
        marked.append(Readings(each.agent, each.own, each.others, each.cases, each.reasons, remarkable))
    return marked


def _of_one(of: tuple[str, list[tuple[str, str]]]) -> Readings:
    agent, read = of
    reasons = Counter(reason for _, reason in read)
    own = reasons.pop("assigned", 0)
    cases = len({case for case, _ in read})
    return Readings(agent, own, reasons.total(), cases, tuple(sorted(reasons.items())))
