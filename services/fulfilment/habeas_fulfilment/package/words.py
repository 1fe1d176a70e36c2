"""The fixed texts of page and confirmation in the person's language: one catalogue file a language beside this one."""

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files

LANGUAGES = ("en", "sv")


class Words:
    """The texts of one language; asking for a text that the catalogue lacks is a bug and raises KeyError."""

    def __init__(self, language: str, texts: Mapping[str, str]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, name: str, **values: object) -> str:
        """Give a text with its places filled."""
        return self._texts[name].format(**values)

    def __contains__(self, name: str) -> bool:
        return name in self._texts

    def day(self, day: date) -> str:
        """Write a date the way people do."""
        return f"{day.day} {self._texts['months'].split()[day.month - 1]} {day.year}"

    def count(self, name: str, number: int) -> str:
        """Give the text for one or for many, with the number in it."""
        return self._texts[f"{name}_one" if number == 1 else f"{name}_many"].format(count=self.number(number))

    def number(self, number: int) -> str:
        """Group thousands by a narrow space, which no language reads as a decimal sign."""
        return f"{number:,}".replace(",", "\u202f")


@lru_cache
def speak(language: str) -> Words:
    """Load the texts of one of LANGUAGES."""
    texts = json.loads(files(__package__).joinpath(f"{language}.json").read_text("utf-8"))
    return Words(language, texts)
