"""What a controller's profile says about proving who asks."""

from habeas.errors import NeedsPerson
from habeas.profile import IdentifierKind, IdentityPolicy, Profile
from habeas.work.transaction import Transaction
from habeas_identity.models import Claim


def profile_of(tx: Transaction, controller: str) -> Profile:
    """Return the profile of a controller; a case of one that is not here needs a person."""
    profile = tx.context.profiles.get(controller)
    if profile is None:
        raise NeedsPerson("this case is a controller's whose profile is not here: add it, then retry the letter")
    return profile


def policy_of(tx: Transaction, claim: Claim) -> IdentityPolicy:
    """Return how long a code of this case lives and how often it may be tried."""
    return profile_of(tx, claim.controller).identity


def mailbox_identifier(profile: Profile) -> str:
    """Return the name under which this controller's systems are searched for an address."""
    return next((each.name for each in profile.identifiers if each.kind is IdentifierKind.EMAIL), "email")
