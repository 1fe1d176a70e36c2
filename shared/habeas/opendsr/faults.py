"""Says what is wrong with settings and requests in our own words, and where, as marshmallow found it."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from habeas.errors import Fault, Faults

_WORDS = {
    "Missing data for required field.": "it is missing",
    "Unknown field.": "this is not known",
    "String does not match expected pattern.": "it does not have the form that it needs",
}


def faults_of(error: ValidationError, remedy: str = "") -> Iterator[Fault]:
    """Each thing that is wrong, with its place as a dotted path; what was in it is never said."""
    yield from _faults(error.messages_dict, (), remedy)


def _faults(messages: Mapping[Any, Any], where: tuple[str, ...], remedy: str) -> Iterator[Fault]:
    for name, said in messages.items():
        # of a mapping, marshmallow tells keys and values apart below each key
        below = where if name in ("_schema", "key", "value") else (*where, str(name))
        if isinstance(said, dict):
            yield from _faults(said, below, remedy)
        else:
            for each in said:
                yield Fault(".".join(below), _WORDS.get(each, each[:1].lower() + each[1:].rstrip(".")), remedy)


def tell_faults(wrong: Faults) -> dict[str, Any]:
    """The body of a refusal by the text (7.6): which field, and why; never what was in it."""
    errors = [
        {"domain": "Validation", "reason": each.where, "message": f"{each.problem}: {each.remedy}"}
        for each in wrong.faults
    ]
    return {"error": {"code": 400, "message": errors[0]["message"], "errors": errors}}
