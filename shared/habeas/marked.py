"""Reads YAML that people write, and remembers on which line everything stands.

It is stricter than YAML 1.1 where YAML surprises: keys are always text, `NO` is Norway, `0123` and `12:30` are text,
a key given twice is refused, and so are aliases and tags. What comes out is text, int, float, bool, date, None, and
lists and dicts of these.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import yaml

from habeas.sdk.errors import Fault, Faults

MAX_BYTES = 1 << 20
MAX_DEPTH = 40

Where = tuple[str | int, ...]

_WORDS: Mapping[str, Any] = {"": None, "~": None, "null": None, "true": True, "yes": True, "false": False, "no": False}
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?[0-9]{1,15}\.[0-9]{1,15}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Marked:
    """One YAML document as plain data, with the line of every key and list item."""

    data: Any
    name: str
    lines: Mapping[Where, int] = field(repr=False)

    def line_of(self, path: Where) -> int:
        """The line (from 1) of what stands at `path`; of its nearest parent where there is no such thing."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def where(self, path: Where) -> str:
        """`file:line` of what stands at `path`, as faults name it."""
        return f"{self.name}:{self.line_of(path)}"

    def fault(self, path: Where, problem: str, remedy: str = "") -> Fault:
        """A fault that points at the line of `path`."""
        return Fault(self.where(path), problem, remedy)


def load_marked(source: Path | str, *, name: str | None = None) -> Marked:
    """Reads one document from a file (a Path) or from text (a str); raises Faults with every fault of its form."""
    if isinstance(source, Path):
        name = name or str(source)
        text = _read(source, name)
    else:
        name = name or "text"
        text = source
        if len(text) > MAX_BYTES:
            raise Faults([Fault(f"{name}:1", "the document is larger than 1 MiB")])
    builder = _Builder(name)
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
    except _Stop:
        pass
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        builder.faults.append(Fault(f"{name}:{line}", f"not readable as YAML: {error.problem or error.context}"))
    except yaml.YAMLError:
        builder.faults.append(Fault(f"{name}:1", "not readable as YAML: it holds characters that YAML does not allow"))
    if builder.faults:
        raise Faults(builder.faults)
    return Marked(builder.root, name, builder.lines)


def _read(path: Path, name: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise Faults([Fault(name, f"the file cannot be read: {error.strerror}")]) from error
    if len(raw) > MAX_BYTES:
        raise Faults([Fault(f"{name}:1", "the file is larger than 1 MiB")])
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise Faults([Fault(f"{name}:{line}", "the file is not UTF-8")]) from error


@dataclass
class _Open:
    """A list or mapping that has begun and not ended yet; `key` is the mapping's key that waits for its value."""

    value: list[Any] | dict[str, Any]
    path: Where
    key: str | None = None


class _Stop(Exception):  # noqa: N818 -- not an error: it ends the reading, whose faults then say why
    """Ends the reading early: what follows would only be misread."""


class _Builder:
    """Builds plain data from YAML's events, so that no tag or alias is ever followed and depth costs no recursion."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.root: Any = None
        self.lines: dict[Where, int] = {}
        self.faults: list[Fault] = []
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    self._stop(line, "there is more than one document")
            case yaml.AliasEvent():
                self._stop(line, "aliases are not taken", "write the value out")
            case yaml.ScalarEvent():
                self._scalar(event, line)
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                self._begin(event, line)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self._open.pop()

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if event.tag is not None:
            self._fault(line, f"tags ({event.tag}) are not taken")
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            if event.value in top.value:
                self._fault(line, f"the key {event.value!r} stands here twice", "keep one of them")
            top.key = event.value
            self.lines[(*top.path, event.value)] = line
        else:
            self._place(event.value if event.style else self._plain(event.value, line), line)

    def _begin(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, line: int) -> None:
        if event.tag is not None:
            self._fault(line, f"tags ({event.tag}) are not taken")
        if len(self._open) >= MAX_DEPTH:
            self._stop(line, f"nested deeper than {MAX_DEPTH} levels")
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.value, dict) and top.key is None:
            self._stop(line, "a key has to be plain text")
        value: list[Any] | dict[str, Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._open.append(_Open(value, self._place(value, line)))

    def _place(self, value: Any, line: int) -> Where:
        if not self._open:
            self.root = value
            self.lines[()] = line
            return ()
        top = self._open[-1]
        if isinstance(top.value, list):
            top.value.append(value)
            path: Where = (*top.path, len(top.value) - 1)
            self.lines[path] = line
        else:
            path = (*top.path, str(top.key))
            top.value[str(top.key)] = value
            top.key = None
        return path

    def _plain(self, text: str, line: int) -> Any:
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return float(text)
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                self._fault(line, f"{text} is no day of the calendar")
        return text

    def _stop(self, line: int, problem: str, remedy: str = "") -> NoReturn:
        self._fault(line, problem, remedy)
        raise _Stop

    def _fault(self, line: int, problem: str, remedy: str = "") -> None:
        self.faults.append(Fault(f"{self.name}:{line}", problem, remedy))
