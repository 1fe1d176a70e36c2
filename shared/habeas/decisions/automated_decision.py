"""Automated decisions: a person looks at them again; no rule takes that person's place."""

from habeas.decisions.question import Answer, Question
from habeas.decisions.types import Measure, Verdict

_ARTICLE = "22(1)"


def decide_automated_decision(question: Question) -> Answer:
    """Gives a decision that a machine took alone to a person (GDPR Art. 22(3)), unless it is known not to be one."""
    known = question.known
    if question.activity.automated is None and not (known.solely_automated and known.significant):
        return Answer(Verdict.NOT_CONCERNED, _ARTICLE, "review_nothing_automated")
    if known.solely_automated is False:
        return Answer(Verdict.NOT_CONCERNED, _ARTICLE, "review_not_alone")
    if known.significant is False:
        return Answer(Verdict.NOT_CONCERNED, _ARTICLE, "review_not_significant")
    values = {"logic": question.activity.automated or ""}
    return Answer(Verdict.ASKS, "22(3)", "review_by_person", values, (Measure.HUMAN_REVIEW,))
