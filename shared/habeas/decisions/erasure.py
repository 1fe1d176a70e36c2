"""Erasure: what a law keeps stays for that law alone, the rest goes where a ground is met, and silence asks."""

from dataclasses import replace

from habeas.decisions.bases import answer_by_bases
from habeas.decisions.keeping import Hold, holds_over, values_of
from habeas.decisions.question import Answer, Question
from habeas.decisions.types import Kept, Measure, Verdict
from habeas.profile.types import Removal
from habeas.vocabulary import Right

#: What is given out of the same letter before anything is destroyed.
_FIRST = {Right.ACCESS, Right.PORTABILITY}


def decide_erasure(question: Question) -> Answer:
    """Decides by the exceptions of GDPR Art. 17(3) first, then by the grounds of 17(1), and adds what follows."""
    holds = holds_over(question)
    return _with_measures(question, _answer(question, holds))


def _answer(question: Question, holds: tuple[Hold, ...]) -> Answer:
    running = tuple(each.kept for each in holds if each.running and not each.unknown)
    if question.known.controller_claims:
        return Answer(Verdict.REFUSED, "17(3)(e)", "keep_claims", kept=running)
    unknown = [each.kept for each in holds if each.unknown]
    if unknown:
        values = values_of(unknown[0])
        return Answer(Verdict.ASKS, unknown[0].article, "ask_law_end", values, kept=(*unknown, *running))
    if any(each.whole and each.running and not each.ended for each in holds):
        return _kept(running)
    rest = answer_by_bases(question)
    if not running:
        return rest
    if rest.verdict is Verdict.APPLIES:
        return replace(_kept(running), verdict=Verdict.IN_PART, reason="erase_in_part")
    return replace(rest, kept=running)


def _kept(running: tuple[Kept, ...]) -> Answer:
    until, last = max(((each.until, each) for each in running if each.until), key=lambda pair: pair[0])
    values = {**values_of(last), "until": until}
    return Answer(Verdict.REFUSED, last.article, "keep_law", values, kept=running)


def _with_measures(question: Question, answer: Answer) -> Answer:
    measures: list[Measure] = []
    if _FIRST.intersection(question.facts.together) and answer.verdict is not Verdict.REFUSED:
        measures.append(Measure.DELIVER_ACCESS_FIRST)
    if answer.verdict in (Verdict.APPLIES, Verdict.IN_PART):
        anonymised = question.activity.removal is Removal.ANONYMISATION
        measures.append(Measure.ANONYMISE if anonymised else Measure.ERASE)
    if answer.verdict in (Verdict.REFUSED, Verdict.IN_PART):
        measures.append(Measure.BLOCK_OTHER_USES)
    if question.activity.marketing:  # asking for erasure says that no more is wanted (GDPR Art. 21(3))
        measures.append(Measure.SUPPRESS)
    return replace(answer, measures=(*measures, *answer.measures))
