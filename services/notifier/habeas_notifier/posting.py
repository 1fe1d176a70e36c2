"""Posts what we have signed to somebody's address: once, without redirects, and sorted by whether to come again."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from habeas.clock import Clock
from habeas.errors import TryLater

_SECONDS = 20
_LATER = frozenset({408, 425, 429})
_LONGEST = timedelta(hours=1)


def post(url: str, body: str, headers: Mapping[str, str], *, whom: str, clock: Clock) -> httpx.Response:
    """Post JSON and return the answer, be it a success or not; `whom` names the address in words.

    Raises TryLater where nobody answered, for 429 and for 5xx.
    """
    sent = {"Content-Type": "application/json", **headers}
    try:
        answer = httpx.post(url, content=body.encode(), headers=sent, timeout=_SECONDS, follow_redirects=False)
    except httpx.HTTPError as error:
        raise TryLater(f"{whom} did not answer ({type(error).__name__})") from None
    if answer.status_code in _LATER or answer.status_code >= 500:
        after = read_patience(answer.headers.get("Retry-After", ""), clock)
        raise TryLater(f"{whom} asks for patience ({answer.status_code})", after=after)
    return answer


def read_patience(said: str, clock: Clock) -> timedelta | None:
    """Read a Retry-After (RFC 9110, 10.2.3: seconds or a date), an hour at the most; None if it says nothing."""
    if said.isascii() and said.isdigit():
        return min(timedelta(seconds=int(said[:6])), _LONGEST)
    try:
        moment: datetime = parsedate_to_datetime(said)
    except ValueError:
        return None
    wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - clock.now()
    return min(max(wait, timedelta()), _LONGEST)
