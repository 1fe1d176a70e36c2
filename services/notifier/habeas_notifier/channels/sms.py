"""Texts through a gateway: signed JSON to one URL, whatever provider stands behind it."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx
from standardwebhooks.webhooks import Webhook

from habeas.clock import Clock
from habeas.errors import Refused, TryLater
from habeas_notifier.channels.channel import Text

if TYPE_CHECKING:
    from habeas.service import Context

_SECONDS = 20
_LATER = frozenset({408, 425, 429})
_LONGEST = timedelta(hours=1)


class SmsChannel:
    """Posts `{"id", "to", "text"}` in the form of Standard Webhooks 1.0; what is sent again has the id it had before.

    The gateway checks `webhook-signature` and sends a text of one `webhook-id` once.
    """

    name = "sms"

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._signer = Webhook(secret)

    def send(self, context: "Context", case: str, text: Text) -> None:
        """Hand the text over; 429 and 5xx are for later, what else is no success is for good, also a redirect."""
        body = json.dumps({"id": text.id, "to": text.to, "text": text.words}, ensure_ascii=False)
        headers = {"Content-Type": "application/json", "Idempotency-Key": text.id, **self._sign(text.id, body, context)}
        try:
            answer = httpx.post(
                self._url, content=body.encode(), headers=headers, timeout=_SECONDS, follow_redirects=False
            )
        except httpx.HTTPError as error:
            raise TryLater(f"the text gateway did not answer ({type(error).__name__})") from None
        if answer.status_code in _LATER or answer.status_code >= 500:
            after = read_patience(answer.headers.get("Retry-After", ""), context.clock)
            raise TryLater(f"the text gateway asks for patience ({answer.status_code})", after=after)
        if not answer.is_success:
            raise Refused(f"the text gateway refuses this text ({answer.status_code})")

    def _sign(self, name: str, body: str, context: "Context") -> dict[str, str]:
        now = context.clock.now()
        signed = self._signer.sign(name, now, body)
        return {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signed}


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
