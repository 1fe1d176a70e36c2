"""OpenID Connect as the one who relies on it: discovery, the code flow with PKCE, and the ID token (RFC 6749, 7636).

Nothing here runs inside a transaction. Every call is short, follows no redirect, reads a bounded answer, and goes to
https alone (or to loopback, for tests and the demo).
"""

import json
import ssl
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.discovery import get_well_known_url

from habeas.errors import Refused, TryLater
from habeas_identity.id_tokens import Demand, UnknownKey, authenticated_at, read_id_token
from habeas_identity.providers import LOOPBACK, Provider, is_issuer

_TIMES = httpx.Timeout(5.0, connect=3.0)
_LONGEST_SECONDS, _MOST_BYTES = 10.0, 256 * 1024
_KNOWN_FOR, KEYS_AGAIN, _FAILED_FOR = 3600.0, 30.0, 15.0
"""In seconds: how long what a provider publishes is believed, how soon its keys may be fetched again because a token
names an unknown one, and how long a provider that did not answer is left alone."""


@dataclass(frozen=True)
class Shown:
    """Who signed in at a provider: `claims` are what it says of them."""

    issuer: str
    subject: str = field(repr=False)
    acr: str
    authenticated_at: datetime | None
    claims: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Began:
    """One sign-in's secrets; the state finds it again, the others tie the answer to it."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@cache
def party_of(provider: Provider) -> "RelyingParty":
    """Return the one relying party for a provider in this process, with what it knows of it."""
    return RelyingParty(provider)


class RelyingParty:
    """Us, at one provider."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self._metadata: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, list[Mapping[str, Any]]] | None = None
        self._failed_at = float("-inf")

    def origin(self) -> str:
        """Return the origin that a browser is sent to, for the policy of the page that sends it."""
        parts = urlsplit(self._discover()["authorization_endpoint"])
        return f"{parts.scheme}://{parts.netloc}"

    def address(self, began: Began, demand: Demand, redirect_uri: str, *, again: bool = False) -> str:
        """Return the address that a browser is sent to; with `again`, whoever is signed in there signs in once more."""
        more: dict[str, str] = {"prompt": "login", "max_age": "0"} if again else {}
        if demand.max_age is not None and not again:
            more["max_age"] = str(int(demand.max_age.total_seconds()))
        if demand.acr:
            more["acr_values"] = " ".join(demand.acr)
        return str(
            prepare_grant_uri(
                self._discover()["authorization_endpoint"],
                client_id=self.provider.client_id,
                response_type="code",
                redirect_uri=redirect_uri,
                scope=" ".join(self.provider.scopes),
                state=began.state,
                nonce=began.nonce,
                code_challenge=create_s256_code_challenge(began.verifier),
                code_challenge_method="S256",
                **more,
            )
        )

    def redeem(
        self,
        code: str,
        began: Began,
        demand: Demand,
        redirect_uri: str,
        now: datetime,
        *,
        told_issuer: str | None = None,
        wanted: Collection[str] = (),
    ) -> Shown:
        """Turn the code that a browser brought into who signed in.

        `told_issuer` is what the browser brought beside it (RFC 9207). Claims that are `wanted` and missing in the
        token are asked for at the provider's userinfo. Raises `Refused` or `TryLater`.
        """
        metadata = self._discover()
        if told_issuer is None and metadata.get("authorization_response_iss_parameter_supported") is True:
            raise Refused("the answer does not say whose it is")
        if told_issuer not in (None, self.provider.issuer):
            raise Refused("the answer is another provider's")
        tokens = self._exchange(code, began.verifier, redirect_uri, metadata)
        text, access = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(text, str) or not isinstance(access, str):
            raise Refused("the provider gave no ID token")
        try:
            claims = read_id_token(text, self._fetch_keys(), demand, now, access_token=access)
        except UnknownKey:
            claims = read_id_token(text, self._fetch_keys(again=True), demand, now, access_token=access)
        told = claims if set(wanted) <= claims.keys() else self._ask_userinfo(access, claims["sub"], metadata)
        acr = claims.get("acr")
        return Shown(
            self.provider.issuer,
            claims["sub"],
            acr if isinstance(acr, str) else "",
            authenticated_at(claims),
            dict(told),
        )

    def _discover(self) -> Mapping[str, Any]:
        if self._metadata is not None and time.monotonic() < self._metadata[0] + _KNOWN_FOR:
            return self._metadata[1]
        told = self._get(get_well_known_url(self.provider.issuer, external=True))
        if told.get("issuer") != self.provider.issuer:
            raise Refused("the provider calls itself by another issuer than the settings do")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            self._check_address(told.get(name), name)
        if told.get("userinfo_endpoint") is not None:
            self._check_address(told["userinfo_endpoint"], "userinfo_endpoint")
        self._metadata = (time.monotonic(), told)
        return told

    def _check_address(self, address: Any, name: str) -> None:
        """Let an https issuer name https addresses only; one on loopback others on loopback."""
        home = urlsplit(self.provider.issuer)
        if not isinstance(address, str) or not is_issuer(address.partition("?")[0]):
            raise Refused(f"the provider's {name} is no https URL")
        if urlsplit(address).hostname in LOOPBACK and home.hostname not in LOOPBACK:
            raise Refused(f"the provider's {name} leads to loopback")

    def _fetch_keys(self, *, again: bool = False) -> list[Mapping[str, Any]]:
        now = time.monotonic()
        fresh_for = KEYS_AGAIN if again else _KNOWN_FOR
        if self._keys is not None and now < self._keys[0] + fresh_for:
            return self._keys[1]
        keys = self._get(self._discover()["jwks_uri"]).get("keys")
        if not isinstance(keys, list) or not all(isinstance(key, dict) for key in keys):
            raise Refused("the provider's keys are no list")
        self._keys = (now, keys)
        return keys

    def _exchange(self, code: str, verifier: str, redirect_uri: str, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
        provider = self.provider
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        auth = None
        if not provider.secret:
            form["client_id"] = provider.client_id
        elif "client_secret_basic" in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            auth = httpx.BasicAuth(quote(provider.client_id, safe=""), quote(provider.secret, safe=""))
        else:
            form |= {"client_id": provider.client_id, "client_secret": str(provider.secret)}
        return self._ask("POST", metadata["token_endpoint"], data=form, auth=auth)

    def _ask_userinfo(self, access: str, subject: str, metadata: Mapping[str, Any]) -> Mapping[str, Any]:
        address = metadata.get("userinfo_endpoint")
        if address is None:
            return {}
        told = self._ask("GET", address, headers={"Authorization": f"Bearer {access}"})
        if told.get("sub") != subject:
            raise Refused("the provider's userinfo is about somebody else")
        return told

    def _get(self, address: str) -> Mapping[str, Any]:
        """Read what a provider publishes; one that did not answer is left alone for a while."""
        if time.monotonic() < self._failed_at + _FAILED_FOR:
            raise TryLater("the provider did not answer a moment ago")
        try:
            return self._ask("GET", address)
        except TryLater:
            self._failed_at = time.monotonic()
            raise

    def _ask(self, method: str, address: str, **sent: Any) -> Mapping[str, Any]:
        loopback = urlsplit(address).hostname in LOOPBACK
        try:
            with (
                httpx.Client(
                    timeout=_TIMES,
                    verify=self._trust(),
                    trust_env=not loopback,
                    headers={"Accept": "application/json", "Accept-Encoding": "identity"},
                ) as client,
                client.stream(method, address, **sent) as response,
            ):
                content = _read_bounded(response)
        except httpx.HTTPError as error:
            raise TryLater(f"the provider cannot be reached: {type(error).__name__}") from None
        if response.status_code >= 500 or response.status_code == 429:
            raise TryLater(f"the provider answers {response.status_code}")
        if response.status_code != 200:
            raise Refused(f"the provider answers {response.status_code}")
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise Refused("the provider's answer is no JSON object")
        return told

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self.provider.ca is not None:
            context.load_verify_locations(self.provider.ca)
        return context


def _read_bounded(response: httpx.Response) -> bytes:
    """Read what came as it came: packed it could unfold to any length."""
    content, until = b"", time.monotonic() + _LONGEST_SECONDS
    for part in response.iter_raw(16 * 1024):
        content += part
        if len(content) > _MOST_BYTES:
            raise Refused("the provider's answer is too long")
        if time.monotonic() > until:
            raise TryLater("the provider's answer takes too long")
    return content
