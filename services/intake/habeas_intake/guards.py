"""Who calls intake: people by identity's grants, programs by their key."""

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import select

from habeas.errors import Refused
from habeas.grants import Grant
from habeas.web.access import Ask, Caller, Guards
from habeas.web.guards import guards_by_grants
from habeas_intake.models import ApiKey, Case, EndedSession

if TYPE_CHECKING:
    from habeas.service import Context


def digest_of(key: str) -> str:
    """Give what is kept of an API key."""
    return hashlib.sha256(key.encode()).hexdigest()


def make_guards(context: "Context") -> Guards:
    """Make intake's guards."""

    def has_ended(grant: Grant) -> bool:
        with context.reading() as tx:
            return tx.session.get(EndedSession, grant.session) is not None

    def read_key(text: str, _ask: Ask) -> Caller:
        with context.reading() as tx:
            key = tx.session.scalars(select(ApiKey).where(ApiKey.digest == digest_of(text))).first()
        if key is None:
            raise Refused("this key is not known")
        return Caller("machine", key.name, controllers=frozenset(key.controllers))

    def controller_of(case: str) -> str | None:
        with context.reading() as tx:
            return tx.session.scalars(select(Case.controller).where(Case.id == case)).first()

    return guards_by_grants(context, has_ended, read_key, controller_of)
