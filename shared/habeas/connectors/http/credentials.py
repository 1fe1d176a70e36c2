"""Says to the vendor who asks: signs requests, and gets tokens of OAuth 2, which are kept in memory only."""

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlencode, urljoin

from oauthlib.oauth1 import Client as OAuth1Client

from habeas.addresses import problem_of_url
from habeas.connectors.http.account import DEFAULT, Account
from habeas.connectors.http.requests import Outgoing
from habeas.connectors.http.templates import fill_text
from habeas.connectors.http.vendorfile import OAuth2, Scheme
from habeas.sdk import Json, NeedsPerson, TryLater

_EARLIER_SECONDS = 60.0
#: Posts a form and gives status and JSON of the answer.
PostForm = Callable[[str, Mapping[str, str], bytes], tuple[int, Json]]


@dataclass
class _Token:
    text: str = field(repr=False)
    until: float


class Credentials:
    """Signs the requests of one account."""

    def __init__(self, account: Account, post_form: PostForm, clock: Callable[[], float] = time.monotonic) -> None:
        self._account = account
        self._post_form = post_form
        self._clock = clock
        self._tokens: dict[str, _Token] = {}
        self._refresh_tokens: dict[str, str] = {}

    def name_of(self, auth: str) -> str:
        """The secrets of a scheme, as an operator knows them."""
        return ", ".join(self._account.schemes[auth].secrets) or "no secret"

    def sign(self, outgoing: Outgoing) -> dict[str, str]:
        """The headers that say who asks; what belongs into the body is put there."""
        scheme = self._account.schemes[outgoing.call.auth]
        for name, secret in scheme.body.items():
            outgoing.put(f"{'form' if outgoing.form is not None else 'json'}.{name}", self._reveal(secret))
        if scheme.bearer:
            return {"Authorization": f"Bearer {self._reveal(scheme.bearer)}"}
        if scheme.header:
            return {scheme.header: scheme.prefix + self._reveal(scheme.secret)}
        if scheme.oauth2:
            return {"Authorization": f"Bearer {self._token(outgoing.call.auth, scheme.oauth2)}"}
        if scheme.oauth1:
            return self._signature(scheme, outgoing)
        return self._basic(scheme)

    def renew(self, auth: str) -> bool:
        """Forgets a token that was refused; whether there was one, so that it is worth another try."""
        return self._tokens.pop(auth, None) is not None

    def _basic(self, scheme: Scheme) -> dict[str, str]:
        if not scheme.basic:
            return {}
        user = (
            fill_text(scheme.basic.user, self._account.slots())
            if scheme.basic.user
            else self._reveal(scheme.basic.user_secret)
        )
        return {"Authorization": f"Basic {_encode(user, self._reveal(scheme.basic.password))}"}

    def _signature(self, scheme: Scheme, outgoing: Outgoing) -> dict[str, str]:
        """A signature of OAuth 1.0a (RFC 5849, HMAC-SHA1, the only method that X takes)."""
        assert scheme.oauth1
        keys = scheme.oauth1
        client = OAuth1Client(
            self._reveal(keys.consumer_key),
            client_secret=self._reveal(keys.consumer_secret),
            resource_owner_key=self._reveal(keys.token),
            resource_owner_secret=self._reveal(keys.token_secret),
        )
        form = outgoing.content_type == "application/x-www-form-urlencoded"
        body = (outgoing.content or b"").decode("ascii") if form else None
        headers = {"Content-Type": outgoing.content_type} if form else {}
        _, signed, _ = client.sign(outgoing.url, outgoing.call.method, body, headers)
        return {"Authorization": str(signed["Authorization"])}

    def _token(self, name: str, scheme: OAuth2) -> str:
        token = self._tokens.get(name)
        if token is None or token.until <= self._clock():
            token = self._tokens[name] = self._fetch(name, scheme)
        return token.text

    def _fetch(self, name: str, scheme: OAuth2) -> _Token:
        form = {"grant_type": scheme.grant}
        if scheme.scope:
            form["scope"] = scheme.scope
        if scheme.grant == "refresh_token":
            form["refresh_token"] = self._refresh_tokens.get(name) or self._reveal(scheme.refresh_token)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        client_id, client_secret = self._reveal(scheme.client_id), self._reveal(scheme.client_secret)
        if scheme.send == "basic":
            headers["Authorization"] = f"Basic {_encode(client_id, client_secret)}"
        else:
            form |= {"client_id": client_id, "client_secret": client_secret}
        status, answer = self._post_form(self._token_url(scheme), headers, urlencode(form).encode("ascii"))
        text = answer.get("access_token") if isinstance(answer, dict) else None
        if status in (408, 429) or status >= 500:
            raise TryLater(f"the vendor gives no token now ({status})", timedelta(minutes=1))
        if status != 200 or not isinstance(answer, dict) or not isinstance(text, str):
            secrets = ", ".join(each for each in (scheme.client_id, scheme.client_secret, scheme.refresh_token) if each)
            raise NeedsPerson(f"the vendor refuses to give a token ({status}): look at {secrets}")
        if isinstance(renewed := answer.get("refresh_token"), str):
            self._refresh_tokens[name] = renewed
        lasts = answer.get("expires_in")
        seconds = float(lasts) if isinstance(lasts, int | float | str) and str(lasts).isdigit() else 300.0
        return _Token(text, self._clock() + max(0.0, seconds - _EARLIER_SECONDS))

    def _token_url(self, scheme: OAuth2) -> str:
        url = urljoin(self._account.base_urls[DEFAULT] + "/", fill_text(scheme.token_url, self._account.slots()))
        if problem := problem_of_url(url, insecure=self._account.insecure_http):
            raise NeedsPerson(f"the address for tokens cannot be called: {problem}")
        return url

    def _reveal(self, secret: str) -> str:
        text = self._account.secrets[secret].reveal()
        if not text.isprintable() or not text.isascii():
            raise NeedsPerson(f"the secret {secret} holds characters that no header can hold")
        return text


def _encode(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
