"""Records as CSV that a spreadsheet opens without running anything in it.

A spreadsheet takes a cell that begins with one of `= + - @` (also full-width), TAB, CR or NUL for a formula. An
apostrophe in front stops that. The same goes for what follows a `;`, a TAB or a line break inside a cell, since a
spreadsheet that is set to another separator cuts there. Numbers stay numbers.
The JSON beside it keeps every value as it was.
"""

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any

_CUTS = (";", "\t", "\n", "\r", "|")
_BLANK = "\\s\"'\u200b\u200e\u200f\ufeff\0"
_LIVE = re.compile(f"(^|[;\t\n\r|])(?=[{_BLANK}]*[=+\\-@\t\r\0＝＋－＠])")
_NUMBERS = (int, float)


def neutralise(text: str) -> str:
    """Put an apostrophe wherever a spreadsheet could begin to read a formula."""
    return _LIVE.sub(lambda cut: cut[0] + "'", text)


def write_cell(value: Any) -> str | int | float:
    """Give a JSON value as a cell: nested values as JSON text, null as nothing."""
    if type(value) is str:
        # The common text begins harmlessly and holds nothing to cut at: it passes without the slow search.
        if not value or (value[0].isalnum() and not any(cut in value for cut in _CUTS)):
            return value
        return neutralise(value)
    if type(value) in _NUMBERS:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    return neutralise(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


class Rows:
    """Gathers rows as CSV text (RFC 4180: CRLF, quotes where needed)."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, lineterminator="\r\n")

    def add(self, values: Sequence[Any]) -> None:
        """Add a row."""
        self._writer.writerow([write_cell(value) for value in values])

    def waiting(self) -> int:
        """Tell how many characters wait to be taken."""
        return self._text.tell()

    def take(self) -> bytes:
        """Give what was gathered, in UTF-8, and begin anew."""
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        return text.encode("utf-8", "replace")  # a lone surrogate has no form in CSV; the JSON keeps it
