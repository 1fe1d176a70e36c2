"""The kinds of value that a profile file holds, each with words for what is wrong and what to write instead."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields

from habeas.profile.types import Text

#: Between problem and remedy in one message of marshmallow, which knows messages as plain text only.
REMEDY = "\x1f"

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


class Flag(fields.Field[bool]):
    """Yes or no."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> bool:
        if not isinstance(value, bool):
            raise wrong("is neither true nor false", "write true or false")
        return value


class Choice(fields.Field[Any]):
    """One word of a closed list."""

    def __init__(self, words: type[StrEnum], **options: Any) -> None:
        super().__init__(**options)
        self.words = words

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_: Any) -> StrEnum:
        if not isinstance(value, str) or value not in list(self.words):
            raise wrong(f"{value!r} is not one of the words", "write one of " + ", ".join(self.words))
        return self.words(value)


class Many(fields.List[Any]):
    """A list, given as a list; it comes out as a tuple."""

    def __init__(self, inner: fields.Field[Any], *, least: int = 0, **options: Any) -> None:
        super().__init__(inner, **options)
        self.least = least

    def _deserialize(self, value: Any, attr: str | None, data: Any, **rest: Any) -> Any:
        if not isinstance(value, list):
            raise wrong(f"is not a list but {_kind(value)}", "write one item a line, each after '- '")
        if len(value) < self.least:
            raise wrong("is empty", "write at least one item")
        return tuple(super()._deserialize(value, attr, data, **rest))


class Part(fields.Nested):
    """A mapping with keys of its own."""


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
