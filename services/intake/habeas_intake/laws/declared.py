"""Reads days that a State has declared and that the library of holidays does not know yet, from a file's text."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from habeas.sdk.errors import Fault, Faults
from habeas_intake.laws.calendars import Calendars, check_calendar

_SHAPE = "write a calendar and its days: `SE: [2026-06-19]`"


@lru_cache(maxsize=8)
def load_calendars(path: Path | None) -> Calendars:
    """The calendars with the days that a file adds to them, read once a process; without a file, the library's alone.

    Raises Faults for a file that cannot be read or that `read_declared` refuses.
    """
    if path is None:
        return Calendars()
    try:
        return Calendars(read_declared(path.read_text(encoding="utf-8")))
    except OSError as error:
        remedy = "name a readable file, or leave HABEAS_HOLIDAYS out"
        raise Faults([Fault("holidays", f"{path.name} cannot be read ({error.strerror})", remedy)]) from error
    except Faults as wrong:
        placed = [Fault(f"{path.name}: {each.where}", each.problem, each.remedy) for each in wrong.faults]
        raise Faults(placed) from None


def read_declared(text: str) -> Mapping[str, frozenset[date]]:
    """The days of each calendar in a YAML or JSON text of the form `calendar: [dates]`, for `Calendars.more`.

    Raises Faults for every entry that is wrong, each with its place (`SE[2]`): nothing is left out in silence.
    """
    data = _parse(text)
    faults: list[Fault] = []
    found = {str(calendar): frozenset(_days(str(calendar), days, faults)) for calendar, days in data.items()}
    if faults:
        raise Faults(faults)
    return found


def read_day(value: object) -> date | None:
    """A day written like 2026-06-19; None for anything else."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


class _Once(yaml.SafeLoader):
    """Refuses a calendar that stands there twice, of which YAML would keep the last; leaves days as they stand."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Make a mapping; raises Faults for a key that is given twice."""
        keys = [key.value for key, _ in node.value]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise Faults([Fault(key, "stands there twice", "put its days into one list") for key in twice])
        return super().construct_mapping(node, deep=deep)


# A day that no calendar has would else fail without its place.
_Once.add_constructor("tag:yaml.org,2002:timestamp", lambda _loader, node: node.value)


def _parse(text: str) -> Mapping[object, object]:
    try:
        data = yaml.load(text, Loader=_Once)  # noqa: S506 -- a SafeLoader with one check more
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}" if mark else "the file"
        raise Faults([Fault(where, "this is neither YAML nor JSON", _SHAPE)]) from error
    if not isinstance(data, dict):
        raise Faults([Fault("the file", "it does not map calendars to days", _SHAPE)])
    return data


def _days(calendar: str, days: object, faults: list[Fault]) -> Iterator[date]:
    try:
        check_calendar(calendar)
    except Faults as wrong:
        faults += [Fault(calendar, each.problem, each.remedy) for each in wrong.faults]
    if not isinstance(days, list):
        faults.append(Fault(calendar, "this is no list of days", _SHAPE))
        return
    for number, value in enumerate(days):
        day = read_day(value)
        if day is None:
            faults.append(Fault(f"{calendar}[{number}]", f"{value!r} is no day", "write it like 2026-06-19"))
        else:
            yield day
