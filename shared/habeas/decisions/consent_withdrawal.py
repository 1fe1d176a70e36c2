"""Withdrawal of consent: what rests on it stops at once, and nothing else does."""

from habeas.decisions.periods import needed_until
from habeas.decisions.question import Answer, Question
from habeas.decisions.types import Measure, Verdict
from habeas.vocabulary import LegalBasis

_ARTICLE = "7(3)"


def decide_consent_withdrawal(question: Question) -> Answer:
    """Stops what rests on consent (GDPR Art. 7(3)), and says which other basis remains for the activity."""
    if LegalBasis.CONSENT not in question.activity.bases:
        return Answer(Verdict.NOT_CONCERNED, _ARTICLE, "withdraw_nothing_rests")
    if LegalBasis.CONSENT not in question.bases:
        return Answer(Verdict.NOT_CONCERNED, _ARTICLE, "withdraw_never_given")
    measures: tuple[Measure, ...] = (Measure.STOP,)
    if question.activity.marketing:
        # To fall back on interests after a withdrawal would only make the person object a second time (Art. 21(3)).
        measures = (Measure.SUPPRESS, Measure.STOP)
        return Answer(Verdict.APPLIES, _ARTICLE, "withdraw_marketing", measures=measures, at_once=True)
    others = tuple(each for each in question.bases if each is not LegalBasis.CONSENT)
    if others and not _has_run_out(question):
        values = {"bases": others}
        return Answer(Verdict.APPLIES, _ARTICLE, "withdraw_others", values, measures, at_once=True, mixed=True)
    return Answer(Verdict.APPLIES, _ARTICLE, "withdraw_stopped", measures=measures, at_once=True)


def _has_run_out(question: Question) -> bool:
    """Whether consent alone still carried the data: its period holds with consent only, and has ended without it."""
    retention = question.activity.retention
    if retention.only_with is not LegalBasis.CONSENT:
        return False
    end = needed_until(retention, question.known, period_holds=False)
    return end.exact and end.day is not None and end.day < question.facts.today
