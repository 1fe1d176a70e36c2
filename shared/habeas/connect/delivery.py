"""How a result leaves: as lines of JSON, sealed to the case before they go, in the letter when small, else uploaded."""

import base64
import io
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import IO, Any

import httpx

from habeas.crypto.streams import seal_stream
from habeas.errors import Refused, TryLater

INLINE_BYTES = 64 * 1024


@dataclass(frozen=True)
class Delivered:
    """Where a result is: in the letter (`content`, base64), or behind fulfilment's upload door (`parts`)."""

    content: str
    parts: list[dict[str, Any]]


@dataclass
class Parcel:
    """One order's result on its way: `run` differs with every attempt, so a repeat never meets its own remains."""

    order: str
    run: str
    case_key: bytes
    door: str
    grant: str
    parts: list[dict[str, Any]] = field(default_factory=list)

    def deliver(self, lines: Iterable[dict[str, Any]]) -> Delivered:
        """Seal and send the lines; whatever is over 64 KiB goes through the upload door as a stream."""
        sealed = seal_stream(LineReader(lines), self.case_key, context_of(self.order, part_name(1)))
        head: list[bytes] = []
        size = 0
        for chunk in sealed:
            head.append(chunk)
            size += len(chunk)
            if size > INLINE_BYTES:
                self._upload(part_name(1), chain(head, sealed))
                return Delivered("", self.parts)
        return Delivered(base64.b64encode(b"".join(head)).decode(), self.parts)

    def upload_first(self, delivered: Delivered) -> None:
        """Send what would have gone in the letter through the door, since more follows it."""
        if delivered.content:
            self._upload(part_name(1), [base64.b64decode(delivered.content)])

    def upload(self, number: int, lines: "LineReader") -> None:
        """Seal and send one slice of the lines through the upload door, however small it is."""
        name = part_name(number)
        self._upload(name, seal_stream(lines, self.case_key, context_of(self.order, name)))

    def attach(self, number: int, name: str, media_type: str, source: Any) -> dict[str, Any]:
        """Seal and send one file; return what the record says of it."""
        part = f"file-{number}"
        self._upload(part, seal_stream(source, self.case_key, context_of(self.order, part)))
        return {"id": part, "name": name, "media_type": media_type}

    def _upload(self, part: str, chunks: Iterable[bytes]) -> None:
        # Sealed into a nameless file first: a system that thinks for minutes between two records would else lose its
        # connection to the door, as servers hang up on whoever is silent.
        with tempfile.TemporaryFile() as spool:
            for chunk in chunks:
                spool.write(chunk)
            spool.seek(0)
            self._send(part, spool)

    def _send(self, part: str, sealed: IO[bytes]) -> None:
        url = f"{self.door}/uploads/{self.order}/{self.run}-{part}"
        headers = {"Authorization": f"Bearer {self.grant}", "Content-Type": "application/octet-stream"}
        try:
            answer = httpx.post(url, content=sealed, headers=headers, timeout=httpx.Timeout(30, read=300))
        except httpx.HTTPError as error:
            raise TryLater(f"the upload door did not answer ({type(error).__name__})") from None
        if answer.status_code >= 500:
            raise TryLater(f"the upload door answered {answer.status_code}")
        if answer.status_code != 201:
            raise Refused(f"the upload door refused a part ({answer.status_code})")
        self.parts.append({"part": part, **answer.json()})


def part_name(number: int) -> str:
    """Name a slice of a result's lines: `records`, `records-2`, ...; each is sealed under its own name."""
    return "records" if number == 1 else f"records-{number}"


def context_of(order: str, part: str) -> bytes:
    """Bind a sealed stream to its order and part, so that no other can stand in for it."""
    return f"habeas result {order} {part}".encode()


class LineReader(io.RawIOBase):
    """Reads an iterable of JSON objects as a stream of lines, one object ahead at the most; `bytes` counts them."""

    def __init__(self, lines: Iterable[dict[str, Any]]) -> None:
        self._lines: Iterator[dict[str, Any]] = iter(lines)
        self._rest = b""
        self.bytes = 0

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read up to `size` bytes; fewer only at the end."""
        pieces, have = [self._rest], len(self._rest)
        while size < 0 or have < size:
            line = next(self._lines, None)
            if line is None:
                break
            piece = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            pieces.append(piece)
            have += len(piece)
            self.bytes += len(piece)
        data = b"".join(pieces)
        if size < 0:
            size = len(data)
        self._rest = data[size:]
        return data[:size]
