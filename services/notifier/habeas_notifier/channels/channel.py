"""What a channel promises."""

from email.message import EmailMessage
from typing import TYPE_CHECKING, Protocol

from habeas import plugins

if TYPE_CHECKING:
    from habeas.service import Context

GROUP = "habeas.channels"
_SCHEMES = {"inbox": "inbox", "smtp": "smtp", "smtps": "smtp"}


class Channel(Protocol):
    """Takes a mail to somebody.

    `send` returns when the other side has taken it, raises `TryLater` when it may take it later and `Refused` when it
    never will. It may be called twice for one letter; the Message-ID is then the same.
    """

    name: str

    def send(self, context: "Context", case: str, mail: EmailMessage) -> None:
        """Hand the mail over."""


def open_channel(url: str) -> Channel:
    """Return the channel that a mail setting names."""
    make = plugins.load(GROUP, _SCHEMES[url.partition(":")[0]])
    channel: Channel = make(url)
    return channel
