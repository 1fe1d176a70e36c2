"""The local inbox: mails of the embedded mode stay here, for the page that shows them."""

from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

from habeas.clock import uuid7
from habeas.crypto.vault import Place
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
        with context.transaction() as tx:
            row = uuid7()
            body = tx.vault.encrypt(case, RETENTION, Place("inbox_mail", "mail", row), mail.as_bytes(policy=SMTP))
            tx.session.add(InboxMail(id=row, case_id=case, at=tx.now, mail=body))
