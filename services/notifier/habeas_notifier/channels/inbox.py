"""The local inbox: letters of the embedded mode stay here, for the page that shows them."""

import json
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from habeas.clock import uuid7
from habeas.crypto.vault import Place
from habeas_notifier.channels.channel import Text
from habeas_notifier.models import InboxMail

if TYPE_CHECKING:
    from habeas.service import Context

RETENTION = "letters"


class InboxChannel:
    """Keeps each mail, encrypted under its case's key, in the notifier's own database."""

    name = "inbox"

    def __init__(self, url: str) -> None:
        self.url = url

    def send(self, context: "Context", case: str, mail: EmailMessage) -> None:
        """Keep the mail."""
        _keep(context, case, uuid7(), "mail", mail.as_bytes(policy=SMTP))


class InboxTextChannel:
    """Keeps each text beside the mails, as JSON; as a gateway does, once however often it is sent."""

    name = "inbox-sms"

    def __init__(self, url: str, secret: str) -> None:
        self.url = url

    def send(self, context: "Context", case: str, text: Text) -> None:
        """Keep the text."""
        _keep(context, case, text.id, "sms", json.dumps({"to": text.to, "text": text.words}).encode())


def _keep(context: "Context", case: str, row: str, kind: str, content: bytes) -> None:
    with context.transaction() as tx:
        if tx.session.get(InboxMail, row) is not None:
            return
        body = tx.vault.encrypt(case, RETENTION, Place("inbox_mail", "mail", row), content)
        tx.session.add(InboxMail(id=row, case_id=case, at=tx.now, kind=kind, mail=body))
