"""Access: a copy of everything, and other people's data taken out of it rather than the copy refused."""

from habeas.decisions.question import Answer, Question
from habeas.decisions.types import Measure, Verdict


def decide_access(question: Question) -> Answer:
    """Gives a copy of the activity's data (GDPR Art. 15(1) and (3)); 15(4) only narrows it, and never refuses it."""
    if question.activity.third_parties:
        measures = (Measure.EXPORT, Measure.REDACT_THIRD_PERSONS)
        return Answer(Verdict.APPLIES, "15(1)", "access_copy_redacted", measures=measures)
    return Answer(Verdict.APPLIES, "15(1)", "access_copy", measures=(Measure.EXPORT,))
