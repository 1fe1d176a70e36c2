"""Templates of requests: text with typed slots, each of which is encoded for the place where it stands."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from habeas.connectors.http.filters import FILTERS, SAFE_BESIDE_TEXT, Unsearchable
from habeas.sdk import Json, NeedsPerson

__all__ = ["Slot", "Slots", "Template", "Unplaceable", "Unsearchable", "fill_json", "fill_path", "fill_text",
           "fill_values", "slots_in"]  # fmt: skip

ROOTS = ("value", "key", "record", "parent", "each", "all", "job", "today", "options")
_WITH_PATH = ("record", "parent", "options", "all")
_OF_ONE_NAME = ("options", "all")
_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
_SLOT = re.compile(r"([a-z]+)((?:\.[A-Za-z_$][A-Za-z0-9_$-]*)*)((?:\|[a-z0-9_]+)*)")
_QUOTES = {"single_quoted": "'", "double_quoted": '"'}


@dataclass(frozen=True)
class Slot:
    """One place for a value: `{record.id|lower}`."""

    root: str
    path: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ".".join((self.root, *self.path))


@dataclass(frozen=True)
class Template:
    """Text parted at its slots."""

    parts: tuple[str | Slot, ...]

    @property
    def slots(self) -> tuple[Slot, ...]:
        return tuple(each for each in self.parts if isinstance(each, Slot))

    @property
    def whole(self) -> Slot | None:
        """The slot, if the template is nothing else."""
        return self.parts[0] if len(self.parts) == 1 and isinstance(self.parts[0], Slot) else None


@dataclass(frozen=True)
class Slots:
    """What the slots of one request hold."""

    options: Mapping[str, Json] = field(default_factory=dict)
    value: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    record: Mapping[str, Json] | None = field(default=None, repr=False)
    parent: Mapping[str, Json] | None = field(default=None, repr=False)
    each: Json = field(default=None, repr=False)
    all: Mapping[str, Json] | None = field(default=None, repr=False, compare=False)
    job: str | None = None
    today: str = ""
    country: str = ""

    def has(self, slot: Slot) -> bool:
        return self._look_up(slot) is not None

    def _look_up(self, slot: Slot) -> Json:
        found: Any = getattr(self, slot.root)
        for step in slot.path:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found  # type: ignore[no-any-return]

    def of(self, slot: Slot) -> Json:
        """The value of a slot after its filters; raises NeedsPerson where there is none."""
        found = self._look_up(slot)
        if found is None:
            raise NeedsPerson(f"a request needs {slot}, which is not there")
        for name in slot.filters:
            text = ",".join(map(plain_text, found)) if isinstance(found, list) and name == "joined" else found
            found = self._filter(name, text, slot)
        if found == "" and slot.root == "value":
            raise Unsearchable  # nothing left of it, as of a word whose digits are asked for: it would match everybody
        return found

    def _filter(self, name: str, text: Json, slot: Slot) -> Json:
        try:
            return FILTERS[name](_as_text(text, slot), self.country)
        except Unsearchable:
            if slot.root == "value":
                raise
            raise NeedsPerson(f"{slot} has a form that no record of the vendor's has") from None


def parse(text: str) -> tuple[Template, list[str]]:
    """The template in a text, and what is wrong with its form."""
    parts: list[str | Slot] = []
    problems = []
    for match in _PIECE.finditer(text):
        piece, inner = match[0], match[1]
        if inner is not None:
            slot, problem = _parse_slot(inner)
            parts.append(slot)
            problems += [problem] if problem else []
        elif piece in "{}":
            problems.append("a brace has no partner: write {{ or }} for the brace itself")
        else:
            literal = piece[0] if piece in ("{{", "}}") else piece
            if parts and isinstance(parts[-1], str):
                parts[-1] += literal
            else:
                parts.append(literal)
    return Template(tuple(parts)), problems


def _parse_slot(text: str) -> tuple[Slot, str]:
    match = _SLOT.fullmatch(text)
    if not match or match[1] not in ROOTS:
        return Slot("value"), f"{{{text}}} is no slot: known are {', '.join(ROOTS)}"
    path, filters = tuple(match[2].split(".")[1:]), tuple(match[3].split("|")[1:])
    slot = Slot(match[1], path, filters)
    if bool(path) != (slot.root in _WITH_PATH) or (slot.root in _OF_ONE_NAME and len(path) != 1):
        return slot, f"{{{text}}} needs {'a field' if not path else 'no field'} after {slot.root}"
    unknown = [each for each in filters if each not in FILTERS]
    return slot, f"{{{text}}} has a filter that is not known: {', '.join(unknown)}" if unknown else ""


def beside_text(template: Template) -> Iterator[str]:
    """What is unsafe where slots stand beside other text of a value: a value must not change what the text means."""
    if template.whole:
        return
    for number, each in enumerate(template.parts):
        if not isinstance(each, Slot) or each.root in ("options", "job", "all", "today"):
            continue
        last = each.filters[-1] if each.filters else ""
        before = template.parts[number - 1] if number else ""
        after = template.parts[number + 1] if number + 1 < len(template.parts) else ""
        if last not in SAFE_BESIDE_TEXT:
            yield f"{{{each}}} stands beside other text without a filter that makes it safe there"
        elif last in _QUOTES and not (str(before).endswith(_QUOTES[last]) and str(after).startswith(_QUOTES[last])):
            yield f"{{{each}|{last}}} does not stand between {_QUOTES[last]} and {_QUOTES[last]}"


def slots_in(tree: Any) -> Iterator[Slot]:
    """Every slot in a template, or in a tree of lists and mappings of them."""
    if isinstance(tree, Template):
        yield from tree.slots
    elif isinstance(tree, Mapping):
        for each in tree.values():
            yield from slots_in(each)
    elif isinstance(tree, list | tuple):
        for each in tree:
            yield from slots_in(each)


def fill_text(template: Template, slots: Slots) -> str:
    """The template as plain text."""
    return "".join(each if isinstance(each, str) else _as_text(slots.of(each), each) for each in template.parts)


class Unplaceable(NeedsPerson):
    """A value that cannot stand in a path without the risk of another one."""


def fill_path(template: Template, slots: Slots, raw: frozenset[str], *, changes: bool) -> str:
    """The template as a path: each slot is a part of one segment; `raw` names the options that may hold slashes.

    Raises Unplaceable where a value would be a dot segment or nothing, or where a call that `changes` something would
    hold a slash: some servers decode a path before they part it.
    """
    path = ""
    for each in template.parts:
        if isinstance(each, str):
            path += each
            continue
        text = _as_text(slots.of(each), each)
        if each.root == "options" and each.path[0] in raw:
            path += text
            continue
        if not text or (changes and ("/" in text or "\\" in text)):
            raise Unplaceable(f"{each} cannot stand in a path: it is empty or holds a slash")
        path += quote(text.encode("utf-8", "surrogatepass"), safe="")
    if any(segment in (".", "..") for segment in path.split("/")):
        raise Unplaceable("a value would be a dot segment of a path")
    return path


def fill_json(tree: Any, slots: Slots) -> Json:
    """A tree of templates as JSON: a slot that is a whole value keeps its type."""
    if isinstance(tree, Template):
        return slots.of(tree.whole) if tree.whole else fill_text(tree, slots)
    if isinstance(tree, Mapping):
        return {name: fill_json(each, slots) for name, each in tree.items()}
    if isinstance(tree, list | tuple):
        return [fill_json(each, slots) for each in tree]
    return tree  # type: ignore[no-any-return]


def fill_values(named: Mapping[str, Any], slots: Slots) -> list[tuple[str, str]]:
    """Templates of a query or form as pairs; a list gives its name several times."""
    pairs = []
    for name, tree in named.items():
        found = fill_json(tree, slots)
        pairs += [(name, plain_text(each)) for each in (found if isinstance(found, list) else [found])]
    return pairs


def plain_text(value: Any) -> str:
    """A single JSON value as a query or path writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _as_text(value: Any, slot: Slot) -> str:
    if isinstance(value, dict | list):
        raise NeedsPerson(f"{slot} is no single value")
    return plain_text(value)
