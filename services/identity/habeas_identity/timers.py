"""The time door: systems that keep silent, and what has been kept long enough."""

from datetime import timedelta

from sqlalchemy import select

from habeas.service import Context, Timer
from habeas.work.quotas import forget_uses
from habeas_identity.actions import forget_claim, stop_waiting
from habeas_identity.addresses import complete_change, list_due
from habeas_identity.assertions import forget_assertions
from habeas_identity.ceremonies import forget_challenges
from habeas_identity.evidence_timers import tidy_evidence
from habeas_identity.models import Asked, Claim
from habeas_identity.sessions import forget_sessions
from habeas_identity.sign_ins import forget_sign_ins
from habeas_identity.used_grants import forget_used_grants

_MOST_AT_ONCE = 500


def pass_silent_systems(context: Context) -> None:
    """Go on to the next system where one has not said in time which addresses it holds."""
    silent = select(Asked.case, Asked.system).where(Asked.outcome.is_(None), Asked.expires_at <= context.clock.now())
    with context.reading() as tx:
        found = [tuple(row) for row in tx.session.execute(silent.limit(_MOST_AT_ONCE))]
    for case, system in found:
        with context.transaction() as tx:
            stop_waiting(tx, case, system)


def change_addresses(context: Context) -> None:
    """Let letters go to new addresses whose hold is over."""
    with context.reading() as tx:
        cases = list_due(tx)
    for case in cases:
        with context.transaction() as tx:
            complete_change(tx, case)


def forget(context: Context) -> None:
    """Delete claims, sessions and counts whose day has come."""
    lapsed = select(Claim.case).where(Claim.forget_at <= context.clock.now()).limit(_MOST_AT_ONCE)
    with context.reading() as tx:
        cases = list(tx.session.scalars(lapsed))
    for case in cases:
        with context.transaction() as tx:
            forget_claim(tx, case)
    with context.transaction() as tx:
        forget_assertions(tx)
        forget_sessions(tx)
        forget_challenges(tx)
        forget_sign_ins(tx)
        forget_used_grants(tx)
        forget_uses(tx.session, tx.now)


TIMERS = (
    Timer("silent systems", timedelta(minutes=1), pass_silent_systems),
    Timer("address changes", timedelta(minutes=1), change_addresses),
    Timer("evidence", timedelta(minutes=5), tidy_evidence),
    Timer("forgetting", timedelta(hours=1), forget),
)
