"""Large things, encrypted as streams with flat memory: the C2SP chunked-encryption form "Cobblestone-256".

A stream is a 24-byte salt, a 32-byte commitment to key and context, and chunks of 16 KiB, each with its own tag; the
last chunk is always shorter, so a stream that was cut off never looks whole. Key, salt and context go through
HKDF-Expand-SHA-512, chunks through AES-256-GCM. Source: https://c2sp.org/chunked-encryption, version 1. Writing is
`cryptography`'s own implementation; reading is ours, because a download that resumes has to begin in the middle.

A sealed stream begins with the line `habeas-sealed-stream-1` and with its content key, sealed to one public key
(`habeas.crypto.sealing`, always 1168 bytes); the stream follows.
"""

import hmac
import io
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from cryptography.cobblestone import Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from habeas.crypto.canonical import bind
from habeas.crypto.sealing import OVERHEAD_BYTES, CannotOpen, open_with, seal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

KEY_BYTES = 32
CHUNK_BYTES = 16 * 1024
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
SALT_BYTES = 24
HEADER_BYTES = SALT_BYTES + 32
MAX_CHUNKS = 1 << 38
_BATCH = 16  # chunks read from the source at once
_INFO = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\x00"
_SEALED = b"habeas-sealed-stream-1\n"
_EMPTY = memoryview(b"")

Source = BinaryIO | io.RawIOBase


def encrypt_stream(source: Source, key: bytes, context: bytes) -> Iterator[bytes]:
    """Encrypt everything that `source` gives, piece by piece; `key` is 32 random bytes, `context` what it is for."""
    encryptor = Cobblestone256Encryptor(key, context)
    while piece := source.read(_BATCH * CHUNK_BYTES):
        yield encryptor.update(piece)
    yield encryptor.finalize()


