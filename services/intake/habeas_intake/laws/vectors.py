"""Cases in a file and the dates that follow: the form in which deadline vectors are kept and answered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from habeas.sdk.errors import Fault, Faults
from habeas.vocabulary import Right
from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.declared import read_day
from habeas_intake.laws.law import FACTS, ClockEvent, Deadlines, Happened, Law
from habeas_intake.laws.regulation import DaysOfRegulation

_DAYS_OF_REGULATION = "REG_1182_71_DAYS"
_ANY_RIGHT = "generic"
_STATES = {
    Happened.IDENTITY_REQUESTED: "suspended_identity",
    Happened.CLARIFICATION_REQUESTED: "suspended_clarification",
    Happened.FEE_REQUESTED: "suspended_fee",
}
#: What the fields of a case are called in a vector.
_FIELDS = {"zone": "tz", "received": "received_at", "law": "regime"}


@dataclass(frozen=True)
class Vectors:
    """What a file of vectors holds: the cases as they were written, and its calendars, which rule for their years."""

    cases: tuple[object, ...]
    calendars: Calendars


def read_vectors(data: object, more: Mapping[str, frozenset[date]]) -> Vectors:
    """The vectors of a parsed JSON file; raises Faults where the file as a whole cannot be used."""
    if isinstance(data, list):
        return Vectors(tuple(data), Calendars(more))
    if not isinstance(data, dict) or not isinstance(data.get("vectors"), list):
        raise Faults([Fault("the file", "it has no list called `vectors`", "see `habeas deadline --help`")])
    return Vectors(tuple(data["vectors"]), Calendars(more, read_whole_years(data.get("calendars", {}))))


def read_whole_years(data: object) -> Mapping[str, Mapping[int, frozenset[date]]]:
    """The public holidays of whole years: `{calendar: {year: [dates]}}`; raises Faults with every place at once."""
    faults: list[Fault] = []
    found: dict[str, dict[int, frozenset[date]]] = {}
    for calendar, years in _items(data, "calendars", faults):
        for year, days in _items(years, f"calendars.{calendar}", faults):
            where = f"calendars.{calendar}.{year}"
            read = [read_day(each) for each in days] if isinstance(days, list) else [None]
            if not year.isdecimal() or any(day is None or day.year != int(year) for day in read):
                faults.append(Fault(where, "this is no list of days of that year", 'write it like ["2026-01-01"]'))
                continue
            found.setdefault(calendar, {})[int(year)] = frozenset(day for day in read if day)
    if faults:
        raise Faults(faults)
    return found


def _items(data: object, where: str, faults: list[Fault]) -> Iterator[tuple[str, Any]]:
    if isinstance(data, dict):
        yield from ((str(key), value) for key, value in data.items())
    else:
        faults.append(Fault(where, "this is no mapping", "leave it out, or map calendars to years to days"))


def answer(case: object, calendars: Calendars, find: Callable[[str], Law]) -> dict[str, Any]:
    """Every date of one vector, under the names of its `expect`.

    Raises Faults that name the vector's fields; nothing is worked out of an input that is wrong.
    """
    if not isinstance(case, dict):
        raise Faults([Fault("vector", "this is no mapping", "see `habeas deadline --help`")])
    try:
        return _answer(case, calendars, find)
    except Faults as wrong:
        faults = [Fault(_FIELDS.get(each.where, each.where), each.problem, each.remedy) for each in wrong.faults]
        raise Faults(faults) from wrong


def _answer(case: Mapping[str, Any], calendars: Calendars, find: Callable[[str], Law]) -> dict[str, Any]:
    faults: list[Fault] = []
    regime, calendar, zone, right = (_text(case, name, faults) for name in ("regime", "calendar", "tz", "right"))
    received = _instant(case.get("received_at"), "received_at", faults)
    events = tuple(_events(case.get("events", []), faults))
    if faults or received is None:
        raise Faults(faults)
    days = _period_days(case) if regime == _DAYS_OF_REGULATION else None
    if right == _ANY_RIGHT and days is None:
        right = Right.ERASURE.value  # no law gives that one less or more than its common time
    law: Law = find(regime) if days is None else DaysOfRegulation(days)
    law = law.counting_by(_federal(calendars, calendar))
    found = _told(law.deadlines(received, calendar, zone, right, events), regulation=days is not None)
    return {**found, "period_days": days} if days is not None else found


def _told(found: Deadlines, *, regulation: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "due_date": _iso(found.respond_by),
        "raw_due_date": _iso(found.respond_by_unrolled),
        "due_instant_utc": found.ends_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if found.ends_at else None,
        "receipt_date": _iso(found.received_on),
    }
    if regulation:
        return told
    told["paused_days"] = None if found.suspended_by else found.suspended_days
    told["refusal_due"] = _iso(found.refuse_by)
    if found.extendable:
        told["extension_notice_due"] = _iso(found.extension_notice_by)
    if found.extended is not None:
        told["extension_valid"] = found.extended
    if found.acknowledge_by:
        told["ack_due"] = _iso(found.acknowledge_by)
    if found.at_once:
        told["action_due"] = "immediate"
    if found.suspended_by:
        told["state"] = _STATES[found.suspended_by]
    return told


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _federal(calendars: Calendars, calendar: str) -> Calendars:
    """Let the days that a file gives for a State of the USA count for its business days, too."""
    if not calendar.startswith("US-") or calendar not in calendars.whole or "US" in calendars.whole:
        return calendars
    return replace(calendars, whole={**calendars.whole, "US": calendars.whole[calendar]})


def _text(case: Mapping[str, Any], name: str, faults: list[Fault]) -> str:
    value = case.get(name)
    if not isinstance(value, str) or not value:
        faults.append(Fault(name, "this is missing" if value is None else f"{value!r} is no word", "write one"))
        return ""
    return value


def _instant(value: object, where: str, faults: list[Fault]) -> datetime | None:
    found = read_instant(value)
    if found is None:
        problem = "this is missing" if value is None else f"{value!r} is no instant with an offset"
        faults.append(Fault(where, problem, "write it like 2026-03-05T10:00:00+01:00"))
    return found


def read_instant(value: object) -> datetime | None:
    """An ISO instant with a time of day and an offset; None where it is none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    except ValueError:
        return None
    return found if found and found.utcoffset() is not None else None


