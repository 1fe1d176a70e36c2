"""One signed-in connection to an IMAP server (RFC 3501), and what may go wrong on it, sorted by what to do next."""

import logging
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import (
    IMAPClientAbortError,
    IMAPClientError,
    IMAPClientReadOnlyError,
    LoginError,
)

from habeas.sdk import NeedsPerson, Secret, TryLater

CONNECT_SECONDS, READ_SECONDS = 10, 120
#: So many numbers of messages are asked for at once: a line of an answer may not be longer than imaplib takes.
_NUMBERS_AT_ONCE = 50_000
_NO_FOLDERS = {b"\\noselect", b"\\nonexistent"}


@dataclass(frozen=True)
class Door:
    """Where a server is and who signs in there; tls: `implicit`, `starttls`, or `none` on loopback alone."""

    host: str
    port: int
    tls: str
    user: str
    password: Secret = field(repr=False)
    ca_file: Path | None = None


class Line:
    """A connection: it knows which folder it has open, and whether it is still there."""

    def __init__(self, door: Door) -> None:
        # the library tells what it sends, addresses among it, to whoever listens to its logger
        logging.getLogger("imapclient").setLevel(logging.WARNING)
        self.alive = False
        self._client: Any = _connect(door)
        self._open: tuple[str, bool] | None = None
        self._validity = 0
        try:
            self._client.normalise_times = False
            self._client.login(door.user, door.password.reveal())
        except BaseException:
            self.close()
            raise
        self.alive = True

    def folders(self) -> list[str]:
        """The folders that hold messages."""
        listed = self._client.list_folders()
        return sorted(name for flags, _, name in listed if not {each.lower() for each in flags} & _NO_FOLDERS)

    def open(self, folder: str, *, writing: bool = False) -> int:
        """Opens a folder, only to read unless said otherwise (EXAMINE), and gives its UIDVALIDITY."""
        if self._open != (folder, writing):
            self._open = None
            try:
                answer = self._client.select_folder(folder, readonly=not writing)
            except IMAPClientReadOnlyError:
                raise NeedsPerson("a mailbox may not be changed by this user") from None
            except IMAPClientAbortError:
                raise
            except IMAPClientError:
                raise NeedsPerson("a folder of the mailbox is not there or may not be opened") from None
            self._open, self._validity = (folder, writing), int(answer[b"UIDVALIDITY"])
        return self._validity

    def numbers(self, folder: str) -> Iterator[int]:
        """The UIDs of all messages of a folder, as they were when this began."""
        self.open(folder)
        status = self._client.folder_status(folder, ["UIDNEXT", "MESSAGES"])
        if status[b"MESSAGES"] <= _NUMBERS_AT_ONCE:
            yield from self.find("UID 1:*")
            return
        for first in range(1, status[b"UIDNEXT"], _NUMBERS_AT_ONCE):
            yield from self.find(f"UID {first}:{first + _NUMBERS_AT_ONCE - 1}")

    def find(self, criteria: str) -> list[int]:
        """The UIDs of the open folder for which these search criteria hold; whatever is in them is quoted already."""
        return sorted(self._client.search(criteria))

    def fetch(self, numbers: Sequence[int], *items: str) -> dict[int, dict[bytes, Any]]:
        """These items of the open folder's messages; those that are gone are missing."""
        answer: dict[int, dict[bytes, Any]] = self._client.fetch(numbers, items)
        return answer

    def piece(self, folder: str, validity: int, number: int, offset: int, size: int) -> bytes:
        """A piece of a message as it was sent, without a mark that it was read."""
        if self.open(folder) != validity:
            raise TryLater("a folder was made anew while it was read", timedelta(minutes=1))
        answer = self.fetch([number], f"BODY.PEEK[]<{offset}.{size}>").get(number, {})
        found = [value for key, value in answer.items() if key.startswith(b"BODY[]")]
        if not found:
            raise TryLater("a message went while it was read", timedelta(minutes=1))
        return found[0] or b""

    def expunge(self, numbers: Sequence[int]) -> None:
        """Removes these messages of the open folder, and no others that somebody marked as deleted (RFC 4315)."""
        self._client.add_flags(numbers, [rb"\Deleted"], silent=True)
        self._client.uid_expunge(numbers)

    def can(self, capability: str) -> bool:
        """Whether the server says that it can do this."""
        return bool(self._client.has_capability(capability))

    def close(self) -> None:
        """Ends the connection, whatever state it is in."""
        self.alive = False
        with suppress(IMAPClientError, OSError, ValueError):
            self._client.logout()
        with suppress(IMAPClientError, OSError, ValueError, AttributeError):
            self._client.shutdown()


def _connect(door: Door) -> IMAPClient:
    context = ssl.create_default_context(cafile=None if door.ca_file is None else str(door.ca_file))
    timeout = SocketTimeout(CONNECT_SECONDS, READ_SECONDS)
    implicit = door.tls == "implicit"
    client = IMAPClient(door.host, door.port, ssl=implicit, ssl_context=context if implicit else None, timeout=timeout)
    if door.tls == "starttls":
        try:
            client.starttls(context)
        except BaseException:
            client.shutdown()
            raise
    return client


@contextmanager
def sorted_line_errors() -> Iterator[None]:
    """Raises NeedsPerson where only a person can let us in, TryLater where a server is away or does not want to now."""
    try:
        yield
    except LoginError as error:
        if "UNAVAILABLE" in str(error).upper():  # RFC 5530: it cannot say now whether the password is right
            raise TryLater("the mail server cannot sign anybody in now", timedelta(minutes=5)) from None
        raise NeedsPerson("the mail server does not let this user in: look at user and password") from None
    except IMAPClientAbortError:
        raise TryLater("the connection to the mail server broke off", timedelta(minutes=1)) from None
    except IMAPClientError as error:  # its own text may quote what was asked
        raise TryLater(f"the mail server refuses ({type(error).__name__})", timedelta(minutes=5)) from None
    except ssl.SSLCertVerificationError:
        raise NeedsPerson("the mail server's certificate is not trusted: look at host and ca_file") from None
    except OSError as error:
        raise TryLater(f"the mail server is away ({type(error).__name__})", timedelta(minutes=1)) from None
