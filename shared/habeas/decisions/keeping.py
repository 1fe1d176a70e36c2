"""What the laws of a profile keep of one activity, for how long, and which of its records they have let go."""

from dataclasses import dataclass
from datetime import date

from habeas.decisions.periods import kept_until
from habeas.decisions.question import Question, Values
from habeas.decisions.types import Kept
from habeas.profile.types import KeptUnder, LegalRetention, StartEvent


@dataclass(frozen=True)
class Hold:
    """What one law makes of an activity: `ends` are the first and the last of the last days of what it covers.

    None among them: one cannot be computed. No `ends` at all: it is known that there is nothing that the law covers.
    `whole` says that it covers every kind.
    """

    kept: Kept
    ends: tuple[date | None, ...]
    whole: bool
    today: date

    @property
    def unknown(self) -> bool:
        """Whether an end cannot be computed, so that no rule can let anything go."""
        return None in self.ends

    @property
    def running(self) -> bool:
        """Whether the law keeps something today; the last day counts."""
        return any(end is not None and end >= self.today for end in self.ends)

    @property
    def ended(self) -> bool:
        """Whether the law has let go of something that it covers."""
        return any(end is not None and end < self.today for end in self.ends)


def holds_over(question: Question) -> tuple[Hold, ...]:
    """One hold for each legal retention rule that the activity names, in the profile's order."""
    return tuple(_hold(question, each) for each in question.activity.keep)


def values_of(kept: Kept) -> Values:
    """What fills the places of a reason that names a law."""
    return {"law": kept.law, "ground": kept.ground, "covers": kept.covers}


def _hold(question: Question, under: KeptUnder) -> Hold:
    rule = question.profile.law_that_keeps(under.rule)
    starts = _starts(question, under, rule)
    # What is dated later is never kept shorter, so the first and the last record speak for all between them.
    days = [day for day in starts if day]
    edges = (None,) if None in starts else (min(days), max(days)) if days else ()
    ends = tuple(day and kept_until(rule, day) for day in edges)
    until = None if None in ends else max((end for end in ends if end), default=None)
    kept = Kept(rule.name, rule.law, rule.article, rule.ground, rule.covers, until, under.kinds)
    return Hold(kept, ends, not under.kinds, question.facts.today)


def _starts(question: Question, under: KeptUnder, rule: LegalRetention) -> tuple[date | None, ...]:
    known = question.known
    if rule.after is not StartEvent.RECORD_DATE:
        return (known.dates.get(rule.after),)
    # A kind of which nothing is said may be there all the same; only an empty list says that there is none.
    kinds = under.kinds or tuple(known.records)
    if not kinds:
        return (None,)
    return tuple(day for kind in kinds for day in known.records.get(kind, (None,)))
