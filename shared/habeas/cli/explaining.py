"""The command that says what a profile decides about a right, activity by activity, before anything runs by it."""

import json
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from habeas.decisions import Decision, Ground, Kept, Ruling, decide, facts, read_facts, say
from habeas.decisions.catalogue import say_day, say_verdict
from habeas.profile import Origin, Profile, StartEvent, load_profile
from habeas.vocabulary import Right

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FORM = (facts.__doc__ or "").partition("\n\n")[2]
_EVENTS = [each for each in StartEvent if each is not StartEvent.RECORD_DATE]
_LISTS: Mapping[str, Iterable[str]] = {"Grounds": Ground, "Dates": _EVENTS, "Origin": Origin, "Together": Right}
_WORDS = "\n\n".join(f"{name}: {', '.join(words)}" for name, words in _LISTS.items())


@click.command(
    "explain",
    help="Say what a profile FILE decides about a right, activity by activity, from the facts of a case.\n\n"
    f"The facts are a JSON file; what is left out is not known, and never guessed:\n\n\b\n{_FORM}\n\n{_WORDS}",
)
@click.argument("file", type=_FILE)
@click.option("--right", type=click.Choice([each.value for each in Right]), required=True, help="which right is asked")
@click.option("--facts", "facts_file", type=_FILE, required=True, help="the facts of the case, as JSON")
@click.option("--language", help="of the reasons; the controller's first one if none is named")
@click.option("--json", "as_json", is_flag=True, help="print the decisions as JSON")
def explain(file: Path, right: str, facts_file: Path, language: str | None, as_json: bool) -> int:
    """Print a ruling, for people or as JSON."""
    profile = load_profile(file)
    ruling = decide(profile, Right(right), read_facts(facts_file))
    spoken = language or profile.controller.languages[0]
    if as_json:
        click.echo(json.dumps(describe_ruling(profile, ruling, spoken), indent=2, ensure_ascii=False))
    else:
        click.echo("\n".join([f"{profile.name}: {right}", *(_lines(profile, ruling, spoken))]))
    return 0


def describe_ruling(profile: Profile, ruling: Ruling, language: str) -> dict[str, Any]:
    """Put a ruling into plain values for JSON, with its reasons in words."""
    return {
        "profile": profile.name,
        "right": ruling.right,
        "decisions": [_describe(each, language) for each in ruling.decisions],
    }


def _describe(decision: Decision, language: str) -> dict[str, Any]:
    return {
        "activity": decision.activity,
        "verdict": decision.verdict,
        "article": decision.article,
        "reason": say(decision.reason, language),
        "at_once": decision.at_once,
        "measures": list(decision.measures),
        "kept": [_describe_kept(each, language) for each in decision.kept],
        "until": _iso(decision.until),
        "systems": list(decision.systems),
        "tasks": list(decision.tasks),
        "recipients": list(decision.recipients),
    }


def _describe_kept(kept: Kept, language: str) -> dict[str, Any]:
    return {
        "rule": kept.rule,
        "law": kept.law,
        "article": kept.article,
        "ground": kept.ground.in_(language),
        "covers": kept.covers.in_(language),
        "until": _iso(kept.until),
        "kinds": list(kept.kinds),
    }


def _lines(profile: Profile, ruling: Ruling, language: str) -> list[str]:
    found = []
    for each in ruling.decisions:
        title = profile.activity(each.activity).title.in_(language)
        found += ["", f"{title} ({each.activity}): {say_verdict(each.verdict, language)}, Art. {each.article}"]
        found.append(f"  {say(each.reason, language)}")
        found += [f"  kept: {kept.rule}, until {_day(kept.until, language)}" for kept in each.kept]
        found += [f"  until: {_day(each.until, language)}"] if each.until else []
        told = {"measures": each.measures, "systems": each.systems, "tasks": each.tasks, "recipients": each.recipients}
        found += [f"  {name}: {', '.join(values)}" for name, values in told.items() if values]
    return found


def _day(day: date | None, language: str) -> str:
    return say_day(day, language) if day else "?"


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
