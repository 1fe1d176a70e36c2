"""Speaks with a processor by OpenDSR 2.0: nothing that it says is read before its signature is found good."""

import json
import logging
import ssl
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx

from habeas.addresses import is_loopback, origin_of
from habeas.connectors.http.answers import wait_of
from habeas.connectors.http.exchange import is_about_trust
from habeas.connectors.opendsr.settings import Settings
from habeas.opendsr.identities import STATES
from habeas.opendsr.signatures import DOMAIN, SIGNATURE, read_header
from habeas.opendsr.speaker import Speaker, find_certificate
from habeas.sdk import NeedsPerson, TryLater

MAX_ANSWER_BYTES = 1 << 20
_WAIT_SECONDS = 60.0


@dataclass(frozen=True)
class Discovery:
    """What a processor can do (6.3)."""

    kinds: frozenset[str]
    identities: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Status:
    """Where a request stands (8.3); `expected` is the processor's own word for when, as RFC 3339."""

    state: str
    expected: str
    results_url: str = field(default="", repr=False)


class Processor:
    """One processor, as its settings say; `now` gives seconds since 1970."""

    def __init__(self, settings: Settings, transport: httpx.BaseTransport | None, now: Callable[[], float]) -> None:
        for name in ("httpx", "httpcore"):  # at INFO they write addresses
            logging.getLogger(name).setLevel(logging.WARNING)
        self._settings = settings
        self._transport = transport
        self._now = now
        self._client: httpx.Client | None = None
        self._speaker = Speaker(settings.domain, settings.trust, self._fetch_certificate)

    def discover(self) -> Discovery:
        """What it can do. Not signed, by the text; nothing rests on it but what is asked for."""
        _, body, _ = self._ask("GET", "/discovery", (200,))
        said = _read(body)
        try:
            return Discovery(
                frozenset(map(str, said["supported_subject_request_types"])),
                frozenset((str(each["identity_type"]), str(each["identity_format"]))
                          for each in said["supported_identities"]),
            )  # fmt: skip
        except (KeyError, TypeError):
            raise NeedsPerson("the processor's discovery does not say what it supports: look at its address") from None

    def prove(self) -> None:
        """Finds its certificate good; raises NeedsPerson."""
        self._speaker.key(self._moment())

    def submit(self, request: Mapping[str, Any]) -> Status:
        """Hands a request over; raises unless the answer is signed and is about this very request."""
        content = json.dumps(request).encode()
        answered = self._signed("POST", self._settings.requests, (201,), content)
        if answered.get("encoded_request") != b64encode(content).decode("ascii"):
            raise NeedsPerson("the processor signed for another request than it was given")
        self._is_about(answered, request["subject_request_id"])
        return Status("pending", str(answered.get("expected_completion_time", "")))

    def status(self, number: str) -> Status | None:
        """Where a request stands; None if the processor does not know it."""
        answered = self._signed("GET", f"{self._settings.requests}/{number}", (200, 404))
        if not answered:
            return None
        self._is_about(answered, number)
        state = answered.get("request_status")
        if state not in STATES:
            raise NeedsPerson("the processor tells a status that OpenDSR does not have")
        url = answered.get("results_url") or ""
        return Status(state, str(answered.get("expected_completion_time", "")), str(url))

    @contextmanager
    def results(self, url: str) -> Iterator[Iterator[bytes]]:
        """The bytes behind a results_url; the secret goes along only to where requests go, too."""
        wanted = url if "://" in url else f"{self._settings.processor}{url}"
        try:
            own = origin_of(wanted) == origin_of(self._settings.processor)
        except ValueError:
            raise NeedsPerson("the address of the processor's results is none") from None
        if not own and urlsplit(wanted).scheme != "https":
            raise NeedsPerson("the processor's results are not to be had over an encrypted connection")
        with _sorted_errors():
            client = self._open()
            with client.stream("GET", wanted, auth=self._auth() if own else None) as response:
                _sort(response, (200,))
                yield response.iter_bytes(1 << 16)

    def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _is_about(self, answered: Mapping[str, Any], number: str) -> None:
        if answered.get("subject_request_id") != number:
            raise NeedsPerson("the processor answered about another request than it was asked about")

    def _signed(self, method: str, path: str, expected: tuple[int, ...], content: bytes | None = None) -> Any:
        status, body, headers = self._ask(method, path, expected, content)
        if status == 404:
            return {}
        domain = self._settings.domain
        if read_header(headers, DOMAIN).lower() != domain:
            raise NeedsPerson(f"the answer is not signed for {domain}: look at domain in the settings")
        signature = read_header(headers, SIGNATURE)
        if not self._speaker.has_signed(body, signature, self._moment()):
            raise NeedsPerson(f"the signature of {domain} does not fit its answer: nothing of it is believed")
        return _read(body)

    def _fetch_certificate(self) -> bytes:
        url = find_certificate(
            self._ask("GET", "/discovery", (200,))[1], self._settings.processor, self._settings.domain
        )
        with _sorted_errors():
            response = self._open().get(url)
            _sort(response, (200,))
            return response.content

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._now(), UTC)

    def _ask(
        self, method: str, path: str, expected: tuple[int, ...], content: bytes | None = None
    ) -> tuple[int, bytes, Mapping[str, str]]:
        headers = {"Accept": "application/json", **({"Content-Type": "application/json"} if content else {})}
        with _sorted_errors():
            url = self._settings.processor + path
            with self._open().stream(method, url, content=content, headers=headers, auth=self._auth()) as response:
                _sort(response, expected)
                body = bytearray()
                for piece in response.iter_bytes(1 << 16):
                    body += piece
                    if len(body) > MAX_ANSWER_BYTES:
                        raise NeedsPerson(f"the processor's answer is larger than {MAX_ANSWER_BYTES >> 20} MiB")
                return response.status_code, bytes(body), response.headers

    def _auth(self) -> httpx.Auth | None:
        secret, user = self._settings.secret, self._settings.user
        if secret is None:
            return None
        return httpx.BasicAuth(user, secret.reveal()) if user else _Bearer(secret.reveal())

    def _open(self) -> httpx.Client:
        if self._client is None:
            ca_file = self._settings.ca_file
            self._client = httpx.Client(
                transport=self._transport,
                follow_redirects=False,
                timeout=self._settings.timeout,
                verify=ssl.create_default_context(cafile=str(ca_file)) if ca_file else True,
                trust_env=not is_loopback(urlsplit(self._settings.processor).hostname or ""),
                headers={"User-Agent": "habeas"},
            )
        return self._client


