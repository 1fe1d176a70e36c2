"""How many cases may be opened before the next ones wait in the holding pen; counted as each is opened.

Nobody is refused here: what goes over a limit is opened, its clock runs, and the person gets the same answer. It only
moves nothing and writes to nobody until an agent has looked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from habeas.crypto.blind import BlindIndex
from habeas.sdk.subject import fold_ascii
from habeas.web.addresses import prefix_of
from habeas.work.quotas import Quota, Use, spend_all
from habeas.work.transaction import Transaction
from habeas_intake.applications import Application


class Limit(StrEnum):
    """What there can be too many cases of."""

    NETWORK = "network"
    """From one network: what one subscriber has of addresses."""
    RECIPIENT = "recipient"
    """Acknowledged to one typed address."""
    PERSON = "person"
    """About one claimed identifier."""
    CONTROLLER = "controller"
    ALL = "all"


QUOTAS = {
    Limit.NETWORK: Quota("cases from a network", 30, timedelta(hours=1)),
    Limit.RECIPIENT: Quota("cases of a typed address", 5, timedelta(days=1)),
    Limit.PERSON: Quota("cases about an identifier", 5, timedelta(days=1)),
    Limit.CONTROLLER: Quota("cases of a controller", 1_000, timedelta(hours=1)),
    Limit.ALL: Quota("cases in all", 3_000, timedelta(hours=1)),
}
_OPEN_DOORS = frozenset({"portal", "api"})
"""What comes in by an agent's desk was read by somebody already."""
_LIMITS = {quota.name: limit for limit, quota in QUOTAS.items()}


@dataclass(frozen=True)
class Weighed:
    """Whether a case is held, and if so, what others of its flood can be known by: two blind indexes."""

    held: str = ""
    network: str = ""
    likeness: str = ""


def weigh(tx: Transaction, application: Application) -> Weighed:
    """Count a case against every limit; one that is over any of them uses up none, so that no flood fills the others.

    The address that it was sent from is counted by its network's blind index and kept nowhere.
    """
    if application.channel not in _OPEN_DOORS:
        return Weighed()
    network = prefix_of(application.address)
    named = [f"{name}={value}" for name, value in sorted(application.identifiers.items())]
    wanted: list[Use] = []
    if network:
        wanted.append((QUOTAS[Limit.NETWORK], _blind(tx, "network", network)))
    if application.contact:
        wanted.append((QUOTAS[Limit.RECIPIENT], _blind(tx, "recipient", application.contact)))
    wanted += [(QUOTAS[Limit.PERSON], _blind(tx, "identifier", each)) for each in named]
    wanted += [(QUOTAS[Limit.CONTROLLER], application.controller), (QUOTAS[Limit.ALL], "all")]
    over = spend_all(tx.session, wanted, tx.now)
    if over is None:
        return Weighed()
    return Weighed(
        _LIMITS[over.name].value, _blind(tx, "network", network), _blind(tx, "identifiers", "\n".join(named))
    )


def may_ask_about(tx: Transaction, identifiers: Mapping[str, str]) -> bool:
    """Count identifiers that are told later against what one may have in a day; say whether each still may."""
    named = [_blind(tx, "identifier", f"{name}={value}") for name, value in sorted(identifiers.items())]
    return spend_all(tx.session, [(QUOTAS[Limit.PERSON], each) for each in named], tx.now) is None


def _blind(tx: Transaction, purpose: str, value: str) -> str:
    return BlindIndex(tx.context.keys.secret("intake", "blind-index"), purpose).of(fold_ascii(value.strip()))
