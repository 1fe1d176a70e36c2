"""Texts through a gateway: signed JSON to one URL, whatever provider stands behind it."""

import json
from typing import TYPE_CHECKING

from standardwebhooks.webhooks import Webhook

from habeas.errors import Refused
from habeas_notifier.channels.channel import Text
from habeas_notifier.posting import post

if TYPE_CHECKING:
    from habeas.service import Context


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
        headers = {"Idempotency-Key": text.id, **self._sign(text.id, body, context)}
        answer = post(self._url, body, headers, whom="the text gateway", clock=context.clock)
        if not answer.is_success:
            raise Refused(f"the text gateway refuses this text ({answer.status_code})")

    def _sign(self, name: str, body: str, context: "Context") -> dict[str, str]:
        now = context.clock.now()
        signed = self._signer.sign(name, now, body)
        return {"webhook-id": name, "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": signed}
