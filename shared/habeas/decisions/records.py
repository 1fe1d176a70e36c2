"""The erasure of one record: the same rules as for its activity, with the record's own kind and date."""

from dataclasses import replace
from datetime import date

from habeas.decisions.question import Question
from habeas.decisions.ruling import answer
from habeas.decisions.types import ActivityFacts, Decision, Facts
from habeas.profile.types import Activity, KeptUnder, Profile
from habeas.vocabulary import LegalBasis, Right

_NOTHING = ActivityFacts()


def decide_record(
    profile: Profile,
    activity: Activity,
    kind: str,
    dated: date | None,
    today: date,
    known: ActivityFacts = _NOTHING,
) -> Decision:
    """Decides the erasure of one record of an activity that is dated `dated`; systems and tasks are left out.

    `known` is what the case knows of the person in this activity; its records are not read, the record stands alone.
    A record is never decided in part: it goes, it stays, or somebody has to look.
    """
    alone = replace(known, records={kind: (dated,)}, holds_data=True)
    facts = Facts(today, activities={activity.name: alone})
    question = Question(profile, narrow(activity, kind), Right.ERASURE, facts)
    return question.decide(answer(question))


def narrow(activity: Activity, kind: str) -> Activity:
    """The activity as it is for records of one kind: only the laws that cover it, each of them whole.

    A legal obligation whose rules cover other kinds is no basis of this one, where the activity has another basis.
    """
    if not activity.keep:
        return activity
    keep = tuple(KeptUnder(under.rule) for under in activity.keep if not under.kinds or kind in under.kinds)
    others = tuple(each for each in activity.bases if each is not LegalBasis.LEGAL_OBLIGATION)
    return replace(activity, keep=keep, bases=others or activity.bases)
