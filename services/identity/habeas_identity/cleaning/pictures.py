"""Pictures, decoded and drawn anew: right side up, on white, not larger than a page; runs in the cell only.

What is imported here is all that decoding may need later: once the cell is shut no file can be opened any more.
"""

import io

from PIL import (
    Image,
    ImageDraw,
    ImageFont,
    ImageOps,
    JpegImagePlugin,
    MpoImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
)

from habeas_identity.cleaning.limits import LIMITS
from habeas_identity.cleaning.washed import Kind, Refusal

PLUGINS = (JpegImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin)
_MOST_PIXELS = {Kind.JPEG: LIMITS.jpeg_pixels, Kind.PNG: LIMITS.png_pixels}
_QUALITY = 85
_DEEP = ("I;16", "I;16B", "I;16L", "I")


class CannotClean(Exception):  # noqa: N818 - it says what happened
    """Says why nothing can be made of a file."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


def open_room() -> None:
    """Load what Pillow would load at the first picture; the limits on pixels are ours."""
    Image.preinit()
    Image.MAX_IMAGE_PIXELS = None


def clean_picture(data: bytes, kind: Kind) -> bytes:
    """Draw a picture anew; raises CannotClean."""
    side = LIMITS.longest_side
    try:
        with Image.open(io.BytesIO(data), formats=[kind.upper()]) as picture:
            if picture.width * picture.height > _MOST_PIXELS[kind]:
                raise CannotClean(Refusal.TOO_MANY_PIXELS)
            picture.draft("RGB", (side, side))  # a JPEG's decoder leaves out what a smaller picture does not need
            picture.load()
            flat = _plain(picture)
            flat.thumbnail((side, side), reducing_gap=2.0)
            return draw(ImageOps.exif_transpose(flat))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, KeyError, TypeError, OverflowError):
        raise CannotClean(Refusal.BROKEN) from None


def draw(picture: Image.Image) -> bytes:
    """Write a picture as a new JPEG that has nothing of the old one but its colours."""
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture if picture.mode == "RGBA" else None)
    written = io.BytesIO()
    page.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()


def mark_picture(page: bytes, words: str) -> bytes:
    """Burn words into a page of ours, again and again across it, so that no part of a screenshot is without."""
    with Image.open(io.BytesIO(page), formats=["JPEG"]) as picture:
        picture.load()
        plain = picture.convert("RGBA")
    font = ImageFont.load_default(max(plain.width // 45, 12))
    left, top, right, bottom = font.getbbox(words)
    tile = Image.new("RGBA", (int(right - left) + 40, int(bottom - top) + 40), (0, 0, 0, 0))
    ImageDraw.Draw(tile).text((20, 20 - top), words, font=font, fill=(160, 0, 0, 110))
    tile = tile.rotate(20, expand=True)
    veil = Image.new("RGBA", plain.size, (0, 0, 0, 0))
    for row, y in enumerate(range(-tile.height // 2, plain.height, tile.height)):
        for x in range(-tile.width * (row % 2) // 2, plain.width, tile.width):
            veil.paste(tile, (x, y))
    return draw(Image.alpha_composite(plain, veil))


def _plain(picture: Image.Image) -> Image.Image:
    """Give a picture in colours that can be drawn: with transparency where it has some."""
    if picture.mode in _DEEP:
        return picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if picture.has_transparency_data:
        return picture if picture.mode == "RGBA" else picture.convert("RGBA")
    return picture if picture.mode in ("RGB", "L") else picture.convert("RGB")
