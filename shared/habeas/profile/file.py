"""Reads profiles from files, and says everything that is wrong with one at once, each with its line."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields

from habeas.errors import Fault, Faults
from habeas.marked import Marked, Where, load_marked
from habeas.profile.contradictions import contradictions, demands_without_ground
from habeas.profile.fields import REMEDY, PerCountry, speaking
from habeas.profile.forms import LANGUAGE
from habeas.profile.references import wrong_references
from habeas.profile.remarks import Remark, dotted
from habeas.profile.shapes import Profile as ProfileShape
from habeas.profile.types import Profile

#: What marshmallow says, in words that follow the name of a key.
_WORDS = {
    "Missing data for required field.": "is missing",
    "Field may not be null.": "is empty",
    "Invalid input type.": "is not a mapping",
    "Invalid type.": "is not a mapping",
    "Unknown field.": "is not known here",
}

#: What is looked at beside the form of single values, by the rule's name.
_LOOKS: Mapping[str, Callable[[Marked], Iterator[Remark]]] = {
    "reference": wrong_references,
    "contradiction": contradictions,
    "document_of_everybody": demands_without_ground,
}


@dataclass(frozen=True)
class Reading:
    """A file that is readable as YAML: its profile, unless something is wrong, and every fault with its rule's name."""

    marked: Marked
    profile: Profile | None
    faults: tuple[tuple[str, Remark], ...]


def read_profile(path: Path) -> Reading:
    """Reads a file and everything that is wrong with it; raises Faults only where it is not readable as YAML."""
    marked = load_marked(path, name=path.name)
    shape = ProfileShape()
    faults: list[tuple[str, Remark]] = []
    profile: Profile | None = None
    with speaking(_languages(marked)):
        try:
            profile = shape.load(marked.data)
        except ValidationError as error:
            faults += (("form", remark) for remark in _faults(shape, error.messages_dict, ()))
    for rule, look in _LOOKS.items():
        faults += ((rule, remark) for remark in look(marked))
    faults.sort(key=lambda fault: marked.line_of(fault[1].path))
    return Reading(marked, None if faults else profile, tuple(faults))


def load_profile(path: Path) -> Profile:
    """The profile in that file; raises Faults with every fault in it, each as `file:line`."""
    reading = read_profile(path)
    if reading.profile is None:
        raise Faults([remark.as_fault(reading.marked) for _, remark in reading.faults])
    return reading.profile


def load_profiles(folder: Path) -> Mapping[str, Profile]:
    """The profiles of a folder by name: `<file>.yaml` in it and `profile.yaml` one folder down.

    Raises Faults with the faults of all files together; for no profile at all and for a name given twice too.
    """
    found: dict[str, Profile] = {}
    faults: list[Fault] = []
    paths = [*sorted(folder.glob("*.yaml")), *sorted(folder.glob("*/profile.yaml"))]
    for path in paths:
        try:
            profile = load_profile(path)
        except Faults as wrong:
            faults += wrong.faults
            continue
        if profile.name in found:
            faults.append(Fault(f"{path.name}:1", f"another file names its profile {profile.name!r} too", "rename one"))
        found[profile.name] = profile
    if not paths:
        faults.append(Fault(str(folder), "there is no profile in this folder", "put one there, ending in .yaml"))
    if faults:
        raise Faults(faults)
    return found


def _languages(marked: Marked) -> tuple[str, ...]:
    controller = marked.data.get("controller") if isinstance(marked.data, dict) else None
    languages = controller.get("languages") if isinstance(controller, dict) else None
    if not isinstance(languages, list):
        return ()
    return tuple(each for each in languages if isinstance(each, str) and LANGUAGE.fullmatch(each))


def _faults(shape: Schema, messages: Mapping[Any, Any], path: Where) -> Iterator[Remark]:
    for key, value in messages.items():
        below = path if key == "_schema" else (*path, key)
        if isinstance(value, dict):
            yield from _faults(shape, value, below)
            continue
        for message in value:
            problem, _, remedy = message.partition(REMEDY)
            problem = _WORDS.get(problem, problem)
            if problem == "is not known here":
                remedy = _known_keys(shape, path, str(key))
            yield Remark(below, f"{dotted(below)} {problem}", remedy)


def _known_keys(shape: Schema, path: Where, key: str) -> str:
    names = sorted(_fields(_schema_at(shape, path)))
    close = difflib.get_close_matches(key, names, n=1)
    return f"did you mean {close[0]}?" if close else "take it out; known here: " + ", ".join(names)


def _schema_at(shape: Schema, path: Where) -> Schema:
    ahead = list(path)
    while ahead:
        part = ahead.pop(0)
        if isinstance(part, int):
            continue
        inner: Any = _fields(shape)[part]
        if isinstance(inner, PerCountry):
            ahead = ahead[1:]
        if isinstance(inner, fields.List | PerCountry):
            inner = inner.inner
        shape = inner.schema
    return shape


def _fields(shape: Schema) -> Mapping[str, Any]:
    """The fields of a part by the keys that stand in the file."""
    return {field.data_key or name: field for name, field in shape.fields.items()}
