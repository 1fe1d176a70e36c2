"""Writing a step down: one plain insert, chained to nothing, so that no commit waits for another.

What enters the tree is a salted commitment to the step, SHA-256(salt || canonical JSON): it gives nothing away about a
short body, and the tree still stands when body and salt are one day forgotten.
"""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from habeas.clock import uuid7
from habeas.ledger.inclusion import commit
from habeas.ledger.models import Leaf

SALT_BYTES = 32


def append(session: Session, kind: str, case_id: str | None, facts: Mapping[str, Any], now: datetime) -> str:
    """Write a step down in the caller's transaction and return the leaf's id.

    `facts` are plain JSON values without floats and without anything personal: they are kept for years.
    """
    leaf_id = uuid7()
    salt = os.urandom(SALT_BYTES)
    body = dict(facts)
    commitment = commit(salt, describe(leaf_id, now, kind, case_id, body))
    session.add(
        Leaf(id=leaf_id, written_at=now, kind=kind, case_id=case_id, body=body, salt=salt, commitment=commitment)
    )
    return leaf_id


def describe(leaf_id: str, at: datetime, kind: str, case_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
    """Give the whole step as the object that is committed to."""
    written = at.astimezone(UTC).isoformat(timespec="microseconds")
    return {"id": leaf_id, "at": written, "kind": kind, "case": case_id, "facts": dict(body)}


def describe_leaf(leaf: Leaf) -> dict[str, Any]:
    """Give a stored leaf as the object that is committed to."""
    return describe(leaf.id, leaf.written_at, leaf.kind, leaf.case_id, leaf.body)
