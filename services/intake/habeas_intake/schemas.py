"""The shapes at intake's machine door."""

from marshmallow import fields, validate

from habeas.web.api import Shape
from habeas_intake.applications import MOST_WORDS, OFFERED
from habeas_intake.authorised_agents import CAPACITIES, MANDATES

MOST_REFERENCE = 60
MOST_ASSERTION = 4000
_PRINTABLE = validate.Predicate("isprintable", error="Letters that can be printed only.")


class OnBehalf(Shape):
    """By which mandate somebody acts for the person."""

    agent_reference = fields.String(
        required=True,
        validate=[validate.Length(min=1, max=MOST_REFERENCE), _PRINTABLE],
        metadata={"description": "the agent's own number of this mandate; the person sees it"},
    )
    mandate = fields.String(
        required=True,
        validate=validate.OneOf(MANDATES),
        metadata={"description": "whether the agent says that it has one, or holds a signed document"},
    )


class NewCase(Shape):
    """What a program asks for a person."""

    controller = fields.String(required=True, metadata={"description": "name of the controller's profile"})
    rights = fields.List(
        fields.String(validate=validate.OneOf(OFFERED)),
        required=True,
        validate=validate.Length(min=1, max=len(OFFERED)),
    )
    identifiers = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    contact = fields.String(load_default="", metadata={"description": "an address for one acknowledgement"})
    language = fields.String(load_default="", metadata={"description": "a language of the controller's"})
    words = fields.String(load_default="", validate=validate.Length(max=MOST_WORDS))
    received_at = fields.AwareDateTime(
        load_default=None,
        metadata={"description": "when it arrived, where that was before now: a letter, a forwarded ticket"},
    )
    capacity = fields.String(
        load_default="",
        validate=validate.OneOf(("", *CAPACITIES)),
        metadata={"description": "for whom is asked; without it `authorised` if there is `on_behalf`, else `self`"},
    )
    on_behalf = fields.Nested(OnBehalf, load_default=None, metadata={"description": "for an authorised agent"})
    assertion = fields.String(
        load_default="",
        validate=validate.Length(max=MOST_ASSERTION),
        metadata={"description": "what a signed-in page of the controller says of who is signed in there"},
    )


class Idempotent(Shape):
    """What makes a call that is sent twice open one case."""

    idempotency_key = fields.String(required=True, data_key="Idempotency-Key", validate=validate.Length(min=8, max=120))

    class Meta:
        unknown = "exclude"  # a request has many headers


class OpenedCase(Shape):
    """A case that was opened."""

    id = fields.String(required=True)
    reference = fields.String(required=True)
    respond_by = fields.Date(required=True)
    prove_at = fields.String(required=True, metadata={"description": "path where the person confirms who they are"})


class RightState(Shape):
    """One right of a case."""

    right = fields.String(required=True)
    state = fields.String(required=True)
    respond_by = fields.Date(required=True)


class CaseState(Shape):
    """Where a case stands; nothing personal."""

    id = fields.String(required=True)
    reference = fields.String(required=True)
    state = fields.String(required=True)
    rights = fields.List(fields.Nested(RightState), required=True)
