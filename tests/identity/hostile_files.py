"""Files that somebody may send in place of a letter, made anew for each test; `n` makes each of a kind another file."""

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image, ImageDraw

from habeas.testing.servers.clamd import EICAR

SCRIPT = b"<html><script>document.title='ran'</script></html>"


def picture(kind: str = "JPEG", size: tuple[int, int] = (120, 90), colour: str = "white", **options: object) -> bytes:
    """A picture of a letter, more or less."""
    made = Image.new("RGB", size, colour)
    ImageDraw.Draw(made).text((5, 5), "Anna Canary", fill="black")
    return written(made, kind, **options)


def written(made: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    made.save(file, kind, **options)
    return file.getvalue()


def archive(name: str = "run.class", content: bytes = b"\xca\xfe\xba\xbe") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr(name, content)
    return file.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_with(kind: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk after its head."""
    made = picture("PNG")
    return made[:33] + chunk(kind, body) + made[33:]


def png_of(width: int, height: int, *, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG that says it is that large, and has next to nothing in it."""
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(9000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG that says it is that large."""
    made = bytearray(picture())
    start = made.index(b"\xff\xc0") + 5
    made[start : start + 4] = struct.pack(">HH", height, width)
    return bytes(made)


def jpeg_with(marker: int, body: bytes) -> bytes:
    """A JPEG with one more segment at its front."""
    made = picture()
    return made[:2] + bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body + made[2:]


def pdf(*objects: bytes, pages: int = 1, box: str = "0 0 200 100", trailer: bytes = b"", root: bytes = b"") -> bytes:
    """A PDF with a red page (again and again, if `pages` says so), and whatever `objects` add from number 5 on."""
    ink = b"1 0 0 rg 0 0 200 100 re f"
    made = [
        b"<</Type/Catalog/Pages 2 0 R" + root + b">>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b"3 0 R " * pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R>>" % box.encode(),
        b"<</Length %d>>stream\n%s\nendstream" % (len(ink), ink),
        *objects,
    ]
    file, places = b"%PDF-1.7\n", []
    for number, each in enumerate(made, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(made) + 1)
    table += b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(made) + 1, trailer, len(file))
    return file + table + end


def stream(body: bytes, facts: bytes = b"") -> bytes:
    """A stream object of a PDF."""
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(body), facts, body)


def locked_pdf() -> bytes:
    """A PDF that opens with a password that nobody knows."""
    guard = b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (b"11" * 32, b"22" * 32)
    return pdf(guard, trailer=b"/Encrypt 5 0 R/ID[<00><00>]")


def scripted_pdf() -> bytes:
    """A PDF that runs something when it is opened."""
    return pdf(b"<</S/JavaScript/JS(app.alert\\(1\\))>>", root=b"/OpenAction 5 0 R")


def pdf_with_file(content: bytes) -> bytes:
    """A PDF with a file in it."""
    return pdf(
        stream(content, b"/Type/EmbeddedFile"),
        b"<</Type/Filespec/F(a.com)/EF<</F 5 0 R>>>>",
        root=b"/Names<</EmbeddedFiles<</Names[(a.com) 6 0 R]>>>>",
    )


def pdf_with_bomb() -> bytes:
    """A PDF with a picture of 280 million dots in a few hundred kilobytes."""
    facts = b"/Type/XObject/Subtype/Image/Width 16800/Height 16800/BitsPerComponent 8/ColorSpace/DeviceGray"
    made = pdf(stream(zlib.compress(bytes(16_800 * 16_800)), facts + b"/Filter/FlateDecode"))
    return made.replace(b"/Contents 4 0 R", b"/Resources<</XObject<</X 5 0 R>>>>/Contents 4 0 R", 1)


def gps(n: int) -> bytes:
    """A photo that tells where it was taken: by EXIF, in a JPEG or a PNG, and by XMP."""
    made = Image.new("RGB", (64, 48), (n * 7 % 255, 80, 80))
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Canary", f"Phone {n}"
    exif.get_ifd(0x8825).update({1: "N", 2: (56.0, 52.0, float(n)), 3: "E", 4: (14.0, 48.0, 30.0)})
    kind = ("JPEG", "PNG")[n % 2]
    where = b"<x:xmpmeta><exif:GPSLatitude>56,52.%dN</exif:GPSLatitude></x:xmpmeta>" % n
    file = written(made, kind, exif=exif)
    if kind == "PNG":
        return file[:33] + chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + where) + file[33:]
    xmp = b"http://ns.adobe.com/xap/1.0/\0" + where
    return file[:2] + b"\xff\xe1" + struct.pack(">H", len(xmp) + 2) + xmp + file[2:]


def noise(n: int) -> bytes:
    return random.Random(n).randbytes(2000 + n)


REFUSED: dict[str, Callable[[int], bytes]] = {
    "html named jpg": lambda n: SCRIPT + b" " * n,
    "svg": lambda n: b'<svg xmlns="http://www.w3.org/2000/svg" width="%d"><script>1</script></svg>' % n,
    "gifar": lambda n: written(Image.new("P", (n + 1, 1)), "GIF") + archive(),
    "jpeg and zip": lambda n: picture(size=(100 + n, 90)) + archive(),
    "jpeg and html": lambda n: jpeg_with(0xFE, SCRIPT + b" " * n),
    "png and pdf": lambda n: png_with(b"tEXt", b"a\0" + pdf(pages=n + 1)),
    "pdf and zip": lambda n: pdf(pages=n + 1) + archive(),
    "half a jpeg": lambda n: picture(size=(400, 300))[: 700 + 50 * n],
    "half a png": lambda n: picture("PNG", size=(400, 300))[: 100 + 10 * n],
    "png flood": lambda n: png_of(60_000 + n, 60_000),
    "jpeg flood": lambda n: jpeg_of(65_000, 65_000 - n),
    "locked pdf": lambda n: locked_pdf() + b" " * n,
    "10,000 pages": lambda n: pdf(pages=10_000 + n),
    "half a pdf": lambda n: pdf()[: 60 + n],
    "office document": lambda n: archive("word/document.xml", b"<a/>" * n),
    "heic": lambda n: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + noise(n),
    "noise": noise,
}
"""What nothing can be made of."""

ACCEPTED: dict[str, Callable[[int], bytes]] = {
    "blank": lambda n: written(Image.new("RGB", (50 + n, 50), "white"), "JPEG"),
    "1x1": lambda n: written(Image.new("RGB", (1, 1), (n, n, n)), "PNG"),
    "scripted pdf": lambda n: scripted_pdf() + b" " * n,
    "pdf with a virus": lambda n: pdf_with_file(EICAR + b" " * n),
    "huge page": lambda n: pdf(box=f"0 0 {200_000 + n} 100000"),
    "page without size": lambda n: pdf(box=f"0 0 0 {n}"),
    "gps": gps,
}
"""What is a picture of nothing, or carries something that does not survive being drawn anew."""

INFECTED: dict[str, Callable[[], bytes]] = {
    "bare": lambda: EICAR,
    "in a jpeg's comment": lambda: jpeg_with(0xFE, EICAR),
    "in a jpeg's application data": lambda: jpeg_with(0xE5, EICAR),
    "after a jpeg": lambda: picture() + EICAR,
    "before a jpeg's end": lambda: picture()[:-2] + EICAR + b"\xff\xd9",
    "in a png's text": lambda: png_with(b"tEXt", b"Comment\0" + EICAR),
    "in a png's own chunk": lambda: png_with(b"viRs", EICAR),
    "after a png": lambda: picture("PNG") + EICAR,
    "attached to a pdf": lambda: pdf_with_file(EICAR),
    "in a pdf's comment": lambda: pdf().replace(b"%PDF-1.7\n", b"%PDF-1.7\n%" + EICAR + b"\n", 1),
    "after a pdf": lambda: pdf() + EICAR,
}
"""The test virus, bare and in ten containers."""
