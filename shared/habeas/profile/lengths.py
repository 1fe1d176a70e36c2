"""Lengths of time as a profile writes them, read and compared."""

import re
from fractions import Fraction

from habeas.profile.types import Length, Unit

LENGTH = re.compile(r"(?P<count>[1-9][0-9]{0,3}) (?P<unit>day|month|year)s?")

#: Days of a unit, on the average of the calendar's 400 years: what is only compared needs no date to start from.
_YEAR = Fraction(146_097, 400)
_DAYS = {Unit.DAYS: Fraction(1), Unit.MONTHS: _YEAR / 12, Unit.YEARS: _YEAR}


def read_length(text: str) -> Length | None:
    """The length that these words say (`90 days`, `1 year`); None where they say none."""
    match = LENGTH.fullmatch(text)
    return Length(int(match["count"]), Unit(match["unit"] + "s")) if match else None


def average_days(length: Length) -> Fraction:
    """How many days a length has on average, to compare two of them."""
    return length.count * _DAYS[length.unit]
