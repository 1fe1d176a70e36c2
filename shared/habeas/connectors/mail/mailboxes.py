"""Takes the value of an address header apart into mailboxes (RFC 5322, 3.4), each to be read for itself.

The standard library reads an address, and this only finds where one ends: its parser takes seconds for thousands of
recipients, stops at the first fault of a list, believes `ann@example.com <bob@example.com>` to be Ann, and decodes an
encoded word into an address, which RFC 2047 (5) forbids.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import HeaderRegistry
from typing import Any

#: What the standard library's parsers are known to raise for a header that is broken enough.
BROKEN = (MessageError, ValueError, LookupError, AttributeError, TypeError, AssertionError, RecursionError)

_TOKEN = re.compile(
    r"""(?P<text> "(?:[^"\\]|\\.)*" | [^\s"(),:;<>\\]+ | \s+ | \\. )
    | (?P<comment> \( )
    | (?P<angle> <[^<>"]*(?:"(?:[^"\\]|\\.)*"[^<>"]*)*> )
    | (?P<mark> [,:;] )""",
    re.DOTALL | re.VERBOSE,
)
_COMMENT_PART = re.compile(r"[^()\\]+|\\.|[()]", re.DOTALL)
_LONGEST = 1000
_REGISTRY = HeaderRegistry()


@dataclass(frozen=True)
class Mailbox:
    """One mailbox of a header: the text that has to be its address, and whether it stands where one may stand."""

    text: str
    sound: bool

    def address(self) -> str | None:
        """The address, without quotes and comments that do not belong to it; None if it cannot be read as one."""
        if not self.sound or len(self.text) > _LONGEST or "=?" in self.text:
            return None
        try:
            read: Any = _REGISTRY("to", self.text)
            addresses = read.addresses
        except BROKEN:
            return None
        if len(addresses) != 1 or any("Invalid" in type(each).__name__ for each in read.defects):
            return None
        return f"{addresses[0].username}@{addresses[0].domain}"


def mailboxes(value: str) -> Iterator[Mailbox]:
    """Every mailbox of an address header, those of groups among them; what can be none is one that is not sound."""
    reader = _Reader()
    place = 0
    while place < len(value):
        token = _TOKEN.match(value, place)
        if token is None:
            reader.sound = False
            reader.text.append(value[place])
            place += 1
        elif token["comment"]:
            place = _end_of_comment(value, place)
            if place < 0:
                yield Mailbox("".join(reader.text) + value[token.start() :], sound=False)
                return
            reader.text.append(" ")
        else:
            place = token.end()
            yield from reader.take(token)
    yield from reader.end()


class _Reader:
    def __init__(self) -> None:
        self._in_group = False
        self._held: list[Mailbox] = []  # of a group that is not closed yet
        self._begin()

    def _begin(self) -> None:
        self.text: list[str] = []
        self.sound = True
        self._angle: str | None = None

    def take(self, token: re.Match[str]) -> Iterator[Mailbox]:
        if token["angle"]:
            self.sound = self.sound and self._angle is None
            self._angle = token["angle"]
            self.text.append(token[0])
        elif token["mark"] == ":":
            self.sound = self.sound and not self._in_group and self._angle is None
            self._in_group = True
            self.text.append(" ")
            if self.sound:
                self._begin()  # what stood here is the group's name
        elif token["mark"]:
            yield from self._finish(closes=token["mark"] == ";")
        else:
            if token[0].strip() and self._angle is not None:
                self.sound = False  # only comments may follow the angle
            self.text.append(token[0])

    def end(self) -> Iterator[Mailbox]:
        yield from self._finish(closes=False)
        for each in self._held:
            yield Mailbox(each.text, sound=False)

    def _finish(self, *, closes: bool) -> Iterator[Mailbox]:
        whole = "".join(self.text).strip()
        if whole:
            sound = self.sound and (self._in_group or not closes)
            text = self._angle if sound and self._angle is not None else whole
            self._held.append(Mailbox(text, sound))
        self._begin()
        if closes or not self._in_group:
            yield from self._held
            self._held, self._in_group = [], False


def _end_of_comment(value: str, place: int) -> int:
    """Where the comment that begins here ends, those inside of it among it; -1 if it never does."""
    depth = 0
    for part in _COMMENT_PART.finditer(value, place):
        depth += (part[0] == "(") - (part[0] == ")")
        if depth == 0:
            return part.end()
    return -1
