"""What makes an ID token one to believe; pure (OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725).

The algorithms are ours to choose, never the token's, and none of them takes a key that is known to both sides. Keys
come from the provider's published set alone: a token that brings or names one of its own is refused unread.
"""

import hmac
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key
from joserfc.jws import JWSRegistry
from joserfc.util import json_b64decode

from habeas.errors import Refused

ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP", "Ed25519": "OKP"}
"""The algorithms that count, with the type of key of each."""
SKEW = timedelta(seconds=60)
"""How far the provider's clock may differ from ours."""
_HEADERS = frozenset({"alg", "kid", "typ", "x5t", "x5t#S256"})
"""What a header may hold; the thumbprints name no key to us and are not looked at."""
_LONGEST = 64 * 1024


@dataclass(frozen=True)
class Demand:
    """What a token has to say beside being genuine: whom it is for, and how and how lately they signed in."""

    issuer: str
    client_id: str
    nonce: str = field(repr=False)
    max_age: timedelta | None = None
    acr: tuple[str, ...] = ()


class UnknownKey(Refused):
    """The token names a key that is not in the set: the set may have changed since it was fetched."""


def read_id_token(
    text: str, keys: Sequence[Mapping[str, Any]], demand: Demand, now: datetime, *, access_token: str = ""
) -> Mapping[str, Any]:
    """Return the claims of a token that is genuine and meets the demand; raises `Refused` for every other."""
    header = _read_header(text)
    try:
        key = import_key(dict(_choose_key(header, keys)))
        token = jwt.decode(text, key, registry=_Allowed(strict_check_header=False))
        told = CodeIDToken(
            token.claims,
            token.header,
            {"iss": {"essential": True, "value": demand.issuer}},
            {"nonce": demand.nonce, "client_id": demand.client_id, "access_token": access_token},
        )
        told.validate(now=math.floor(now.timestamp()), leeway=int(SKEW.total_seconds()))
    except (JoseError, ValueError, TypeError, OverflowError) as wrong:
        raise Refused(f"an ID token is not to be believed: {type(wrong).__name__}") from None
    claims = dict(token.claims)
    _check(claims, demand, now)
    return claims


class _Allowed(JWSRegistry):
    """The algorithms that count, and no other, however a library is set up."""

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise Refused("an ID token is signed by an algorithm that does not count")
        return self.algorithms[name]


def _read_header(text: str) -> Mapping[str, Any]:
    if len(text) > _LONGEST or not text.isascii() or text.count(".") != 2 or not all(text.split(".")):
        raise Refused("an ID token is none, or has no signature")
    try:
        header = json_b64decode(text.split(".")[0].encode())
    except (ValueError, TypeError, RecursionError):
        header = None
    if not isinstance(header, dict) or header.get("alg") not in ALGORITHMS:
        raise Refused("an ID token is signed by an algorithm that does not count")
    if header.keys() - _HEADERS:
        raise Refused("an ID token's header brings what none needs")
    return header


def _choose_key(header: Mapping[str, Any], keys: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    fitting = [
        key
        for key in keys
        if key.get("kty") == ALGORITHMS[header["alg"]]
        and key.get("use", "sig") == "sig"
        and key.get("alg", header["alg"]) == header["alg"]
        and ("kid" not in header or key.get("kid") == header["kid"])
    ]
    if len(fitting) != 1:
        raise UnknownKey("an ID token is signed by a key that the provider does not publish")
    return fitting[0]


def _check(claims: Mapping[str, Any], demand: Demand, now: datetime) -> None:
    """Check again, and more narrowly, what decides who somebody is: a library's gap must not open a door."""
    nonce, subject = claims.get("nonce"), claims.get("sub")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), demand.nonce.encode()):
        raise Refused("an ID token answers another sign-in")
    if claims.get("iss") != demand.issuer:
        raise Refused("an ID token is another provider's")
    # One that is for others too was asked for by somebody else.
    if claims.get("aud") not in (demand.client_id, [demand.client_id]):
        raise Refused("an ID token is not for us alone")
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise Refused("an ID token names nobody")
    if demand.acr and claims.get("acr") not in demand.acr:
        raise Refused("somebody signed in by less than is asked for")
    if demand.max_age is not None and not _is_fresh(claims.get("auth_time"), demand.max_age, now):
        raise Refused("somebody signed in too long ago")


def authenticated_at(claims: Mapping[str, Any]) -> datetime | None:
    """Return when somebody signed in at the provider, if it says so in a way that can be."""
    told = claims.get("auth_time")
    if isinstance(told, bool) or not isinstance(told, int | float) or not math.isfinite(told):
        return None
    try:
        return datetime.fromtimestamp(told, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_fresh(told: Any, max_age: timedelta, now: datetime) -> bool:
    moment = authenticated_at({"auth_time": told})
    return moment is not None and now - max_age <= moment <= now + SKEW
