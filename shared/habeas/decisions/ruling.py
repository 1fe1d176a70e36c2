"""The decision about one right of one case: a table of the eight rights, and what comes before each of them."""

from collections.abc import Callable, Iterable, Mapping

from habeas.decisions.access import decide_access
from habeas.decisions.automated_decision import decide_automated_decision
from habeas.decisions.consent_withdrawal import decide_consent_withdrawal
from habeas.decisions.erasure import decide_erasure
from habeas.decisions.objection import decide_objection
from habeas.decisions.order import erasure_order
from habeas.decisions.portability import decide_portability
from habeas.decisions.question import Answer, Question
from habeas.decisions.rectification import decide_rectification
from habeas.decisions.restriction import decide_restriction
from habeas.decisions.types import Facts, Measure, Ruling, Verdict
from habeas.errors import Fault, Faults
from habeas.profile.types import Activity, Profile, Role
from habeas.vocabulary import Right

RIGHTS: Mapping[Right, Callable[[Question], Answer]] = {
    Right.ACCESS: decide_access,
    Right.RECTIFICATION: decide_rectification,
    Right.ERASURE: decide_erasure,
    Right.RESTRICTION: decide_restriction,
    Right.PORTABILITY: decide_portability,
    Right.OBJECTION: decide_objection,
    Right.AUTOMATED_DECISION: decide_automated_decision,
    Right.CONSENT_WITHDRAWAL: decide_consent_withdrawal,
}

#: The article that gives each right, for what no rule of it has to decide.
ARTICLES: Mapping[Right, str] = {
    Right.ACCESS: "15(1)",
    Right.RECTIFICATION: "16",
    Right.ERASURE: "17(1)",
    Right.RESTRICTION: "18(1)",
    Right.PORTABILITY: "20(1)",
    Right.OBJECTION: "21(1)",
    Right.AUTOMATED_DECISION: "22(1)",
    Right.CONSENT_WITHDRAWAL: "7(3)",
}


def decide(profile: Profile, right: Right, facts: Facts) -> Ruling:
    """Decides one right for every activity of a profile, in its order; what lies outside the scope is not concerned.

    Raises Faults where the facts name an activity that the profile does not have: a slip there would silently leave
    something out.
    """
    known = {each.name for each in profile.activities}
    faults = [*_strangers("scope", facts.scope, known), *_strangers("activities", facts.activities, known)]
    if faults:
        raise Faults(faults)
    order = erasure_order(profile)
    questions = (Question(profile, each, right, facts, order) for each in profile.activities)
    return Ruling(right, tuple(each.decide(answer(each)) for each in questions))


def answer(question: Question) -> Answer:
    """Answers for one activity: what is outside the scope, held for a customer or not there comes before the right."""
    activity, facts = question.activity, question.facts
    article = ARTICLES[question.right]
    if facts.scope and activity.name not in facts.scope:
        return Answer(Verdict.NOT_CONCERNED, article, "outside_scope")
    if question.known.holds_data is False:
        return Answer(Verdict.NOT_CONCERNED, article, "nothing_held")
    if activity.role is Role.PROCESSOR:
        return _forward(activity, question.known.customer)
    return RIGHTS[question.right](question)


def _forward(activity: Activity, customer: str | None) -> Answer:
    named = customer or activity.customer
    reason = "forwarded" if named else "forwarded_unnamed"
    values = {"customer": named} if named else {}
    return Answer(Verdict.FORWARDED, "28(3)(e)", reason, values, (Measure.FORWARD,))


def _strangers(where: str, names: Iterable[str], known: set[str]) -> list[Fault]:
    remedy = "name one of the profile's: " + ", ".join(sorted(known))
    return [Fault(f"{where}.{name}", "is no activity of this profile", remedy) for name in names if name not in known]
