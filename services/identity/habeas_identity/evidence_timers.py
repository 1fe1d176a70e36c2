"""The time door of evidence: what nobody needs any more is destroyed, and its remains are swept from the store."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, or_, select

from habeas.service import Context
from habeas_identity.evidence import EvidenceState, destroy
from habeas_identity.models import Claim, Evidence, EvidenceLook
from habeas_identity.washing import empty

STUCK = timedelta(hours=1)
"""After which a file that never arrived whole, or whose case nobody knows, is taken for abandoned."""
_MOST_AT_ONCE = 200
_ENDED = (EvidenceState.GONE.value, EvidenceState.REFUSED.value)


def tidy_evidence(context: Context) -> None:
    """Destroy what is over: its days, its case, or the question it was to answer."""
    now = context.clock.now()
    known = select(Claim.case).where(Claim.case == Evidence.case)
    proved = known.where(Claim.state == "proved").exists()
    forgotten = and_(~known.exists(), Evidence.offered_at <= now - STUCK)
    stuck = and_(Evidence.state == EvidenceState.ARRIVING.value, Evidence.offered_at <= now - STUCK)
    over = and_(Evidence.state.not_in(_ENDED), or_(Evidence.destroy_at <= now, proved, forgotten, stuck))
    for evidence in _find(context, over):
        with context.transaction() as tx:
            found = tx.session.get_one(Evidence, evidence, with_for_update=True, populate_existing=True)
            if found.state not in _ENDED:
                destroy(tx, found)
                tx.record("evidence.destroyed", found.case, evidence=evidence, what=found.kind)
    _sweep(context)
    lost = and_(Evidence.state.in_(_ENDED), Evidence.stored.is_(False), ~known.exists())
    for evidence in _find(context, lost):
        with context.transaction() as tx:
            tx.session.execute(delete(EvidenceLook).where(EvidenceLook.evidence == evidence))
            tx.session.execute(delete(Evidence).where(Evidence.id == evidence))


def _sweep(context: Context) -> None:
    for evidence in _find(context, and_(Evidence.state.in_(_ENDED), Evidence.stored.is_(True))):
        empty(context.store, evidence)
        with context.transaction() as tx:
            tx.session.get_one(Evidence, evidence, with_for_update=True).stored = False


def _find(context: Context, which: ColumnElement[bool]) -> list[str]:
    with context.reading() as tx:
        return list(tx.session.scalars(select(Evidence.id).where(which).limit(_MOST_AT_ONCE)))
