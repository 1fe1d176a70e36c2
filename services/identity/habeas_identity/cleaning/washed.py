"""What comes out of the laundry, and how it is written down: frames of a letter, a length and a body.

    K word      what the file was
    P bytes     a page, as JPEG
    R word      why there are no pages; nothing but the end follows
    E           the end, without which nothing of it counts

A length is four bytes, the largest first.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from habeas_identity.cleaning.limits import LIMITS

_HEAD = 5


class Kind(StrEnum):
    """What is taken."""

    JPEG = "jpeg"
    PNG = "png"
    PDF = "pdf"


class Refusal(StrEnum):
    """Why a file is not taken."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    PICTURE = "picture"
    """A picture of a kind that we do not decode, such as HEIC or WebP."""
    DOCUMENT = "document"
    """A document of an office program, or an archive."""
    UNKNOWN = "unknown"
    TWO_KINDS = "two_kinds"
    """It is one thing to one program and another to the next."""
    BROKEN = "broken"
    LOCKED = "locked"
    """It needs a password."""
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_HEAVY = "too_heavy"
    """It took more memory or time than a file may."""
    INFECTED = "infected"
    """The scanner knows it."""


class BadFrames(ValueError):  # noqa: N818 - it says what is wrong
    """Says that these are not whole frames."""


@dataclass(frozen=True)
class Cleaned:
    """Pages drawn anew: what the file was, and a JPEG a page."""

    kind: Kind
    pages: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True)
class NotCleaned:
    """Why there are no pages."""

    why: Refusal


def frame(letter: str, body: bytes = b"") -> bytes:
    """Write one frame."""
    return letter.encode() + len(body).to_bytes(4, "big") + body


def write_washed(washed: Cleaned | NotCleaned) -> bytes:
    """Write an outcome down."""
    if isinstance(washed, NotCleaned):
        return frame("R", washed.why.encode()) + frame("E")
    pages = b"".join(frame("P", page) for page in washed.pages)
    return frame("K", washed.kind.encode()) + pages + frame("E")


def read_washed(written: bytes) -> Cleaned | NotCleaned:
    """Read an outcome; raises BadFrames for whatever is not exactly one, however it came to be."""
    frames = list(_frames(written))
    letters = "".join(letter for letter, _ in frames)
    try:
        if letters == "RE":
            return NotCleaned(Refusal(frames[0][1].decode()))
        pages = tuple(body for letter, body in frames if letter == "P")
        if letters == f"K{'P' * len(pages)}E" and 0 < len(pages) <= LIMITS.pdf_pages:
            return Cleaned(Kind(frames[0][1].decode()), pages)
    except ValueError:
        raise BadFrames("an unknown word") from None
    raise BadFrames("frames in another order than they should be")


def _frames(written: bytes) -> Iterator[tuple[str, bytes]]:
    place = 0
    while place < len(written):
        letter = chr(written[place])
        start = place + _HEAD
        place = start + int.from_bytes(written[place + 1 : start], "big")
        body = written[start:place]
        if place > len(written) or start > len(written) or len(body) > LIMITS.page_bytes or letter not in "KPRE":
            raise BadFrames("a frame that was cut off, is too long or has no such letter")
        yield letter, body
