"""The form of a profile as JSON Schema, read off the shapes, so that an editor can complete and check while one writes.

It knows what each key may hold; what a name points at and what cannot hold together only `habeas profile check` does.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, fields

from habeas.profile.fields import (
    MONTH_DAY,
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
from habeas.profile.forms import LANGUAGE
from habeas.profile.lengths import LENGTH
from habeas.profile.places import CALENDARS, COUNTRIES
from habeas.profile.shapes import Profile
from habeas.profile.types import Text

DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: Python names its groups in a way that the dialect of JSON Schema does not know.
_PLAIN_GROUP = re.compile(r"\(\?P<\w+>")

Described = dict[str, Any]


def describe_profile() -> Described:
    """The whole schema (draft 2020-12); every part stands under `$defs` by its name."""
    parts: dict[str, Described] = {
        "Calendar": {"description": "Whose public holidays count.", "enum": sorted(CALENDARS)},
        "Country": {"description": "A country by its two letters (ISO 3166-1).", "enum": sorted(COUNTRIES)},
    }
    whole = _describe_part(Profile(), parts)
    parts["Text"] = _object(_say(Text.__doc__), {"additionalProperties": _text(), "minProperties": 1})
    parts["Text"]["propertyNames"] = {"pattern": _whole(LANGUAGE.pattern)}
    return {
        "$schema": DIALECT,
        "title": "A profile for Habeas",
        **whole,
        "$defs": dict(sorted(parts.items())),
    }


def _describe_part(shape: Schema, parts: dict[str, Described]) -> Described:
    known = {field.data_key or name: field for name, field in shape.fields.items()}
    made = getattr(shape, "makes", None)
    return _object(
        _say(made.__doc__ if made else shape.__doc__),
        {
            "properties": {key: _describe(field, parts) for key, field in known.items()},
            "required": [key for key, field in known.items() if field.required],
            "additionalProperties": False,
        },
    )


def _describe(field: fields.Field[Any], parts: dict[str, Described]) -> Described:
    found = _DESCRIBERS[type(field)](field, parts)
    return {"anyOf": [found, {"type": "null"}]} if field.allow_none else found


def _words(field: Any, _: dict[str, Described]) -> Described:
    pattern = {"pattern": _whole(field.form.pattern)} if field.form else {}
    own: Described = field.metadata.get("schema", {})
    return own if "$ref" in own else _text() | pattern | own


def _number(field: Any, _: dict[str, Described]) -> Described:
    return {"type": "integer", "minimum": field.low, "maximum": field.high}


def _choice(field: Any, _: dict[str, Described]) -> Described:
    return {"description": _say(field.words.__doc__), "enum": [str(word) for word in field.allowed]}


def _many(field: Any, parts: dict[str, Described]) -> Described:
    limits = ({"uniqueItems": True} if field.set_ else {}) | ({"minItems": field.least} if field.least else {})
    return {"type": "array", "items": _describe(field.inner, parts)} | limits


def _one_or_many(field: Any, parts: dict[str, Described]) -> Described:
    return {"anyOf": [_describe(field.inner, parts), _many(field, parts)]}


def _part(field: Any, parts: dict[str, Described]) -> Described:
    shape = field.schema
    name = type(shape).__name__
    if name not in parts:
        parts[name] = {}
        parts[name] = _describe_part(shape, parts)
    return {"$ref": f"#/$defs/{name}"}


def _named(field: Any, parts: dict[str, Described]) -> Described:
    each = _describe(field.inner, parts)
    return {"type": "object", "propertyNames": _text(), "additionalProperties": each, "minProperties": 1}


def _per_country(field: Any, parts: dict[str, Described]) -> Described:
    each = _part(field.inner, parts)
    return {"type": "object", "propertyNames": {"$ref": "#/$defs/Country"}, "additionalProperties": each}


_DESCRIBERS: Mapping[type, Callable[[Any, dict[str, Described]], Described]] = {
    Words: _words,
    Whole: _number,
    Flag: lambda *_: {"type": "boolean"},
    Choice: _choice,
    LengthOfTime: lambda *_: {"type": "string", "pattern": _whole(_PLAIN_GROUP.sub("(", LENGTH.pattern))},
    MonthDay: lambda *_: {"type": "string", "pattern": _whole(MONTH_DAY.pattern)},
    Many: _many,
    OneOrMany: _one_or_many,
    Named: _named,
    Part: _part,
    PerCountry: _per_country,
    Translated: lambda *_: {"$ref": "#/$defs/Text"},
}


def _object(description: str, rest: Described) -> Described:
    return {"description": description, "type": "object", **rest}


def _text() -> Described:
    return {"type": "string", "minLength": 1}


def _whole(pattern: str) -> str:
    return f"^(?:{pattern})$"


def _say(docstring: str | None) -> str:
    return " ".join((docstring or "").split())
