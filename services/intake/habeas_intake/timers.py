"""The time door: what has been counted long enough."""

from datetime import timedelta

from habeas.service import Context, Timer
from habeas.work.quotas import forget_uses


def forget_counts(context: Context) -> None:
    """Delete the counts of cases that no longer matter."""
    with context.transaction() as tx:
        forget_uses(tx.session, tx.now)


TIMERS = (Timer("forgetting counts", timedelta(hours=1), forget_counts),)
