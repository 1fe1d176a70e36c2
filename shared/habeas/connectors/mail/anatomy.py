"""Goes through a message once, from its first byte to its last: its digest, its size, its files, whom its text names.

It holds one line at a time, so that a message of any size can be looked at: the standard library's parser makes one
object of the whole.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesHeaderParser
from typing import BinaryIO

from habeas.connectors.mail.decoding import Characters, Transfer
from habeas.connectors.mail.mailboxes import BROKEN
from habeas.sdk import Json

#: So many files of one message are listed by name; of the others their number is told.
MOST_FILES = 200
_LINE_BYTES = 64 * 1024
_PART_HEAD_BYTES = 1024 * 1024
_DEEPEST = 50
_OVERLAP = 500  # characters, more than the longest address has
_PIECE = 8000


@dataclass(frozen=True)
class Anatomy:
    """What one look at a whole message tells. files: name, media type and size of each; more: files beyond those."""

    sha256: str
    size: int
    files: tuple[dict[str, Json], ...] = field(repr=False)
    more: int
    mentions: bool


def dissect(source: BinaryIO, mentions: Callable[[str], bool] | None = None) -> Anatomy:
    """Reads `source` to its end; `mentions` is asked of the text parts, decoded, until it says yes."""
    digest, size = hashlib.sha256(), 0
    parts = _Parts(mentions)
    begins = True
    while line := source.readline(_LINE_BYTES):
        digest.update(line)
        size += len(line)
        parts.take(line, begins=begins)
        begins = line.endswith(b"\n")
    parts.end()
    return Anatomy(digest.hexdigest(), size, tuple(parts.files), parts.more, parts.mentioned)


class _Parts:
    def __init__(self, mentions: Callable[[str], bool] | None) -> None:
        self.files: list[dict[str, Json]] = []
        self.more = 0
        self.mentioned = False
        self._mentions = mentions
        self._boundaries: list[bytes] = []
        self._head: list[bytes] | None = []
        self._head_bytes = 0
        self._part: _Part | None = None

    def take(self, line: bytes, *, begins: bool) -> None:
        if begins and line.startswith(b"--") and self._boundaries and self._takes_boundary(line):
            return
        if self._head is None:
            if self._part is not None:
                self._part.take(line)
        elif begins and not line.strip(b"\r\n"):
            self._begin(_PartHead.read(b"".join(self._head)))
        elif self._head_bytes < _PART_HEAD_BYTES:
            self._head.append(line)
            self._head_bytes += len(line)

    def end(self) -> None:
        self._finish()

    def _takes_boundary(self, line: bytes) -> bool:
        stripped = line.rstrip()
        for number in reversed(range(len(self._boundaries))):
            delimiter = b"--" + self._boundaries[number]
            if stripped in (delimiter, delimiter + b"--"):
                self._finish()
                opens = stripped == delimiter
                del self._boundaries[number + opens :]
                self._head, self._head_bytes = ([], 0) if opens else (None, 0)
                return True
        return False

    def _begin(self, head: "_PartHead") -> None:
        self._head = None
        if head.boundary and len(self._boundaries) < _DEEPEST:
            self._boundaries.append(head.boundary)
        else:
            searched = self._mentions if head.is_text and not self.mentioned else None
            self._part = _Part(head, searched)

    def _finish(self) -> None:
        if self._head:  # it ended in its header
            self._begin(_PartHead.read(b"".join(self._head)))
        part, self._part = self._part, None
        if part is None:
            return
        part.end()
        self.mentioned = self.mentioned or part.mentioned
        if part.head.is_file and len(self.files) < MOST_FILES:
            self.files.append({"name": part.head.name, "media_type": part.head.media_type, "size": part.size})
        elif part.head.is_file:
            self.more += 1


@dataclass(frozen=True)
class _PartHead:
    media_type: str
    name: str | None
    is_file: bool
    encoding: str
    charset: str
    boundary: bytes

    @property
    def is_text(self) -> bool:
        return self.media_type.startswith(("text/", "message/"))

    @classmethod
    def read(cls, head: bytes) -> "_PartHead":
        for chosen in (policy.default, policy.compat32):
            try:
                message = BytesHeaderParser(policy=chosen).parsebytes(head)
                name, media_type = message.get_filename(), message.get_content_type()
                boundary = message.get_boundary() if media_type.startswith("multipart/") else None
                attached = message.get_content_disposition() == "attachment"
                encoding, charset = str(message.get("content-transfer-encoding", "")), message.get_content_charset()
            except BROKEN:
                continue
            is_file = not boundary and (bool(name) or attached or not media_type.startswith(("text/", "multipart/")))
            return cls(
                _writable(media_type)[:200],
                _writable(name)[:300] if name else None,
                is_file,
                encoding,
                charset or "utf-8",
                (boundary or "").encode("utf-8", "surrogateescape"),
            )
        return cls("application/octet-stream", None, is_file=True, encoding="", charset="utf-8", boundary=b"")


class _Part:
    def __init__(self, head: _PartHead, mentions: Callable[[str], bool] | None) -> None:
        self.head = head
        self.size = 0
        self.mentioned = False
        self._transfer = Transfer(head.encoding)
        self._mentions = mentions
        self._characters = Characters(head.charset)
        self._text = ""

    def take(self, line: bytes) -> None:
        self._take_content(self._transfer.take(line))

    def end(self) -> None:
        self._take_content(self._transfer.end())
        if self._mentions is not None and not self.mentioned:
            self.mentioned = self._mentions(self._text)

    def _take_content(self, content: bytes) -> None:
        self.size += len(content)
        if self._mentions is None or self.mentioned:
            return
        self._text += self._characters.take(content)
        if len(self._text) > _PIECE:
            # cut at white space, which no address has, so that none is seen in half of a longer one
            cut = max(self._text.rfind(each) for each in " \n\t")
            self.mentioned = self._mentions(self._text[:cut] if cut > 0 else self._text)
            self._text = self._text[cut:] if cut > len(self._text) - _PIECE // 2 else self._text[-_OVERLAP:]


def _writable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
