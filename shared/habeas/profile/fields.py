"""The kinds of value that a profile file holds, each with words for what is wrong and what to write instead."""

import re
from calendar import monthrange
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields

from habeas.profile.lengths import read_length
from habeas.profile.places import COUNTRIES
from habeas.profile.types import Length, Text

#: Between problem and remedy in one message of marshmallow, which knows messages as plain text only.
REMEDY = "\x1f"

MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_LEAP_YEAR = 2000

_languages: ContextVar[tuple[str, ...]] = ContextVar("languages", default=())


@contextmanager
def speaking(languages: tuple[str, ...]) -> Iterator[None]:
    """Checks every text within against these languages; none of them means that they could not be read."""
    token = _languages.set(languages)
    try:
        yield
    finally:
        _languages.reset(token)


def wrong(problem: str, remedy: str = "") -> ValidationError:
    """A fault of one value."""
    return ValidationError(f"{problem}{REMEDY}{remedy}")


class Words(fields.Field[str]):
    """Text that says something, optionally of a form; never a number or a yes/no that YAML made of it."""

    def __init__(self, form: re.Pattern[str] | None = None, expected: str = "text", **options: Any) -> None:
        super().__init__(**options)
        self.form = form
        self.expected = expected

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> str:
        if not isinstance(value, str):
            raise wrong(
                f"is not text but {_kind(value)}", f"write {self.expected}; quote it where YAML reads it otherwise"
            )
        if not value.strip():
            raise wrong("is empty", f"write {self.expected}")
        if self.form and not self.form.fullmatch(value):
            raise wrong(f"{value!r} does not fit", f"write {self.expected}")
        return value


class Whole(fields.Field[int]):
    """A whole number within bounds."""

    def __init__(self, low: int, high: int, **options: Any) -> None:
        super().__init__(**options)
        self.low, self.high = low, high

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            raise wrong("does not fit", f"write a whole number from {self.low} to {self.high}")
        return value


class LengthOfTime(fields.Field[Length]):
    """A length of time in words: `90 days`, `6 months`, `1 year`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Length:
        length = read_length(value) if isinstance(value, str) else None
        if length is None:
            raise wrong(f"{_quoted(value)} is no length of time", "write a number and days, months or years: 90 days")
        return length


class MonthDay(fields.Field[tuple[int, int]]):
    """A month and a day of every year: `12-31`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> tuple[int, int]:
        if not isinstance(value, str) or not MONTH_DAY.fullmatch(value):
            raise wrong(f"{_quoted(value)} is no day of the year", "write a month and a day such as 12-31")
        month, day = (int(part) for part in value.split("-"))
        if day > monthrange(_LEAP_YEAR, month)[1]:
            raise wrong(f"{value!r} is no day of the year", f"month {month} has {monthrange(_LEAP_YEAR, month)[1]}")
        return month, day


class Flag(fields.Field[bool]):
    """Yes or no."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if not isinstance(value, bool):
            raise wrong("is neither true nor false", "write true or false")
        return value


class Choice(fields.Field[Any]):
    """One word of a closed list; `only` leaves some of them out."""

    def __init__(self, words: type[StrEnum], *, only: tuple[StrEnum, ...] = (), **options: Any) -> None:
        super().__init__(**options)
        self.words = words
        self.allowed = only or tuple(words)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> StrEnum:
        if not isinstance(value, str) or value not in self.allowed:
            raise wrong(f"{value!r} is not one of the words", "write one of " + ", ".join(self.allowed))
        return self.words(value)


class Many(fields.List[Any]):
    """A list, given as a list; it comes out as a tuple. A `set_` takes no word twice."""

    def __init__(self, inner: fields.Field[Any], *, least: int = 0, set_: bool = False, **options: Any) -> None:
        super().__init__(inner, **options)
        self.least = least
        self.set_ = set_

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if not isinstance(value, list):
            raise wrong(f"is not a list but {_kind(value)}", "write one item a line, each after '- '")
        if len(value) < self.least:
            raise wrong("is empty", "write at least one item")
        found = tuple(super()._deserialize(value, attr, data, **rest))
        twice = [number for number, each in enumerate(found) if self.set_ and each in found[:number]]
        if twice:
            raise ValidationError({n: [f"{str(found[n])!r} stands here twice{REMEDY}keep one of them"] for n in twice})
        return found


class OneOrMany(Many):
    """One word, or a list of them; at least one either way."""

    def __init__(self, inner: fields.Field[Any], **options: Any) -> None:
        super().__init__(inner, least=1, set_=True, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if isinstance(value, list):
            return super()._deserialize(value, attr, data, **rest)
        return (self.inner.deserialize(value),)


class Part(fields.Nested):
    """A mapping with keys of its own."""


class Named(fields.Field[Any]):
    """A mapping from another party's names, whatever they look like, to words of ours; at least one."""

    def __init__(self, inner: Words, **options: Any) -> None:
        super().__init__(**options)
        self.inner = inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if not isinstance(value, dict):
            raise wrong(f"is not a mapping but {_kind(value)}", f"write names on lines, with {self.inner.expected}")
        if not value:
            raise wrong("is empty", "write at least one name")
        found: dict[str, str] = {}
        faults: dict[Any, Any] = {}
        for name, words in value.items():
            try:
                if not isinstance(name, str) or not name.strip():
                    raise wrong("is no name", "quote it where YAML reads it otherwise")
                found[name] = str(self.inner.deserialize(words))
            except ValidationError as error:
                faults[name] = error.messages
        if faults:
            raise ValidationError(faults)
        return found


class PerCountry(fields.Field[Any]):
    """A mapping from a country's two letters to a part each."""

    def __init__(self, inner: Part, **options: Any) -> None:
        super().__init__(**options)
        self.inner = inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Any:
        if not isinstance(value, dict):
            raise wrong(f"is not a mapping from country to words but {_kind(value)}", "write each country on a line")
        found: dict[str, Any] = {}
        faults: dict[str, Any] = {}
        for country, part in value.items():
            if country not in COUNTRIES:
                faults[country] = [f"is no country{REMEDY}write its two letters, such as SE"]
                continue
            try:
                found[country] = self.inner.deserialize(part)
            except ValidationError as error:
                faults[country] = error.messages
        if faults:
            raise ValidationError(faults)
        return found


class Translated(fields.Field[Text]):
    """The same words in each of the controller's languages."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> Text:
        if not isinstance(value, dict):
            raise wrong(f"is not a mapping from language to words but {_kind(value)}", "write each language on a line")
        languages = _languages.get()
        faults: dict[str, list[str]] = {}
        for language in languages:
            if language not in value:
                faults[language] = [f"is missing{REMEDY}write it in every language of the controller"]
        for language, words in value.items():
            if languages and language not in languages:
                faults[language] = [f"is not a language of the controller{REMEDY}one of " + ", ".join(languages)]
            elif not isinstance(words, str) or not words.strip():
                faults[language] = [f"is no text{REMEDY}write the words, quoted where YAML reads them otherwise"]
        if faults or not value:
            raise ValidationError(faults) if faults else wrong("is empty", "write each language on a line")
        return Text(dict(value), next(iter(languages or value)))


def _quoted(value: Any) -> str:
    return repr(value) if isinstance(value, str) else _kind(value)


def _kind(value: Any) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a mapping"
    return "a date"
