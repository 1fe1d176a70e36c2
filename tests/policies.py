"""Small policies for tests about decisions: one activity or several, with everything that a test does not name."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from habeas.decisions import ActivityFacts, Decision, Facts, decide
from habeas.profile import (
    Activity,
    KeptUnder,
    LegalRetention,
    Length,
    PeriodEnd,
    Profile,
    Retention,
    StartEvent,
    System,
    Text,
    Unit,
    load_profile,
)
from habeas.vocabulary import LegalBasis, Right

SAMPLE = load_profile(Path(__file__).parents[1] / "examples/sample-company/profile.yaml")
TODAY = date(2026, 11, 25)
BOOKKEEPING = SAMPLE.law_that_keeps("bookkeeping")
YEAR = Length(1, Unit.YEARS)


def text(words: str) -> Text:
    """The same words in both languages."""
    return Text({"sv": f"{words} (sv)", "en": f"{words} (en)"}, "sv")


def retention(**changes: Any) -> Retention:
    """A retention of which only the words are known, with changes."""
    return Retention(**{"words": text("As long as needed."), **changes})


def activity(*bases: LegalBasis, **changes: Any) -> Activity:
    """An activity `work` on these bases, about which nothing else is special."""
    plain = replace(SAMPLE.activity("orders"), name="work", bases=bases, retention=retention(), third_parties=False)
    return replace(plain, **changes)


def kept(*kinds: str) -> tuple[KeptUnder, ...]:
    """What the bookkeeping rule keeps: records of these kinds, all if none is named."""
    return (KeptUnder(BOOKKEEPING.name, kinds),)


def policy(*activities: Activity, systems: tuple[System, ...] = (), laws: tuple[LegalRetention, ...] = ()) -> Profile:
    """A profile of these activities, all in one system if none is named."""
    one = replace(SAMPLE.system("shop"), activities=tuple(each.name for each in activities), feeds=())
    return replace(
        SAMPLE, activities=activities, systems=systems or (one,), legal_retention=(*SAMPLE.legal_retention, *laws)
    )


def facts(about: ActivityFacts | None = None, **changes: Any) -> Facts:
    """Facts of today, with what is known of the activity `work`."""
    return Facts(**{"today": TODAY, "activities": {"work": about} if about else {}, **changes})


def decision_on(right: Right, asked: Activity, known: Facts | None = None) -> Decision:
    """The decision about one activity that is a profile's only one."""
    [found] = decide(policy(asked), right, known or facts()).decisions
    return found


CONTRACT_AND_A_YEAR = retention(after=StartEvent.CONTRACT_END, length=YEAR)
BY_DAY = replace(BOOKKEEPING, name="by-day", until=PeriodEnd.DAY)
