"""PDFs, drawn page by page: no text, no script, no form, no attachment comes along; runs in the cell only."""

from collections.abc import Iterator

import pypdfium2
import pypdfium2.raw

from habeas_identity.cleaning.limits import LIMITS
from habeas_identity.cleaning.pictures import CannotClean, draw
from habeas_identity.cleaning.washed import Refusal

_POINTS = 72


def clean_document(data: bytes) -> Iterator[bytes]:
    """Draw the pages one by one; raises CannotClean, before the first page where the whole document is not taken."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == pypdfium2.raw.FPDF_ERR_PASSWORD
        raise CannotClean(Refusal.LOCKED if locked else Refusal.BROKEN) from None
    pages = len(document)
    if pages > LIMITS.pdf_pages:
        raise CannotClean(Refusal.TOO_MANY_PAGES)
    if not pages:
        raise CannotClean(Refusal.BROKEN)
    for number in range(pages):
        try:
            yield _draw_page(document, number)
        except pypdfium2.PdfiumError:
            raise CannotClean(Refusal.BROKEN) from None
    document.close()


def _draw_page(document: pypdfium2.PdfDocument, number: int) -> bytes:
    page = document[number]
    width, height = page.get_size()
    if not min(width, height) > 0 or not max(width, height) < float("inf"):
        raise CannotClean(Refusal.BROKEN)
    scale = min(LIMITS.dots_per_inch / _POINTS, LIMITS.longest_side / max(width, height))
    bitmap = page.render(scale=scale, may_draw_forms=False)
    drawn = draw(bitmap.to_pil().convert("RGB"))
    bitmap.close()
    page.close()
    return drawn
