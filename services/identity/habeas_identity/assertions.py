"""Assertions: a controller's signed-in page says who is signed in there, and a case is proved by that at once.

An assertion is `payload.signature`, each base64url: raw Ed25519 (RFC 8032) over exactly the payload's bytes, which are
JSON with fixed keys. It is for one portal and one controller, lives ten minutes at most, and is taken once.
"""

import hashlib
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from habeas.crypto.canonical import bind, read_base64, read_base64url, read_instant, read_object
from habeas.errors import Refused
from habeas.events import IdentityUnmatched
from habeas.profile import Asserter, Profile
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose
from habeas_identity.contents import blind, open_claim
from habeas_identity.given import accept
from habeas_identity.matching import agrees
from habeas_identity.models import Claim, UsedAssertion
from habeas_identity.profiles import mailbox_identifier, profile_of
from habeas_identity.proofs.assertion import ASSERTION

LIFE = timedelta(minutes=10)
KEPT = timedelta(days=36)
"""How long a used one is remembered: longer than any letter is valid that may bring it once more."""
CLOCK_SKEW = timedelta(seconds=10)
_NAME = "the assertion"
_SHAPE = {"id": str, "audience": str, "controller": str, "identifiers": dict, "issued": str, "expires": str}
_MOST = 100


@dataclass(frozen=True)
class Assertion:
    """What a signed-in page says: who is signed in, for which portal and controller, and when it said so."""

    id: str
    audience: str
    controller: str
    identifiers: dict[str, str] = field(repr=False)
    issued: datetime
    expires: datetime
    person: str = field(default="", repr=False)
    """The account's id at theirs, if they tell it."""


def read_assertion(text: str, asserter: Asserter) -> Assertion:
    """Verify an assertion's signature and read it; raises Refused with a reason that names no person."""
    payload, dot, signature = text.partition(".")
    if not dot:
        raise Refused(f"{_NAME} is not written as payload and signature")
    said, signed = read_base64url(payload), read_base64url(signature)
    try:
        Ed25519PublicKey.from_public_bytes(read_base64(asserter.public_key)).verify(signed, said)
    except InvalidSignature:
        raise Refused(f"{_NAME} is not signed by the company's pages") from None
    value = _read_json(said)
    shape = _SHAPE | ({"person": str} if isinstance(value, dict) and "person" in value else {})
    told = read_object(value, shape, _NAME)
    texts = (*told["identifiers"].values(), told["id"], told.get("person", "x"))
    if not all(isinstance(each, str) and each.strip() for each in texts) or len(told["id"]) > _MOST:
        raise Refused(f"{_NAME} holds an empty or a wrong value")
    return Assertion(**{**told, "issued": read_instant(told["issued"]), "expires": read_instant(told["expires"])})


def check_assertion(assertion: Assertion, claimed: Any, *, profile: Profile, portal: str, now: datetime) -> None:
    """Check that an assertion is for this portal, controller, claim and moment; raises Refused with the reason."""
    known = {each.name for each in profile.identifiers}
    refusals = {
        "is for another portal": assertion.audience != portal,
        "is of another controller": assertion.controller != profile.name,
        "has expired": assertion.expires <= now,
        "comes from the future": assertion.issued > now + CLOCK_SKEW,
        "has too long a life": not timedelta(0) < assertion.expires - assertion.issued <= LIFE,
        "names an identifier that the profile has not": not assertion.identifiers.keys() <= known,
        "names no mailbox": mailbox_identifier(profile) not in assertion.identifiers,
        "is about somebody else than the case": not agrees(claimed, assertion.identifiers),
    }
    for reason, is_so in refusals.items():
        if is_so:
            raise Refused(f"{_NAME} {reason}")


def take_assertion(tx: Transaction, case: str, text: str, said_at: datetime) -> None:
    """Prove a case by an assertion that came with it; one that is not good leaves it open, and the timeline says why.

    It is judged by the moment at which its letter was written, so that no wait on the way makes it stale.
    """
    claim = tx.session.get_one(Claim, case, with_for_update=True, populate_existing=True)
    if claim.state == "proved":
        return  # what is asked for needs no proof
    profile = profile_of(tx, claim.controller)
    asserter = profile.identity.asserter
    try:
        if claim.state != "asking":
            raise Refused(f"{_NAME} came with a case that waits for a person")
        if asserter is None:
            raise Refused("the company has no pages that may say who is signed in")
        assertion = read_assertion(text, asserter)
        portal = tx.context.settings.portal_url
        check_assertion(assertion, open_claim(tx, claim), profile=profile, portal=portal, now=said_at)
        _use(tx, assertion)
    except Refused as refused:
        tx.record("assertion.refused", case, reason=str(refused))
        tx.say(IdentityUnmatched(case=case, reason=str(refused)))
        return
    account = {"account": blind(tx, "asserted account", assertion.person)} if assertion.person else {}
    tx.record("assertion.taken", case, **account)
    proof = replace(ASSERTION, assurance=asserter.assurance)
    accept(tx, claim, Purpose.PROVE, "", proof, {name: (value,) for name, value in assertion.identifiers.items()})


def forget_assertions(tx: Transaction) -> None:
    """Delete the marks of assertions that are too old by themselves."""
    tx.session.execute(delete(UsedAssertion).where(UsedAssertion.until <= tx.now))


def _use(tx: Transaction, assertion: Assertion) -> None:
    """Use an assertion up; of two at once the database lets one in."""
    mark = hashlib.sha256(bind("habeas", "assertion", assertion.controller, assertion.id)).hexdigest()
    insert = sqlite.insert if tx.session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(UsedAssertion).values(mark=mark, until=assertion.expires + KEPT)
    if tx.session.execute(row.on_conflict_do_nothing().returning(UsedAssertion.mark)).first() is None:
        raise Refused(f"{_NAME} was used before")


def _read_json(data: bytes) -> Any:
    """Read JSON of whatever spelling: the signature is over its bytes, but a doubled key would mean two things."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise Refused(f"{_NAME} has a key twice")
        return dict(pairs)

    try:
        return json.loads(data.decode(), object_pairs_hook=once)
    except (ValueError, RecursionError):
        raise Refused(f"{_NAME} is not JSON") from None
