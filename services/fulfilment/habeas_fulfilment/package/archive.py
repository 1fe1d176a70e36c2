"""A ZIP written as a stream, byte for byte the same for the same content, and sealed in its comment.

Every member is compressed before it is added, so its sizes stand in front of it: no data descriptors, which old
extractors stumble over, and no gap between members that could hide anything. Source: PKWARE APPNOTE 6.3.10.
"""

import hashlib
import struct
from collections.abc import Callable, Iterator

from habeas_fulfilment.package.scratch import Deflated, Scratch

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_UTF8 = 0x0800
_DEFLATE = 8
_MIDNIGHT_1980 = (0, 0x0021)  # time and date that ZIP begins with: the real ones are in the manifest
_MADE_BY_UNIX = 0x0300 | 45
_PLAIN_FILE = 0o100644 << 16
_TOP = 0xFFFFFFFF
_TOP_COUNT = 0xFFFF


class Archive:
    """The file as it grows: methods yield the bytes to write, in order, and keep count of them."""

    def __init__(self, directory: Scratch) -> None:
        self.position = 0
        self._digest = hashlib.sha256()
        self._directory = directory
        self._count = 0

    @property
    def sha256(self) -> str:
        """Give the digest of everything yielded so far, in hex."""
        return self._digest.hexdigest()

    def add(self, name: str, content: Deflated) -> Iterator[bytes]:
        """Yield a member; names are relative, with '/', and given once."""
        path = name.encode()
        self._directory.write(self._central(path, content))
        large = max(content.plain_size, content.size) >= _TOP
        sizes = (_TOP, _TOP) if large else (content.size, content.plain_size)
        extra = struct.pack("<2H2Q", 1, 16, content.plain_size, content.size) if large else b""
        needs = 45 if large else 20
        head = _LOCAL.pack(
            b"PK\3\4", needs, _UTF8, _DEFLATE, *_MIDNIGHT_1980, content.crc, *sizes, len(path), len(extra)
        )
        self._count += 1
        yield self._counted(head + path + extra)
        for block in content.read():
            yield self._counted(block)

    def finish(self, seal: Callable[[bytes], bytes]) -> Iterator[bytes]:
        """Yield the directory of members and, as the comment, the seal over the digest of all bytes before it."""
        begin, size = self.position, self._directory.size
        for block in self._directory.read():
            yield self._counted(block)
        if self._count >= _TOP_COUNT or begin >= _TOP or size >= _TOP:
            end = self.position
            counts = (self._count, self._count, size, begin)
            yield self._counted(_END64.pack(b"PK\6\6", 44, _MADE_BY_UNIX, 45, 0, 0, *counts))
            yield self._counted(_LOCATOR64.pack(b"PK\6\7", 0, end, 1))
        count = min(self._count, _TOP_COUNT)
        length = len(seal(bytes(32)))
        yield self._counted(_END.pack(b"PK\5\6", 0, 0, count, count, min(size, _TOP), min(begin, _TOP), length))
        yield self._counted(seal(self._digest.digest()))

    def _central(self, path: bytes, content: Deflated) -> bytes:
        values = (content.plain_size, content.size, self.position)
        beyond = [value for value in values if value >= _TOP]
        extra = struct.pack(f"<2H{len(beyond)}Q", 1, 8 * len(beyond), *beyond) if beyond else b""
        plain, packed, offset = (min(value, _TOP) for value in values)
        head = _CENTRAL.pack(
            *(b"PK\1\2", _MADE_BY_UNIX, 45 if beyond else 20, _UTF8, _DEFLATE, *_MIDNIGHT_1980),
            *(content.crc, packed, plain, len(path), len(extra), 0, 0, 0, _PLAIN_FILE, offset),
        )
        return head + path + extra

    def _counted(self, data: bytes) -> bytes:
        self.position += len(data)
        self._digest.update(data)
        return data
