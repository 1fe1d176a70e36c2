"""The form of the parts of a profile that say who: the controller, its group, the authorities, whoever receives."""

from collections.abc import Mapping
from typing import Any, ClassVar

from marshmallow import RAISE, Schema, post_load

from habeas.profile import forms, types
from habeas.profile.fields import Choice, Many, Part, Words
from habeas.vocabulary import Right


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
    url = forms.page(required=True)
    address = Words()


class Contact(Shape):
    makes = types.Contact
    email = Words(forms.MAIL, "an e-mail address", required=True)
    post = Words(allow_none=True)
    phone = Words(allow_none=True)


class Controller(Shape):
    makes = types.Controller
    name = Words(required=True)
    country = forms.country()
    calendar = forms.calendar(required=True)
    zone = forms.zone(required=True)
    languages = Many(forms.language(), required=True, least=1, set_=True)
    authority = Part(Authority, required=True)
    contact = Part(Contact, required=True)
    data_protection_officer = Part(Contact, allow_none=True)


class Safeguard(Shape):
    makes = types.Safeguard
    kind = Choice(types.SafeguardKind, required=True)
    note = Words(allow_none=True)
    copy_at = Words(allow_none=True)


class Company(Shape):
    makes = types.Company
    name = forms.key()
    title = Words(required=True)
    country = forms.country()
    calendar = forms.calendar()
    zone = forms.zone()
    authority = Part(Authority)
    safeguard = Part(Safeguard)


class Recipient(Shape):
    makes = types.Recipient
    name = Words(required=True)
    country = forms.country()
    safeguard = Part(Safeguard, allow_none=True)


class Notice(Shape):
    makes = types.Notice
    title = Words(required=True)
    language = forms.language()
    prevails = forms.language()
    url = forms.page()


class Channel(Shape):
    makes = types.Channel
    kind = Choice(types.ChannelKind, required=True)
    address = Words()
    rights = Many(Choice(Right), least=1, set_=True)


class ToConfirm(Shape):
    makes = types.ToConfirm
    about = Words(required=True)
    question = Words(required=True)
    assumed = Words(required=True)
