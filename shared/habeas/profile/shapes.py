"""The form of a profile file: which keys stand where and what each may hold, as marshmallow schemas."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from marshmallow import post_load

from habeas.profile import forms, types
from habeas.profile.fields import (
    Choice,
    Flag,
    LengthOfTime,
    Many,
    MonthDay,
    Named,
    OneOrMany,
    Part,
    PerCountry,
    Translated,
    Whole,
    Words,
)
from habeas.profile.parties import Authority, Channel, Company, Controller, Notice, Recipient, Shape, ToConfirm
from habeas.vocabulary import Assurance, LegalBasis, Operation, Right


class Standing(StrEnum):
    """What a profile may say of a right: it holds either way."""

    STATED = "stated"
    BY_LAW = "by_law"


class _Rights(Shape):
    """All eight rights: each holds, and the text states it or the law alone does."""

    @post_load
    def _make(self, data: Mapping[str, Any], **_: Any) -> Any:
        return {Right(name): types.RightPolicy(stated=how is Standing.STATED) for name, how in data.items()}


#: All eight, one a line: leaving one out is a fault, since no profile can take a right away.
Rights = _Rights.from_dict({right.value: Choice(Standing, required=True) for right in Right}, name="Rights")
Rights.__doc__ = _Rights.__doc__


class Promise(Shape):
    makes = types.Promise
    right = Choice(Right, required=True)
    within_days = Whole(1, 366, required=True)
    source = Words(required=True)


class Identifier(Shape):
    makes = types.IdentifierField
    name = forms.key()
    label = Translated(required=True)
    why = Translated(required=True)
    required = Flag(required=True)
    kind = Choice(types.IdentifierKind, required=True)


class Retention(Shape):
    makes = types.Retention
    words = Translated(required=True)
    after = Choice(types.StartEvent)
    length = LengthOfTime(data_key="for")
    at_most = LengthOfTime()
    only_with = Choice(LegalBasis)
    on_request = Flag()


class LegalRetention(Shape):
    makes = types.LegalRetention
    name = forms.key()
    law = Words(required=True)
    article = Words(forms.ARTICLE, "a ground of the GDPR such as 17(3)(b)", required=True)
    ground = Translated(required=True)
    covers = Translated(required=True)
    after = Choice(types.StartEvent, required=True)
    length = LengthOfTime(data_key="for", required=True)
    until = Choice(types.PeriodEnd)
    financial_year_ends = MonthDay()


class KeptUnder(Shape):
    makes = types.KeptUnder
    rule = forms.key()
    kinds = Many(Words(), least=1, set_=True)


class Activity(Shape):
    makes = types.Activity
    name = forms.key()
    title = Translated(required=True)
    purpose = Translated(required=True)
    bases = OneOrMany(Choice(LegalBasis), data_key="basis", required=True)
    categories = Translated(required=True)
    subjects = Translated(required=True)
    recipients = Many(Part(Recipient), required=True)
    source = Translated(required=True)
    retention = Part(Retention, required=True)
    keep = Many(Part(KeptUnder))
    role = Choice(types.Role)
    customer = Translated(allow_none=True)
    company = Words(forms.KEY, "the name of a company of the group", allow_none=True)
    origin = Many(Choice(types.Origin), least=1, set_=True)
    by_machine = Flag()
    automated = Translated(allow_none=True)
    overriding = Translated(allow_none=True)
    without = Translated(allow_none=True)
    removal = Choice(types.Removal)
    third_parties = Flag()
    marketing = Flag()
    risk = Choice(types.Risk)


class System(Shape):
    makes = types.System
    name = forms.name()
    title = Translated(required=True)
    connector = forms.name()
    activities = Many(Words(forms.KEY, "the name of an activity"), required=True, least=1)
    holds = Translated(required=True)
    feeds = Many(Words(forms.NAME, "the name of a system"))
    required = Flag()
    operations = Many(Choice(Operation), set_=True)
    gives = Many(Words(forms.KEY, "the name of an identifier"), set_=True)
    instructions = Translated()


class Erasure(Shape):
    makes = types.ErasurePolicy
    approval = Choice(types.Approval, required=True)
    cooling_off_hours = Whole(0, 336, required=True)


class IdentityStep(Shape):
    makes = types.IdentityStep
    assurance = Choice(Assurance, required=True)
    when = Choice(types.When, required=True)
    rights = Many(Choice(Right), least=1, set_=True)
    risks = Many(Choice(types.Risk), least=1, set_=True)


class SignIn(Shape):
    makes = types.SignIn
    provider = forms.provider()
    title = Translated(required=True)
    assurance = Choice(Assurance, only=(Assurance.A2, Assurance.A3), required=True)
    identifiers = Named(Words(forms.KEY, "the name of an identifier"), required=True)
    acr = Many(Words(), least=1, set_=True)


class Asserter(Shape):
    makes = types.Asserter
    public_key = forms.public_key()
    assurance = Choice(Assurance, only=(Assurance.A1, Assurance.A2, Assurance.A3), required=True)


class Demanded(Shape):
    makes = types.Demanded
    what = Choice(types.Demand, required=True)
    when = Choice(types.When, required=True)
    source = Words(required=True)
    ground = Translated(allow_none=True)


class Identity(Shape):
    makes = types.IdentityPolicy
    code_minutes = Whole(1, 60)
    tries = Whole(1, 10)
    codes_per_hour = Whole(1, 20)
    steps = Many(Part(IdentityStep))
    demands = Many(Part(Demanded))
    sign_in = Many(Part(SignIn))
    asserter = Part(Asserter, allow_none=True)
    shared_mailboxes = Many(forms.local_part(), set_=True)


class Package(Shape):
    makes = types.PackagePolicy
    downloads = Whole(1, 20)
    days = Whole(1, 90)


class Profile(Shape):
    """The whole file."""

    makes = types.Profile
    name = forms.name()
    laws = OneOrMany(Words(forms.NAME, "the name of a law, such as eu"), data_key="law")
    controller = Part(Controller, required=True)
    group = Many(Part(Company))
    authorities = PerCountry(Part(Authority))
    notice = Part(Notice, allow_none=True)
    to_confirm = Many(Part(ToConfirm))
    rights = Part(Rights, required=True)
    channels = Many(Part(Channel))
    signals = Many(Choice(types.Signal), set_=True)
    promises = Many(Part(Promise))
    target_days = Whole(1, 30)
    identifiers = Many(Part(Identifier), required=True, least=1)
    contact_of_record = Many(Words(forms.NAME, "the name of a system"), required=True, least=1)
    activities = Many(Part(Activity), required=True, least=1)
    systems = Many(Part(System), required=True, least=1)
    legal_retention = Many(Part(LegalRetention))
    erasure = Part(Erasure, required=True)
    identity = Part(Identity)
    package = Part(Package)
