"""What a file is, told by its bytes alone: neither its name nor what a browser says of it counts.

A file that is two things at once (GIFAR, a picture with a page of HTML in it, a PDF that is an archive as well) is
refused, although what is made of it would be harmless: nobody's photo is one by accident.
"""

import re

from habeas_identity.cleaning.limits import LIMITS
from habeas_identity.cleaning.washed import Kind, Refusal

_KINDS = ((b"\xff\xd8\xff", Kind.JPEG), (b"\x89PNG\r\n\x1a\n", Kind.PNG), (b"%PDF-", Kind.PDF))
_PICTURES = (b"GIF8", b"BM", b"II*\0", b"MM\0*", b"\0\0\x01\0", b"\xff\x0a", b"\0\0\0\x0cJXL ", b"<svg", b"8BPS")
_DOCUMENTS = (b"PK\x03\x04", b"PK\x05\x06", b"\xd0\xcf\x11\xe0", b"{\\rtf", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b")
_BRANDS = re.compile(rb"....ftyp(hei[cfmsx]|hev[cmsx]|mif1|msf1|avi[fs])", re.DOTALL)
_MARKUP = re.compile(rb"<(?:script|html|iframe|!doctype)[\s>]", re.IGNORECASE)
_LOOK = 64 * 1024
_ARCHIVE_END = b"PK\x05\x06"
_ARCHIVE_END_BYTES = 22


def tell_kind(data: bytes) -> Kind | Refusal:
    """Tell what a file is, or why it is not taken."""
    if not data:
        return Refusal.EMPTY
    if len(data) > LIMITS.file_bytes:
        return Refusal.TOO_LARGE
    kind = next((kind for start, kind in _KINDS if data.startswith(start)), None)
    if kind is None:
        return _foreign(data)
    return Refusal.TWO_KINDS if _is_more(data, kind) else kind


def _foreign(data: bytes) -> Refusal:
    if data.startswith(_PICTURES) or _BRANDS.match(data) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        return Refusal.PICTURE
    return Refusal.DOCUMENT if data.startswith(_DOCUMENTS) else Refusal.UNKNOWN


def _is_more(data: bytes, kind: Kind) -> bool:
    """Say whether another program would take the file for something else."""
    if _is_archive(data):
        return True
    if kind is Kind.PDF:
        return False
    ends = data[:_LOOK] + data[-_LOOK:]
    return b"%PDF-" in data[:_LOOK] or _MARKUP.search(ends) is not None


def _is_archive(data: bytes) -> bool:
    """Say whether a ZIP's end stands at the file's: a directory and a comment that reaches to the last byte."""
    place = data.rfind(_ARCHIVE_END, -_LOOK - _ARCHIVE_END_BYTES)
    if place < 0 or place + _ARCHIVE_END_BYTES > len(data):
        return False
    comment = int.from_bytes(data[place + 20 : place + 22], "little")
    return place + _ARCHIVE_END_BYTES + comment <= len(data)
