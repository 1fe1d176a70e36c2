"""Maildir folders and those inside of them: a file is a message, and its name without flags is its name for good."""

import os
import stat
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

from habeas.connectors.mail.archive import Going, Message
from habeas.connectors.mail.extents import read_head
from habeas.connectors.mail.faults import sorted_errors
from habeas.sdk import NeedsPerson, TryLater
from habeas.sdk.sightings import Sightings

#: Where messages are, in the order in which they move: one that moves while we look is seen twice rather than never.
_ROOMS = ("tmp", "new", "cur")
#: What lies in tmp for longer is nobody's delivery any more (the Maildir specification's 36 hours).
_DELIVERY_SECONDS = 36 * 3600
_PASSES = 5
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"\x28\xb5\x2f\xfd", b"\x04\x22\x4d\x18")


class Maildir:
    """Folders with `cur`, `new` and `tmp`, and every such folder below them."""

    def __init__(self, here: Path, folders: Sequence[str]) -> None:
        self._here = here
        self._folders = folders

    @contextmanager
    def messages(self, addresses: Sequence[str]) -> Iterator[Iterator[Message]]:
        yield self._all()

    def remove(self, going: Sequence[Going]) -> None:
        with sorted_errors():
            for folder in dict.fromkeys(each.message.folder for each in going):
                names = {each.message.name for each in going if each.message.folder == folder}
                for _ in range(_PASSES):  # one that gets another flag meanwhile is looked for again
                    for path in list(_find(self._here / folder, names)):
                        path.unlink(missing_ok=True)

    def vouches(self, names: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        with sorted_errors():
            there = {self._name(path) for path in self._places()}
        return {each for each in names if each[0] in there}

    def check(self) -> dict[str, str]:
        with sorted_errors():
            return {"maildir folders": str(sum(1 for _ in self._places()))}

    def _all(self) -> Iterator[Message]:
        with sorted_errors():
            for folder in self._places():
                yield from self._in(folder)

    def _places(self) -> Iterator[Path]:
        for each in self._folders:
            top = self._here / each
            if not any((top / room).is_dir() for room in _ROOMS):
                raise NeedsPerson(f"{each} is no Maildir: it has no cur, new or tmp")
            yield from self._below(top)

    def _below(self, folder: Path) -> Iterator[Path]:
        if any((folder / room).is_dir() for room in _ROOMS):
            yield folder
        with os.scandir(folder) as entries:
            below = sorted(entry.name for entry in entries if entry.name not in _ROOMS and _is_folder(entry))
        for name in below:
            yield from self._below(folder / name)

    def _in(self, folder: Path) -> Iterator[Message]:
        """The messages of one folder, each once; it looks again as long as files came or went while it looked."""
        with Sightings() as seen:
            for _ in range(_PASSES):
                before = _times(folder)
                for path in _files(folder):
                    if seen.is_new(_bare(path.name)) and (message := self._message(folder, path)) is not None:
                        yield message
                if _times(folder) == before:
                    return
        raise TryLater("a mailbox is too busy to be searched", timedelta(minutes=5))

    def _message(self, folder: Path, path: Path) -> Message | None:
        name = _bare(path.name)
        file = _open(folder, path)
        if file is None:
            return None
        with file:
            about = os.fstat(file.fileno())
            head = read_head(file.fileno(), 0, about.st_size)
            if head is not None and head.startswith(_PACKED):
                raise NeedsPerson("the messages are packed, so they cannot be searched here: give the mailbox by IMAP")
        return Message(self._name(folder), name, head, _received(name, about), partial(self._read, folder, path))

    def _read(self, folder: Path, path: Path) -> BinaryIO:
        with sorted_errors():
            file = _open(folder, path)
        if file is None:
            raise TryLater("a message went while it was read", timedelta(minutes=1))
        return file

    def _name(self, path: Path) -> str:
        return (path.relative_to(self._here) if path.is_relative_to(self._here) else path).as_posix()


def _bare(name: str) -> str:
    return name.partition(":")[0]


def _files(folder: Path) -> Iterator[Path]:
    for room in _ROOMS:
        if not (folder / room).is_dir():
            continue
        with os.scandir(folder / room) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # it moves on, and is seen where it moves to
                    mode = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(mode.st_mode):
                        continue
                    if not stat.S_ISREG(mode.st_mode):
                        raise NeedsPerson("a link or something else that is no file stands among the messages")
                    if room != "tmp" or mode.st_mtime < time.time() - _DELIVERY_SECONDS:
                        yield Path(entry.path)


def _find(folder: Path, names: set[str]) -> Iterator[Path]:
    """Where messages of these names are now: flags are part of a file's name, and change."""
    return (path for path in _files(folder) if _bare(path.name) in names)


def _open(folder: Path, seen: Path) -> BinaryIO | None:
    """Opens a message where it was seen, or where it has moved since; None if it is gone."""
    path: Path | None = seen
    for _ in range(_PASSES):
        if path is None:
            return None
        with suppress(FileNotFoundError):
            return path.open("rb")
        path = next(_find(folder, {_bare(seen.name)}), None)
    raise TryLater("a mailbox is too busy to be searched", timedelta(minutes=5))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    if entry.is_symlink() and entry.is_dir():
        raise NeedsPerson("a link stands among the folders, and where it leads is not searched")
    return entry.is_dir()


def _times(folder: Path) -> tuple[int, ...]:
    return tuple((folder / room).stat().st_mtime_ns for room in _ROOMS if (folder / room).is_dir())


def _received(name: str, about: os.stat_result) -> date | None:
    """The second with which a Maildir name begins; else when the file was written."""
    said = name.partition(".")[0]
    seconds = int(said) if said.isascii() and said.isdigit() and len(said) in (9, 10) else about.st_mtime
    return datetime.fromtimestamp(seconds, UTC).date()
