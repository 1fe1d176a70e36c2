"""The process in which a file is decoded: bytes on standard input, frames on standard output, and nothing else.

`python -I -m habeas_identity.cleaning.cell clean` takes a file; `… mark` takes two bytes of length, so many bytes of
words, and a page of ours to burn them into.
"""

import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

from habeas_identity.cleaning.cage import shut_in
from habeas_identity.cleaning.documents import clean_document
from habeas_identity.cleaning.kinds import tell_kind
from habeas_identity.cleaning.limits import LIMITS
from habeas_identity.cleaning.pictures import CannotClean, clean_picture, mark_picture, open_room
from habeas_identity.cleaning.washed import Kind, Refusal, frame


def clean_file(data: bytes) -> Iterator[bytes]:
    """Yield the frames of a file; a refusal stands alone, so pages wait until all are drawn."""
    kind = tell_kind(data)
    try:
        if isinstance(kind, Refusal):
            raise CannotClean(kind)
        pages = list(clean_document(data)) if kind is Kind.PDF else [clean_picture(data, kind)]
        yield frame("K", kind.encode())
        yield from (frame("P", page) for page in pages)
    except CannotClean as refused:
        yield frame("R", refused.why.encode())
    except MemoryError:
        yield frame("R", Refusal.TOO_HEAVY.encode())
    yield frame("E")


def mark_page(given: bytes) -> Iterator[bytes]:
    """Yield the frames of a page with words burnt in."""
    start = 2 + int.from_bytes(given[:2], "big")
    yield frame("K", Kind.JPEG.encode())
    yield frame("P", mark_picture(given[start:], given[2:start].decode()))
    yield frame("E")


VERBS: dict[str, Callable[[bytes], Iterator[bytes]]] = {"clean": clean_file, "mark": mark_page}


def work(verb: str, source: BinaryIO, sink: BinaryIO) -> None:
    """Shut the cell, then read, work and say what came of it."""
    open_room()
    shut_in(memory_bytes=LIMITS.memory_bytes, cpu_seconds=LIMITS.cpu_seconds)
    for piece in VERBS[verb](source.read(LIMITS.request_bytes)):
        sink.write(piece)
    sink.flush()


if __name__ == "__main__":
    work(sys.argv[1], sys.stdin.buffer, sys.stdout.buffer)
