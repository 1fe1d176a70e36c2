"""Portability: what the person gave or was observed in doing, by machine, on consent or a contract."""

from habeas.decisions.question import Answer, Question
from habeas.decisions.types import Measure, Verdict
from habeas.profile.types import Origin
from habeas.vocabulary import LegalBasis

_ARTICLE = "20(1)"
_BASES = {LegalBasis.CONSENT, LegalBasis.CONTRACT}
#: Source: WP242 rev.01; what a controller inferred or got from others is left out.
_PORTABLE = {Origin.PROVIDED, Origin.OBSERVED}


def decide_portability(question: Question) -> Answer:
    """Gives a file where the law gives the right, in part where some of the data is not the person's to take along."""
    if not _BASES.intersection(question.bases):
        return Answer(Verdict.NOT_CONCERNED, _ARTICLE, "port_other_basis")
    if not question.activity.by_machine:
        return Answer(Verdict.NOT_CONCERNED, _ARTICLE, "port_by_hand")
    origins = question.activity.origin if question.known.origin is None else question.known.origin
    if not origins:
        return Answer(Verdict.ASKS, _ARTICLE, "port_origin_unknown")
    if not _PORTABLE.intersection(origins):
        return Answer(Verdict.NOT_CONCERNED, _ARTICLE, "port_not_provided")
    measures: tuple[Measure, ...] = (Measure.EXPORT,)
    if question.activity.third_parties:  # Art. 20(4)
        measures = (*measures, Measure.REDACT_THIRD_PERSONS)
    if _PORTABLE.issuperset(origins):
        return Answer(Verdict.APPLIES, _ARTICLE, "port_all", measures=measures)
    return Answer(Verdict.IN_PART, _ARTICLE, "port_part", measures=measures)
