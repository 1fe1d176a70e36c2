"""Restriction: granted where one of the four grounds of the law is met, whatever it does to the service."""

from collections.abc import Callable, Mapping

from habeas.decisions.question import Answer, Question
from habeas.decisions.types import Ground, Measure, Verdict
from habeas.vocabulary import LegalBasis

_ARTICLE = "18(1)"
#: What can be objected to at all (GDPR Art. 21(1)).
OBJECTIONABLE = {LegalBasis.LEGITIMATE_INTERESTS, LegalBasis.PUBLIC_TASK}


def decide_restriction(question: Question) -> Answer:
    """Restricts on the first ground of GDPR Art. 18(1) that is met, and refuses with the reason where none is."""
    missed = "restrict_no_ground"
    for ground, judge in GROUNDS.items():
        if ground not in question.facts.grounds:
            continue
        letter, reason, met = judge(question)
        if met:
            effect = question.activity.without or ""
            measures = (Measure.RESTRICT, Measure.NOTICE_BEFORE_LIFTING)
            return Answer(Verdict.APPLIES, f"{_ARTICLE}({letter})", reason, {"effect": effect}, measures)
        missed = reason
    return Answer(Verdict.REFUSED, _ARTICLE, missed)


def _accuracy(question: Question) -> tuple[str, str, bool]:
    if question.known.accurate is True:
        return "a", "restrict_accuracy_settled", False
    return "a", "restrict_accuracy", True


def _unlawful(_question: Question) -> tuple[str, str, bool]:
    return "b", "restrict_unlawful", True


def _claims(_question: Question) -> tuple[str, str, bool]:
    return "c", "restrict_claims", True


def _objection(question: Question) -> tuple[str, str, bool]:
    if not OBJECTIONABLE.intersection(question.bases):
        return "d", "restrict_nothing_to_object", False
    if question.known.overridden is True:
        return "d", "restrict_objection_settled", False
    return "d", "restrict_objection", True


#: The grounds of Art. 18(1)(a) to (d): each gives its letter, its reason, and whether it is met.
GROUNDS: Mapping[Ground, Callable[[Question], tuple[str, str, bool]]] = {
    Ground.ACCURACY_CONTESTED: _accuracy,
    Ground.UNLAWFUL_BUT_KEEP: _unlawful,
    Ground.NEEDED_FOR_CLAIMS: _claims,
    Ground.OBJECTION_PENDING: _objection,
}
