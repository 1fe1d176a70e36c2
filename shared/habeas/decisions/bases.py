"""What each legal basis makes of an erasure, where no law keeps the data: one function a basis, the strictest rules."""

from collections.abc import Callable, Mapping

from habeas.decisions.periods import needed_until
from habeas.decisions.question import Answer, Question
from habeas.decisions.types import Ground, Measure, Verdict
from habeas.profile.types import StartEvent
from habeas.vocabulary import LegalBasis

#: Which answer decides where several bases hold: data stays as long as one of them carries it.
_STRICTEST = (Verdict.REFUSED, Verdict.ASKS, Verdict.IN_PART, Verdict.APPLIES)


def answer_by_bases(question: Question) -> Answer:
    """Answers by what is established, by marketing, or by all the bases that hold together (GDPR Art. 17(1))."""
    bases = question.bases
    if LegalBasis.LEGAL_OBLIGATION in bases:
        duty = _by_legal_obligation(question)
        if duty.verdict is Verdict.ASKS:
            return duty
        bases = tuple(each for each in bases if each is not LegalBasis.LEGAL_OBLIGATION)
        if not bases:
            return duty
    established = _by_established_ground(question)
    if established:
        return established
    if question.activity.marketing and set(bases) != {LegalBasis.CONSENT}:
        return Answer(Verdict.APPLIES, "17(1)(c)", "erase_marketing")
    others = [each for each in bases if each is not LegalBasis.CONSENT]
    answers = [BASES[each](question) for each in others or bases]
    return min(answers, key=lambda each: _STRICTEST.index(each.verdict))


def _by_established_ground(question: Question) -> Answer | None:
    grounds = question.facts.grounds
    if Ground.UNLAWFUL in grounds:
        return Answer(Verdict.APPLIES, "17(1)(d)", "erase_unlawful")
    if Ground.LEGAL_DUTY_TO_ERASE in grounds:
        return Answer(Verdict.APPLIES, "17(1)(e)", "erase_legal_duty")
    if Ground.CHILD in grounds and LegalBasis.CONSENT in question.bases:
        return Answer(Verdict.APPLIES, "17(1)(f)", "erase_child")
    return None


def _by_consent(_question: Question) -> Answer:
    return Answer(Verdict.APPLIES, "17(1)(b)", "erase_consent")


def _by_legitimate_interests(question: Question) -> Answer:
    grounds = question.activity.overriding
    if question.known.overridden:
        return Answer(Verdict.REFUSED, "17(1)(c)", "keep_overridden", {"grounds": grounds or ""})
    if question.known.overridden is None and grounds is not None:
        # An erasure is an objection too, so nothing is used until somebody has weighed.
        measures = (Measure.RESTRICT_MEANWHILE,)
        return Answer(Verdict.ASKS, "17(1)(c)", "ask_overriding", {"grounds": grounds}, measures, at_once=True)
    return Answer(Verdict.APPLIES, "17(1)(c)", "erase_objection")


def _by_contract(question: Question) -> Answer:
    retention, today = question.activity.retention, question.facts.today
    if retention.on_request:
        return Answer(Verdict.APPLIES, "17(1)(a)", "erase_own_wish")
    running = _by_running_contract(question)
    if running:
        return running
    # Whoever asks for erasure takes consent back, so no period that needs consent holds any more.
    holds = retention.only_with in (None, *question.bases) and retention.only_with is not LegalBasis.CONSENT
    end = needed_until(retention, question.known, holds)
    if end.day is not None and end.day < today:
        return Answer(Verdict.APPLIES, "17(1)(a)", "erase_no_longer_needed", {"until": end.day})
    if end.day is not None and end.exact and end.first is not None and end.first < today:
        return Answer(Verdict.IN_PART, "17(1)(a)", "erase_older", {"until": end.day}, until=end.day)
    if end.day is not None and end.exact:
        return Answer(Verdict.REFUSED, "17(1)(a)", "keep_contract", {"until": end.day}, until=end.day)
    return Answer(Verdict.ASKS, "17(1)(a)", "ask_contract_end", {"period": retention.words})


def _by_running_contract(question: Question) -> Answer | None:
    if question.activity.retention.after not in (None, StartEvent.CONTRACT_END):
        return None
    end = question.known.dates.get(StartEvent.CONTRACT_END)
    past = end is not None and end < question.facts.today
    if question.known.contract_runs and past:
        return Answer(Verdict.ASKS, "17(1)(a)", "ask_contradiction")
    if question.known.contract_runs and end is None:
        return Answer(Verdict.REFUSED, "17(1)(a)", "keep_contract_runs")
    if end is not None and not past and question.activity.retention.after is None:
        return Answer(Verdict.REFUSED, "17(1)(a)", "keep_contract", {"until": end}, until=end)
    return None


def _by_legal_obligation(question: Question) -> Answer:
    if not question.activity.keep:
        return Answer(Verdict.ASKS, "17(3)(b)", "ask_duty_without_rule")
    covered = {kind for under in question.activity.keep for kind in under.kinds}
    whole = any(not under.kinds for under in question.activity.keep)
    others = set(question.bases) - {LegalBasis.LEGAL_OBLIGATION}
    held = {kind for kind, dates in question.known.records.items() if dates}
    if whole or others or (held and held <= covered):
        return Answer(Verdict.APPLIES, "17(1)(a)", "erase_duty_ended")
    return Answer(Verdict.ASKS, "17(3)(b)", "ask_duty_without_rule")


def _by_public_task(_question: Question) -> Answer:
    return Answer(Verdict.ASKS, "17(3)(b)", "ask_public_task")


def _by_vital_interests(_question: Question) -> Answer:
    return Answer(Verdict.ASKS, "17(1)", "ask_vital_interests")


BASES: Mapping[LegalBasis, Callable[[Question], Answer]] = {
    LegalBasis.CONSENT: _by_consent,
    LegalBasis.CONTRACT: _by_contract,
    LegalBasis.LEGAL_OBLIGATION: _by_legal_obligation,
    LegalBasis.VITAL_INTERESTS: _by_vital_interests,
    LegalBasis.PUBLIC_TASK: _by_public_task,
    LegalBasis.LEGITIMATE_INTERESTS: _by_legitimate_interests,
}
