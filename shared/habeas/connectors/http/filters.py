"""What a value can be made into before it enters a request."""

import hashlib
import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

from habeas.sdk import Json, NeedsPerson, fold_ascii

_FILLING = re.compile(r"[\s().\u00a0/-]")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


class Unsearchable(Exception):  # noqa: N818 -- not an error: such a value is stored nowhere
    """A value of which the vendor can have no record, as a word where it keeps numbers."""


def escape_quotes(text: str, _country: str = "") -> str:
    """For single quotes of SOQL and HogQL, which both take a backslash before a quote or a backslash."""
    if not text.isprintable():
        raise NeedsPerson("a value holds characters that no query can hold")
    return re.sub(r"(['\"\\])", r"\\\1", text)


def escape_json(text: str, _country: str = "") -> str:
    """As inside a JSON string."""
    if not text.isprintable():
        raise NeedsPerson("a value holds characters that no query can hold")
    return re.sub(r'(["\\])', r"\\\1", text)


def to_e164(text: str, country: str = "") -> str:
    """A telephone number as + and digits, where it is written internationally or the settings give a country."""
    bare = _FILLING.sub("", text)
    bare = "+" + bare[2:] if bare.startswith("00") else bare
    if _E164.fullmatch(bare):
        return bare
    if country:
        return _by_country(text, country)
    raise NeedsPerson("a telephone number is not written internationally; give country in the settings")


def _by_country(text: str, country: str) -> str:
    import phonenumbers  # only where a country is given: the extra `service` brings it

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        raise NeedsPerson("what is proved as a telephone is no number") from None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def to_number(text: str, _country: str = "") -> Json:
    """A whole number, written in the one way that a number is."""
    if not re.fullmatch(r"0|-?[1-9][0-9]{0,18}", text):
        raise Unsearchable
    return int(text)


def _digest(name: str) -> Callable[[str, str], Json]:
    def digest(text: str, _country: str = "") -> Json:
        return hashlib.new(name, text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()

    return digest


FILTERS: Mapping[str, Callable[[str, str], Json]] = {
    "trim": lambda text, _: text.strip(),
    "lower": lambda text, _: text.lower(),
    "upper": lambda text, _: text.upper(),
    "fold": lambda text, _: fold_ascii(text),
    "md5": _digest("md5"),
    "sha1": _digest("sha1"),
    "sha256": _digest("sha256"),
    "e164": to_e164,
    "digits": lambda text, _: "".join(each for each in text if each in "0123456789"),
    "single_quoted": escape_quotes,
    "double_quoted": escape_json,
    "like": lambda text, _: re.sub(r"([%_\\])", r"\\\1", text),
    "url": lambda text, _: quote(text.encode("utf-8", "surrogatepass"), safe=""),
    "number": to_number,
    "joined": lambda text, _: text,  # of a list, which is joined before it comes here
    "text": lambda text, _: text,
}
SAFE_BESIDE_TEXT = frozenset(
    {"single_quoted", "double_quoted", "url", "md5", "sha1", "sha256", "e164", "digits", "number", "text"}
)
