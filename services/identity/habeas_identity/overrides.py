"""Overrides: for whoever has no browser, two people of the company vouch, each with a reason, for what is not risky.

No role can do it alone, by whatever accounts: the two differ as persons. It reaches A2 and no further, so that what
needs a proofed identity never goes by it, and it starts from a stored record, so nobody can be made up.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from habeas.clock import uuid7
from habeas.errors import Fault, Faults, Refused
from habeas.vocabulary import Assurance
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose
from habeas_identity.contents import close_reason, open_channel, open_reason
from habeas_identity.freezing import is_frozen
from habeas_identity.given import accept, waits_for_mandate
from habeas_identity.models import Channel, Claim, Vouch
from habeas_identity.proofs.override import OVERRIDE

SHORTEST, LONGEST = 20, 1000
PEOPLE = 2


class Obstacle(StrEnum):
    """Why a case is not to be proved by people's word."""

    PROVED = "this case is proved"
    RISKY = "what is asked for here needs a proofed identity, which nobody's word replaces"
    WAITS = "this case waits for something else than a proof"
    UNKNOWN = "no record that the company holds fits the claim: there is nobody to vouch for"


@dataclass(frozen=True)
class Reason:
    """Why one person vouched, and when; for the audit."""

    case: str
    person: str
    words: str = field(repr=False)
    said_at: datetime
    counted: bool


def vouch(tx: Transaction, case: str, person: str, words: str) -> bool:
    """Note that a person vouches for the subject of a case; say whether that is enough now.

    Raises Faults for words that are no reason, Refused where this case is not to be proved so or by this person.
    """
    words = words.strip()
    if not SHORTEST <= len(words) <= LONGEST:
        remedy = f"write {SHORTEST} to {LONGEST} characters: what you saw or heard, and how you know the person"
        raise Faults([Fault("reason", "this is no reason that another can follow", remedy)])
    claim = tx.session.get(Claim, case, with_for_update=True, populate_existing=True)
    if refusal := obstacle(tx, claim):
        raise Refused(refusal)
    assert claim is not None
    row = uuid7()
    insert = sqlite.insert if tx.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"id": row, "case": case, "person": person, "said_at": tx.now, "used_at": None}
    said = insert(Vouch).values(**values, reason=close_reason(tx, case, row, words))
    if tx.session.execute(said.on_conflict_do_nothing().returning(Vouch.id)).first() is None:
        raise Refused("you have vouched for this: another person has to be the second")
    digest = hashlib.sha256(f"{row}\n{words}".encode()).hexdigest()
    tx.record("override.vouched", case, agent=person, reason=digest)
    vouched = list(tx.session.scalars(select(Vouch).where(Vouch.case == case).order_by(Vouch.said_at, Vouch.id)))
    if len({each.person for each in vouched}) < PEOPLE:
        return False
    for each in vouched:
        each.used_at = tx.now
    channel = tx.session.scalars(select(Channel).where(Channel.case == case).order_by(Channel.id)).first()
    assert channel is not None
    tx.record("override.used", case, agents=sorted(each.person for each in vouched))
    accept(tx, claim, Purpose.PROVE, "", OVERRIDE, open_channel(tx, channel).proves)
    return True


def obstacle(tx: Transaction, claim: Claim | None) -> Obstacle | None:
    """Say what keeps a case from being proved by people's word, if anything does."""
    if claim is None:
        return Obstacle.UNKNOWN
    if claim.state == "proved":
        return Obstacle.PROVED
    if Assurance(claim.needed) > OVERRIDE.assurance:
        return Obstacle.RISKY
    if is_frozen(tx, claim.case) or waits_for_mandate(tx, claim.case) or claim.state == "held":
        return Obstacle.WAITS
    if tx.session.scalars(select(Channel.id).where(Channel.case == claim.case)).first() is None:
        return Obstacle.UNKNOWN
    return None


def count_vouched(tx: Transaction, case: str) -> int:
    """Count the people who have vouched in a case."""
    return len(set(tx.session.scalars(select(Vouch.person).where(Vouch.case == case))))


def list_reasons(tx: Transaction, of: frozenset[str] = frozenset(), most: int = 200) -> Iterable[Reason]:
    """List who vouched for whom and why in cases of these controllers (none named: of all), the newest first."""
    chosen = select(Vouch).join(Claim, Claim.case == Vouch.case)
    if of:
        chosen = chosen.where(Claim.controller.in_(of))
    for each in tx.session.scalars(chosen.order_by(Vouch.said_at.desc(), Vouch.id.desc()).limit(most)):
        yield Reason(each.case, each.person, open_reason(tx, each), each.said_at, each.used_at is not None)
