"""IMAP mailboxes: read without a mark of it, searched by ourselves, erased by number and no further."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any, BinaryIO

from habeas.connectors.mail.addresses import domain_forms
from habeas.connectors.mail.archive import Going, Message
from habeas.connectors.mail.header import FIELDS, ROLES, day_of
from habeas.connectors.mail.line import Door, Line, sorted_line_errors
from habeas.connectors.mail.streams import buffered
from habeas.sdk import NeedsPerson, Refused, TryLater, fold_ascii

_AT_ONCE = 100
_HEAD_BYTES = 1024 * 1024
_PIECE_BYTES = 1024 * 1024
_HEAD = f"BODY.PEEK[HEADER.FIELDS ({' '.join(FIELDS).upper()})]<0.{_HEAD_BYTES}>"
_BY_NAME = {"from": "FROM", "to": "TO", "cc": "CC", "bcc": "BCC"}
NO_UIDPLUS = "the mail server lacks UIDPLUS (RFC 4315): it could only expunge what others marked as deleted, too"


class Imap:
    """The folders of one user's mailbox: those of the settings, or all that there are."""

    def __init__(self, door: Door, folders: Sequence[str] = (), search: str = "scan") -> None:
        self._door = door
        self._wanted = folders
        self._by_server = search == "server"
        self._prefix = f"imap:{door.user}@{door.host}:{door.port}/"

    @contextmanager
    def messages(self, addresses: Sequence[str]) -> Iterator[Iterator[Message]]:
        with sorted_line_errors():
            line = Line(self._door)
        try:
            yield self._all(line, addresses)
        finally:
            line.close()

    def remove(self, going: Sequence[Going]) -> None:
        if not going:
            return
        with sorted_line_errors(), self._line() as line:
            if not line.can("UIDPLUS"):
                raise Refused(NO_UIDPLUS)
            for folder in dict.fromkeys(each.message.folder for each in going):
                names = [each.message.name for each in going if each.message.folder == folder]
                self._expunge(line, folder.removeprefix(self._prefix), names)

    def vouches(self, names: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        mine = {each for each in names if each[0].startswith(self._prefix)}
        if not mine:
            return set()
        with sorted_line_errors(), self._line() as line:
            there = set(line.folders())
            validity = {
                folder: str(line.open(inner))
                for folder in {folder for folder, _ in mine}
                if (inner := folder.removeprefix(self._prefix)) in there
            }
        return {(folder, name) for folder, name in mine if validity.get(folder) == name.partition(".")[0]}

    def check(self) -> dict[str, str]:
        with sorted_line_errors(), self._line() as line:
            folders = self._folders(line)
            for folder in folders:
                line.open(folder)
            return {"imap folders": str(len(folders)), "imap erases": "yes" if line.can("UIDPLUS") else NO_UIDPLUS}

    @contextmanager
    def _line(self) -> Iterator[Line]:
        line = Line(self._door)
        try:
            yield line
        finally:
            line.close()

    def _folders(self, line: Line) -> list[str]:
        there = line.folders()
        if missing := [folder for folder in self._wanted if folder not in there]:
            raise NeedsPerson(f"the mailbox has no folder {', '.join(missing)}")
        return list(self._wanted) or there

    def _all(self, line: Line, addresses: Sequence[str]) -> Iterator[Message]:
        with sorted_line_errors():
            for folder in self._folders(line):
                yield from self._in(line, folder, addresses)

    def _in(self, line: Line, folder: str, addresses: Sequence[str]) -> Iterator[Message]:
        validity = line.open(folder)
        criteria = _criteria(addresses) if self._by_server else None
        numbers = iter(line.find(criteria)) if criteria else line.numbers(folder)
        while batch := list(islice(numbers, _AT_ONCE)):
            if line.open(folder) != validity:  # whoever read a message may have opened another one since
                raise TryLater("a folder was made anew while it was read", timedelta(minutes=1))
            heads = self._heads(line, batch)
            for number in batch:
                if number in heads:
                    yield self._message(line, folder, validity, number, heads[number])

    def _heads(self, line: Line, batch: Sequence[int]) -> dict[int, dict[bytes, Any]]:
        heads = {
            number: items
            for number, items in line.fetch(batch, _HEAD, "INTERNALDATE").items()
            if any(key.startswith(b"BODY[HEADER") for key in items)
        }
        missing = [number for number in batch if number not in heads]
        if missing and line.find(f"UID {','.join(map(str, missing))}"):
            raise TryLater("the mail server does not give every message", timedelta(minutes=5))
        return heads

    def _message(self, line: Line, folder: str, validity: int, number: int, items: dict[bytes, Any]) -> Message:
        head = next((value for key, value in items.items() if key.startswith(b"BODY[HEADER")), b"") or b""
        return Message(
            folder=self._prefix + folder,
            name=f"{validity}.{number}",
            head=head if len(head) < _HEAD_BYTES else None,
            received=_received(items.get(b"INTERNALDATE")),
            open=partial(self._read, line, folder, validity, number),
        )

    def _read(self, line: Line, folder: str, validity: int, number: int) -> BinaryIO:
        """The message by the line of the search while that is open, else by one of its own."""
        with sorted_line_errors():
            own = None if line.alive else Line(self._door)
        offset, ended = 0, False

        def more() -> bytes:
            nonlocal offset, ended
            if ended:
                return b""
            with sorted_line_errors():
                piece = (own or line).piece(folder, validity, number, offset, _PIECE_BYTES)
            offset, ended = offset + len(piece), len(piece) < _PIECE_BYTES
            return piece

        return buffered(more, own.close if own else lambda: None)

    def _expunge(self, line: Line, folder: str, names: Sequence[str]) -> None:
        validity = line.open(folder, writing=True)
        if any(name.partition(".")[0] != str(validity) for name in names):
            raise TryLater("a folder was made anew while it was searched", timedelta(minutes=1))
        numbers = [int(name.partition(".")[2]) for name in names]
        for first in range(0, len(numbers), _AT_ONCE):
            batch = numbers[first : first + _AT_ONCE]
            line.expunge(batch)
            if line.find(f"UID {','.join(map(str, batch))}"):
                raise NeedsPerson("the mail server still has messages that it was told to remove")


def _criteria(addresses: Sequence[str]) -> str | None:
    """Search criteria for any header with one of these addresses; None where they cannot be said in ASCII.

    A server finds parts of words and more, so what it finds is only looked at more closely.
    """
    values = {
        f"{local}@{form}"
        for local, at, domain in (fold_ascii(each).rpartition("@") for each in addresses)
        if at
        for form in domain_forms(domain)
    }
    if not values or not all(value.isascii() for value in values):
        return None
    keys = [
        f"{_BY_NAME[name]} {_quoted(value)}" if name in _BY_NAME else f"HEADER {name} {_quoted(value)}"
        for value in sorted(values)
        for name in ROLES
    ]
    return " ".join([*(f"OR {key}" for key in keys[:-1]), keys[-1]])


def _quoted(value: str) -> str:
    """A quoted string (RFC 3501, 9); a subject's values hold no line ends."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _received(said: object) -> date | None:
    return day_of(said) if isinstance(said, datetime) else None
