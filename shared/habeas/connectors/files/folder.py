"""Files in a folder."""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from habeas.connectors.files.store import Stored
from habeas.sdk import NeedsPerson, TryLater


class Folder:
    """A folder and everything below it; links are not followed, as they lead elsewhere."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def under(self, prefix: str) -> Iterator[Stored]:
        self.check()
        with _sorted_errors():
            top = self._path(prefix)
            if prefix and self._leads_elsewhere(top):
                raise NeedsPerson("a link stands among the files, and where it leads is not searched")
            if top.is_file():
                yield self._stored(top)
            elif top.is_dir():
                for folder, folders, files in os.walk(top, onerror=_raise):
                    folders.sort()
                    for name in sorted([*files, *folders]):
                        if self._leads_elsewhere(Path(folder, name)):
                            raise NeedsPerson("a link stands among the files, and where it leads is not searched")
                    for name in sorted(files):
                        yield self._stored(Path(folder, name))

    def open(self, stored: Stored) -> BinaryIO:
        with _sorted_errors():
            return self._path(stored.path).open("rb")

    def put(self, path: str, content: bytes) -> None:
        self.check()
        target = self._path(path)
        with _sorted_errors():
            if self._leads_elsewhere(target):
                raise NeedsPerson("a link stands among the files, and nothing is put where it leads")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def remove(self, stored: Stored) -> None:
        with _sorted_errors():
            path = self._path(stored.path)
            if not self._leads_elsewhere(path):
                path.unlink(missing_ok=True)

    def tidy(self, path: str, names: frozenset[str]) -> None:
        parts = path.split("/")[:-1]
        while set(parts) & names:
            folder = self._path("/".join(parts))
            with _sorted_errors():
                if folder.is_dir() and any(folder.iterdir()):
                    return
                if folder.is_dir():
                    folder.rmdir()
            parts = parts[:-1]

    def check(self) -> dict[str, str]:
        if not self._root.is_dir():
            raise TryLater("the folder is not there", timedelta(minutes=5))
        return {"store": "folder"}

    def _path(self, path: str) -> Path:
        parts = path.split("/") if path else []
        if any(part in ("", ".", "..") or "\x00" in part or "\\" in part for part in parts):
            raise NeedsPerson("a path leads out of the folder of the files")
        return self._root.joinpath(*parts)

    def _leads_elsewhere(self, path: Path) -> bool:
        """Whether the path, or a folder on the way to it, is a link or otherwise no plain file or folder."""
        below = path.relative_to(self._root).parts
        for count in range(1, len(below) + 1):
            try:
                mode = self._root.joinpath(*below[:count]).lstat().st_mode
            except FileNotFoundError:
                return False
            except NotADirectoryError:
                return False
            if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)):
                return True
        return False

    def _stored(self, path: Path) -> Stored:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            about = os.fstat(file.fileno())
        return Stored(path.relative_to(self._root).as_posix(), about.st_size, _day(about.st_mtime), digest)


def _day(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()


def _raise(error: OSError) -> None:
    raise error


@contextmanager
def _sorted_errors() -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise NeedsPerson("a file or folder may not be read or changed by this process") from None
    except OSError as error:  # its own text names the path, which may name the person
        raise TryLater(f"the folder cannot be used now ({type(error).__name__})", timedelta(minutes=1)) from None
