"""What the file connector needs of a place that holds files; a folder and an S3 bucket give it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import BinaryIO, Protocol


@dataclass(frozen=True)
class Stored:
    """One version of one file. `digest` changes with its content: SHA-256 in a folder, the ETag in a bucket."""

    path: str = field(repr=False)  # parts divided by /, without one at the start
    size: int
    modified: date
    digest: str
    version: str | None = None  # None where the store keeps no versions
    current: bool = True

    @property
    def key(self) -> str:
        return self.path if self.version is None else f"{self.path}#{self.version}"


class FileStore(Protocol):
    """A folder or a bucket. Raises TryLater where it is away, NeedsPerson where a person has to look."""

    def under(self, prefix: str) -> Iterator[Stored]:
        """Every version of every file whose path is `prefix` or begins with `prefix/`; all of them for ''."""

    def open(self, stored: Stored) -> BinaryIO:
        """The bytes of that version, from the start."""

    def put(self, path: str, content: bytes) -> None:
        """Puts a file there, with the folders above it."""

    def remove(self, stored: Stored) -> None:
        """Removes that version for good; it is no error if it is gone."""

    def tidy(self, path: str, names: frozenset[str]) -> None:
        """Removes what still shows that a file was at `path`: empty folders that carry one of `names`, markers."""

    def check(self) -> dict[str, str]:
        """Facts about the store; raises if it cannot be read."""
