"""What has to be known before a letter can be written: nothing in it is guessed, and nothing is left for later."""

from collections.abc import Callable, Iterable, Iterator

from habeas.decisions.types import Decision, Verdict
from habeas.errors import Fault, Faults, NeedsPerson
from habeas.vocabulary import Right
from habeas_fulfilment.replies.chapters.frame import weighed_in
from habeas_fulfilment.replies.chapters.sharing import customer_of
from habeas_fulfilment.replies.types import GapKind, LetterKind, Matter


def check_matter(matter: Matter) -> None:
    """Refuse what no letter may be written about, every fault at once.

    Raises Faults for an input that contradicts itself or the law, NeedsPerson where a person has to decide or tell
    something first, naming the activities.
    """
    faults = [*_check_dates(matter), *_check_places(matter)]
    if matter.kind is LetterKind.REPLY:
        faults += _check_marketing(matter)
    if faults:
        raise Faults(faults)
    if matter.kind is LetterKind.REPLY:
        _check_decided(matter)


def _check_dates(matter: Matter) -> Iterator[Fault]:
    dates = matter.dates
    if dates.written_on < dates.received_on:
        yield Fault("dates.written_on", "it lies before the day of receipt", "give the day on which the letter leaves")
    for name, day in (("respond_by", dates.respond_by), ("refuse_by", dates.refuse_by)):
        if day <= dates.received_on:
            yield Fault(f"dates.{name}", "it does not lie after the day of receipt", "count it by the law of the case")
    extension = dates.extension
    if extension is None:
        return
    if extension.until <= dates.respond_by:
        yield Fault("dates.extension.until", "it extends nothing", "give the day that the longer time ends on")
    if extension.told_on > dates.respond_by:
        problem = "the person was told after the first month, so that nothing is extended (GDPR Art. 12(3))"
        yield Fault("dates.extension.told_on", problem, "answer at once, and leave the extension out")
    if not extension.because.in_(matter.language).strip():
        yield Fault("dates.extension.because", "no reason is given", "say in your own words what takes longer")


def _check_places(matter: Matter) -> Iterator[Fault]:
    if not matter.authorities:
        yield Fault("authorities", "no authority is named to complain to", "name the controller's own first (Art. 77)")
    if not matter.reference.strip():
        yield Fault("reference", "the case has no reference", "give the one that the person knows")
    names = {each.name for each in matter.profile.activities}
    for decision in matter.ruling.decisions:
        if decision.activity not in names:
            yield Fault(f"ruling.{decision.activity}", "the profile has no such activity", "decide by this profile")
    systems = {each.name for each in matter.profile.systems}
    for gap in matter.account.gaps:
        if gap.system not in systems:
            yield Fault(f"account.gaps.{gap.system}", "the profile has no such system", "name it as the profile does")


def _check_marketing(matter: Matter) -> Iterator[Fault]:
    for each in matter.ruling.of(Verdict.REFUSED, Verdict.IN_PART):
        if matter.right is Right.OBJECTION and matter.activity(each).marketing:
            problem = "an objection to direct marketing is refused, which the law never allows (GDPR Art. 21(3))"
            yield Fault(f"ruling.{each.activity}", problem, "stop the marketing")


def _check_decided(matter: Matter) -> None:
    for wanted, lacking in _LACKING:
        activities = [each.activity for each in lacking(matter)]
        if activities:
            raise NeedsPerson(f"{wanted}: {', '.join(activities)}")


def _undecided(matter: Matter) -> Iterable[Decision]:
    return matter.ruling.of(Verdict.ASKS)


def _without_customer(matter: Matter) -> Iterable[Decision]:
    return (each for each in matter.ruling.of(Verdict.FORWARDED) if customer_of(matter, each) is None)


def _unsearched(matter: Matter) -> Iterable[Decision]:
    """Activities of which nobody knows whether they hold anything, unless a gap says so to the person."""
    if matter.right is not Right.ACCESS:
        return ()
    failed = {gap.system for gap in matter.account.gaps if gap.kind is not GapKind.REDACTED}
    missing = {name for each in matter.profile.systems if each.name in failed for name in each.activities}
    return (
        each
        for each in matter.ruling.of(Verdict.APPLIES, Verdict.IN_PART)
        if matter.known(each).holds_data is None and each.activity not in missing
    )


def _unexplained(matter: Matter) -> Iterable[Decision]:
    """Automated decisions whose logic nobody has put into words (GDPR Art. 15(1)(h), C-203/22)."""
    concerned = matter.held() if matter.right is Right.ACCESS else ()
    if matter.right is Right.AUTOMATED_DECISION:
        concerned = matter.granted()
    return (
        each
        for each in concerned
        if matter.activity(each).automated is None
        and (matter.right is Right.AUTOMATED_DECISION or matter.known(each).solely_automated)
    )


def _unweighed(matter: Matter) -> Iterable[Decision]:
    """Refusals by grounds that are said to outweigh the person, of which nobody has said what they are."""
    if matter.right not in (Right.OBJECTION, Right.ERASURE):
        return ()
    article = "21(1)" if matter.right is Right.OBJECTION else "17(1)(c)"
    return (
        each
        for each in matter.denied()
        if each.article == article and matter.known(each).overridden and weighed_in(matter, each) is None
    )


def _unreviewed(matter: Matter) -> Iterable[Decision]:
    if matter.right is not Right.AUTOMATED_DECISION:
        return ()
    return (each for each in matter.granted() if each.activity not in matter.account.reviews)


def _uncorrected(matter: Matter) -> Iterable[Decision]:
    if matter.right is not Right.RECTIFICATION or matter.facts.corrected or matter.account.statement:
        return ()
    return matter.granted()


_LACKING: tuple[tuple[str, Callable[[Matter], Iterable[Decision]]], ...] = (
    ("a person has to decide first about", _undecided),
    ("somebody has to say for which customer the data is held in", _without_customer),
    ("it is not known whether anything is held in", _unsearched),
    ("somebody has to explain how decisions are made in", _unexplained),
    ("somebody has to say what outweighs the person's wish in", _unweighed),
    ("a person has to look again at the automated decision in", _unreviewed),
    ("the old and the new value are not told of", _uncorrected),
)
