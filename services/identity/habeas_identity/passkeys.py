"""Agents' passkeys (WebAuthn level 3): a challenge is signed once, in one browser, by a device that knows its user.

The device has to have verified its user each time, by a finger, a face or a number: without that, whoever finds it
could sign in. Nothing is asked about the device's make (attestation none).
"""

import hashlib
from typing import Any

from cbor2 import CBORDecodeError
from cryptography.exceptions import UnsupportedAlgorithm
from sqlalchemy import select
from webauthn import verify_authentication_response, verify_registration_response
from webauthn.helpers import parse_authentication_credential_json, parse_registration_credential_json
from webauthn.helpers.exceptions import WebAuthnException

from habeas.clock import uuid7
from habeas.errors import Refused
from habeas.work.transaction import Transaction
from habeas_identity.ceremonies import Answer, Party, Purpose, require_party, take_challenge
from habeas_identity.models import Agent, Passkey

LONGEST_ANSWER = 16_000
"""Characters of a device's answer; one without attestation has far fewer."""
_STUMBLES = (
    WebAuthnException,
    CBORDecodeError,
    UnsupportedAlgorithm,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What the library raises over bytes of a stranger; whatever it is, nobody is let in."""


def add_passkey(tx: Transaction, purpose: Purpose, answer: Answer, *, agent: str) -> bool:
    """Keep the passkey that a device has made for an agent; False for an answer that is not good for just this."""
    asked = take_challenge(tx, purpose, answer, agent=agent)
    made = None if asked is None else created_by(require_party(tx), asked, answer.text)
    account = tx.session.get(Agent, agent)
    if made is None or account is None or account.disabled_at is not None:
        return False
    digest = _digest(made.credential_id)
    if tx.session.scalars(select(Passkey.id).where(Passkey.digest == digest)).first() is not None:
        return False
    passkey = uuid7()
    tx.session.add(
        Passkey(
            id=passkey,
            agent=agent,
            digest=digest,
            credential=made.credential_id,
            public_key=made.credential_public_key,
            uses=made.sign_count,
            added_at=tx.now,
        )
    )
    tx.record("passkey.added", agent, passkey=passkey, enrolled=purpose == Purpose.ENROLL)
    return True


def use_passkey(
    tx: Transaction, purpose: Purpose, answer: Answer, *, agent: str | None = None, act: str = ""
) -> str | None:
    """Return whose passkey has answered; None for an answer that is not good for just this.

    The challenge is used up either way, so the transaction has to be committed either way.
    """
    asked = take_challenge(tx, purpose, answer, agent=agent, act=act)
    if asked is None or len(answer.text) > LONGEST_ANSWER:
        return None
    found = _find(tx, answer.text)
    if found is None or (agent is not None and found.agent != agent):
        return None
    if tx.session.get_one(Agent, found.agent).disabled_at is not None:
        return None
    count = count_in(require_party(tx), asked, found, answer.text)
    if count is None:
        tx.record("passkey.refused", found.agent, passkey=found.id)
        return None
    found.uses, found.used_at = count, tx.now
    return found.agent


def list_passkeys(tx: Transaction, agent: str) -> list[Passkey]:
    """List the passkeys of an agent, the first added first."""
    return list(tx.session.scalars(select(Passkey).where(Passkey.agent == agent).order_by(Passkey.added_at)))


def remove_passkey(tx: Transaction, agent: str, passkey: str) -> None:
    """Take one of an agent's own passkeys away; the last way in stays."""
    own = {each.id: each for each in list_passkeys(tx, agent)}
    account = tx.session.get_one(Agent, agent)
    if passkey not in own:
        raise Refused("there is no such passkey")
    if len(own) == 1 and not account.password and account.issuer is None:
        raise Refused("this is the only way in: add another first")
    tx.session.delete(own[passkey])
    tx.record("passkey.removed", agent, passkey=passkey)


def created_by(party: Party, challenge: bytes, answer: str) -> Any:
    """Return the passkey that a device's answer to a challenge brings; None if the answer is not right."""
    if len(answer) > LONGEST_ANSWER:
        return None
    try:
        return verify_registration_response(
            credential=parse_registration_credential_json(answer),
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except _STUMBLES:
        return None


def _find(tx: Transaction, answer: str) -> Passkey | None:
    try:
        told = parse_authentication_credential_json(answer)
    except _STUMBLES:
        return None
    found = tx.session.scalars(select(Passkey).where(Passkey.digest == _digest(told.raw_id)).with_for_update()).first()
    handle = told.response.user_handle
    if found is None or (handle is not None and handle != found.agent.encode()):
        return None
    return found


def count_in(party: Party, challenge: bytes, passkey: Passkey, answer: str) -> int | None:
    """Return the device's count of uses if its answer is right; one that has not risen tells of a copy."""
    try:
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.uses,
            require_user_verification=True,
        ).new_sign_count
    except _STUMBLES:
        return None


def _digest(credential: bytes) -> str:
    return hashlib.sha256(credential).hexdigest()
