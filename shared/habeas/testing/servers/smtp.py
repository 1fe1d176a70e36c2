"""A mail server that keeps what it gets in memory and refuses the addresses it is told to refuse."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from habeas.testing.servers.server import LOOPBACK, Server, free_port
from habeas.testing.waiting import wait_until

UNKNOWN = "550 5.1.1 no such mailbox"
ACCEPTED = "250 2.0.0 kept"


@dataclass(frozen=True)
class Mail:
    """One accepted message with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The message, parsed."""
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def text(self) -> str:
        """The plain text a person reads, with plain line ends; empty when there is none."""
        body = self.message.get_body(("plain",))
        return str(body.get_content()).replace("\r\n", "\n") if body else ""


class SmtpSink(Server):
    """An SMTP server in a thread; everything it accepted can be looked at and waited for."""

    name = "smtp"

    def __init__(self) -> None:
        self.port = free_port()
        self.host = LOOPBACK
        self._lock = threading.Lock()
        self._mails: list[Mail] = []
        self._refused: dict[str, str] = {}
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        """Where it answers, without a password and without TLS."""
        return f"smtp://{self.host}:{self.port}"

    @property
    def mails(self) -> list[Mail]:
        """Everything accepted so far, oldest first."""
        with self._lock:
            return list(self._mails)

    def refuse(self, address: str, reply: str = UNKNOWN) -> None:
        """Answer `reply` (a 550 for good, a 451 for now) when a mail is for this address."""
        with self._lock:
            self._refused[address.lower()] = reply

    def accept(self, address: str) -> None:
        """Take mail for this address again."""
        with self._lock:
            self._refused.pop(address.lower(), None)

    def clear(self) -> None:
        """Forget every mail and every refusal: one test's mail is not another's."""
        with self._lock:
            self._mails.clear()
            self._refused.clear()

    def to(self, address: str) -> list[Mail]:
        """The mails that were accepted for this address, oldest first."""
        return [mail for mail in self.mails if address.lower() in (name.lower() for name in mail.recipients)]

    def wait_for(self, to: str, timeout: float = 10, matching: Callable[[Mail], bool] = lambda mail: True) -> Mail:
        """Wait for a mail to this address that `matching` accepts, and give the newest such."""
        found = wait_until(lambda: list(filter(matching, self.to(to))), timeout, f"a mail for {to} has come")
        return found[-1]

    async def handle_RCPT(  # noqa: N802  the name is aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        """Take or refuse one recipient (called by aiosmtpd)."""
        with self._lock:
            reply = self._refused.get(address.lower())
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(rcpt_options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's
        """Keep one message (called by aiosmtpd)."""
        content = envelope.content
        raw = content if isinstance(content, bytes) else (content or "").encode()
        with self._lock:
            self._mails.append(Mail(envelope.mail_from or "", tuple(envelope.rcpt_tos), raw))
        return ACCEPTED

    def _start(self) -> None:
        self._controller = Controller(self, hostname=LOOPBACK, port=self.port)
        self._controller.start()
        self.story = f"started in a thread on port {self.port}"

    def stop(self) -> None:
        """End it; the mails stay readable."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None
