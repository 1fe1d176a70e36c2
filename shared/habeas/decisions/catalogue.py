"""The words of reasons: one catalogue file a language, so that a decision can be said to the person it is about."""

import json
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Any

from habeas.decisions.types import Reason
from habeas.profile.types import Text
from habeas.vocabulary import LegalBasis

#: Those that a catalogue file is here for; the first is spoken where a language has none.
LANGUAGES = ("en", "sv")


def say(reason: Reason, language: str) -> str:
    """The reason in that language, `sv-FI` by the words of `sv`, in English where there is no catalogue.

    Raises KeyError for a reason that the catalogue lacks, and for a place that the reason does not fill.
    """
    words = load_words(_spoken(language))
    values = {name: _value(value, language, words) for name, value in reason.values.items()}
    return " ".join(words["reasons"][reason.name].format(**values).split())


def say_day(day: date, language: str) -> str:
    """A day as people write it: 31 December 2031."""
    return f"{day.day} {load_words(_spoken(language))['months'][day.month - 1]} {day.year}"


def say_verdict(verdict: str, language: str) -> str:
    """A verdict in a word or two."""
    return str(load_words(_spoken(language))["verdicts"][verdict])


@lru_cache
def load_words(language: str) -> Mapping[str, Any]:
    """The catalogue of one of LANGUAGES: months, legal bases, verdicts and reasons."""
    words: Mapping[str, Any] = json.loads(
        files(__package__).joinpath("words").joinpath(f"{language}.json").read_text("utf-8")
    )
    return words


def _spoken(language: str) -> str:
    short = language.partition("-")[0]
    return short if short in LANGUAGES else LANGUAGES[0]


def _value(value: str | date | Text | tuple[LegalBasis, ...], language: str, words: Mapping[str, Any]) -> str:
    match value:
        case date():
            return say_day(value, language)
        case Text():
            return value.in_(language)
        case tuple():
            return f" {words['and']} ".join(words["bases"][each] for each in value)
    return value
