"""What a processor answers to a request for access, as a file of a record: fetched once, and in no file with a name."""

import io
import os
import weakref
from collections.abc import Iterable
from dataclasses import replace
from tempfile import TemporaryFile
from typing import BinaryIO, cast

from habeas.connectors.opendsr.processor import Processor, Status
from habeas.sdk import Attachment, NeedsPerson, Record

MAX_RESULT_BYTES = 1 << 30


class Results:
    """The results of one completed request."""

    def __init__(self, processor: Processor, status: Status) -> None:
        self._processor = processor
        self._status = status

    def attached_to(self, record: Record) -> Record:
        """The record with the results as its file; raises NeedsPerson where the processor sends them another way.

        The text leaves open how results travel: without an address a person has to get them.
        """
        if not self._status.results_url:
            raise NeedsPerson(
                "the processor has completed the request and says nowhere where its results are: get them from it"
            )
        with self._processor.results(self._status.results_url) as pieces:
            file = _Spool(pieces)
        attachment = Attachment("results", "results", "application/octet-stream", file.size, file.open)
        return replace(record, attachments=(attachment,))


class _Spool:
    """Bytes on disk in a file without a name, which ends with this."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        with TemporaryFile(buffering=0) as file:
            self._number = os.dup(file.fileno())
        weakref.finalize(self, os.close, self._number)
        self.size = 0
        for piece in pieces:
            self.size += len(piece)
            if self.size > MAX_RESULT_BYTES:
                raise NeedsPerson(f"the processor's results are larger than {MAX_RESULT_BYTES >> 30} GiB")
            left = memoryview(piece)
            while left:
                left = left[os.write(self._number, left) :]

    def open(self) -> BinaryIO:
        """The bytes from their start, as often as it is wanted."""
        return cast("BinaryIO", io.BufferedReader(_Reader(self)))

    def read_at(self, place: int, length: int) -> bytes:
        """Some bytes from a place on."""
        return os.pread(self._number, length, place)


class _Reader(io.RawIOBase):
    def __init__(self, spool: _Spool) -> None:
        self._spool = spool
        self._at = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._spool.read_at(self._at, len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)
