"""Finds where the messages of an mbox lie (RFC 4155) without ever holding more of it than a block."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.utils import parsedate

from habeas.connectors.mail.archive import HEAD_BYTES
from habeas.connectors.mail.header import end_of
from habeas.connectors.mail.mailboxes import BROKEN
from habeas.sdk import NeedsPerson

_BLOCK_BYTES = 1024 * 1024
_HEAD_READ = 8 * 1024
_LONGEST_LINE = 1000
_FROM = b"\nFrom "
# `From ann@example.com Thu Nov 26 06:15:06 2026`, also with a zone before or after the year, as some programs write it
_DATED = re.compile(
    rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} +[A-Z][a-z]{2}) +(?:\d{4} +)?"
    rb"\d{1,2}:\d\d(?::\d\d)?(?: +(?:[A-Z]{1,5}|[+-]\d{4}))*(?: +\d{4})?(?: +[+-]\d{4})?"
    rb"(?: +remote from \S+)?[ \t\r]*$"
)
_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:")
AMBIGUOUS = "a line in a mailbox may begin a message or belong to one: say `separators: any`, or quote that line"


@dataclass(frozen=True)
class Extent:
    """One message: `begins` its separator, `start` and `end` are its own bytes, `ends` where the next one begins."""

    begins: int
    start: int
    end: int
    ends: int
    received: date | None


def extents(file: int, size: int, any_separator: bool) -> Iterator[Extent]:
    """Every message in the first `size` bytes of an open mbox, which begins with a separator.

    A separator is a line that begins with `From ` and ends with a date, or, with `any_separator`, any that begins so.
    Raises NeedsPerson where a line is like one and cannot be told: what follows it might be another message.
    """
    last: tuple[int, int, date | None] | None = None
    for place, line in _separators(file, size, any_separator):
        if last is not None:
            yield Extent(last[0], last[1], _without_empty_line(file, last[1], place), place, last[2])
        last = (place, place + len(line), _day_of(line))
    if last is not None:
        yield Extent(last[0], last[1], _without_empty_line(file, last[1], size), size, last[2])


def read_head(file: int, start: int, end: int) -> bytes | None:
    """The header of the message that lies there; None if it is too long to be read."""
    wanted = _HEAD_READ
    while True:
        head = os.pread(file, min(wanted, end - start), start)
        found = end_of(head)
        if found >= 0:
            return head[:found]
        if wanted >= end - start:
            return head
        if wanted >= HEAD_BYTES:
            return None
        wanted = min(wanted * 8, HEAD_BYTES)


def _separators(file: int, size: int, any_separator: bool) -> Iterator[tuple[int, bytes]]:
    for place, line in _lines(file, size):
        if place == 0 or any_separator or _DATED.search(line):
            yield place, line
        elif _follows_empty_line(file, place) and _FIELD.match(os.pread(file, 200, place + len(line))):
            if line.strip() != b"From":  # Thunderbird writes no more than that
                raise NeedsPerson(AMBIGUOUS)
            yield place, line


def _lines(file: int, size: int) -> Iterator[tuple[int, bytes]]:
    """Every line that begins with `From ` and is no longer than a separator could be."""
    if line := _line_at(file, 0, size):
        yield 0, line
    offset = 0
    while len(block := os.pread(file, min(_BLOCK_BYTES, size - offset), offset)) >= len(_FROM):
        found = block.find(_FROM)
        while found >= 0:
            line_end = block.find(b"\n", found + 1)
            place = offset + found + 1
            line = block[found + 1 : line_end + 1] if line_end >= 0 else _line_at(file, place, size)
            if line and len(line) <= _LONGEST_LINE:
                yield place, line
            found = block.find(_FROM, found + 1)
        offset += len(block) - len(_FROM) + 1


def _line_at(file: int, place: int, size: int) -> bytes:
    line, line_end, _ = os.pread(file, min(_LONGEST_LINE, size - place), place).partition(b"\n")
    return line + line_end if line_end or place + len(line) == size else b""


def _follows_empty_line(file: int, place: int) -> bool:
    return os.pread(file, 3, max(0, place - 3)).replace(b"\r", b"").endswith(b"\n\n")


def _without_empty_line(file: int, start: int, end: int) -> int:
    """Where a message ends, as the empty line before the next separator is not its own."""
    tail = os.pread(file, min(3, end - start), max(start, end - 3))
    if tail.endswith(b"\n\r\n"):
        return end - 2
    return end - 1 if tail.endswith(b"\n\n") else end


def _day_of(line: bytes) -> date | None:
    found = _DATED.search(line)
    try:
        parts = parsedate(found[0].decode("ascii")) if found else None
        return date(*parts[:3]) if parts else None
    except BROKEN:
        return None
