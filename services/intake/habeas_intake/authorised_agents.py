"""Authorised agents: companies that ask for people, whose every case is signed, counted and asked of its person.

A call is signed by HTTP Message Signatures (RFC 9421, Ed25519) over its method, address, idempotency key and the digest
of its body (RFC 9530), for at most five minutes, once. The key that is shown beside it is not enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from http_message_signatures import HTTPMessageVerifier, InvalidSignature
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException
from http_message_signatures.resolvers import MappingKeyResolver
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError

from habeas.crypto.canonical import read_base64, write_base64
from habeas.errors import Fault, Faults, Refused
from habeas.work.transaction import Transaction
from habeas_intake.models import ApiKey, Case, UsedNonce

LIFE = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=10)
COVERED = ("@method", "@target-uri", "content-digest", "idempotency-key")
"""What every signature has to cover; more is welcome."""
CASES_A_DAY = 50
DAY = timedelta(days=1)
SELF, AUTHORISED = "self", "authorised"
CAPACITIES = (SELF, AUTHORISED, "guardian", "estate")
MANDATES = ("attested", "document")
_LONGEST_NONCE = 64


@dataclass(frozen=True)
class Call:
    """A call as it came: all that a signature is made over."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Signature:
    """A signature that was found right, and the nonce that it is good once by."""

    agent: str
    nonce: str
    until: datetime


def read_public_key(pem: bytes) -> str:
    """Read an Ed25519 public key from PEM and return it as it is kept (base64); raises Faults."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PublicKey):
        remedy = "make one with `openssl genpkey -algorithm ed25519` and give its public half as PEM"
        raise Faults([Fault("public key", "is no Ed25519 public key", remedy)])
    return write_base64(key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def check_signature(key: ApiKey, call: Call, now: datetime) -> Signature:
    """Find a call's signature right, by the agent's own key, for just this call and now; raises Refused."""
    public = Ed25519PublicKey.from_public_bytes(read_base64(key.public_key))
    keys = MappingKeyResolver(public_keys={key.name: public}, private_keys={})
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=keys)
    verifier.now = now
    try:
        [found] = verifier.verify(call, max_age=LIFE, require_components=COVERED, body=call.body)
    except InvalidSignature as wrong:
        raise Refused(f"the signature is not good for this call: {_words_of(wrong)}") from None
    except HTTPMessageSignaturesException:
        raise Refused("the signature is not good for this call: it cannot be read") from None
    nonce = found.nonce or ""
    if not 0 < len(nonce) <= _LONGEST_NONCE:
        raise Refused(f"the signature is not good for this call: it needs a nonce of at most {_LONGEST_NONCE} letters")
    return Signature(key.name, nonce, now + LIFE + CLOCK_SKEW)


class _Verifier(HTTPMessageVerifier):
    """The library's verifier, by our own clock, and with a life for every signature."""

    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)

    def validate_created_and_expires(self, sig_input: Any, max_age: timedelta | None = None) -> None:
        """Demand both moments, a short time between them, and that now lies there."""
        created, expires = sig_input.params.get("created"), sig_input.params.get("expires")
        if type(created) is not int or type(expires) is not int:
            raise InvalidSignature("it has to say when it was created and when it expires")
        now, skew = int(self.now.timestamp()), int(CLOCK_SKEW.total_seconds())
        if not 0 < expires - created <= int((max_age or LIFE).total_seconds()):
            raise InvalidSignature("it may live for five minutes at most")
        if created > now + skew or expires <= now:
            raise InvalidSignature("it is not valid at this moment")


def use_signature(tx: Transaction, signature: Signature) -> None:
    """Use a signature up in the transaction of what it was for; raises Refused where that was done before."""
    tx.session.execute(delete(UsedNonce).where(UsedNonce.agent == signature.agent, UsedNonce.until <= tx.now))
    tx.session.add(UsedNonce(agent=signature.agent, nonce=signature.nonce, until=signature.until))
    try:
        tx.session.flush()
    except IntegrityError:
        raise Refused("the signature is not good for this call: it was used before") from None


def has_room(tx: Transaction, agent: str, token: str) -> bool:
    """Say whether an agent may open one more case today; the same call again (its token) opens none.

    The key's row is locked, so that two calls at once are counted one after the other.
    """
    key = tx.session.get_one(ApiKey, agent, with_for_update=True, populate_existing=True)
    if tx.session.scalars(select(Case.id).where(Case.token == token)).first() is not None:
        return True
    lately = select(func.count()).where(Case.opened_by == agent, Case.channel == "api", Case.opened_at > tx.now - DAY)
    return tx.session.execute(lately).scalar_one() < key.cases_a_day


def read_capacity(body: Mapping[str, Any], key: ApiKey) -> tuple[str, dict[str, str]]:
    """Read for whom a program asks, and who acts; raises Faults where the two do not go together."""
    on_behalf = body.get("on_behalf")
    capacity = body.get("capacity") or (AUTHORISED if on_behalf else SELF)
    faults: list[Fault] = []
    if capacity == SELF and on_behalf:
        faults.append(Fault("on_behalf", "nobody acts for a person who asks for themselves", "leave it out"))
    if capacity == AUTHORISED and not on_behalf:
        faults.append(Fault("on_behalf", "this is missing", "say by which mandate: {agent_reference, mandate}"))
    if capacity == SELF and key.public_key:
        faults.append(Fault("capacity", "this key asks for others only", f"one of {', '.join(CAPACITIES[1:])}"))
    if capacity != SELF and body.get("assertion"):
        faults.append(Fault("assertion", "who is signed in asks for themselves", "leave it out"))
    if faults:
        raise Faults(faults)
    if capacity == SELF:
        return capacity, {}
    told = on_behalf or {"agent_reference": "", "mandate": MANDATES[0]}
    return capacity, {"agent": key.name, "reference": told["agent_reference"], "mandate": told["mandate"]}


def _words_of(wrong: InvalidSignature) -> str:
    """Say what is wrong in one line, without anything that the call held."""
    words = str(wrong).partition("\n")[0]
    return words[:1].lower() + words[1:] if words else "it does not fit"
