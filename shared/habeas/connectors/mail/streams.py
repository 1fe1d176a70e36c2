"""Readers of single messages: a piece of a file, one without the quoting of mbox, and one that checks its digest."""

import hashlib
import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import BinaryIO, cast

from habeas.sdk import TryLater

READ_BYTES = 256 * 1024
_QUOTED = re.compile(rb"(?m)^>(>*From )")
_QUOTED_ONCE = re.compile(rb"(?m)^>(From )")


class Reading(io.RawIOBase):
    """A stream over a function that gives the next bytes, none at the end; `close` ends what it reads from."""

    def __init__(self, more: Callable[[], bytes], close: Callable[[], object]) -> None:
        self._more = more
        self._close = close
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """It can be read."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fills the buffer as far as one piece goes."""
        target = memoryview(cast("bytearray", buffer)).cast("B")
        if not self._rest:
            self._rest = memoryview(self._more())
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count

    def close(self) -> None:
        """Ends what it reads from, once."""
        if not self.closed:
            self._close()
        super().close()


def buffered(more: Callable[[], bytes], close: Callable[[], object]) -> BinaryIO:
    """A stream with lines over a function that gives the next bytes."""
    return io.BufferedReader(Reading(more, close), READ_BYTES)


def slice_of(file: BinaryIO, start: int, end: int) -> BinaryIO:
    """The bytes of an open file from `start` to before `end`; the file is closed with it."""
    file.seek(start)
    left = end - start

    def more() -> bytes:
        nonlocal left
        piece = file.read(min(left, READ_BYTES))
        left -= len(piece)
        return piece

    return buffered(more, file.close)


def unquoted(source: BinaryIO, *, once: bool) -> BinaryIO:
    """What was quoted when it was put into an mbox, without the sign: `>From` is `From` again.

    once: only one sign was ever put (mboxo), so `>>From` was in the message itself; else each time one more (mboxrd).
    """
    quoted, begins = _QUOTED_ONCE if once else _QUOTED, True

    def more() -> bytes:
        nonlocal begins
        piece = source.read(READ_BYTES)
        # up to the end of a line, so that no sign is cut in two; a line without end is handed on as it comes
        piece += source.readline(READ_BYTES) if piece and not piece.endswith(b"\n") else b""
        if begins:
            result = quoted.sub(rb"\1", piece)
        else:
            first, line_end, others = piece.partition(b"\n")
            result = first + line_end + quoted.sub(rb"\1", others)
        begins = piece.endswith(b"\n")
        return result

    return buffered(more, source.close)


def checked(source: BinaryIO, sha256: str) -> BinaryIO:
    """The same bytes; raises TryLater at their end if they are not those that were looked at before."""
    digest = hashlib.sha256()

    def more() -> bytes:
        piece = source.read(READ_BYTES)
        digest.update(piece)
        if not piece and digest.hexdigest() != sha256:
            raise TryLater("a message changed while it was read", timedelta(minutes=1))
        return piece

    return buffered(more, source.close)
