"""The command that answers how long a case has: one case step by step, or a file of cases."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date
from pathlib import Path
from typing import Any

import click

from habeas.errors import Fault, Faults
from habeas_intake.laws.calendars import Calendars
from habeas_intake.laws.declared import read_declared
from habeas_intake.laws.law import FACTS, ClockEvent, Deadlines, Happened
from habeas_intake.laws.registry import find_law
from habeas_intake.laws.vectors import answer, read_instant, read_vectors
from habeas_intake.laws.words import LANGUAGES, SOURCE, say

_EVENT = re.compile(
    r"(?P<kind>\w+)@(?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)(?::(?P<facts>.*))?"
)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("deadline")
@click.option("--received", help="when the request arrived, with its offset: 2026-03-05T10:00+01:00")
@click.option("--calendar", help="whose weekends and holidays count: SE, DE-BY, GB-ENG, US-CA")
@click.option("--zone", help="where the controller answers: Europe/Stockholm")
@click.option("--law", help="eu, uk, us-ca, us-va, br, ch, ca-qc; or an act: VCDPA, LGPD")
@click.option("--right", help="access, rectification, erasure, restriction, portability, objection, …")
@click.option("--event", "events", multiple=True, help="what happened since: KIND@INSTANT[:CLAIM,CLAIM=false]")
@click.option("--language", type=click.Choice(LANGUAGES), default=SOURCE, help="of the steps")
@click.option("--vectors", type=_FILE, help="answer every case of this file instead")
@click.option("--holidays", type=_FILE, help="days that a State has declared: a file `SE: [2026-06-19]`")
@click.option("--json", "as_json", is_flag=True, help="print JSON: one object, with --vectors one a line")
def deadline(
    received: str | None,
    calendar: str | None,
    zone: str | None,
    law: str | None,
    right: str | None,
    events: tuple[str, ...],
    language: str,
    vectors: Path | None,
    holidays: Path | None,
    as_json: bool,
) -> int:
    """Say until when a case has to be answered, and why.

    \b
    One case, step by step:
      habeas deadline --received 2026-03-05T10:00+01:00 --calendar SE \\
        --zone Europe/Stockholm --law eu --right access \\
        --event identity_requested@2026-03-06T10:00+01:00:reasonable_doubt,without_undue_delay \\
        --event identity_received@2026-03-10T09:00+01:00

    \b
    Events: identity_requested, identity_received, clarification_requested,
    clarification_received, fee_requested, fee_confirmed, fee_paid,
    extension_notified, decision_refuse.
    Claims: reasonable_doubt, without_undue_delay, sufficient, large_quantity,
    reasonably_required, reasons_given. One that is not made is taken in the way
    that gives the earlier day.

    A file of cases holds `vectors`, a list of {id, regime, calendar, tz, right, received_at, events: [{type, at,
    claims}]}, and may hold `calendars`: {calendar: {year: [days]}}, which then rule for these years.

    Exit code: 0 every case was answered, 1 a case of the file could not be, 2 the call is wrong.
    """
    more = _declared(holidays)
    if vectors:
        return _answer_file(vectors, more, as_json=as_json)
    given = {"received": received, "calendar": calendar, "zone": zone, "law": law, "right": right}
    missing = [f"--{name}" for name, value in given.items() if not value]
    if missing:
        raise click.UsageError(f"{', '.join(missing)} is missing; or name a file with --vectors")
    found = _one(given, events, more)
    if as_json:
        click.echo(json.dumps(_as_json(found, language), indent=2, ensure_ascii=False))
    else:
        click.echo(_told(found, language))
    return 0


def _one(given: Mapping[str, Any], events: tuple[str, ...], more: Mapping[str, frozenset[date]]) -> Deadlines:
    received = read_instant(given["received"])
    faults: list[Fault] = []
    if received is None:
        problem = f"{given['received']!r} is no instant with an offset"
        faults.append(Fault("received", problem, "write it like 2026-03-05T10:00+01:00"))
    happened = [_read_event(text, f"events[{number}]", faults) for number, text in enumerate(events)]
    if faults or received is None:
        raise Faults(faults)
    law = find_law(given["law"]).counting_by(Calendars(more))
    told = [event for event in happened if event]
    return law.deadlines(received, given["calendar"], given["zone"], given["right"], told)


def _read_event(text: str, where: str, faults: list[Fault]) -> ClockEvent | None:
    found = _EVENT.fullmatch(text)
    at = read_instant(found["at"]) if found else None
    if not found or at is None or found["kind"] not in list(Happened):
        problem = f"{text!r} is no event" if not found or at else f"{text!r} has no instant with an offset"
        remedy = f"write KIND@INSTANT[:CLAIM,CLAIM]; kinds: {', '.join(Happened)}"
        faults.append(Fault(where, problem, remedy))
        return None
    facts: dict[str, bool] = {}
    for claim in filter(None, (found["facts"] or "").split(",")):
        name, _, value = claim.partition("=")
        if name not in FACTS or value not in ("", "true", "false"):
            remedy = f"one of {', '.join(FACTS)}, with =false to deny it"
            faults.append(Fault(where, f"{claim!r} is not known of an event", remedy))
        facts[name] = value != "false"
    return ClockEvent(Happened(found["kind"]), at, facts)


def _answer_file(path: Path, more: Mapping[str, frozenset[date]], *, as_json: bool) -> int:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise Faults([Fault(path.name, "this is no JSON", "see `habeas deadline --help`")]) from error
    vectors = read_vectors(data, more)
    wrong = 0
    for number, case in enumerate(vectors.cases):
        name = case.get("id") if isinstance(case, dict) else None
        called = name if isinstance(name, str) and name else f"vectors[{number}]"
        try:
            found = answer(case, vectors.calendars, find_law)
        except Faults as refused:
            wrong += 1
            _tell_faults(called, refused, as_json=as_json)
            continue
        plain = f"{called}: {found['due_date'] or found['state']}"
        click.echo(json.dumps({"id": called, **found}) if as_json else plain)
    return 1 if wrong else 0


def _tell_faults(called: str, refused: Faults, *, as_json: bool) -> None:
    for fault in refused.faults:
        click.echo(f"{called}: {fault}", err=True)
    if as_json:
        errors = [{"field": each.where, "problem": each.problem, "remedy": each.remedy} for each in refused.faults]
        click.echo(json.dumps({"id": called, "errors": errors}))


def _declared(path: Path | None) -> Mapping[str, frozenset[date]]:
    if path is None:
        return {}
    try:
        return read_declared(path.read_text(encoding="utf-8"))
    except Faults as wrong:
        faults = [Fault(f"{path.name}: {each.where}", each.problem, each.remedy) for each in wrong.faults]
        raise Faults(faults) from wrong
    except UnicodeDecodeError as error:
        raise Faults([Fault(path.name, "this is no text", "write it in UTF-8")]) from error


def _told(found: Deadlines, language: str) -> str:
    lines = [f"{number}. {step.in_(language)} ({step.source})" for number, step in enumerate(found.steps, start=1)]
    last = say("answer", {"day": found.respond_by}, language) if found.respond_by else say("no_answer", {}, language)
    return "\n".join([*lines, "", last])


def _as_json(found: Deadlines, language: str) -> dict[str, Any]:
    days = {
        name: getattr(found, name)
        for name in ("received_on", "started_on", "respond_by", "refuse_by", "extension_notice_by", "acknowledge_by")
    }
    return {
        **{name: day and day.isoformat() for name, day in days.items()},
        "ends_at": found.ends_at and found.ends_at.astimezone(UTC).isoformat(),
        "suspended_days": found.suspended_days,
        "suspended_by": found.suspended_by,
        "extended": found.extended,
        "at_once": found.at_once,
        "steps": [{"rule": each.rule, "words": each.in_(language), "source": each.source} for each in found.steps],
    }
