"""What an upload may be, in one place: the code, the pages and the table in `docs/security.md` all go by it."""

from dataclasses import dataclass

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Limits:
    """How large, how many, how long."""

    file_bytes: int = 10 * MIB
    files_a_day: int = 5
    """In one case."""
    bytes_a_day: int = 30 * MIB
    """In one case."""
    days_kept: int = 30
    """At most, whatever becomes of the case; the decision destroys a file at once."""
    jpeg_pixels: int = 50_000_000
    """A JPEG is made smaller while it is decoded, so that one of this size still fits into the cell."""
    png_pixels: int = 16_000_000
    """A page of A4 at 400 dots an inch."""
    pdf_pages: int = 20
    dots_per_inch: int = 150
    """At which a page of a PDF is drawn."""
    longest_side: int = 2200
    """Pixels of a cleaned page; what is larger is made smaller."""
    page_bytes: int = 4 * MIB
    """Of a cleaned page."""
    memory_bytes: int = 256 * MIB
    """Address space of the cell."""
    cpu_seconds: int = 10
    wall_seconds: float = 20.0

    @property
    def request_bytes(self) -> int:
        """Bytes of a form that carries one file."""
        return self.file_bytes + 64 * KIB

    @property
    def output_bytes(self) -> int:
        """Bytes that a cell may say at most."""
        return self.pdf_pages * (self.page_bytes + KIB)


LIMITS = Limits()