class _Bearer(httpx.Auth):
    def __init__(self, token: str) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Any:
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise NeedsPerson("the processor's answer is no JSON object: look at its address")
    return said


def _sort(response: httpx.Response, expected: tuple[int, ...]) -> None:
    """Raises what to do about an answer that is not expected; the processor's own words may quote the person."""
    status = response.status_code
    if status in expected:
        return
    if status == 401:
        raise NeedsPerson("the processor does not accept who asks (401): look at secret, and user; renew them")
    if status == 403:
        raise NeedsPerson("the processor forbids it (403): look at what the secret may do there")
    if status == 400:
        raise NeedsPerson("the processor finds a fault in the request (400): look at identities and extension")
    if status in (408, 425, 429) or status >= 500:
        seconds = wait_of(response.headers, {})
        after = timedelta(seconds=_WAIT_SECONDS if seconds is None else seconds)
        raise TryLater(f"the processor cannot answer now ({status})", after)
    raise NeedsPerson(f"the processor answered {status}: look at its address and at requests in the settings")


@contextmanager
def _sorted_errors() -> Iterator[None]:
    try:
        yield
    except httpx.TimeoutException:
        raise TryLater("the processor did not answer in time") from None
    except (httpx.TransportError, httpx.DecodingError) as error:
        if is_about_trust(error):
            raise NeedsPerson("the processor's own certificate (TLS) is not trusted: look at ca_file") from None
        raise TryLater(f"the connection to the processor failed or broke off ({type(error).__name__})") from None
    except (httpx.InvalidURL, UnicodeError):
        raise NeedsPerson("no request can be made of the processor's address") from None