def _events(given: object, faults: list[Fault]) -> Iterator[ClockEvent]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        faults.append(Fault("events", "this is no list", "leave it out, or list what happened"))
        return
    for number, event in enumerate(given):
        where = f"events[{number}]"
        if not isinstance(event, dict):
            faults.append(Fault(where, "this is no mapping", "write its type, its at and what is claimed"))
            continue
        kind = event.get("type")
        if kind not in list(Happened):
            faults.append(Fault(f"{where}.type", f"nothing is called {kind!r}", f"one of {', '.join(Happened)}"))
        at = _instant(event.get("at"), f"{where}.at", faults)
        facts = {name: value for name, value in event.items() if name not in ("type", "at")}
        faults += _wrong_facts(facts, where)
        if at and kind in list(Happened):
            yield ClockEvent(Happened(kind), at, facts)


def _wrong_facts(facts: Mapping[str, Any], where: str) -> Iterator[Fault]:
    for name, value in facts.items():
        if name not in FACTS:
            yield Fault(f"{where}.{name}", "this is not known of an event", f"one of {', '.join(FACTS)}")
        elif not isinstance(value, bool):
            yield Fault(f"{where}.{name}", f"{value!r} is neither true nor false", "write true or false")


def _period_days(case: Mapping[str, Any]) -> int:
    """The length of a period in days: it stands beside the case, or among what is expected."""
    expected = case.get("expect")
    beside = expected.get("period_days") if isinstance(expected, dict) else None
    days = case.get("period_days", beside)
    if not isinstance(days, int) or isinstance(days, bool):
        raise Faults([Fault("period_days", "a period in days needs its length", "write a whole number")])
    return days
