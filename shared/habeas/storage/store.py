"""What every store promises, whether it is a folder or a bucket, and how its URL is read.

A store never overwrites: a second `put` of a key is refused and what was there stays. A put that breaks off leaves
nothing under its key. Keys are not secret and end up in logs, so nothing personal belongs into one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from habeas.errors import Fault, Faults, Refused

BLOCK = 256 * 1024
_KEY = re.compile(r"[a-z0-9][a-z0-9/._-]*")
_LONGEST_KEY = 512
_LONGEST_SEGMENT = 200
_S3_OPTIONS = frozenset({"endpoint", "region"})


class AlreadyStored(Refused):
    """Says that the key is taken; what lies under it was not touched."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} is stored already, and a store never overwrites")
        self.key = key


class NotStored(Refused):
    """Says that nothing lies under the key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"nothing is stored under {key}")
        self.key = key


@dataclass(frozen=True)
class Stored:
    """What a put wrote: `size` in bytes, `sha256` in lower-case hex."""

    key: str
    size: int
    sha256: str


class Store(Protocol):
    """Keeps streams of bytes under keys; every method raises TryLater when the store cannot be reached."""

    def put(self, key: str, source: BinaryIO | Iterable[bytes]) -> Stored:
        """Write a stream under a new key, in flat memory; raises AlreadyStored, and then the first one stays."""

    def open(self, key: str, start: int = 0) -> BinaryIO:
        """Open for reading, positioned at byte `start`, seekable; raises NotStored."""

    def delete(self, key: str) -> None:
        """Remove what lies under the key; removing nothing is no error."""

    def exists(self, key: str) -> bool:
        """Say whether something lies under the key."""

    def list(self, prefix: str = "") -> Iterator[str]:
        """Yield all keys that begin with `prefix`, in order."""


def check_key(key: str) -> str:
    """Return the key if it is one: `[a-z0-9][a-z0-9/._-]*`, no empty, `.` or `..` segment."""
    segments = key.split("/")
    fits = _KEY.fullmatch(key) and len(key) <= _LONGEST_KEY and all(len(s) <= _LONGEST_SEGMENT for s in segments)
    if not fits or not {"", ".", ".."}.isdisjoint(segments):
        raise Refused(
            "a store key has segments of a-z, 0-9, '.', '_' and '-', divided by '/', none of them empty, '.' or '..'"
        )
    return key


def read_blocks(source: BinaryIO | Iterable[bytes]) -> Iterator[bytes]:
    """Yield what a file or an iterable holds, a block at a time."""
    read = getattr(source, "read", None)
    if read is None:
        yield from source
        return
    while block := read(BLOCK):
        yield block


def open_store(url: str, data: Path | None = None) -> Store:
    """Open the store that a URL names.

    `file:` is the folder `store` in the data folder; `file:name` and `file:///folder` are folders;
    `s3://bucket/prefix?endpoint=http://127.0.0.1:7480&region=eu-north-1` is a bucket, with the credentials that boto3
    finds by itself. Raises Faults, naming all that is wrong with the URL.
    """
    scheme, colon, _ = url.partition(":")
    if not colon or scheme not in ("file", "s3"):
        raise Faults(
            [_fault("it begins with neither file: nor s3:", "use file:, file:///folder or s3://bucket/prefix")]
        )
    return _open_folder(url, data) if scheme == "file" else _open_bucket(url)


def _fault(problem: str, remedy: str) -> Fault:
    return Fault("store", problem, remedy)


def _open_folder(url: str, data: Path | None) -> Store:
    from habeas.storage.folder import FolderStore

    parts = urlsplit(url)
    faults = []
    if parts.netloc not in ("", "localhost"):
        faults.append(_fault("a file: URL names a host", "write three slashes: file:///folder"))
    if parts.query or parts.fragment:
        faults.append(_fault("a file: URL takes no options", "leave out everything from the '?' or '#' on"))
    if not parts.path and data is None:
        faults.append(_fault("file: alone needs a data folder", "name the folder: file:///folder"))
    if faults:
        raise Faults(faults)
    return FolderStore(Path(unquote(parts.path)) if parts.path else Path(data or ".") / "store")


def _open_bucket(url: str) -> Store:
    from habeas.storage.s3 import S3Store  # boto3 takes a second to import: only who needs it waits for it

    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    faults = [
        _fault(f"unknown option {name!r}", f"the options are {', '.join(sorted(_S3_OPTIONS))}")
        for name in sorted(options.keys() - _S3_OPTIONS)
    ]
    if not parts.netloc or "@" in parts.netloc or ":" in parts.netloc:
        faults.append(
            _fault(
                "the bucket's name is missing or holds credentials",
                "use s3://bucket/prefix; boto3 finds credentials by itself",
            )
        )
    endpoint = options.get("endpoint")
    if endpoint is not None and not endpoint.startswith(("http://", "https://")):
        faults.append(_fault("the endpoint is no HTTP address", "use endpoint=https://host:port"))
    if faults:
        raise Faults(faults)
    prefix = parts.path.strip("/")
    if prefix:
        check_key(prefix)
    return S3Store(parts.netloc, prefix, endpoint=endpoint, region=options.get("region"))
