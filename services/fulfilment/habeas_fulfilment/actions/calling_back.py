"""A processor called back: the connectors that it may be about are told, once for each call."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete

from habeas.events import ProcessorCalledBack
from habeas.vocabulary import participant_of
from habeas.work.transaction import Transaction
from habeas_fulfilment.callbacks import Callback
from habeas_fulfilment.models import ProcessorCall

_KEPT = timedelta(days=100)
"""Longer than any request is waited for: what is repeated after it wakes nobody."""


def take_callback(tx: Transaction, domain: str, systems: Sequence[str], callback: Callback) -> None:
    """Tell the connectors of a processor's systems to ask; the same call again changes nothing."""
    if tx.session.get(ProcessorCall, callback.digest) is not None:
        return
    tx.session.add(ProcessorCall(digest=callback.digest, domain=domain, called_at=tx.now))
    tx.record("processor.called_back", "", domain=domain, status=callback.status, digest=callback.digest)
    for system in systems:
        tx.say(ProcessorCalledBack(system=system, number=callback.number), to=participant_of(system))


def forget_calls(tx: Transaction) -> None:
    """Forget the calls that nobody can mean to repeat."""
    tx.session.execute(delete(ProcessorCall).where(ProcessorCall.called_at < tx.now - _KEPT))
