"""Telephone numbers: from the way one is stored to the one way that it is sent to; pure.

A number stays as it is stored; only what is dialled is normalised, by the numbering plans of the ITU (E.164) as
libphonenumber keeps them.
"""

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from habeas.errors import Refused

_TAKES_TEXTS = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
_NO_COUNTRY = "001"  # satellites and the like, which cost what they like
_OWN_DIGITS = 3


def to_e164(stored: str, country: str) -> str:
    """Return the number in E.164; one without a country code is one of `country` (ISO 3166).

    Refuses what is no number, and every kind that no text can reach or that somebody earns by: landlines, premium and
    shared cost, satellites, pagers, extensions.
    """
    try:
        number = phonenumbers.parse(stored, country)
    except NumberParseException:
        raise Refused("what is stored as a telephone is no number") from None
    if number.extension or not phonenumbers.is_valid_number(number):
        raise Refused("what is stored as a telephone is no number that can be dialled")
    nowhere = phonenumbers.region_code_for_number(number) == _NO_COUNTRY
    if nowhere or phonenumbers.number_type(number) not in _TAKES_TEXTS:
        raise Refused("what is stored as a telephone is no mobile number")
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def takes_texts(stored: str, country: str) -> bool:
    """Say whether a text can be sent to a stored number."""
    try:
        to_e164(stored, country)
    except Refused:
        return False
    return True


def block_of(number: str) -> str:
    """Return the block of a thousand that a number lies in: whoever earns by texts holds such blocks."""
    return number[:-_OWN_DIGITS]
