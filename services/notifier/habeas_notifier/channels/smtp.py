"""Mail by SMTP: encrypted on its way wherever the other side offers it."""

import smtplib
import ssl
from email.message import EmailMessage
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from habeas.errors import Refused, TryLater

if TYPE_CHECKING:
    from habeas.service import Context

_SECONDS = 20


class SmtpChannel:
    """Speaks to the server of an smtp: or smtps: URL; user and password stand in the URL."""

    name = "smtp"

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._tls = parts.scheme == "smtps"
        self._host = parts.hostname or "localhost"
        self._port = parts.port or (465 if self._tls else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")

    def send(self, context: "Context", case: str, mail: EmailMessage) -> None:
        """Send the mail; 4xx answers and lost connections are for later, 5xx are for good."""
        try:
            with self._connect() as server:
                server.send_message(mail)
        except smtplib.SMTPRecipientsRefused as refused:
            code = next(iter(refused.recipients.values()))[0]
            raise _sort(code) from None
        except smtplib.SMTPResponseException as answer:
            raise _sort(answer.smtp_code) from None
        except (OSError, smtplib.SMTPException) as error:
            raise TryLater(f"the mail server did not answer ({type(error).__name__})") from None

    def _connect(self) -> smtplib.SMTP:
        if self._tls:
            server: smtplib.SMTP = smtplib.SMTP_SSL(self._host, self._port, timeout=_SECONDS, context=_trusted())
        else:
            server = smtplib.SMTP(self._host, self._port, timeout=_SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=_trusted())
        if self._user:
            server.login(self._user, self._password)
        return server


@cache
def _trusted() -> ssl.SSLContext:
    """Trust what the machine trusts, as it was at the first use: reading all its certificates takes 30 ms."""
    return ssl.create_default_context()


def _sort(code: int) -> TryLater | Refused:
    if 400 <= code < 500:
        return TryLater(f"the mail server asks for patience ({code})")
    return Refused(f"the mail server refuses this letter ({code})")
