"""What a device is asked to sign: a challenge for one browser and one purpose, good once, for five minutes."""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select, update
from webauthn import generate_authentication_options, generate_registration_options, options_to_json
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from habeas.clock import uuid7
from habeas.errors import Refused
from habeas.service import Context
from habeas.work.transaction import Transaction
from habeas_identity.contents import open_agent
from habeas_identity.models import Agent, Passkey, PasskeyChallenge

LIFE = timedelta(minutes=5)
_VERIFIED = UserVerificationRequirement.REQUIRED


class Purpose(StrEnum):
    """What a device is asked to sign for."""

    SIGN_IN = "sign_in"
    STEP_UP = "step_up"
    ADD = "add"
    ENROLL = "enroll"

    @property
    def creates(self) -> bool:
        """Say whether a new key pair is made for it."""
        return self in (Purpose.ADD, Purpose.ENROLL)


@dataclass(frozen=True)
class Party:
    """Who we are to a device: it answers for this name and this origin alone."""

    id: str
    origin: str


@dataclass(frozen=True)
class Ceremony:
    """A challenge on its way: what the page's script gives to the browser, and what names it when it comes back."""

    id: str
    options: str
    creates: bool


@dataclass(frozen=True)
class Answer:
    """What came back: for which challenge, from which browser, and what the device said (JSON)."""

    ceremony: str
    browser: str
    text: str = field(repr=False)


def party_of(context: Context) -> Party | None:
    """Return who we are to devices; None where no browser would ask one: at a bare address, or without https."""
    portal = urlsplit(context.settings.portal_url)
    host = portal.hostname or ""
    if not _is_name(host) or (portal.scheme != "https" and host != "localhost"):
        return None
    return Party(host, f"{portal.scheme}://{portal.netloc}")


def begin_ceremony(
    tx: Transaction, purpose: Purpose, browser: str, *, agent: str | None = None, act: str = ""
) -> Ceremony:
    """Make a challenge for one browser and one purpose; `agent` is whose passkey it must be, if that is known."""
    party = require_party(tx)
    challenge, ceremony = secrets.token_bytes(32), uuid7()
    tx.session.add(
        PasskeyChallenge(
            id=ceremony,
            challenge=challenge,
            purpose=purpose.value,
            act=act,
            browser=browser,
            agent=agent,
            expires_at=tx.now + LIFE,
        )
    )
    options = _creation(tx, party, challenge, agent) if purpose.creates else _request(tx, party, challenge, agent)
    return Ceremony(ceremony, options_to_json(options), purpose.creates)


def take_challenge(
    tx: Transaction, purpose: Purpose, answer: Answer, *, agent: str | None, act: str = ""
) -> bytes | None:
    """Use a challenge up, if it was made for exactly this and is still good."""
    taken = (
        update(PasskeyChallenge)
        .where(
            PasskeyChallenge.id == answer.ceremony,
            PasskeyChallenge.purpose == purpose.value,
            PasskeyChallenge.act == act,
            PasskeyChallenge.browser == answer.browser,
            PasskeyChallenge.agent.is_not_distinct_from(agent),
            PasskeyChallenge.used_at.is_(None),
            PasskeyChallenge.expires_at > tx.now,
        )
        .values(used_at=tx.now)
        .returning(PasskeyChallenge.challenge)
    )
    return tx.session.scalars(taken).one_or_none()


def forget_challenges(tx: Transaction) -> None:
    """Delete the challenges that nobody can answer any more."""
    tx.session.execute(delete(PasskeyChallenge).where(PasskeyChallenge.expires_at < tx.now))


def require_party(tx: Transaction) -> Party:
    """Return who we are to devices; raises Refused where no browser would ask one."""
    party = party_of(tx.context)
    if party is None:
        raise Refused("passkeys need an address with a name, over https: set HABEAS_PORTAL_URL to one")
    return party


def _is_name(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False


def _creation(tx: Transaction, party: Party, challenge: bytes, agent: str | None) -> Any:
    assert agent is not None
    details = open_agent(tx, tx.session.get_one(Agent, agent))
    return generate_registration_options(
        rp_id=party.id,
        rp_name="Habeas",
        user_id=agent.encode(),
        user_name=details.email,
        user_display_name=details.name,
        challenge=challenge,
        timeout=_milliseconds(),
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
        exclude_credentials=_descriptors(tx, agent),
    )


def _request(tx: Transaction, party: Party, challenge: bytes, agent: str | None) -> Any:
    return generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        timeout=_milliseconds(),
        allow_credentials=_descriptors(tx, agent) if agent is not None else [],
        user_verification=_VERIFIED,
    )


def _milliseconds() -> int:
    return int(LIFE.total_seconds() * 1000)


def _descriptors(tx: Transaction, agent: str) -> list[PublicKeyCredentialDescriptor]:
    credentials = tx.session.scalars(select(Passkey.credential).where(Passkey.agent == agent))
    return [PublicKeyCredentialDescriptor(id=credential) for credential in credentials]
