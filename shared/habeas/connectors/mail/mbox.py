"""mbox files: read by the places of their messages, and rewritten under lock into a new file that takes their name."""

import hashlib
import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

from habeas.connectors.mail.archive import Going, Message
from habeas.connectors.mail.extents import Extent, extents, read_head
from habeas.connectors.mail.faults import sorted_errors
from habeas.connectors.mail.locks import LOCK_SUFFIX, NEW_SUFFIX, left_over, locked, new_beside
from habeas.connectors.mail.streams import READ_BYTES, slice_of, unquoted
from habeas.sdk import NeedsPerson, TryLater

QUOTINGS = ("mboxrd", "mboxo")
SEPARATORS = ("dated", "any")
CHANGED = "a mailbox was changed while it was read"


class Mbox:
    """Files that match globs; a message is known by the digest of its bytes, so that equal ones of a file are one."""

    def __init__(self, here: Path, globs: Sequence[str], quoting: str = "mboxrd", separators: str = "dated") -> None:
        self._here = here
        self._globs = globs
        self._once = quoting == "mboxo"
        self._any = separators == "any"

    @contextmanager
    def messages(self, addresses: Sequence[str]) -> Iterator[Iterator[Message]]:
        yield self._all()

    def remove(self, going: Sequence[Going]) -> None:
        with sorted_errors():
            unfinished = [self._folder(path) for path in self._files() if left_over(path)]
            for folder in dict.fromkeys([*unfinished, *(each.message.folder for each in going)]):
                self._rewrite(self._here / folder, [each for each in going if each.message.folder == folder])

    def vouches(self, names: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        with sorted_errors():
            there = {self._folder(path) for path in self._files()}
        return {each for each in names if each[0] in there}

    def check(self) -> dict[str, str]:
        with sorted_errors():
            files = list(self._files())
            for path in files:
                self._open(path).close()
        return {"mbox files": str(len(files))}

    def _all(self) -> Iterator[Message]:
        with sorted_errors():
            for path in self._files():
                with self._open(path) as file:
                    handle = file.fileno()
                    about = os.fstat(handle)
                    for each in extents(handle, about.st_size, self._any):
                        head = read_head(handle, each.start, each.end)
                        opening = partial(self._read, path, each)
                        yield Message(self._folder(path), "", head, each.received, opening, each.end - each.start)
                    now = path.stat()
                    if now.st_ino != about.st_ino or now.st_size < about.st_size:
                        raise TryLater(CHANGED, timedelta(minutes=1))

    def _files(self) -> Iterator[Path]:
        """Every file that a glob names, once; raises NeedsPerson for a glob that names none."""
        seen: set[Path] = set()
        for pattern in self._globs:
            whole = self._here / pattern
            found = sorted(Path(whole.anchor).glob(whole.relative_to(whole.anchor).as_posix()))
            files = [path for path in found if not path.name.endswith((LOCK_SUFFIX, NEW_SUFFIX)) and not path.is_dir()]
            if not files:
                raise NeedsPerson(f"no mailbox is there that {pattern} names")
            for path in files:
                if path.is_symlink() or not path.is_file():
                    raise NeedsPerson("a link or something else that is no file stands among the mailboxes")
                if path not in seen:
                    seen.add(path)
                    yield path

    def _open(self, path: Path, mode: str = "rb") -> BinaryIO:
        file = cast("BinaryIO", path.open(mode))
        if file.read(5) not in (b"", b"From "):
            file.close()
            raise NeedsPerson("a file among the mailboxes is no mbox: it does not begin with From")
        return file

    def _folder(self, path: Path) -> str:
        return (path.relative_to(self._here) if path.is_relative_to(self._here) else path).as_posix()

    def _read(self, path: Path, extent: Extent) -> BinaryIO:
        with sorted_errors():
            return unquoted(slice_of(path.open("rb"), extent.start, extent.end), once=self._once)

    def _rewrite(self, path: Path, going: Sequence[Going]) -> None:
        """Writes a file of all but these messages, and lets it take the place of the old one when it is whole.

        Killed anywhere, it leaves the old file or the new one under the name, each whole; what it had begun is removed
        by the next run.
        """
        if not path.exists():
            return
        new = new_beside(path)
        with self._open(path, "r+b") as file, locked(path, file):  # a lock against readers needs the right to write
            about = os.fstat(file.fileno())
            if about.st_ino != path.stat().st_ino:
                raise TryLater(CHANGED, timedelta(minutes=1))
            new.unlink(missing_ok=True)
            if not going:
                return  # what was left over is gone with this
            try:
                self._write_rest(path, file.fileno(), about, new, going)
                now = os.fstat(file.fileno())
                if (now.st_size, now.st_mtime_ns) != (about.st_size, about.st_mtime_ns):
                    raise TryLater("a mailbox was changed by a program that does not lock it", timedelta(minutes=1))
                new.replace(path)
                _sync_folder(path.parent)
            finally:
                with suppress(FileNotFoundError):
                    new.unlink()

    def _write_rest(self, path: Path, file: int, about: os.stat_result, new: Path, going: Sequence[Going]) -> None:
        lengths, digests = {each.message.stored for each in going}, {each.sha256 for each in going}
        before, dropped, kept_from = 0, 0, 0
        with new.open("xb") as target:
            os.fchmod(target.fileno(), about.st_mode & 0o7777)
            if (about.st_uid, about.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(target.fileno(), about.st_uid, about.st_gid)
            for each in extents(file, about.st_size, self._any):
                before += 1
                if each.end - each.start in lengths and self._digest(path, each) in digests:
                    _copy(file, target, kept_from, each.begins)
                    dropped, kept_from = dropped + 1, each.ends
            _copy(file, target, kept_from, about.st_size)
            target.flush()
            os.fsync(target.fileno())
        with new.open("rb") as written:
            after = sum(1 for _ in extents(written.fileno(), new.stat().st_size, self._any))
        if after != before - dropped:
            raise NeedsPerson("a mailbox would not come out with the messages that it has to: it was left as it is")

    def _digest(self, path: Path, extent: Extent) -> str:
        digest = hashlib.sha256()
        with self._read(path, extent) as content:
            while piece := content.read(READ_BYTES):
                digest.update(piece)
        return digest.hexdigest()


def _copy(source: int, target: BinaryIO, start: int, end: int) -> None:
    while start < end:
        piece = os.pread(source, min(READ_BYTES, end - start), start)
        if not piece:
            raise TryLater(CHANGED, timedelta(minutes=1))
        target.write(piece)
        start += len(piece)


def _sync_folder(folder: Path) -> None:
    """Makes the new name last: until then a power failure could bring the old file back."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
