"""Patterns that sampled values are held against; what comes out are shares, and never a value."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from ipaddress import ip_address

from habeas.connectors.sql.proposing.facts import Sample

_EMAIL = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]{2,}")
_PHONE = re.compile(r"(?:\+|00?)[1-9][0-9 ()/.\-]{5,18}[0-9]")
_TEN_OR_TWELVE = re.compile(r"(?:[0-9]{2})?([0-9]{2})([0-9]{2})([0-9]{2})[-+]?([0-9]{4})")
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-].+)?)?")
_HASH = re.compile(
    r"\$(?:2[abxy]|argon2\w*|5|6|pbkdf2\S*|scrypt|1|apr1)\$.+|(?:pbkdf2_\w+|bcrypt_\w+)\$.+|\{S?SHA\S*\}.+"
)
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"[3-6][0-9]{12,18}")
_NORWEGIAN = ((3, 7, 6, 1, 8, 9, 4, 5, 2, 1), (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1))
_SLOVENE = (7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)
_MANY_WORDS = 6


def _is_address(text: str) -> bool:
    if "." not in text and text.count(":") < 2:
        return False
    try:
        ip_address(text.partition("/")[0])
    except ValueError:
        return False
    return True


def _sums_to_ten(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, which Swedish personal numbers carry, too."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        doubled = int(digit) * (1 + place % 2)
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def _is_personal_number(text: str) -> bool:
    """A Swedish, Norwegian or Slovene number of a person, with its check digits and a possible day of birth."""
    if swedish := _TEN_OR_TWELVE.fullmatch(text):
        _, month, day, _ = swedish.groups()
        if 1 <= int(month) <= 12 and 1 <= int(day) % 60 <= 31 and _sums_to_ten("".join(swedish.groups())):
            return True
    if not text.isascii() or not text.isdigit():
        return False
    digits = [int(each) for each in text]
    if len(digits) == 11 and 1 <= (digits[0] * 10 + digits[1]) % 40 <= 31:
        return all(sum(a * b for a, b in zip(weights, digits, strict=False)) % 11 == 0 for weights in _NORWEGIAN)
    if len(digits) == 13:
        return sum(a * b for a, b in zip(_SLOVENE, digits, strict=True)) % 11 == 0
    return False


def _is_payment(text: str) -> bool:
    """An IBAN by ISO 13616, or the number of a payment card."""
    close = text.replace(" ", "").replace("-", "")
    if _IBAN.fullmatch(close):
        turned = close[4:] + close[:4]
        return int("".join(str(int(each, 36)) for each in turned)) % 97 == 1
    return bool(_CARD.fullmatch(close)) and _sums_to_ten(close)


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if not found:
        return False
    try:
        date.fromisoformat(found[1])
    except ValueError:
        return False
    return True


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and not _is_date(text)


PATTERNS: Mapping[str, Callable[[str], bool]] = {
    "email": lambda text: bool(_EMAIL.fullmatch(text)),
    "phone": _is_phone,
    "personal_number": _is_personal_number,
    "ip": _is_address,
    "payment": _is_payment,
    "secret": lambda text: bool(_HASH.fullmatch(text)),
    "date": _is_date,
    "mentions": lambda text: bool(_EMAIL.search(text)),
    "free_text": lambda text: len(text.split()) >= _MANY_WORDS,
}


def sample_of(values: Iterable[object]) -> Sample:
    """The shares of values that fit each pattern; empty ones do not count."""
    seen = 0
    counts = dict.fromkeys(PATTERNS, 0)
    for value in values:
        text = "" if value is None else str(value).strip()
        if not text:
            continue
        seen += 1
        for name, fits in PATTERNS.items():
            counts[name] += fits(text)
    return Sample(seen, {name: count / seen for name, count in counts.items() if count})
