"""The time door: what has been counted long enough."""

from datetime import timedelta

from habeas.service import Context, Timer
from habeas.work.quotas import forget_uses
from habeas_intake.processor_requests import report_changes


def forget_counts(context: Context) -> None:
    """Delete the counts of cases that no longer matter."""
    with context.transaction() as tx:
        forget_uses(tx.session, tx.now)


def tell_controllers(context: Context) -> None:
    """Tell those whose processor we are where their requests have come to stand."""
    with context.transaction() as tx:
        report_changes(tx)


TIMERS = (
    Timer("forgetting counts", timedelta(hours=1), forget_counts),
    Timer("telling controllers", timedelta(seconds=10), tell_controllers),
)
