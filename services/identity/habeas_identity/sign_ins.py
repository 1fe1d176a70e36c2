"""The verbs of signing in elsewhere: a browser is sent to a provider, comes back once, and what it shows is taken.

A state is good for one browser, one provider, one purpose and ten minutes. Nonce and code verifier are made from it
under a key of ours, so that no table holds anything that finishes a sign-in.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import delete, update

from habeas.crypto.canonical import bind
from habeas.profile import Profile, SignIn
from habeas.service import Context
from habeas.work.quotas import spend_all
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose, issue_challenge
from habeas_identity.contents import blind, open_claim
from habeas_identity.given import Standing, accept
from habeas_identity.matching import agrees
from habeas_identity.models import BegunSignIn, Claim
from habeas_identity.openid import Began, Shown
from habeas_identity.profiles import profile_of
from habeas_identity.proofs.sign_in import SIGN_IN
from habeas_identity.quotas import SIGN_INS_BEGUN, SIGN_INS_BEGUN_FROM_NETWORK

AGENT = "agent"
"""What an agent's sign-in is for; a person's is for a `Purpose`."""
GOOD_FOR = timedelta(minutes=10)
_VERIFIED = {"email": "email_verified", "phone_number": "phone_number_verified"}
"""Claims that count only where the provider says that it has verified them (OpenID Connect Core 1.0, section 5.1)."""


@dataclass(frozen=True)
class Returned:
    """A browser that came back from the provider it was sent to."""

    provider: str
    purpose: str
    browser: str
    case: str
    wanted: Mapping[str, str]


def begin_sign_in(
    tx: Transaction,
    provider: str,
    purpose: str,
    browser: str,
    *,
    case: str = "",
    wanted: Mapping[str, str] | None = None,
    network: str = "",
) -> Began | None:
    """Note that a browser is sent to a provider, whatever case it names; None if it was sent too often.

    `network` is where it is, as `habeas.web.addresses` tells it.
    """
    wants = [(SIGN_INS_BEGUN, browser)]
    if network:
        wants.append((SIGN_INS_BEGUN_FROM_NETWORK, blind(tx, "network", network)))
    if spend_all(tx.session, wants, tx.now) is not None:
        return None
    state = secrets.token_urlsafe(32)
    tx.session.add(
        BegunSignIn(
            digest=_digest(state),
            provider=provider,
            purpose=purpose,
            browser=browser,
            case=case,
            wanted=dict(wanted or {}),
            begun_at=tx.now,
            expires_at=tx.now + GOOD_FOR,
            used_at=None,
        )
    )
    return began_with(tx.context, state)


def take_state(tx: Transaction, state: str, browser: str, *, agents: bool) -> Returned | None:
    """Use a state up in the browser it was made for; None if it is unknown, another's, used, or too old.

    One statement looks and uses up, so that of any number at once a single one succeeds.
    """
    is_agents = BegunSignIn.purpose == AGENT
    row = tx.session.execute(
        update(BegunSignIn)
        .where(
            BegunSignIn.digest == _digest(state),
            BegunSignIn.browser == browser,
            BegunSignIn.used_at.is_(None),
            BegunSignIn.expires_at > tx.now,
            is_agents if agents else ~is_agents,
        )
        .values(used_at=tx.now)
        .returning(BegunSignIn.provider, BegunSignIn.purpose, BegunSignIn.browser, BegunSignIn.case, BegunSignIn.wanted)
        .execution_options(synchronize_session=False)
    ).first()
    return None if row is None else Returned(*row)


def began_with(context: Context, state: str) -> Began:
    """Return what belongs to a state: the nonce of its ID token, and the verifier of its code (RFC 7636)."""
    key = context.keys.secret("identity", "sign-ins")
    return Began(state, *(_derive(key, name, state) for name in ("nonce", "verifier")))


def take_shown(tx: Transaction, returned: Returned, shown: Shown) -> Standing | None:
    """Take a person's sign-in as a proof of who asks; None if it shows nobody who fits what is claimed in the case.

    It has to hold something claimed and to contradict none of it, as a stored record has to.
    """
    claim = tx.session.get(Claim, returned.case, with_for_update=True, populate_existing=True)
    if claim is None:
        return None
    entry = entry_for(profile_of(tx, claim.controller), returned.provider, shown.acr)
    if entry is None:
        return None
    identifiers = identifiers_of(entry, shown.claims)
    if not agrees(open_claim(tx, claim), identifiers):
        return None
    purpose = Purpose(returned.purpose)
    proof = replace(SIGN_IN, assurance=entry.assurance)
    proves = {name: (value,) for name, value in identifiers.items()}
    tx.record("sign_in.shown", claim.case, provider=returned.provider, acr=shown.acr, purpose=purpose.value)
    now = accept(tx, claim, purpose, returned.browser, proof, proves)
    if not now.enough and now.left and not (purpose is Purpose.PROVE and claim.state == "proved"):
        issue_challenge(tx, claim, purpose, returned.browser, now.left[0])
    return now


def entry_for(profile: Profile, provider: str, acr: str) -> SignIn | None:
    """Return the surest entry of a profile that a sign-in at this provider, by this context, counts as."""
    named = [each for each in profile.identity.sign_in if each.provider == provider]
    entries = [each for each in named if not each.acr or acr in each.acr]
    return max(entries, key=lambda each: each.assurance, default=None)


def identifiers_of(entry: SignIn, claims: Mapping[str, object]) -> dict[str, str]:
    """Return our identifiers as the provider's claims tell them; what it has not verified is left out."""
    return {
        ours: value
        for theirs, ours in entry.identifiers.items()
        if isinstance(value := claims.get(theirs), str)
        and value.strip()
        and (theirs not in _VERIFIED or claims.get(_VERIFIED[theirs]) is True)
    }


def claims_wanted(profiles: Iterable[Profile], provider: str) -> frozenset[str]:
    """Return the claims that any profile reads from a provider; the same whatever case a browser names."""
    entries = [each for profile in profiles for each in profile.identity.sign_in if each.provider == provider]
    wanted = {claim for each in entries for claim in each.identifiers}
    return frozenset(wanted | {_VERIFIED[claim] for claim in wanted & _VERIFIED.keys()})


def contexts_wanted(profiles: Iterable[Profile], provider: str) -> tuple[str, ...]:
    """Return the authentication contexts that any profile counts at a provider, in their order."""
    entries = [each for profile in profiles for each in profile.identity.sign_in if each.provider == provider]
    return tuple(dict.fromkeys(acr for each in entries for acr in each.acr))


def forget_sign_ins(tx: Transaction) -> None:
    """Delete sign-ins that can come back no more."""
    tx.session.execute(delete(BegunSignIn).where(BegunSignIn.expires_at < tx.now))


def _derive(key: bytes, name: str, state: str) -> str:
    """Make 43 characters of base64url, as RFC 7636 wants a verifier to be."""
    made = hmac.digest(key, bind("habeas", "sign-in", name, state), hashlib.sha256)
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
