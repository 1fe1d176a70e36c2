"""The command that says what a profile decides about a right, activity by activity, before anything runs by it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click

from habeas.decisions import Decision, Ground, Kept, Ruling, decide, facts, read_facts, say
from habeas.decisions.catalogue import say_day, say_verdict
from habeas.profile import Origin, Profile, Risk, StartEvent, ladder, load_profile
from habeas.vocabulary import Assurance, Right

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FORM = (facts.__doc__ or "").partition("\n\n")[2]
_EVENTS = [each for each in StartEvent if each is not StartEvent.RECORD_DATE]
_LISTS: Mapping[str, Iterable[str]] = {"Grounds": Ground, "Dates": _EVENTS, "Origin": Origin, "Together": Right}
_SHOWN = {
    Assurance.A0: "nothing",
    Assurance.A1: "one stored channel",
    Assurance.A2: "two stored channels or a sign-in",
    Assurance.A3: "a proofed identity",
}
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
        told = [f"{profile.name}: {right}", *_sureness(profile, ruling.right), *_lines(profile, ruling, spoken)]
        click.echo("\n".join(told))
    return 0


def describe_ruling(profile: Profile, ruling: Ruling, language: str) -> dict[str, Any]:
    """Put a ruling into plain values for JSON, with its reasons in words."""
    return {
        "profile": profile.name,
        "right": ruling.right,
        "identity": describe_sureness(profile, ruling.right),
        "decisions": [_describe(each, language) for each in ruling.decisions],
    }


def describe_sureness(profile: Profile, right: Right) -> dict[str, Any]:
    """Put into plain values how sure to be who asks for a right: what the house asks, what is needed, and why."""
    bare = replace(profile, identity=replace(profile.identity, steps=()))
    touched = ladder.touched_by(profile, right)
    by_risk = {risk: [each.name for each in touched if each.risk is risk] for risk in Risk}
    asked, house = ladder.needed(profile, [right]), ladder.needed(bare, [right])
    return {
        "needed": asked,
        "in_doubt": ladder.needed(profile, [right], doubt=True),
        "house": house,
        "risks": {str(risk): names for risk, names in by_risk.items() if names},
        "why": _why(right, asked, house),
    }


def _why(right: Right, asked: Assurance, house: Assurance) -> str:
    if asked > house:
        return f"the house asks for {house}, a step of the profile for more"
    if house is Assurance.A0:
        return "it stops marketing and nothing else, which harms nobody"
    if house is Assurance.A3:
        return "it reaches data of high risk"
    if right in (Right.ERASURE, Right.RECTIFICATION):
        return "what one stored mailbox shows is never enough to destroy or to change"
    if house is Assurance.A2:
        return "it opens more than data of low risk"
    reversible = right in (*ladder.STOPS, Right.RESTRICTION)
    return "it can be taken back" if reversible else "all the data is of low risk"


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


def _sureness(profile: Profile, right: Right) -> list[str]:
    told = describe_sureness(profile, right)
    asked = [told["needed"]] + [told["in_doubt"]] * (told["in_doubt"] > told["needed"])
    words = "; in doubt ".join(f"{each}, {_SHOWN[each]}" for each in asked)
    risks = [f"  {risk} risk: {', '.join(names)}" for risk, names in told["risks"].items()]
    return [f"how sure to be who asks: {words}", f"  {told['why']}", *risks]


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
