"""What the mail connector needs of a place that keeps messages; mbox, Maildir and IMAP give it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO, Protocol

#: A header of more bytes is not read; mail servers take far less (Exim at most 1 MiB by default).
HEAD_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Message:
    """One message where it is kept.

    name: what tells it from others of its folder for good, '' where the archive has no such names (mbox); head: its
    header, or the fields of it that matter here, None where it is too long to be read; received: when it came, by the
    archive's own account; open: its bytes from the start, as they were sent; stored: the bytes it takes in an mbox.
    """

    folder: str = field(repr=False)
    name: str = field(repr=False)
    head: bytes | None = field(repr=False)
    received: date | None
    open: Callable[[], BinaryIO] = field(repr=False, compare=False)
    stored: int = 0


@dataclass(frozen=True)
class Going:
    """A message that is to go, and the SHA-256 of what it held when that was decided."""

    message: Message
    sha256: str


class Archive(Protocol):
    """A place with folders of messages. Raises TryLater where it is away, NeedsPerson where a person has to look."""

    def messages(self, addresses: Sequence[str]) -> AbstractContextManager[Iterator[Message]]:
        """Every message that could be of one of `addresses`, most simply every message; each may be opened."""

    def remove(self, going: Sequence[Going]) -> None:
        """Removes these messages of this archive for good, and no others; it is no error if one is gone.

        It also takes away what a run that was killed has left, so it is asked even where nothing is to go.
        """

    def vouches(self, names: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        """Those (folder and name) of which it says something that they are not found: its folder is the one it was."""

    def check(self) -> dict[str, str]:
        """Facts about the archive; raises if it cannot be read."""
