"""Which days are working days where: the public holidays of the `holidays` library, with its traps closed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from types import MappingProxyType

import holidays

from habeas.sdk.errors import Fault, Faults

#: Countries whose common days are too few to count by: the subdivision has to be named.
DEMANDS_SUBDIVISION = frozenset({"DE", "GB"})

#: The library's class of days that only national procedural law treats as holidays (Sweden's three eves).
_DE_FACTO = "de_facto"

_DECLARED = {"en": "a declared holiday", "sv": "en särskilt bestämd helgdag"}

#: The library's names for the languages that a clock speaks.
_TONGUES = {"en": "en_US", "sv": "sv"}


@dataclass(frozen=True)
class Calendars:
    """Tells working days from others.

    `more` adds days by calendar that a release of the library does not know yet. Adding a day moves a deadline later,
    so it is for days that the State itself has declared. `whole` holds the public holidays of whole years, by calendar
    and year, and takes the place of the library for these.
    """

    more: Mapping[str, frozenset[date]] = field(default_factory=dict)
    whole: Mapping[str, Mapping[int, frozenset[date]]] = field(default_factory=dict)

    def works_on(self, calendar: str, day: date) -> bool:
        """Whether `day` is a working day: no Saturday, no Sunday, no public holiday.

        Weekends are asked apart, since the library has Sundays for some countries and not for others.
        """
        return day.weekday() < 5 and not self.is_holiday(calendar, day)

    def is_holiday(self, calendar: str, day: date) -> bool:
        """Whether `day` is a public holiday there; raises Faults for a calendar that is not known."""
        if day in self.more.get(calendar, ()):
            return True
        years = self.whole.get(calendar, {})
        return day in (years[day.year] if day.year in years else _public(calendar, day.year))

    def name_of(self, calendar: str, day: date) -> Mapping[str, str] | None:
        """What the public holiday is called, by language; None where `day` is none."""
        if not self.is_holiday(calendar, day):
            return None
        if day.year in self.whole.get(calendar, {}) or day not in _public(calendar, day.year):
            return _DECLARED
        return {language: _public(calendar, day.year, tongue)[day] for language, tongue in _TONGUES.items()}

    def eve(self, calendar: str, day: date) -> Mapping[str, str] | None:
        """What `day` is called where national procedural law alone treats it as a holiday, else None."""
        if calendar != "SE" or day not in _de_facto(calendar, day.year):
            return None
        return {language: _de_facto(calendar, day.year, tongue)[day] for language, tongue in _TONGUES.items()}

    def check(self, calendar: str) -> None:
        """Refuses a calendar that cannot be counted by (Faults): unknown, or without the subdivision it needs."""
        if calendar not in self.whole:
            check_calendar(calendar)


def check_calendar(calendar: str) -> None:
    """Refuses a calendar that the library cannot count by (Faults): an unknown country, a missing subdivision."""
    country, _, subdivision = calendar.partition("-")
    known = _supported().get(country)
    if known is None:
        raise Faults([Fault("calendar", f"no holidays are known for {calendar!r}", "use a code such as SE or DE-BY")])
    if country in DEMANDS_SUBDIVISION and not subdivision:
        remedy = "use one of " + ", ".join(f"{country}-{each}" for each in known if each.isupper())
        raise Faults([Fault("calendar", f"holidays differ within {country}", remedy)])
    if calendar.endswith("-") or (subdivision and subdivision not in known):
        remedy = "use one of " + ", ".join(f"{country}-{each}" for each in known) if known else f"use {country}"
        raise Faults([Fault("calendar", f"{calendar!r} is no part of {country}", remedy)])


@lru_cache(maxsize=1)
def _supported() -> Mapping[str, list[str]]:
    return holidays.list_supported_countries()


@lru_cache(maxsize=4096)
def _public(calendar: str, year: int, tongue: str = "en_US") -> Mapping[date, str]:
    # `observed` gives the United Kingdom its substitute days. Categories stay at `public`: bank, optional and
    # workday hold half-days and State holidays on which people work.
    return _days(calendar, year, ("public",), tongue)


@lru_cache(maxsize=512)
def _de_facto(calendar: str, year: int, tongue: str = "en_US") -> Mapping[date, str]:
    return _days(calendar, year, (_DE_FACTO,), tongue)


def _days(calendar: str, year: int, categories: tuple[str, ...], tongue: str) -> Mapping[date, str]:
    check_calendar(calendar)
    country, _, subdivision = calendar.partition("-")
    # The language is named, and one that the country has: else the library follows the locale of whoever runs it.
    found = holidays.country_holidays(
        country,
        subdiv=subdivision or None,
        years=year,
        observed=True,
        categories=categories,
        language=_tongue(country, tongue),
    )
    return MappingProxyType({day: name for day, name in found.items() if day.year == year})


@lru_cache(maxsize=512)
def _tongue(country: str, wanted: str) -> str | None:
    known = holidays.country_holidays(country)
    choices = (each for each in (wanted, "en_US") if each in known.supported_languages)
    return next(choices, known.default_language)
