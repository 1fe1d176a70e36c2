"""Says what is wrong with settings and requests in our own words, and where, as marshmallow found it."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

from habeas.errors import Fault

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
