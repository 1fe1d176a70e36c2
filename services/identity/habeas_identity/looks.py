"""Looks: an agent says why, and gets a ticket a page, good once and for five minutes, at the download origin.

Each page that is fetched is a leaf of the ledger before it is shown (abuse case 27), and bears who fetched it and when
(abuse case 28).
"""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import update

from habeas.clock import uuid7
from habeas.errors import Refused
from habeas.grants import LIFE, Grant, mint, read
from habeas.service import Context
from habeas.web.access import Ask, Caller
from habeas.work.transaction import Transaction
from habeas_identity.evidence import EvidenceState, key_of
from habeas_identity.models import Evidence, EvidenceLook
from habeas_identity.sessions import SignedIn, find_session_of

LOOK = "evidence"
"""What a look's ticket is for, and nothing else."""


class Reason(StrEnum):
    """Why an agent looks; a list, so that nobody writes about a person into the ledger."""

    DECIDE = "decide"
    SECOND_LOOK = "second_look"
    COMPLAINT = "complaint"


@dataclass(frozen=True)
class Look:
    """A page that may be shown now: of what, to whom, and by which key it opens."""

    evidence: str
    case: str
    page: int
    agent: str
    key: bytes = field(repr=False)


def reveal(tx: Transaction, case: str, evidence: str, *, agent: SignedIn, reason: Reason) -> list[str]:
    """Write down who wants to look and why; return the id of a look for each page, in order."""
    found = tx.session.get(Evidence, evidence)
    if found is None or found.case != case or found.state != EvidenceState.CLEANED:
        raise Refused("there is nothing to look at any more")
    looks = []
    for page in range(1, found.pages + 1):
        looks.append(uuid7())
        tx.session.add(
            EvidenceLook(
                id=looks[-1],
                evidence=evidence,
                page=page,
                agent=agent.person,
                reason=reason.value,
                minted_at=tx.now,
            )
        )
    tx.session.flush()
    tx.record("evidence.revealed", case, evidence=evidence, agent=agent.person, reason=reason.value)
    return looks


def use_look(tx: Transaction, look: str) -> Look:
    """Use a look up, and write down that a page was read; raises Refused where that is over."""
    used = tx.session.execute(
        update(EvidenceLook)
        .where(EvidenceLook.id == look, EvidenceLook.used_at.is_(None), EvidenceLook.minted_at > tx.now - LIFE)
        .values(used_at=tx.now)
        .returning(EvidenceLook.evidence, EvidenceLook.page, EvidenceLook.agent, EvidenceLook.reason)
        .execution_options(synchronize_session=False)
    ).first()
    if used is None:
        raise Refused("this look is over")
    evidence, page, agent, reason = used
    found = tx.session.get_one(Evidence, evidence)
    if found.state != EvidenceState.CLEANED:
        raise Refused("this file was destroyed")
    tx.record("evidence.read", found.case, evidence=evidence, page=page, agent=agent, reason=reason)
    return Look(evidence, found.case, page, agent, key_of(tx, found))


def mint_look(context: Context, look: str, signed_in: SignedIn) -> str:
    """Mint what fetches one page once from the other origin, where the agent's browser has no cookie."""
    now = context.clock.now()
    grant = Grant(
        id=look,
        kind="agent",
        person=signed_in.person,
        roles=signed_in.roles,
        controllers=signed_in.controllers,
        service="identity",
        purpose=LOOK,
        case="",
        browser="",
        session=signed_in.session,
        issued=now,
        expires=now + min(LIFE, max(signed_in.until - now, timedelta(seconds=1))),
        once=True,
    )
    return mint(context.keys.signer("identity"), grant)


def read_look(context: Context, text: str, ask: Ask) -> Caller:
    """Read such a ticket; one whose session has ended is worth nothing."""
    if ask.purpose != LOOK:
        raise Refused("no machine may do this")
    grant = read(
        text,
        context.keys.directory(),
        service=ask.service,
        purpose=LOOK,
        browser="",
        now=ask.now,
        kind="agent",
        once=True,
    )
    with context.reading() as tx:
        if find_session_of(tx, grant.session) is None:
            raise Refused("this session has ended")
    return Caller("machine", grant.person, frozenset(grant.roles), grant=grant.id)
