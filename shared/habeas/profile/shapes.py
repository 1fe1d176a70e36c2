"""The form of a profile file: which keys stand where and what each may hold, as marshmallow schemas."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from marshmallow import RAISE, Schema, post_load

from habeas.profile import types
from habeas.profile.fields import Choice, Flag, Many, Part, Translated, Whole, Words, wrong
from habeas.profile.places import CALENDARS, COUNTRIES, calendar_remedy
from habeas.vocabulary import LegalBasis, Right

NAME = re.compile(r"[a-z][a-z0-9-]{1,30}")
#: Names of activities and identifiers, whose words are joined by an underscore.
KEY = re.compile(r"[a-z][a-z0-9_]{1,30}")
LANGUAGE = re.compile(r"[a-z]{2}(-[A-Z]{2})?")
ARTICLE = re.compile(r"17\(3\)\([a-e]\)")
MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def _https(value: str) -> None:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname:
        raise wrong("is no address of a secure page", "write it with https://")


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


def _name() -> Words:
    return Words(NAME, "lower-case letters, digits and hyphens (2 to 31)", required=True)


def _key() -> Words:
    return Words(KEY, "lower-case letters, digits and underscores (2 to 31)", required=True)


class Shape(Schema):
    """A part of the file: unknown keys are refused, and the dataclass `makes` comes out."""

    class Meta:
        unknown = RAISE

    makes: ClassVar[type]

    @post_load
    def _make(self, data: Mapping[str, Any], **_: Any) -> Any:
        return self.makes(**data)


class Authority(Shape):
    makes = types.Authority
    name = Words(required=True)
    url = Words(required=True, validate=_https)
    address = Words(required=True)


class Contact(Shape):
    makes = types.Contact
    email = Words(MAIL, "an e-mail address", required=True)
    post = Words(allow_none=True)
    phone = Words(allow_none=True)


class Controller(Shape):
    makes = types.Controller
    name = Words(required=True)
    country = Words(required=True, validate=_country)
    calendar = Words(required=True, validate=_calendar)
    zone = Words(required=True, validate=_zone)
    languages = Many(Words(LANGUAGE, "a code such as sv or en"), required=True, least=1)
    authority = Part(Authority, required=True)
    contact = Part(Contact, required=True)
    data_protection_officer = Part(Contact, allow_none=True)


class Standing(StrEnum):
    """What a profile may say of a right: it holds either way."""

    STATED = "stated"
    BY_LAW = "by_law"


class _Rights(Shape):
    @post_load
    def _make(self, data: Mapping[str, Any], **_: Any) -> Any:
        return {Right(name): types.RightPolicy(stated=how is Standing.STATED) for name, how in data.items()}


#: All eight, one a line: leaving one out is a fault, since no profile can take a right away.
Rights = _Rights.from_dict({right.value: Choice(Standing, required=True) for right in Right}, name="Rights")


class Promise(Shape):
    makes = types.Promise
    right = Choice(Right, required=True)
    within_days = Whole(1, 366, required=True)
    source = Words(required=True)


class Identifier(Shape):
    makes = types.IdentifierField
    name = _key()
    label = Translated(required=True)
    why = Translated(required=True)
    required = Flag(required=True)
    kind = Choice(types.IdentifierKind, required=True)


class Recipient(Shape):
    makes = types.Recipient
    name = Words(required=True)
    country = Words(required=True, validate=_country)
    safeguard = Words(allow_none=True)


class Keep(Shape):
    makes = types.Keep
    ground = Translated(required=True)
    law = Words(required=True)
    article = Words(ARTICLE, "a ground of the GDPR such as 17(3)(b)", required=True)
    years = Whole(1, 100, required=True)
    counted_from = Choice(types.CountedFrom, required=True)
    until = Choice(types.KeepUntil, required=True)
    financial_year_ends = Words(MONTH_DAY, "a month and a day such as 12-31")

    @post_load
    def _make(self, data: Mapping[str, Any], **_: Any) -> Any:
        ends = data.get("financial_year_ends", "12-31")
        month, day = (int(part) for part in ends.split("-"))
        return types.Keep(**{**data, "financial_year_ends": (month, day)})


class Activity(Shape):
    makes = types.Activity
    name = _key()
    title = Translated(required=True)
    purpose = Translated(required=True)
    basis = Choice(LegalBasis, required=True)
    categories = Translated(required=True)
    recipients = Many(Part(Recipient), required=True)
    source = Translated(required=True)
    retention = Translated(required=True)
    keep = Part(Keep, allow_none=True)
    role = Choice(types.Role)
    automated = Translated(allow_none=True)
    third_parties = Flag()
    marketing = Flag()


class System(Shape):
    makes = types.System
    name = _name()
    title = Translated(required=True)
    connector = _name()
    activities = Many(Words(KEY, "the name of an activity"), required=True, least=1)
    holds = Translated(required=True)
    feeds = Many(Words(NAME, "the name of a system"))
    required = Flag()


class Erasure(Shape):
    makes = types.ErasurePolicy
    approval = Choice(types.Approval, required=True)
    cooling_off_hours = Whole(0, 336, required=True)


class Identity(Shape):
    makes = types.IdentityPolicy
    code_minutes = Whole(1, 60)
    tries = Whole(1, 10)
    codes_per_hour = Whole(1, 20)


class Package(Shape):
    makes = types.PackagePolicy
    downloads = Whole(1, 20)
    days = Whole(1, 90)


class Profile(Shape):
    """The whole file."""

    makes = types.Profile
    name = _name()
    law = Words(NAME, "the name of a law, such as eu")
    controller = Part(Controller, required=True)
    rights = Part(Rights, required=True)
    promises = Many(Part(Promise))
    target_days = Whole(1, 30)
    identifiers = Many(Part(Identifier), required=True, least=1)
    contact_of_record = Many(Words(NAME, "the name of a system"), required=True, least=1)
    activities = Many(Part(Activity), required=True, least=1)
    systems = Many(Part(System), required=True, least=1)
    erasure = Part(Erasure, required=True)
    identity = Part(Identity)
    package = Part(Package)
