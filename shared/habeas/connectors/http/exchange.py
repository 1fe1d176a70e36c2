"""Speaks with the vendor: one request at a time, at its pace, within its origin, with every answer sorted."""

import json
import logging
import ssl
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import NoReturn
from urllib.parse import urlsplit

import httpx

from habeas.addresses import is_loopback
from habeas.connectors.http.account import DEFAULT, Account
from habeas.connectors.http.answers import Answer, Busy, sort
from habeas.connectors.http.begun import Begun, name_of
from habeas.connectors.http.credentials import Credentials
from habeas.connectors.http.pace import PATIENCE_SECONDS, Pace
from habeas.connectors.http.requests import Outgoing, build
from habeas.connectors.http.templates import Slots
from habeas.connectors.http.vendorfile import Call
from habeas.sdk import Json, NeedsPerson, TryLater

MAX_ANSWER_BYTES = 16 << 20
TRIES = 4
_AGENT = "habeas"


class Exchange:
    """Everything that is said to one account of a vendor."""

    def __init__(
        self, account: Account, pace: Pace, begun: Begun, transport: httpx.BaseTransport | None = None
    ) -> None:
        for name in ("httpx", "httpcore"):  # at INFO they write addresses, which hold what is searched for
            logging.getLogger(name).setLevel(logging.WARNING)
        self.account = account
        self.begun = begun
        self._pace = pace
        self._transport = transport
        self._client: httpx.Client | None = None
        self._credentials = Credentials(account, self._post_form)

    def build(self, call: Call, slots: Slots) -> Outgoing:
        """The request of a call, not yet signed."""
        today = datetime.fromtimestamp(self.begun.now(), UTC).date().isoformat()
        return build(call, replace(slots, today=today), self.account.base_urls[call.base or DEFAULT], self.account.raw)

    def send(self, outgoing: Outgoing) -> Answer:
        """Sends a request and sorts the answer; a short wait is slept, and a token that ended is renewed once."""
        call = outgoing.call
        for number in range(TRIES):
            try:
                return self._send_once(outgoing)
            except Busy as busy:
                # a little longer, as clocks differ
                self._pace.hold(call.group, busy.seconds if busy.seconds <= PATIENCE_SECONDS else busy.seconds + 2)
                # what changes something is sent again only where the vendor has surely not done it
                again = call.method == "GET" or busy.status == 429
                if number + 1 == TRIES or busy.seconds > PATIENCE_SECONDS or not again:
                    raise
        raise AssertionError("the last try raises or returns")

    def _send_once(self, outgoing: Outgoing) -> Answer:
        call = outgoing.call
        if call.idempotency:
            # of the day, so that what is done, lifted and done again is not taken for the same
            outgoing.headers[call.idempotency] = name_of(outgoing.mark, datetime.now(UTC).date().isoformat())[:32]
        with self._pace.turn(call.group, longest=self._timeout(call) * 2):
            status, raw, headers, next_link = self._perform(outgoing)
        if status == 401 and self._credentials.renew(call.auth):
            with self._pace.turn(call.group, longest=self._timeout(call) * 2):
                status, raw, headers, next_link = self._perform(outgoing)
        body, problem = _read_json(raw, headers)
        is_there = sort(self.account.vendor, call, status, body, headers, self._credentials.name_of(call.auth))
        if is_there and problem and _is_read(call):
            _refuse(call, problem)
        return Answer(call, status, body, next_link, nothing=not is_there)

    def _timeout(self, call: Call) -> float:
        return self.account.timeout_seconds or call.timeout

    def _perform(self, outgoing: Outgoing) -> tuple[int, bytes, Mapping[str, str], str]:
        signed = self._credentials.sign(outgoing)
        headers = {"Accept": "application/json", **outgoing.headers, **signed}
        if outgoing.content_type:
            headers["Content-Type"] = outgoing.content_type
        return self._request(outgoing.call.name, outgoing.call.method, outgoing.url, headers, outgoing.content,
                             self._timeout(outgoing.call))  # fmt: skip

    def _request(
        self, name: str, method: str, url: str, headers: Mapping[str, str], content: bytes | None, timeout: float
    ) -> tuple[int, bytes, Mapping[str, str], str]:
        try:
            client = self._open(url)
            request = client.build_request(method, url, headers=headers, content=content, timeout=timeout)
            response = client.send(request, stream=True)
            with closing(response):
                return response.status_code, _read(name, response), response.headers, _next_link(response)
        except httpx.TimeoutException:
            raise TryLater(f"{name}: the vendor did not answer in time") from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            if is_about_trust(error):
                raise NeedsPerson(
                    f"{name}: the vendor's certificate is not trusted: look at base_url, or ca_file"
                ) from None
            raise TryLater(
                f"{name}: the connection to the vendor failed or broke off ({type(error).__name__})"
            ) from None
        except (httpx.InvalidURL, UnicodeError, ValueError):
            raise NeedsPerson(f"{name}: no request can be made of what it was given") from None

    def _open(self, url: str) -> httpx.Client:
        if self._client is None:
            ca_file = self.account.ca_file
            verify = ssl.create_default_context(cafile=str(ca_file)) if ca_file else True
            self._client = httpx.Client(
                transport=self._transport,
                follow_redirects=False,
                verify=verify,
                trust_env=not is_loopback(urlsplit(url).hostname or ""),
                headers={"User-Agent": _AGENT},
            )
        return self._client

    def _post_form(self, url: str, headers: Mapping[str, str], content: bytes) -> tuple[int, Json]:
        timeout = self.account.timeout_seconds or 30
        status, raw, answered, _ = self._request("the token", "POST", url, headers, content, timeout)
        return status, _read_json(raw, answered)[0]

    def close(self) -> None:
        """Closes the connections."""
        if self._client is not None:
            self._client.close()
            self._client = None


def _read(name: str, response: httpx.Response) -> bytes:
    raw = bytearray()
    for piece in response.iter_bytes(1 << 16):
        raw += piece
        if len(raw) > MAX_ANSWER_BYTES:
            raise NeedsPerson(f"{name}: the answer is larger than {MAX_ANSWER_BYTES >> 20} MiB: ask for smaller pages")
    return bytes(raw)


def _next_link(response: httpx.Response) -> str:
    """The address of the next page (RFC 8288)."""
    return str(response.links.get("next", {}).get("url", ""))


def _read_json(raw: bytes, headers: Mapping[str, str]) -> tuple[Json, str]:
    """The JSON of an answer, and why there is none."""
    if not raw.strip():
        return None, "empty"
    try:
        return json.loads(raw, parse_constant=_no_number), ""
    except (ValueError, RecursionError):
        return None, "broken" if "json" in headers.get("Content-Type", "") else "other"


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON")


def _is_read(call: Call) -> bool:
    return bool(call.records or call.record or call.job)


def _refuse(call: Call, problem: str) -> NoReturn:
    if problem == "broken":
        raise TryLater(f"{call.name}: the answer broke off")
    said = "with nothing" if problem == "empty" else "with something that is not JSON"
    raise NeedsPerson(f"{call.name}: the vendor answered {said}: look at base_url")


def is_about_trust(error: BaseException | None) -> bool:
    """Whether an error comes from a certificate that is not trusted."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
