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


@dataclass(frozen=True)
class Calendars:
    """Tells working days from others; `more` adds days by calendar that a release of the library does not know yet.

    Adding a day moves a deadline later, so it is for days that the State itself has declared.
    """

    more: Mapping[str, frozenset[date]] = field(default_factory=dict)

    def works_on(self, calendar: str, day: date) -> bool:
        """Whether `day` is a working day: no Saturday, no Sunday, no public holiday.

        Weekends are asked apart, since the library has Sundays for some countries and not for others.
        """
        return day.weekday() < 5 and self.holiday(calendar, day) is None

    def holiday(self, calendar: str, day: date) -> str | None:
        """The name of the public holiday that `day` is, None where it is none."""
        if day in self.more.get(calendar, frozenset()):
            return "a holiday declared for this year"
        return _public(calendar, day.year).get(day)

    def eve(self, calendar: str, day: date) -> str | None:
        """The name of the day where national procedural law alone treats it as a holiday, else None."""
        return _de_facto(calendar, day.year).get(day)


def check_calendar(calendar: str) -> None:
    """Refuses a calendar that cannot be counted by (Faults): an unknown country, or a subdivision that is missing."""
    country, _, subdivision = calendar.partition("-")
    known = _supported().get(country)
    if known is None:
        raise Faults([Fault("calendar", f"no holidays are known for {calendar!r}", "use a code such as SE or DE-BY")])
    if country in DEMANDS_SUBDIVISION and not subdivision:
        remedy = "use one of " + ", ".join(f"{country}-{each}" for each in known if each.isupper())
        raise Faults([Fault("calendar", f"holidays differ within {country}", remedy)])
    if subdivision and subdivision not in known:
        remedy = "use one of " + ", ".join(f"{country}-{each}" for each in known) if known else f"use {country}"
        raise Faults([Fault("calendar", f"{calendar!r} is no part of {country}", remedy)])


@lru_cache(maxsize=1)
def _supported() -> Mapping[str, list[str]]:
    return holidays.list_supported_countries()


@lru_cache(maxsize=512)
def _public(calendar: str, year: int) -> Mapping[date, str]:
    # `observed` gives the United Kingdom its substitute days. Categories stay at `public`: bank, optional and
    # workday hold half-days and State holidays on which people work.
    return _days(calendar, year, ("public",))


@lru_cache(maxsize=512)
def _de_facto(calendar: str, year: int) -> Mapping[date, str]:
    country = calendar.partition("-")[0]
    if country != "SE":
        return {}
    return _days(calendar, year, (_DE_FACTO,))


def _days(calendar: str, year: int, categories: tuple[str, ...]) -> Mapping[date, str]:
    check_calendar(calendar)
    country, _, subdivision = calendar.partition("-")
    # The language is fixed: without one the library follows the locale of whoever runs it.
    found = holidays.country_holidays(
        country, subdiv=subdivision or None, years=year, observed=True, categories=categories, language=None
    )
    return MappingProxyType({day: name for day, name in found.items() if day.year == year})
