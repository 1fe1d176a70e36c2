"""Writes a page of text as a small PDF 1.4 file, by hand: five objects, a table of where they are, and no library."""

from collections.abc import Sequence

_FONTS = b"/Resources << /Font << /F1 5 0 R >> >>"


def page(title: str, lines: Sequence[str]) -> bytes:
    """One A4 page with a title and lines; what Windows-1252 does not have becomes a question mark."""
    shown = [b"BT", b"/F1 16 Tf", b"72 770 Td", _text(title), b"/F1 11 Tf", b"0 -12 Td", b"16 TL"]
    for line in lines:
        shown += [b"T*", _text(line)]
    stream = b"\n".join([*shown, b"ET"])
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R %b >>" % _FONTS,
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    return _file(objects)


def _text(words: str) -> bytes:
    plain = words.encode("cp1252", "replace")
    for special in (b"\\", b"(", b")"):
        plain = plain.replace(special, b"\\" + special)
    return b"(" + plain + b") Tj"


def _file(objects: Sequence[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        out += b"%010d 00000 n \n" % place
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)
