"""One right asked of one activity: what the rules read, and how they put an answer together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from habeas.decisions.order import acting
from habeas.decisions.types import ActivityFacts, Decision, Facts, Kept, Measure, Reason, Verdict
from habeas.profile.types import Activity, Profile, Text
from habeas.vocabulary import LegalBasis, Right

Values = Mapping[str, str | date | Text | tuple[LegalBasis, ...]]

#: What recipients have to be told of (GDPR Art. 19).
_TOLD = {Measure.RECTIFY, Measure.ERASE, Measure.ANONYMISE, Measure.RESTRICT}


@dataclass(frozen=True)
class Answer:
    """What a rule found: the verdict, its article, its reason by name with the reason's values, and what follows.

    `mixed` says that a measure reaches only a part of the activity's data that no connector can tell from the rest.
    """

    verdict: Verdict
    article: str
    reason: str
    values: Values = field(default_factory=dict)
    measures: tuple[Measure, ...] = ()
    at_once: bool = False
    until: date | None = None
    kept: tuple[Kept, ...] = ()
    mixed: bool = False


@dataclass(frozen=True)
class Question:
    """One right × one activity of a profile, with the facts; `order` is that of the profile's systems."""

    profile: Profile
    activity: Activity
    right: Right
    facts: Facts
    order: tuple[str, ...] = ()

    @cached_property
    def known(self) -> ActivityFacts:
        """What is known of the person in this activity."""
        return self.facts.about(self.activity.name)

    @cached_property
    def bases(self) -> tuple[LegalBasis, ...]:
        """The bases that hold for this person: without consent where it was never given and another one is there."""
        others = tuple(each for each in self.activity.bases if each is not LegalBasis.CONSENT)
        return others if others and self.known.consented is False else self.activity.bases

    def decide(self, answer: Answer) -> Decision:
        """The answer as a decision, with the systems that act, the tasks that are left and the recipients to tell."""
        names = tuple(dict.fromkeys(each.name for each in self.activity.recipients))
        told = names if _TOLD.intersection(answer.measures) else ()
        systems, tasks = acting(self.profile, self.order, self.activity, answer.measures)
        if answer.mixed:
            systems, tasks = (), tuple(each for each in self.order if each in {*systems, *tasks})
        return Decision(
            right=self.right,
            activity=self.activity.name,
            verdict=answer.verdict,
            article=answer.article,
            reason=Reason(answer.reason, answer.values),
            at_once=answer.at_once,
            measures=(*answer.measures, Measure.TELL_RECIPIENTS) if told else answer.measures,
            kept=answer.kept,
            until=answer.until,
            systems=systems,
            tasks=tasks,
            recipients=told,
        )
