"""What the plain words of a profile have to look like: names, languages, countries, zones, secure addresses."""

import re
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from habeas.crypto.canonical import read_base64
from habeas.errors import Refused
from habeas.profile.fields import Words, wrong
from habeas.profile.places import CALENDARS, COUNTRIES, calendar_remedy

NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
#: Names of activities, identifiers and rules, whose words are joined by an underscore.
KEY = re.compile(r"[a-z][a-z0-9_]{1,30}")
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
ARTICLE = re.compile(r"17\(3\)\([a-e]\)")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
#: What stands before the @ of a mailbox, as most write it: no upper case, nothing beyond ASCII.
LOCAL_PART = re.compile(r"[a-z0-9_+-]+(\.[a-z0-9_+-]+)*")
#: The name of a provider in an operator's settings.
PROVIDER = re.compile(r"[a-z][a-z0-9_-]*")
_KEY_BYTES = 32


def name() -> Words:
    """The name of a profile, a system or a connector."""
    return Words(NAME, "lower-case letters, digits and hyphens (2 to 31)", required=True)


def key() -> Words:
    """The name of an activity, an identifier, a company or a rule."""
    return Words(KEY, "lower-case letters, digits and underscores (2 to 31)", required=True)


def provider() -> Words:
    """The name of a provider of sign-in."""
    return Words(PROVIDER, "lower-case letters, digits, hyphens and underscores, a letter first", required=True)


def local_part() -> Words:
    """What stands before the @ of a mailbox."""
    return Words(LOCAL_PART, "what stands before the @, in lower-case ASCII")


def public_key() -> Words:
    """The public half of an Ed25519 key, its 32 bytes in base64 (RFC 8032, RFC 4648)."""
    pattern = {"schema": {"pattern": "^[A-Za-z0-9+/]{43}=$"}}
    return Words(expected="32 bytes in base64", required=True, validate=_public_key, metadata=pattern)


def language() -> Words:
    """The code of a language."""
    return Words(LANGUAGE, "a code such as sv or en", required=True)


def page(*, required: bool = False) -> Words:
    """The address of a page that is reached securely."""
    return Words(required=required, validate=_https, metadata={"schema": {"format": "uri", "pattern": "^https://"}})


def country() -> Words:
    """A country by its two letters (ISO 3166-1)."""
    return Words(required=True, validate=_country, metadata={"schema": {"$ref": "#/$defs/Country"}})


def calendar(*, required: bool = False) -> Words:
    """The calendar that days are counted by."""
    return Words(required=required, validate=_calendar, metadata={"schema": {"$ref": "#/$defs/Calendar"}})


def zone(*, required: bool = False) -> Words:
    """A time zone by its IANA name."""
    return Words(required=required, validate=_zone)


def _https(value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname:
        raise wrong("is no address of a secure page", "write it with https://")


def _public_key(value: str) -> None:
    try:
        key = read_base64(value)
    except Refused:
        key = b""
    if len(key) != _KEY_BYTES:
        raise wrong("is no public key", f"write the {_KEY_BYTES} bytes of an Ed25519 key in base64: 44 characters")


def _country(value: str) -> None:
    if value not in COUNTRIES:
        raise wrong(f"{value!r} is no country", "write its two letters, such as SE")


def _calendar(value: str) -> None:
    if value not in CALENDARS:
        raise wrong(f"{value!r} is no calendar to count days by", calendar_remedy(value))


def _zone(value: str) -> None:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        # OSError: a name that is a folder of the database, such as `Europe`.
        raise wrong(f"{value!r} is no time zone", "write an IANA name such as Europe/Stockholm") from error
