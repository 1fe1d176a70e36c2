"""The facts of a case as a JSON file: read strictly, with every fault at once, and nothing guessed.

{
  "today": "2026-11-25",                       the day of the decision in the controller's zone; required
  "country": "SE",                             where the person lives (ISO 3166-1)
  "grounds": ["accuracy_contested"],           what is stated or established, words of `Ground`
  "together": ["access"],                      the other rights of the same letter
  "scope": ["orders"],                         the activities that are meant; left out or empty means all
  "corrected": {"email": ["old", "new"]},      a field, its wrong value and the right one
  "activities": {
    "orders": {
      "dates": {"contract_end": "2026-01-31"}, the starts of periods, words of `StartEvent`
      "records": {"invoices": ["2024-05-01", null]},  dates by kind; null: no date; []: none is there
      "holds_data": true,                      true or false; null or left out: not known; so with these:
      "consented": true, "contract_runs": true, "controller_claims": false, "overridden": false,
      "accurate": false, "solely_automated": true, "significant": true,
      "origin": ["provided", "observed"],      how the data came to be, words of `Origin`
      "customer": "Alfa AB"                    for whom a processor holds it
    }
  }
}
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from habeas.decisions.types import ActivityFacts, Facts, Ground
from habeas.errors import Fault, Faults
from habeas.profile.places import COUNTRIES
from habeas.profile.types import Origin, StartEvent
from habeas.vocabulary import Right

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PAIR = 2
_FLAGS = (
    "holds_data",
    "consented",
    "contract_runs",
    "controller_claims",
    "overridden",
    "accurate",
    "solely_automated",
    "significant",
)
_TOP = ("today", "country", "grounds", "together", "scope", "activities", "corrected")
_OF_ACTIVITY = ("dates", "records", *_FLAGS, "origin", "customer")

_Word = TypeVar("_Word", bound=StrEnum)
_Value = TypeVar("_Value")


def read_facts(source: Path | Mapping[str, Any]) -> Facts:
    """The facts in a JSON file or in a mapping of the same form; raises Faults with all of them, each with its path."""
    reader = _Reader()
    data = _load(source) if isinstance(source, Path) else source
    facts = reader.facts(data)
    if reader.faults or facts is None:
        raise Faults(reader.faults)
    return facts


class _Reader:
    """Reads one value after the other and notes what is wrong instead of stopping there."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def facts(self, data: Any) -> Facts | None:
        if not self._keys(data, "", _TOP):
            return None
        if "today" not in data:
            self._fault("today", "is missing", "write the day of the decision, such as 2026-11-25")
        today = self._day(data["today"], "today") if "today" in data else None
        activities = {
            name: self._activity(each, path)
            for name, each, path in self._items(data.get("activities", {}), "activities")
        }
        corrected = self._items(data.get("corrected", {}), "corrected")
        found = Facts(
            today=today or date.min,
            country=None if data.get("country") is None else self._country(data["country"], "country"),
            grounds=self._words(data.get("grounds", []), "grounds", Ground),
            together=self._words(data.get("together", []), "together", Right),
            scope=self._list(data.get("scope", []), "scope", self._text),
            activities=activities,
            corrected={name: self._change(each, path) for name, each, path in corrected},
        )
        return found if today else None

    def _activity(self, data: Any, path: str) -> ActivityFacts:
        if not self._keys(data, path, _OF_ACTIVITY):
            return ActivityFacts()
        dates = {
            event: self._day_or_none(each, where)
            for name, each, where in self._items(data.get("dates", {}), f"{path}.dates")
            if (event := self._event(name, where))
        }
        records = {
            kind: self._list(each, where, self._day_or_none)
            for kind, each, where in self._items(data.get("records", {}), f"{path}.records")
        }
        flags = {name: self._flag(data[name], f"{path}.{name}") for name in _FLAGS if name in data}
        return ActivityFacts(
            dates={event: day for event, day in dates.items() if day},
            records=records,
            origin=None if data.get("origin") is None else self._words(data["origin"], f"{path}.origin", Origin),
            customer=None if data.get("customer") is None else self._text(data["customer"], f"{path}.customer"),
            **flags,
        )

    def _keys(self, data: Any, path: str, known: tuple[str, ...]) -> bool:
        if not isinstance(data, Mapping):
            self._fault(path or "the facts", "is not a mapping", "write { … } with keys and values")
            return False
        for key in data:
            if key not in known:
                self._fault(f"{path}.{key}".lstrip("."), "is not known here", "known here: " + ", ".join(known))
        return True

    def _items(self, data: Any, path: str) -> Iterator[tuple[str, Any, str]]:
        if not isinstance(data, Mapping):
            self._fault(path, "is not a mapping", "write { … } with a name for each")
            return
        for name, value in data.items():
            yield str(name), value, f"{path}.{name}"

    def _list(self, data: Any, path: str, read: Callable[[Any, str], _Value]) -> tuple[_Value, ...]:
        if not isinstance(data, list | tuple):
            self._fault(path, "is not a list", "write [ … ]")
            return ()
        return tuple(read(each, f"{path}[{number}]") for number, each in enumerate(data, start=1))

    def _words(self, data: Any, path: str, words: type[_Word]) -> tuple[_Word, ...]:
        return tuple(each for each in self._list(data, path, lambda one, at: self._word(one, at, words)) if each)

    def _word(self, value: Any, path: str, words: type[_Word]) -> _Word | None:
        if isinstance(value, str) and value in list(words):
            return words(value)
        self._fault(path, "is not one of the words", "write one of " + ", ".join(words))
        return None

    def _event(self, name: str, path: str) -> StartEvent | None:
        event = self._word(name, path, StartEvent)
        if event is StartEvent.RECORD_DATE:
            self._fault(path, "is a date of each record, not of the person", "write it under records, by kind")
        return event

    def _day_or_none(self, value: Any, path: str) -> date | None:
        return None if value is None else self._day(value, path)

    def _day(self, value: Any, path: str) -> date | None:
        if type(value) is date:
            return value
        try:
            if isinstance(value, str) and _DAY.fullmatch(value):
                return date.fromisoformat(value)
        except ValueError:
            pass
        self._fault(path, "is not a date", "write a day that exists, such as 2026-01-31")
        return None

    def _country(self, value: Any, path: str) -> str | None:
        if isinstance(value, str) and value in COUNTRIES:
            return value
        self._fault(path, "is no country", "write its two letters, such as SE")
        return None

    def _flag(self, value: Any, path: str) -> bool | None:
        if value is None or isinstance(value, bool):
            return value
        self._fault(path, "is neither true nor false", "write true or false, or leave it out where it is not known")
        return None

    def _text(self, value: Any, path: str) -> str:
        if isinstance(value, str) and value.strip():
            return value
        self._fault(path, "is no text", "write the words")
        return ""

    def _change(self, value: Any, path: str) -> tuple[str, str]:
        if isinstance(value, list | tuple) and len(value) == _PAIR and all(isinstance(each, str) for each in value):
            return value[0], value[1]
        self._fault(path, "is not the old value and the new one", 'write ["old", "new"]')
        return "", ""

    def _fault(self, where: str, problem: str, remedy: str) -> None:
        self.faults.append(Fault(where, problem, remedy))


def _load(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_once)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as wrong:
        line = f":{wrong.lineno}" if isinstance(wrong, json.JSONDecodeError) else ""
        raise Faults([Fault(f"{path.name}{line}", "is not JSON", "write one JSON object")]) from None
    except OSError:
        raise Faults([Fault(path.name, "cannot be read", "name a file that is there")]) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        _refuse_twice([name for name, _ in pairs])
    return found


def _refuse_twice(names: list[str]) -> NoReturn:
    twice = sorted({name for name in names if names.count(name) > 1})
    raise Faults(Fault(name, "is given twice", "leave one of them out") for name in twice)
