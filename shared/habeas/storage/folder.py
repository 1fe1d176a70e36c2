"""The store as a folder: what the embedded mode uses.

A put writes into `=incoming`, flushes to disk, and links the finished file to its name; linking never overwrites, so of
two writers one wins, and a crash leaves at most a file in `=incoming` that no key can name.
"""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from habeas.errors import Refused
from habeas.storage.store import AlreadyStored, NotStored, Stored, check_key, read_blocks

_INCOMING = "=incoming"  # no key holds '=', so no key meets this folder
_ABANDONED_SECONDS = 24 * 3600


class FolderStore:
    """Keeps each key as one file (0600) below a folder (0700); keys form a tree: `a` excludes `a/b`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._incoming = self.folder / _INCOMING
        self._incoming.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._sweep()

    def put(self, key: str, source: BinaryIO | Iterable[bytes]) -> Stored:
        """Write a stream under a new key; see `Store.put`."""
        target = self._path(key)
        if target.exists():
            raise AlreadyStored(key)
        unfinished = self._incoming / uuid4().hex
        try:
            size, sha256 = _write(unfinished, source)
            self._make_folders(target.parent)
            os.link(unfinished, target)
        except FileExistsError:
            raise AlreadyStored(key) from None
        except NotADirectoryError:
            raise Refused(f"a part of {key} is the name of something that is stored") from None
        finally:
            unfinished.unlink(missing_ok=True)
        _flush_folder(target.parent)
        return Stored(key, size, sha256)

    def open(self, key: str, start: int = 0) -> BinaryIO:
        """Open for reading at byte `start`; see `Store.open`."""
        try:
            file = self._path(key).open("rb")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            raise NotStored(key) from None
        file.seek(start)
        return file

    def delete(self, key: str) -> None:
        """Remove what lies under the key, and the folders that this leaves empty."""
        path = self._path(key)
        try:
            path.unlink()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return
        _flush_folder(path.parent)
        for parent in path.parents:
            if parent == self.folder:
                break
            with contextlib.suppress(OSError):  # not empty, or just filled by another writer
                parent.rmdir()

    def exists(self, key: str) -> bool:
        """Say whether something lies under the key."""
        return self._path(key).is_file()

    def list(self, prefix: str = "") -> Iterator[str]:
        """Yield all keys that begin with `prefix`, in order."""
        files = (path.relative_to(self.folder) for path in self.folder.rglob("*") if path.is_file())
        keys = (path.as_posix() for path in files if path.parts[0] != _INCOMING)
        yield from sorted(key for key in keys if key.startswith(prefix))

    def _path(self, key: str) -> Path:
        return self.folder / check_key(key)

    def _make_folders(self, folder: Path) -> None:
        missing = []
        while not folder.exists():
            missing.append(folder)
            folder = folder.parent
        for made in reversed(missing):
            with contextlib.suppress(FileExistsError):
                made.mkdir(mode=0o700)
            if not made.is_dir():
                raise NotADirectoryError
            _flush_folder(made.parent)

    def _sweep(self) -> None:
        oldest = time.time() - _ABANDONED_SECONDS
        for left in self._incoming.iterdir():
            with contextlib.suppress(FileNotFoundError):
                if left.stat().st_mtime < oldest:
                    left.unlink()


def _write(path: Path, source: BinaryIO | Iterable[bytes]) -> tuple[int, str]:
    digest = hashlib.sha256()
    size = 0
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        for block in read_blocks(source):
            file.write(block)
            digest.update(block)
            size += len(block)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _flush_folder(folder: Path) -> None:
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:  # a concurrent delete emptied and removed it
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
