"""Bytes set aside while a package grows: what is large lies on disk, and nobody but this process can read it there."""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import CTR

BLOCK = 256 * 1024
LEVEL = 6


class Scratch:
    """A temporary file without a name, encrypted under a key that is never written down; write it, then read it."""

    def __init__(self) -> None:
        # Closed by whoever has it in a `with` block: it outlives this function.
        self._file = tempfile.SpooledTemporaryFile(max_size=BLOCK)  # noqa: SIM115
        self._cipher = Cipher(AES256(os.urandom(32)), CTR(os.urandom(16)))
        self._encryptor = self._cipher.encryptor()
        self.size = 0

    def write(self, data: bytes) -> None:
        """Add bytes at the end."""
        self._file.write(self._encryptor.update(data))
        self.size += len(data)

    def read(self) -> Iterator[bytes]:
        """Yield everything from the beginning, a block at a time."""
        self._file.seek(0)
        decryptor = self._cipher.decryptor()
        while block := self._file.read(BLOCK):
            yield decryptor.update(block)

    def lines(self) -> Iterator[str]:
        """Yield what was written as lines of text, without their ends."""
        yield from split_lines(self.read())

    def close(self) -> None:
        """Let the file go; its key goes with this object."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Deflated(Scratch):
    """A file of the package, compressed as it comes, with what a ZIP and a manifest have to know of it."""

    def __init__(self) -> None:
        super().__init__()
        self.plain_size = 0
        self.crc = 0
        self._digest = hashlib.sha256()
        self._deflate: zlib._Compress | None = None
        self._finished = False

    def write(self, data: bytes) -> None:
        """Add uncompressed bytes at the end; pieces of 64 KiB and more go fastest."""
        if self._finished:
            raise ValueError("the file is finished")
        if self._deflate is None:  # a compressor takes 256 KiB: not before there is something to compress
            self._deflate = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
        self.plain_size += len(data)
        self.crc = zlib.crc32(data, self.crc)
        self._digest.update(data)
        super().write(self._deflate.compress(data))

    def finish(self) -> Self:
        """Compress what is still held back; nothing is written afterwards."""
        if self._deflate is None and not self._finished:
            self.write(b"")
        if self._deflate is not None:
            super().write(self._deflate.flush())
        self._deflate, self._finished = None, True
        return self

    @property
    def sha256(self) -> str:
        """Give the digest of the uncompressed bytes, in hex."""
        return self._digest.hexdigest()

    def inflated(self) -> Iterator[bytes]:
        """Yield the uncompressed bytes again."""
        inflate = zlib.decompressobj(-15)
        for block in self.read():
            yield inflate.decompress(block)


def split_lines(blocks: Iterator[bytes]) -> Iterator[str]:
    """Cut blocks of UTF-8 into lines at LF, without it."""
    rest = b""
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        for line in whole:
            yield line.decode()
    if rest:
        yield rest.decode()
