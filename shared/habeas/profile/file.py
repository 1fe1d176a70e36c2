"""Reads profiles from files, and says everything that is wrong with one at once, each with its line."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError, fields

from habeas.errors import Fault, Faults
from habeas.marked import Marked, Where, load_marked
from habeas.profile.fields import REMEDY, speaking
from habeas.profile.references import reference_faults
from habeas.profile.shapes import LANGUAGE
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


def load_profile(path: Path) -> Profile:
    """The profile in that file; raises Faults with every fault in it, each as `file:line`."""
    marked = load_marked(path, name=path.name)
    shape = ProfileShape()
    with speaking(_languages(marked)):
        try:
            profile: Profile | None = shape.load(marked.data)
            faults: list[Fault] = []
        except ValidationError as error:
            profile = None
            faults = list(_faults(marked, shape, error.messages_dict, ()))
    faults += reference_faults(marked)
    if profile is None or faults:
        raise Faults(sorted(faults, key=lambda fault: int(fault.where.rpartition(":")[2])))
    return profile


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


def _faults(marked: Marked, shape: Schema, messages: Mapping[Any, Any], path: Where) -> Iterator[Fault]:
    for key, value in messages.items():
        below = path if key == "_schema" else (*path, key)
        if isinstance(value, dict):
            yield from _faults(marked, shape, value, below)
            continue
        for message in value:
            problem, _, remedy = message.partition(REMEDY)
            problem = _WORDS.get(problem, problem)
            if problem == "is not known here":
                remedy = _known_keys(shape, path, str(key))
            yield marked.fault(below, f"{_dotted(below)} {problem}", remedy)


def _dotted(path: Where) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return text or "the file"


def _known_keys(shape: Schema, path: Where, key: str) -> str:
    names = sorted(_schema_at(shape, path).fields)
    close = difflib.get_close_matches(key, names, n=1)
    return f"did you mean {close[0]}?" if close else "take it out; known here: " + ", ".join(names)


def _schema_at(shape: Schema, path: Where) -> Schema:
    for part in path:
        if isinstance(part, int):
            continue
        inner: Any = shape.fields[part]
        if isinstance(inner, fields.List):
            inner = inner.inner
        shape = inner.schema
    return shape
