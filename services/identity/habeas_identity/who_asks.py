"""What an agent may see of who asks, and the one thing to decide about it: that there is reason to doubt.

Nothing here marks anybody as verified. A doubt makes a case need more (GDPR Art. 12(6)); nothing lowers it again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select

from habeas.errors import Refused
from habeas.profile import ladder
from habeas.vocabulary import Assurance
from habeas.work.transaction import Transaction
from habeas_identity.models import Asked, Channel, Claim, GivenProof
from habeas_identity.profiles import profile_of


class Doubt(StrEnum):
    """Why there is reason to doubt who asks: a closed list, so that no name ever stands in a reason."""

    FORMER_EMPLOYER = "former_employer"
    """The stored mailbox is an employer's whom the person has left."""
    SHARED_MAILBOX = "shared_mailbox"
    UNUSUAL = "unusual"
    """The request does not fit what is known: another language, a new address, pressure."""
    WARNED = "warned"
    """Somebody told us that their mailbox or phone was taken over."""


@dataclass(frozen=True)
class GivenLine:
    """A proof that was given."""

    method: str
    purpose: str
    assurance: Assurance
    at: datetime


@dataclass(frozen=True)
class WhoAsks:
    """How far a case is in finding out who asks; no address and no name."""

    case: str
    controller: str
    state: str
    needed: Assurance
    channels: tuple[tuple[str, str], ...]
    """(method, system) of the stored addresses that were found."""
    asked: tuple[tuple[str, str], ...]
    """(system, outcome) of those that were asked; the outcome is empty while one thinks."""
    given: tuple[GivenLine, ...]
    may_doubt: bool
    """Whether a doubt would make it need more."""


def look_at_who_asks(tx: Transaction, case: str) -> WhoAsks | None:
    """Look at one case; None if there is none."""
    claim = tx.session.get(Claim, case)
    if claim is None:
        return None
    channels = tx.session.scalars(select(Channel).where(Channel.case == case).order_by(Channel.id))
    asked = tx.session.scalars(select(Asked).where(Asked.case == case).order_by(Asked.asked_at, Asked.system))
    given = tx.session.scalars(select(GivenProof).where(GivenProof.case == case).order_by(GivenProof.id))
    return WhoAsks(
        case=case,
        controller=claim.controller,
        state=claim.state,
        needed=Assurance(claim.needed),
        channels=tuple((each.method, each.system) for each in channels),
        asked=tuple((each.system, each.outcome or "") for each in asked),
        given=tuple(GivenLine(each.method, each.purpose, Assurance(each.assurance), each.given_at) for each in given),
        may_doubt=_in_doubt(tx, claim) > Assurance(claim.needed),
    )


def doubt(tx: Transaction, case: str, agent: str, why: Doubt) -> None:
    """Make a case need what the ladder asks for in doubt; raises Refused where that is no more than it needs now."""
    claim = tx.session.get(Claim, case, with_for_update=True, populate_existing=True)
    if claim is None:
        raise Refused("there is no such case")
    needed = _in_doubt(tx, claim)
    if needed <= Assurance(claim.needed):
        raise Refused("the case needs that much already")
    claim.needed = needed.value
    tx.record("identity.doubted", case, agent=agent, why=why.value, needed=needed.value)


def _in_doubt(tx: Transaction, claim: Claim) -> Assurance:
    return ladder.needed(profile_of(tx, claim.controller), claim.rights, doubt=True)
