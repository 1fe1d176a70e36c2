"""Grants that are good once: which have been used, in the transaction of the act itself."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from habeas.errors import Refused
from habeas.work.transaction import Transaction
from habeas_identity.models import UsedGrant

_KEPT = timedelta(days=1)


def use_grant(tx: Transaction, grant: str) -> None:
    """Use a grant up; raises Refused where it has been used before, also at this moment by somebody else."""
    insert = sqlite.insert if tx.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"grant": grant, "used_at": tx.now}
    done = tx.session.execute(insert(UsedGrant).values(row).on_conflict_do_nothing().returning(UsedGrant.grant))
    if done.first() is None:
        raise Refused("this was confirmed for one act, which is done: confirm again")


def is_used(tx: Transaction, grant: str) -> bool:
    """Say whether a grant has been used."""
    return tx.session.get(UsedGrant, grant) is not None


def forget_used_grants(tx: Transaction) -> None:
    """Delete the marks of grants that have long lapsed by themselves."""
    tx.session.execute(delete(UsedGrant).where(UsedGrant.used_at < tx.now - _KEPT))
