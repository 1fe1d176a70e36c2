"""Objection: marketing stops at once and always; what rests on interests or a public task waits for a person."""

from habeas.decisions.question import Answer, Question
from habeas.decisions.restriction import OBJECTIONABLE
from habeas.decisions.types import Ground, Measure, Verdict
from habeas.vocabulary import LegalBasis

_ARTICLE = "21(1)"
_REASONS = {
    LegalBasis.CONSENT: "object_consent",
    LegalBasis.CONTRACT: "object_contract",
    LegalBasis.LEGAL_OBLIGATION: "object_duty",
    LegalBasis.VITAL_INTERESTS: "object_vital",
}


def decide_objection(question: Question) -> Answer:
    """Stops direct marketing whatever its basis (GDPR Art. 21(2) and (3)); restricts the rest until it is weighed."""
    if question.activity.marketing:
        measures = (Measure.SUPPRESS, Measure.STOP)
        return Answer(Verdict.APPLIES, "21(3)", "object_marketing", measures=measures, at_once=True)
    if set(question.facts.grounds) == {Ground.MARKETING_OBJECTION}:
        return Answer(Verdict.NOT_CONCERNED, "21(2)", "object_only_marketing")
    if not OBJECTIONABLE.intersection(question.bases):
        return _not_objectionable(question)
    return _weigh(question)


def _not_objectionable(question: Question) -> Answer:
    others = tuple(each for each in question.bases if each is not LegalBasis.CONSENT)
    if others and others != question.bases:
        return Answer(Verdict.NOT_CONCERNED, _ARTICLE, "object_consent_and_others", {"bases": others})
    return Answer(Verdict.NOT_CONCERNED, _ARTICLE, _REASONS[question.bases[0]])


def _weigh(question: Question) -> Answer:
    if question.known.overridden is None:
        measures = (Measure.RESTRICT_MEANWHILE,)
        return Answer(Verdict.ASKS, _ARTICLE, "object_weighed", measures=measures, at_once=True)
    if question.known.overridden:
        values = {"grounds": question.activity.overriding or ""}
        return Answer(Verdict.REFUSED, _ARTICLE, "object_refused", values, (Measure.NOTICE_BEFORE_LIFTING,))
    others = tuple(each for each in question.bases if each not in OBJECTIONABLE)
    if others:
        values_of_others = {"bases": others}
        stop = (Measure.STOP,)
        return Answer(Verdict.APPLIES, _ARTICLE, "object_stopped_others", values_of_others, stop, mixed=True)
    return Answer(Verdict.APPLIES, _ARTICLE, "object_stopped", measures=(Measure.STOP,))
