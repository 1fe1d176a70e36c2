"""Records as CSV that a spreadsheet opens without running anything in it.

A spreadsheet takes a cell that begins with one of `= + - @` (also full-width), TAB, CR or NUL for a formula. An
apostrophe in front stops that. The same goes for what follows a `;`, a TAB or a line break inside a cell, since a
spreadsheet that is set to another separator cuts there. Numbers stay numbers.
The JSON beside it keeps every value as it was.
"""

import csv
import io
import re
from collections.abc import Iterable
from typing import Any

from habeas_fulfilment.package.json_text import write_json_text

_BLANK = "\\s\"'\u200b\u200e\u200f\ufeff\0"
_LIVE = re.compile(f"(^|[;\t\n\r|])(?=[{_BLANK}]*[=+\\-@\t\r\0＝＋－＠])")
_NUMBERS = (int, float)


def neutralise(text: str) -> str:
    """Put an apostrophe wherever a spreadsheet could begin to read a formula."""
    return _LIVE.sub(lambda cut: cut[0] + "'", text)


def is_calm(line: str) -> bool:
    """Say of a record's JSON text that nothing in it cuts: then a value is harmless if it begins harmlessly.

    One look at the whole record is far cheaper than one at every cell. In JSON all control characters are escapes.
    """
    return ";" not in line and "|" not in line and "\\" not in line


def write_cell(value: Any) -> str | int | float:
    """Give a JSON value as a cell: nested values as JSON text, null as nothing."""
    if type(value) is str:
        return neutralise(value) if value else value
    if type(value) in _NUMBERS:
        return value  # type: ignore[no-any-return]
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    return neutralise(write_json_text(value))


class Rows:
    """Gathers rows as CSV text (RFC 4180: CRLF, quotes where needed)."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def add(self, values: Iterable[Any]) -> None:
        """Add a row of any JSON values."""
        line = io.StringIO()
        csv.writer(line, lineterminator="\r\n").writerow([write_cell(value) for value in values])
        self._lines.append(line.getvalue())

    def add_calm(self, values: Iterable[Any]) -> None:
        """Add a row of a record of which `is_calm` is true: it holds no quotes and no line breaks, which saves much."""
        cells = [
            (value if "," not in value else f'"{value}"')
            if type(value) is str and value[:1].isalnum()
            else _write_calm_cell(value)
            for value in values
        ]
        self._lines.append(",".join(cells) + "\r\n")

    def take(self) -> bytes:
        """Give what was gathered, in UTF-8, and begin anew."""
        text = "".join(self._lines)
        self._lines.clear()
        return text.encode("utf-8", "replace")  # a lone surrogate has no form in CSV; the JSON keeps it


def _write_calm_cell(value: Any) -> str:
    if type(value) is dict or type(value) is list:  # begins with a bracket: no formula does
        return '"' + write_json_text(value).replace('"', '""') + '"'
    text = str(write_cell(value))
    return f'"{text}"' if "," in text else text
