"""What every service does for itself by the clock: order its ledger, let old letters go, destroy lapsed keys."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from habeas.crypto.datakeys import DataKey
from habeas.crypto.months import end_of
from habeas.ledger import has_waiting
from habeas.work.tables import DeadLetter, InboxLetter, OutboxLetter

if TYPE_CHECKING:
    from habeas.service import Context

OUTBOX_KEPT = timedelta(days=30)
INBOX_KEPT = timedelta(days=40)
"""Longer than any letter is valid (35 days), so that no replay finds its place forgotten."""


def sequence_ledger(context: "Context") -> None:
    """Order the leaves written since the last time into the service's Merkle log, and sign its new head."""
    with context.database.single() as connection:
        if not has_waiting(connection):
            return
    with context.transaction() as tx:
        tx.sequence()


def sweep_letters(context: "Context") -> None:
    """Delete letters that are done and too old for any replay; what waits or is parked stays."""
    with context.transaction() as tx:
        sent = OutboxLetter.published_at < tx.now - OUTBOX_KEPT
        done = InboxLetter.state.in_(("done", "dropped")) & (InboxLetter.done_at < tx.now - INBOX_KEPT)
        tx.session.execute(delete(OutboxLetter).where(sent))
        tx.session.execute(delete(InboxLetter).where(done))
        tx.session.execute(delete(DeadLetter).where(DeadLetter.received_at < tx.now - INBOX_KEPT))


def destroy_lapsed_keys(context: "Context") -> None:
    """Destroy each month's key whose time is over: the last act of forgetting, which no backup undoes.

    Services may share a provider: whoever comes first destroys the key, and each deletes its own data keys under it.
    """
    now = context.clock.now()
    with context.reading() as tx:
        ours = set(tx.session.scalars(select(DataKey.kek).distinct()))
    for kek in sorted({*context.data_keys.lapsed(now), *(kek for kek in ours if now >= end_of(kek[-7:]))}):
        context.provider.destroy(kek)
        with context.transaction() as tx:
            context.data_keys.bury(tx.session, kek)
            tx.record("key.destroyed", "", key=kek)
