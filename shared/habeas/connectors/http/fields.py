"""Looks things up in a vendor's answer, and tells what is empty from what is not there."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from habeas.connectors.http.query import Query
from habeas.sdk import Json, NeedsPerson, plain

_DOTTED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
_MILLISECONDS_FROM = 100_000_000_000  # seconds would be the year 5138


@dataclass(frozen=True)
class Field:
    """A JMESPath into a record; of one that is only names and dots it can tell whether the last of them is there."""

    compiled: Query = field(repr=False)

    @property
    def text(self) -> str:
        return str(self.compiled.expression)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return tuple(self.text.split(".")) if _DOTTED.fullmatch(self.text) else ()

    def of(self, record: Any) -> Json:
        """Its value; None where it is null or not there."""
        return self.compiled.search(record)  # type: ignore[no-any-return]

    def stands_in(self, record: Any) -> bool:
        """Whether the record has the field at all, be it empty."""
        if not self._names:
            return self.of(record) is not None
        for name in self._names:
            if not isinstance(record, Mapping) or name not in record:
                return False
            record = record[name]
        return True

    def texts(self, record: Any) -> list[str]:
        """Its values as texts: one, or those of a list; none where it is empty."""
        found = self.of(record)
        many = found if isinstance(found, list) else [found]
        return [str(plain(each)) for each in many if _is_single(each)]


def holds(expression: Query, answer: Any) -> bool:
    """Whether a JMESPath gives anything but null, false or an empty list, mapping or text."""
    found = expression.search(answer)
    return bool(found) or (type(found) in (int, float))


def read_day(value: Any, where: str) -> date | None:
    """The day of a vendor's date: ISO 8601, or seconds or milliseconds since 1970; raises NeedsPerson for others."""
    if value in (None, "", 0):
        return None
    try:
        if isinstance(value, str) and not value.lstrip("-").isdigit():
            return date.fromisoformat(value[:10])
        seconds = float(value)
        seconds = seconds / 1000 if abs(seconds) >= _MILLISECONDS_FROM else seconds
        return datetime.fromtimestamp(seconds, UTC).date()
    except (ValueError, TypeError, OverflowError, OSError):
        raise NeedsPerson(f"{where} is no date") from None


def without(data: Mapping[str, Json], left_out: tuple[str, ...]) -> dict[str, Json]:
    """The data without some fields, which are named by names and dots."""
    copy = dict(data)
    for dotted in left_out:
        first, _, rest = dotted.partition(".")
        if not rest:
            copy.pop(first, None)
        elif isinstance(inner := copy.get(first), dict):
            copy[first] = without(inner, (rest,))
        elif isinstance(inner, list):
            copy[first] = [without(each, (rest,)) if isinstance(each, dict) else each for each in inner]
    return copy


def _is_single(value: Any) -> bool:
    return value not in (None, "") and not isinstance(value, dict | list | bool)
