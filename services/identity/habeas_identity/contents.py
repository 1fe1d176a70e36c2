"""The personal values of a case as identity keeps them: encrypted by the vault, bound to their place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from habeas.crypto.blind import BlindIndex
from habeas.crypto.canonical import read_json, write_json
from habeas.crypto.datakeys import Retention
from habeas.crypto.vault import Place
from habeas.sdk.subject import fold_ascii
from habeas.work.transaction import Transaction
from habeas_identity.models import AddressChange, Agent, Channel, Claim, GivenProof, Mandate, Vouch

Identifiers = dict[str, list[str]]


@dataclass(frozen=True)
class Reached:
    """A stored address, and the identifiers that whoever answers from it has proved."""

    address: str = field(repr=False)
    proves: Identifiers = field(repr=False)


@dataclass(frozen=True)
class AgentDetails:
    """How an agent is called and written to."""

    name: str
    email: str


def close_claim(tx: Transaction, case: str, identifiers: Identifiers) -> bytes:
    """Encrypt what is claimed in a case."""
    return _close(tx, case, Retention.IDENTITY, Place(Claim.__tablename__, "identifiers", case), identifiers)


def open_claim(tx: Transaction, claim: Claim) -> Identifiers:
    """Decrypt what is claimed."""
    place = Place(Claim.__tablename__, "identifiers", claim.case)
    return dict(_open(tx, claim.case, Retention.IDENTITY, place, claim.identifiers))


def close_channel(tx: Transaction, case: str, channel: str, address: str, proves: Mapping[str, Sequence[str]]) -> bytes:
    """Encrypt a stored address and what it proves."""
    content = {"address": address, "proves": {name: list(values) for name, values in proves.items()}}
    return _close(tx, case, Retention.IDENTITY, Place(Channel.__tablename__, "content", channel), content)


def open_channel(tx: Transaction, channel: Channel) -> Reached:
    """Decrypt a stored address."""
    place = Place(Channel.__tablename__, "content", channel.id)
    return Reached(**_open(tx, channel.case, Retention.IDENTITY, place, channel.content))


def close_given(tx: Transaction, case: str, row: str, proves: Mapping[str, Sequence[str]]) -> bytes:
    """Encrypt what a proof that was given proves."""
    content = {name: list(values) for name, values in proves.items()}
    return _close(tx, case, Retention.IDENTITY, Place(GivenProof.__tablename__, "content", row), content)


def open_given(tx: Transaction, given: GivenProof) -> Identifiers:
    """Decrypt what a proof proves."""
    place = Place(GivenProof.__tablename__, "content", given.id)
    return dict(_open(tx, given.case, Retention.IDENTITY, place, given.content))


def close_change(tx: Transaction, case: str, change: str, address: str) -> bytes:
    """Encrypt the address that letters are to go to."""
    return _close(tx, case, Retention.IDENTITY, Place(AddressChange.__tablename__, "content", change), address)


def open_change(tx: Transaction, change: AddressChange) -> str:
    """Decrypt the address that letters are to go to."""
    place = Place(AddressChange.__tablename__, "content", change.id)
    return str(_open(tx, change.case, Retention.IDENTITY, place, change.content))


def close_mandate(tx: Transaction, case: str, acting: Mapping[str, str]) -> bytes:
    """Encrypt who says to act for the person of a case."""
    return _close(tx, case, Retention.IDENTITY, Place(Mandate.__tablename__, "content", case), dict(acting))


def open_mandate(tx: Transaction, mandate: Mandate) -> dict[str, str]:
    """Decrypt who says to act."""
    place = Place(Mandate.__tablename__, "content", mandate.case)
    return dict(_open(tx, mandate.case, Retention.IDENTITY, place, mandate.content))


def close_reason(tx: Transaction, case: str, vouch: str, reason: str) -> bytes:
    """Encrypt why somebody vouches for the person of a case."""
    return _close(tx, case, Retention.IDENTITY, Place(Vouch.__tablename__, "reason", vouch), reason)


def open_reason(tx: Transaction, vouch: Vouch) -> str:
    """Decrypt why somebody vouches."""
    place = Place(Vouch.__tablename__, "reason", vouch.id)
    return str(_open(tx, vouch.case, Retention.IDENTITY, place, vouch.reason))


def close_agent(tx: Transaction, agent: str, details: AgentDetails) -> bytes:
    """Encrypt an agent's name and address, under a data key of that agent."""
    content = {"name": details.name, "email": details.email}
    return _close(tx, agent, Retention.SKELETON, Place(Agent.__tablename__, "details", agent), content)


def open_agent(tx: Transaction, agent: Agent) -> AgentDetails:
    """Decrypt an agent's name and address."""
    place = Place(Agent.__tablename__, "details", agent.id)
    return AgentDetails(**_open(tx, agent.id, Retention.SKELETON, place, agent.details))


def blind(tx: Transaction, purpose: str, value: str) -> str:
    """Return the look-up key of a personal value; A to Z are folded, as everywhere that values are compared."""
    return BlindIndex(tx.context.keys.secret("identity", "blind-index"), purpose).of(fold_ascii(value.strip()))


def _close(tx: Transaction, case: str, retention: Retention, place: Place, content: Any) -> bytes:
    return tx.vault.encrypt(case, retention, place, write_json(content))


def _open(tx: Transaction, case: str, retention: Retention, place: Place, closed: bytes) -> Any:
    return read_json(tx.vault.decrypt(case, retention, place, closed))
