"""What an erasure may take and what a law keeps: pure rules over one activity and the date of one record."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from habeas.profile.types import Activity, Keep, KeepUntil, Profile, Role, Text
from habeas.vocabulary import LegalBasis

#: A month and a day that every year has, whatever a financial year says.
_LAST_OF_YEAR = (12, 31)


@dataclass(frozen=True)
class Decision:
    """Whether one record stays, on which ground and law (GDPR Art. 17(3)), and the last day on which it does.

    Where `needs_person` has words the record stays for now, because no rule can decide it: somebody has to.
    """

    keep: bool
    ground: Text | None = None
    law: str | None = None
    article: str | None = None
    until: date | None = None
    needs_person: str | None = None


def decide_erasure(activity: Activity, dated: date | None, today: date) -> Decision:
    """Decides one record of an activity that is dated `dated`; what cannot be decided stays and goes to a person."""
    if activity.role is Role.PROCESSOR:
        return _person(activity, "it is held for a customer, who decides about it: forward the request")
    if activity.keep is None:
        if activity.basis is LegalBasis.LEGAL_OBLIGATION:
            return _person(activity, "a legal obligation is its basis, but the profile does not say how long it binds")
        return Decision(keep=False)
    if dated is None:
        return _person(activity, "the record has no date to count from")
    until = kept_until(activity.keep, dated)
    if until < today:
        return Decision(keep=False)
    return Decision(True, activity.keep.ground, activity.keep.law, activity.keep.article, until)


def kept_until(keep: Keep, dated: date) -> date:
    """The last day on which a law keeps a record of that date.

    With `end_of_year`: the end of the calendar year that lies so many years after the one in which the record's
    financial year ended. Source: Bookkeeping Act (1999:1078) chapter 7 section 2 is the pattern, with 7 years.
    """
    match keep.until:
        case KeepUntil.DAY:
            return _on(dated.year + keep.years, dated.month, dated.day)
        case KeepUntil.END_OF_YEAR:
            return _on(_books_closed(keep, dated).year + keep.years, *_LAST_OF_YEAR)


def erasure_order(profile: Profile) -> tuple[str, ...]:
    """The systems in the order in which to erase: whatever feeds another, directly or through others, comes first.

    Systems that feed each other in a circle stay in the order of the file: there is no better one, and the later
    checks for what came back are made for them.
    """
    fills = {system.name: _fills(profile, system.name) for system in profile.systems}
    ordered: list[str] = []

    def place(name: str) -> None:
        if name not in ordered:
            for other in fills:
                if name in fills[other] and other not in fills[name]:
                    place(other)
            ordered.append(name)

    for name in fills:
        place(name)
    return tuple(ordered)


def _fills(profile: Profile, name: str) -> frozenset[str]:
    found: set[str] = set()
    ahead = list(profile.system(name).feeds)
    while ahead:
        each = ahead.pop()
        if each not in found:
            found.add(each)
            ahead += profile.system(each).feeds
    return frozenset(found)


def _person(activity: Activity, why: str) -> Decision:
    keep = activity.keep
    if keep is None:
        return Decision(True, needs_person=why)
    return Decision(True, keep.ground, keep.law, keep.article, needs_person=why)


def _books_closed(keep: Keep, dated: date) -> date:
    closes = _on(dated.year, *keep.financial_year_ends)
    return closes if dated <= closes else _on(dated.year + 1, *keep.financial_year_ends)


def _on(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))
