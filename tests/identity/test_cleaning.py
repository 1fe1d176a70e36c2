"""The laundry: what goes in is told by its content, and what comes out is a picture of it and nothing else."""

import io
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from tests.identity import hostile_files as files

from habeas.testing.servers.clamd import EICAR
from habeas_identity.cleaning import LIMITS, Cleaned, Kind, NotCleaned, Refusal, clean, mark
from habeas_identity.cleaning.kinds import tell_kind
from habeas_identity.cleaning.washed import BadFrames, frame, read_washed, write_washed

ALIVE = [b"<script", b"JavaScript", b"PK\x03\x04", EICAR, b"%PDF", b"Exif", b"GPS", b"xmp", b"http://", b"Canary"]
#: 24 kinds of five make 120.
OF_A_KIND = 5


def opened(page: bytes) -> Image.Image:
    """A cleaned page, decoded; it has nothing but colours."""
    found = Image.open(io.BytesIO(page), formats=["JPEG"])
    found.load()
    assert found.mode == "RGB"
    assert not found.getexif()
    assert set(found.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    return found


def pages_of(data: bytes) -> list[Image.Image]:
    washed = clean(data)
    assert isinstance(washed, Cleaned), washed
    return [opened(page) for page in washed.pages]


def why(data: bytes) -> Refusal:
    washed = clean(data)
    assert isinstance(washed, NotCleaned)
    return washed.why


def test_no_hostile_file_comes_out_as_it_went_in(capsys: pytest.CaptureFixture[str]) -> None:
    """Case 12, R4: of 120 files, each is refused or drawn anew; none is passed on, and none is a proof."""
    tried = [
        (kind, make(n), expected)
        for expected, kinds in ((NotCleaned, files.REFUSED), (Cleaned, files.ACCEPTED))
        for kind, make in kinds.items()
        for n in range(1, OF_A_KIND + 1)
    ]
    with ThreadPoolExecutor(2) as pool:
        washed = list(pool.map(lambda each: clean(each[1]), tried))
    wrong = [(kind, got) for (kind, _, expected), got in zip(tried, washed, strict=True) if type(got) is not expected]
    assert wrong == []
    for (kind, data, _), got in zip(tried, washed, strict=True):
        for page in got.pages if isinstance(got, Cleaned) else ():
            opened(page)
            assert page != data, kind
            assert not [mark for mark in ALIVE if mark in page], kind
    count = Counter("accepted" if isinstance(got, Cleaned) else "refused" for got in washed)
    with capsys.disabled():
        print(f"\nhostile files: {len(tried)} tried, {dict(count)}, 0 passed on as they came, 0 skipped")
    assert len(tried) == len({data for _, data, _ in tried}) == 120


def test_no_place_is_left_in_a_photo() -> None:
    """V14.2.8: twenty files with GPS, none afterwards."""
    photos = [files.gps(n) for n in range(20)]
    assert all(b"GPS" in photo and Image.open(io.BytesIO(photo)).getexif().get_ifd(0x8825) for photo in photos)
    with ThreadPoolExecutor(2) as pool:
        pages = [page for washed in pool.map(clean, photos) for page in washed.pages]  # type: ignore[union-attr]
    assert len(pages) == 20
    assert [page for page in pages if any(mark in page for mark in ALIVE) or opened(page).getexif()] == []


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_comes_out_the_right_way_up(kind: str) -> None:
    made = Image.new("RGB", (40, 20), "blue")
    made.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: what is left is at the top
    (page,) = pages_of(files.written(made, kind, exif=exif))
    assert page.size == (20, 40)
    assert page.getpixel((10, 5))[0] > 200  # type: ignore[index]
    assert page.getpixel((10, 35))[2] > 200  # type: ignore[index]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_way_to_write_colours_is_drawn(mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert pages_of(files.written(Image.new(mode, (30, 20)), kind))[0].size == (30, 20)


def test_what_is_transparent_lies_on_white() -> None:
    (page,) = pages_of(files.written(Image.new("RGBA", (20, 20), (0, 0, 0, 0)), "PNG"))
    assert page.getpixel((10, 10)) == (255, 255, 255)


def test_a_pdf_comes_out_as_pictures_of_its_pages() -> None:
    """V5.2.2."""
    pages = pages_of(files.pdf(pages=3))
    assert [page.size for page in pages] == [(417, 209)] * 3
    red, green, _ = pages[0].getpixel((200, 100))  # type: ignore[misc]
    assert red > 200 > 60 > green


def test_a_page_is_never_larger_than_a_page() -> None:
    side = LIMITS.longest_side
    assert pages_of(files.pdf(box="0 0 200000 100000"))[0].size == (side, side // 2)
    assert max(pages_of(files.picture(size=(4000, 3000)))[0].size) == side


def test_as_many_pages_as_there_may_be_and_no_more() -> None:
    assert len(pages_of(files.pdf(pages=LIMITS.pdf_pages))) == LIMITS.pdf_pages
    assert why(files.pdf(pages=LIMITS.pdf_pages + 1)) is Refusal.TOO_MANY_PAGES


def test_a_refusal_says_why() -> None:
    assert why(b"") is Refusal.EMPTY
    assert why(files.picture() + bytes(LIMITS.file_bytes)) is Refusal.TOO_LARGE
    assert why(files.locked_pdf()) is Refusal.LOCKED
    assert why(files.png_of(60_000, 60_000)) is Refusal.TOO_MANY_PIXELS
    assert why(files.picture() + files.archive()) is Refusal.TWO_KINDS
    assert why(files.archive()) is Refusal.DOCUMENT
    assert why(files.pdf()[:60]) is Refusal.BROKEN


@pytest.mark.parametrize(
    "start", [b"GIF89a", b"BM", b"II*\0", b"\0\0\0\x18ftypheic", b"\0\0\0 ftypavif", b"RIFF\0\0\0\0WEBP", b"<svg "]
)
def test_a_picture_that_we_do_not_decode_is_told_from_what_is_none(start: bytes) -> None:
    assert tell_kind(start + bytes(100)) is Refusal.PICTURE
    assert tell_kind(b"x" + start + bytes(100)) is Refusal.UNKNOWN


def test_what_a_camera_writes_after_a_photo_does_not_make_it_two_things() -> None:
    moving = files.picture() + b"\0\0\0\x18ftypmp42" + files.noise(1)
    assert tell_kind(moving) is Kind.JPEG
    assert pages_of(moving)[0].size == (120, 90)


def test_a_marked_page_bears_who_fetched_it_from_edge_to_edge() -> None:
    """Case 28."""
    blank = clean(files.written(Image.new("RGB", (900, 1200), "white"), "PNG"))
    assert isinstance(blank, Cleaned)
    marked = opened(mark(blank.pages[0], "agent-7 2026-11-26 12:00 UTC")).convert("L")
    quarters = [(x, y, x + 450, y + 600) for x in (0, 450) for y in (0, 600)]
    assert all(marked.crop(quarter).getextrema()[0] < 230 for quarter in quarters)  # type: ignore[operator]


def test_frames_are_read_as_they_were_written() -> None:
    for washed in (Cleaned(Kind.PDF, (b"one", b"two")), NotCleaned(Refusal.LOCKED)):
        assert read_washed(write_washed(washed)) == washed


WHOLE = write_washed(Cleaned(Kind.PDF, (b"one", b"two")))


@pytest.mark.parametrize(
    "said",
    [
        b"",
        *(WHOLE[:cut] for cut in range(1, len(WHOLE))),
        WHOLE + b"E",
        frame("K", b"pdf") + frame("E"),
        frame("K", b"exe") + frame("P", b"x") + frame("E"),
        frame("R", b"because") + frame("E"),
        frame("X") + WHOLE,
        frame("K", b"pdf") + b"P\xff\xff\xff\xff" + frame("E"),
        frame("K", b"pdf") + frame("P", b"x") * (LIMITS.pdf_pages + 1) + frame("E"),
        frame("K", b"pdf") + frame("P", bytes(LIMITS.page_bytes + 1)) + frame("E"),
    ],
    ids=lambda said: f"{len(said)} bytes",
)
def test_a_cell_is_believed_only_when_it_says_something_whole(said: bytes) -> None:
    with pytest.raises(BadFrames):
        read_washed(said)


def test_the_documents_tell_the_limits_that_the_code_has(root: Path) -> None:
    """V5.1.1: types, sizes, numbers and how long."""
    told = (root / "docs/security.md").read_text()
    mib = 1024 * 1024
    for words in (
        f"at most {LIMITS.file_bytes // mib} MiB",
        f"{LIMITS.jpeg_pixels // 1_000_000} million pixels (JPEG)",
        f"{LIMITS.png_pixels // 1_000_000} million (PNG)",
        f"{LIMITS.pdf_pages} pages (PDF)",
        f"{LIMITS.files_a_day} files and {LIMITS.bytes_a_day // mib} MiB a case and day",
        f"{LIMITS.days_kept} days",
        f"{LIMITS.memory_bytes // mib} MiB of memory, {LIMITS.cpu_seconds} seconds of a processor",
    ):
        assert words in told, words


@pytest.fixture
def root(request: pytest.FixtureRequest) -> Path:
    """The root of the workspace."""
    return request.config.rootpath


def test_a_cleaned_file_is_the_same_whoever_sent_it(counts: Callable[[int, int], int]) -> None:
    data = files.picture()
    assert len({clean(data).pages for _ in range(counts(2, 20))}) == 1  # type: ignore[union-attr]
