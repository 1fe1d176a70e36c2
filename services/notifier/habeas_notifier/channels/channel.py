"""What a channel promises, for mails and for texts."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import TYPE_CHECKING, Protocol

from habeas import plugins

if TYPE_CHECKING:
    from habeas.service import Context
    from habeas.settings import Settings

GROUP = "habeas.channels"
_MAILS = {"inbox": "inbox", "smtp": "smtp", "smtps": "smtp"}
_TEXTS = {"inbox": "inbox-sms", "http": "sms", "https": "sms"}


@dataclass(frozen=True)
class Text:
    """A text message: `to` is in E.164 (`+46701234567`), and the id is the same at every try."""

    id: str
    to: str = field(repr=False)
    words: str = field(repr=False)


class Channel(Protocol):
    """Takes a mail to somebody.

    `send` returns when the other side has taken it, raises `TryLater` when it may take it later and `Refused` when it
    never will. It may be called twice for one letter; the Message-ID is then the same.
    """

    name: str

    def send(self, context: "Context", case: str, mail: EmailMessage) -> None:
        """Hand the mail over."""


class TextChannel(Protocol):
    """Takes a text message to somebody; its promise is that of a channel of mails."""

    name: str

    def send(self, context: "Context", case: str, text: Text) -> None:
        """Hand the text over."""


def open_channel(url: str) -> Channel:
    """Return the channel that a mail setting names."""
    make = plugins.load(GROUP, _MAILS[url.partition(":")[0]])
    channel: Channel = make(url)
    return channel


def open_text_channel(settings: "Settings") -> TextChannel | None:
    """Return the channel that texts go by, or None where none can be sent."""
    if not settings.texts:
        return None
    make = plugins.load(GROUP, _TEXTS[settings.texts.partition(":")[0]])
    channel: TextChannel = make(settings.texts, str(settings.sms_secret))
    return channel
