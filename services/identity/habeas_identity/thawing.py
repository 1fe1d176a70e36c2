"""Thawing: somebody shows that it was them after all, and two people let the case go on."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from habeas.errors import Fault, Faults, Refused
from habeas.events import CaseThawed, FreezeContested
from habeas.vocabulary import Assurance
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose
from habeas_identity.freezing import WITHDRAWN, find_freeze, warn_all
from habeas_identity.given import needed_for, standing, use_up
from habeas_identity.models import Claim, FrozenCase
from habeas_identity.profiles import profile_of


class ThawReason(StrEnum):
    """Why a frozen case is to go on."""

    SHOWN_AGAIN = "shown_again"
    """Its person showed by themselves all that the case needs in doubt."""
    ANOTHER_WAY = "another_way"
    """Its person was reached in another way, in person for example, on which an agent relies."""
    MISTAKE = "mistake"
    """It was frozen for another case's sake, of somebody else who shares an address."""


@dataclass(frozen=True)
class Stillstand:
    """How a frozen case stands, for the agents who decide; moments in the zone of the company."""

    since: datetime
    by_itself: bool
    """Whether its own stop code was typed; else another case's of the same person."""
    contested: datetime | None
    reached: str
    """The assurance that was shown then."""
    needed: str
    """What the case needs in doubt."""
    reason: str
    proposed_by: str

    @property
    def shown(self) -> bool:
        """Say whether the person has shown all that is needed in doubt."""
        return self.contested is not None and self.reached >= self.needed


def look_at_freeze(tx: Transaction, case: str) -> Stillstand | None:
    """Tell how a frozen case stands; None where there is none, or its controller took it back."""
    frozen, claim = find_freeze(tx, case), tx.session.get(Claim, case)
    if frozen is None or claim is None or frozen.by == WITHDRAWN:
        return None
    zone = ZoneInfo(profile_of(tx, claim.controller).controller.zone)
    contested = None if frozen.contested_at is None else frozen.contested_at.astimezone(zone)
    since, proposed_by = frozen.frozen_at.astimezone(zone), frozen.proposed_by or ""
    needed = needed_for(tx, claim, Purpose.CONTEST).value
    return Stillstand(since, frozen.by == case, contested, frozen.reached, needed, frozen.reason, proposed_by)


def contest(tx: Transaction, case: str, browser: str) -> bool:
    """Put before the agents that it was the person after all, once they have shown all that they can by themselves.

    That is two stored channels at least; whether it reaches what the profile asks for in doubt is told to the agents.
    """
    claim, frozen = _locked(tx, case)
    now = standing(tx, claim, Purpose.CONTEST, browser)
    if not now.enough and (now.left or now.reached < Assurance.A2):
        return False
    use_up(tx, case, Purpose.CONTEST, browser)
    frozen.contested_at, frozen.reached = tx.now, now.reached.value
    tx.record("freeze.contested", case, reached=now.reached.value, needed=now.needed.value)
    tx.say(FreezeContested(case=case))
    return True


def propose_thaw(tx: Transaction, case: str, person: str, reason: str) -> None:
    """Note that an agent wants a frozen case to go on, and why; another person has to confirm it."""
    claim, frozen = _locked(tx, case)
    if reason not in list(ThawReason):
        raise Faults([Fault("reason", "no reason was chosen", "choose why the case is to go on")])
    if reason == ThawReason.SHOWN_AGAIN and not frozen.reached >= needed_for(tx, claim, Purpose.CONTEST).value:
        raise Refused("nobody has shown again all that this case needs in doubt")
    frozen.reason, frozen.proposed_by = reason, person
    tx.record("thaw.proposed", case, reason=reason, by=person)


def confirm_thaw(tx: Transaction, case: str, person: str) -> None:
    """Let a frozen case go on, as a second person; one person never does both, by however many accounts."""
    claim, frozen = _locked(tx, case)
    if frozen.proposed_by is None:
        raise Refused("nobody has proposed that this case goes on")
    if frozen.proposed_by == person:
        raise Refused("another person has to confirm what you proposed")
    frozen.confirmed_by, frozen.thawed_at = person, tx.now
    tx.session.flush()
    tx.record("case.thawed", case, reason=frozen.reason, proposed_by=frozen.proposed_by, confirmed_by=person)
    tx.say(CaseThawed(case=case, reason=frozen.reason))
    warn_all(tx, claim, "thawed")


def _locked(tx: Transaction, case: str) -> tuple[Claim, FrozenCase]:
    claim = tx.session.get(Claim, case, with_for_update=True, populate_existing=True)
    frozen = find_freeze(tx, case)
    if claim is None or frozen is None or frozen.by == WITHDRAWN:
        raise Refused("this case does not stand still, or was withdrawn")
    return claim, frozen
