"""How a result leaves: as lines of JSON, sealed to the case before they go, in the letter when small, else uploaded."""

import base64
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

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
        sealed = seal_stream(_LineReader(lines), self.case_key, context_of(self.order, "records"))
        head: list[bytes] = []
        size = 0
        for chunk in sealed:
            head.append(chunk)
            size += len(chunk)
            if size > INLINE_BYTES:
                self._upload("records", chain(head, sealed))
                return Delivered("", self.parts)
        return Delivered(base64.b64encode(b"".join(head)).decode(), self.parts)

    def attach(self, number: int, name: str, media_type: str, source: Any) -> dict[str, Any]:
        """Seal and send one file; return what the record says of it."""
        part = f"file-{number}"
        self._upload(part, seal_stream(source, self.case_key, context_of(self.order, part)))
        return {"id": part, "name": name, "media_type": media_type}

    def _upload(self, part: str, chunks: Iterable[bytes]) -> None:
        url = f"{self.door}/uploads/{self.order}/{self.run}-{part}"
        headers = {"Authorization": f"Bearer {self.grant}", "Content-Type": "application/octet-stream"}
        try:
            answer = httpx.post(url, content=iter(chunks), headers=headers, timeout=httpx.Timeout(30, read=300))
        except httpx.HTTPError as error:
            raise TryLater(f"the upload door did not answer ({type(error).__name__})") from None
        if answer.status_code >= 500:
            raise TryLater(f"the upload door answered {answer.status_code}")
        if answer.status_code != 201:
            raise Refused(f"the upload door refused a part ({answer.status_code})")
        self.parts.append({"part": part, **answer.json()})


def context_of(order: str, part: str) -> bytes:
    """Bind a sealed stream to its order and part, so that no other can stand in for it."""
    return f"habeas result {order} {part}".encode()


class _LineReader(io.RawIOBase):
    """Reads an iterable of JSON objects as a stream of lines, one object ahead at the most."""

    def __init__(self, lines: Iterable[dict[str, Any]]) -> None:
        self._lines: Iterator[dict[str, Any]] = iter(lines)
        self._rest = b""

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
        data = b"".join(pieces)
        if size < 0:
            size = len(data)
        self._rest = data[size:]
        return data[:size]