def encrypted_size(size: int) -> int:
    """Tell how many bytes `encrypt_stream` makes of so many."""
    return HEADER_BYTES + size + (size // CHUNK_BYTES + 1) * TAG_BYTES


def seal_stream(source: Source, public: bytes, context: bytes) -> Iterator[bytes]:
    """Encrypt a stream under a key of its own, which is sealed to a case's public key at its head."""
    key = os.urandom(KEY_BYTES)
    yield _SEALED + seal(key, public, _stream_info(context))
    yield from encrypt_stream(source, key, context)


def open_stream(source: Source, private: bytes, context: bytes) -> "DecryptingReader":
    """Open what `seal_stream` made; raises CannotOpen at once for another key or context, later for what was changed.

    Wrap it in `io.BufferedReader` to read lines or small pieces, or where a `BinaryIO` is asked for.
    """
    head = _read_exactly(source, len(_SEALED) + KEY_BYTES + OVERHEAD_BYTES)
    if not head.startswith(_SEALED):
        raise CannotOpen("this is not a sealed stream")
    key = open_with(private, bytes(head[len(_SEALED) :]), _stream_info(context))
    return DecryptingReader(source, key, context)


class EncryptingWriter(io.RawIOBase):
    """A file to write to, that writes what it is given to `sink`, encrypted.

    Only `close` makes the stream whole: a writer that is dropped, or whose `with` block is left by an exception,
    leaves a stream that every reader refuses. The sink is not closed.
    """

    def __init__(self, sink: BinaryIO, key: bytes, context: bytes) -> None:
        self._sink = sink
        self._encryptor: Cobblestone256Encryptor | None = Cobblestone256Encryptor(key, context)

    def writable(self) -> bool:
        """Say that this can be written to."""
        return True

    def write(self, data: "ReadableBuffer") -> int:
        """Encrypt and pass on; returns the number of bytes taken, always all."""
        if self._encryptor is None:
            raise ValueError("this stream has been closed")
        view = memoryview(data).cast("B")
        self._sink.write(self._encryptor.update(view))
        return len(view)

    def close(self) -> None:
        """Write the last chunk, once."""
        encryptor, self._encryptor = self._encryptor, None
        if encryptor is not None:
            self._sink.write(encryptor.finalize())
        super().close()

    def __exit__(self, *error: object) -> None:
        """Finish the stream, unless the block was left by an exception."""
        if error[0] is not None:
            self._encryptor = None
        self.close()

    def __del__(self) -> None:
        """Leave an unfinished stream unfinished."""
        self._encryptor = None


class DecryptingReader(io.RawIOBase):
    """A file that reads what `encrypt_stream` wrote; seekable when `source` is.

    Nothing unauthenticated is ever returned. Read to its end, a stream that was cut off, added to or reordered raises
    CannotOpen; a seek raises it beforehand, because the last chunk is opened first. `source` stands at the stream's
    first byte and is closed with the reader.
    """

    def __init__(self, source: Source, key: bytes, context: bytes) -> None:
        self._source = source
        self._seekable = source.seekable()
        self._aead, self._nonce = _derive(_read_exactly(source, HEADER_BYTES), key, context)
        self._first = source.tell() if self._seekable else 0
        self._length: int | None = None
        self._position = self._chunk = self._skip = 0
        self._plain = self._sealed = _EMPTY
        self._ended = False

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def seekable(self) -> bool:
        """Say whether the source lets us move."""
        return self._seekable

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer with authenticated plain bytes, wholly unless the proven end comes first."""
        target = memoryview(buffer).cast("B")
        done = 0
        while done < len(target):
            if not self._plain:
                if self._ended:
                    break
                self._open_next()
            count = min(len(target) - done, len(self._plain))
            target[done : done + count] = self._plain[:count]
            self._plain = self._plain[count:]
            done += count
        self._position += done
        return done

    def tell(self) -> int:
        """Tell the position in the plain bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position in the plain bytes, at most to their end, which is proved first."""
        size = self.size()
        position = min(max(offset + (0, self._position, size)[whence], 0), size)
        self._go_to(position)
        return position

    def size(self) -> int:
        """Tell the number of plain bytes, proved by opening the last chunk; the source has to be seekable."""
        if not self._seekable:
            raise io.UnsupportedOperation("the source cannot seek")
        if self._length is None:
            position = self._position
            last = (self._source.seek(0, io.SEEK_END) - self._first) // SEALED_CHUNK_BYTES
            self._go_to(last * CHUNK_BYTES)
            self._open_next()
            self._length = last * CHUNK_BYTES + len(self._plain)
            self._go_to(position)
        return self._length

    def close(self) -> None:
        """Close the source too."""
        self._source.close()
        super().close()

    def _go_to(self, position: int) -> None:
        self._position = position
        self._chunk, self._skip = divmod(position, CHUNK_BYTES)
        self._plain = self._sealed = _EMPTY
        self._ended = False
        self._source.seek(self._first + self._chunk * SEALED_CHUNK_BYTES)

    def _open_next(self) -> None:
        """Open the next chunk; one that is not full is the last, and nothing can follow it."""
        if not self._sealed:
            self._sealed = memoryview(_read_exactly(self._source, _BATCH * SEALED_CHUNK_BYTES))
        sealed, self._sealed = self._sealed[:SEALED_CHUNK_BYTES], self._sealed[SEALED_CHUNK_BYTES:]
        if len(sealed) < TAG_BYTES or self._chunk >= MAX_CHUNKS:
            raise CannotOpen("the stream was cut off")
        try:
            plain = self._aead.decrypt((self._nonce ^ self._chunk).to_bytes(12, "big"), sealed, None)
        except InvalidTag:
            raise CannotOpen("the stream was changed or cut off") from None
        self._chunk += 1
        self._ended = len(plain) < CHUNK_BYTES
        self._plain, self._skip = memoryview(plain)[self._skip :], 0


def _stream_info(context: bytes) -> bytes:
    return bind("habeas", "stream") + context


def _derive(header: bytes, key: bytes, context: bytes) -> tuple[AESGCM, int]:
    """Derive the stream's AEAD key and base nonce, and check the commitment before anything is opened."""
    if len(header) < HEADER_BYTES:
        raise CannotOpen("the stream was cut off")
    if len(key) != KEY_BYTES:
        raise ValueError("a stream's key has 32 bytes")
    derived = HKDFExpand(SHA512(), KEY_BYTES + 12 + 32, _INFO + header[:SALT_BYTES] + context).derive(key)
    if not hmac.compare_digest(derived[KEY_BYTES + 12 :], header[SALT_BYTES:]):
        raise CannotOpen("this stream was encrypted under another key or for another purpose")
    return AESGCM(derived[:KEY_BYTES]), int.from_bytes(derived[KEY_BYTES : KEY_BYTES + 12], "big")


def _read_exactly(source: Source, count: int) -> bytes:
    """Read so many bytes, or all there are if there are fewer; a raw source may give less at a time."""
    data = source.read(count) or b""
    if len(data) == count or not data:
        return data
    pieces = [data]
    missing = count - len(data)
    while missing and (piece := source.read(missing)):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)
