"""What a profile file says that cannot hold together: keys that need each other, and values that exclude each other.

Like the references it looks at plain data of any shape, so that a wrong form hides nothing.
"""

from collections.abc import Iterator
from fractions import Fraction
from itertools import product
from typing import Any

from habeas.marked import Marked, Where
from habeas.profile.forms import MAIL
from habeas.profile.lengths import average_days, read_length
from habeas.profile.references import items, mapping, numbered, one_or_many
from habeas.profile.remarks import Remark
from habeas.profile.types import ChannelKind, Demand, PeriodEnd, Role, StartEvent, Unit, When


def contradictions(marked: Marked) -> Iterator[Remark]:
    """Everything in the file that cannot be true at once, or that says nothing without something else."""
    root = mapping(marked.data)
    for number, activity in numbered(root.get("activities")):
        where: Where = ("activities", number)
        yield from _of_role(marked, where, activity)
        yield from _of_retention(marked, (*where, "retention"), mapping(activity.get("retention")), activity)
    for number, rule in numbered(root.get("legal_retention")):
        yield from _of_rule(marked, ("legal_retention", number), rule)
    for number, company in numbered(root.get("group")):
        yield from _both(marked, ("group", number), company, "calendar", "zone", "a company that answers counts days")
    for number, channel in numbered(root.get("channels")):
        yield from _of_channel(marked, ("channels", number), channel)
    yield from _of_steps(marked, mapping(root.get("identity")))


def _of_role(marked: Marked, where: Where, activity: dict[str, Any]) -> Iterator[Remark]:
    processor = activity.get("role") == Role.PROCESSOR
    if processor and activity.get("customer") is None:
        remedy = "say under `customer` for whom the data is held, so that the person can be told"
        yield Remark((*where, "role"), "a processor holds data for somebody, and nobody is named", remedy)
    if not processor and activity.get("customer") is not None:
        remedy = "write `role: processor`, or take the customer out"
        yield Remark((*where, "customer"), "a customer is named, but the role is not processor", remedy)


def _of_retention(marked: Marked, at: Where, rule: dict[str, Any], activity: dict[str, Any]) -> Iterator[Remark]:
    if rule.get("for") is not None and rule.get("after") is None:
        yield Remark(at, "there is `for` without `after`", "say what the period is counted from")
    if rule.get("after") == StartEvent.RECORD_DATE and rule.get("for") is None:
        remedy = "add `for`: a record's own date ends nothing by itself, as the end of a contract does"
        yield Remark(at, "there is `after: record_date` without `for`", remedy)
    if rule.get("at_most") is not None and rule.get("for") is None:
        yield Remark((*at, "at_most"), "`at_most` bounds a period that is not there", "add `after` and `for`")
    most, length = _days(rule.get("at_most")), _days(rule.get("for"))
    if most is not None and length is not None and most < length:
        remedy = "make `at_most` the longer one, or take it out"
        yield Remark((*at, "at_most"), "`at_most` is shorter than `for`, which could never run out", remedy)
    only, bases = rule.get("only_with"), one_or_many(activity.get("basis"))
    if isinstance(only, str) and only not in bases:
        known = ", ".join(str(each) for each in bases)
        yield Remark((*at, "only_with"), f"the activity does not rest on {only}", f"one of {known}")


def _of_rule(marked: Marked, at: Where, rule: dict[str, Any]) -> Iterator[Remark]:
    if rule.get("until") == PeriodEnd.END_OF_YEAR:
        length = read_length(str(rule.get("for")))
        if length and length.unit is not Unit.YEARS:
            yield Remark((*at, "for"), "with `until: end_of_year` only years can be counted", "write it in years")
    elif rule.get("financial_year_ends") is not None:
        remedy = "add `until: end_of_year`, or take it out"
        yield Remark((*at, "financial_year_ends"), "it changes nothing without `until: end_of_year`", remedy)


def _of_channel(marked: Marked, at: Where, channel: dict[str, Any]) -> Iterator[Remark]:
    kind, address = channel.get("kind"), channel.get("address")
    if kind in (ChannelKind.EMAIL, ChannelKind.PHONE) and address is None:
        yield Remark(at, f"a channel by {kind} has no address", "write under `address` where it is reached")
    if kind == ChannelKind.EMAIL and isinstance(address, str) and not MAIL.fullmatch(address):
        yield Remark((*at, "address"), "it is no e-mail address", "write one, or name another kind of channel")


def _of_steps(marked: Marked, identity: dict[str, Any]) -> Iterator[Remark]:
    seen: dict[tuple[str, str, str], int] = {}
    for number, step in numbered(identity.get("steps")):
        at: Where = ("identity", "steps", number)
        for right, risk in product(items(step.get("rights")) or [None], items(step.get("risks")) or [None]):
            # Whatever is no word is told by the form.
            same = (str(step.get("when")), str(right), str(risk))
            if same in seen:
                what = f"for {right}" if right else "for all rights"
                problem = f"the step on line {seen[same]} is taken {what} in the same case already"
                yield Remark(at, problem, "keep one of them")
            seen.setdefault(same, marked.line_of(at))


def demands_without_ground(marked: Marked) -> Iterator[Remark]:
    """Every identity document that is demanded of everybody without saying why; only doubt allows it (Art. 12(6))."""
    for number, demand in numbered(mapping(mapping(marked.data).get("identity")).get("demands")):
        always = demand.get("what") == Demand.IDENTITY_DOCUMENT and demand.get("when") == When.ALWAYS
        if always and demand.get("ground") is None:
            problem = "an identity document is demanded of everybody, and no ground is given"
            remedy = "write `when: doubt`, or give the ground on which the data needs it"
            yield Remark(("identity", "demands", number, "what"), problem, remedy)


def _both(marked: Marked, at: Where, part: dict[str, Any], one: str, other: str, why: str) -> Iterator[Remark]:
    for present, absent in ((one, other), (other, one)):
        if part.get(present) is not None and part.get(absent) is None:
            yield Remark(at, f"there is `{present}` without `{absent}`", f"{why}: give both, or neither")


def _days(words: Any) -> Fraction | None:
    length = read_length(words) if isinstance(words, str) else None
    return average_days(length) if length else None
