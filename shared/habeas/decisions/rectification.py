"""Rectification: what an agent found out about the contested datum decides, and nothing is corrected before."""

from habeas.decisions.question import Answer, Question
from habeas.decisions.types import Ground, Measure, Verdict

_ARTICLE = "16"


def decide_rectification(question: Question) -> Answer:
    """Corrects what was found wrong and for which a new value is known; asks a person until that is found out."""
    if question.known.accurate is True:
        return Answer(Verdict.REFUSED, _ARTICLE, "rectify_accurate")
    if question.known.accurate is None:
        return _ask(question, "rectify_contested")
    if not question.facts.corrected:
        return _ask(question, "rectify_value_missing")
    changes = "; ".join(f"{name}: {old} → {new}" for name, (old, new) in question.facts.corrected.items())
    values = {"corrections": changes}
    return Answer(Verdict.APPLIES, _ARTICLE, "rectify_corrected", values, (Measure.RECTIFY,))


def _ask(question: Question, reason: str) -> Answer:
    if Ground.ACCURACY_CONTESTED not in question.facts.grounds:
        return Answer(Verdict.ASKS, _ARTICLE, reason)
    # Art. 18(1)(a): what is contested is not used while somebody checks it.
    measures = (Measure.RESTRICT_MEANWHILE,)
    return Answer(Verdict.ASKS, _ARTICLE, f"{reason}_restricted", measures=measures, at_once=True)
