"""A seekable file made of something that can only be opened at an offset, for a decrypting reader to move in."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class ReopeningSource(io.RawIOBase):
    """A file over `open_at`, for example an object in a store; moving costs nothing until the next read opens anew."""

    def __init__(self, open_at: Callable[[int], BinaryIO], size: int) -> None:
        self._open_at = open_at
        self._size = size
        self._position = 0
        self._opened: BinaryIO | None = None

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def seekable(self) -> bool:
        """Say that this can move."""
        return True

    def tell(self) -> int:
        """Tell the position."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position from 0 to the size."""
        position = min(max(offset + (0, self._position, self._size)[whence], 0), self._size)
        if position != self._position:
            self._let_go()
            self._position = position
        return position

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Read on from the position, opening there if need be."""
        if self._position >= self._size:
            return 0
        if self._opened is None:
            self._opened = self._open_at(self._position)
        target = memoryview(buffer).cast("B")
        piece = self._opened.read(len(target))
        target[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close what is open."""
        self._let_go()
        super().close()

    def _let_go(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()
