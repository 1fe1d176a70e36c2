"""What stands in every letter, whatever the right: who answers and when, the outcome, reasons, and where to turn."""

from collections.abc import Iterator

from habeas.decisions.types import Decision, Measure, Verdict
from habeas.profile.types import Text
from habeas.vocabulary import Right
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import (
    Entries,
    Entry,
    Gap,
    LetterKind,
    Matter,
    Paragraph,
    Part,
    PartName,
    Place,
    Places,
)

_WEIGHED_ERASURE = (Right.ERASURE, "17(1)(c)")
_FINAL = (Verdict.APPLIES, Verdict.IN_PART, Verdict.REFUSED, Verdict.FORWARDED, Verdict.NOT_CONCERNED)


def tell_who(pen: Pen) -> Part:
    """Say who writes, about what, and on which days."""
    matter, dates = pen.matter, pen.matter.dates
    controller = matter.profile.controller.name
    opening = pen.paragraph(f"who_{matter.kind}", controller=controller, right=pen.say(f"right_{matter.right}"))
    entries = [pen.entry("reference", matter.reference)]
    if matter.kind is not LetterKind.RECIPIENT_NOTICE:
        entries.append(pen.entry("received", dates.received_on))
    entries.append(pen.entry("written", dates.written_on))
    return pen.part(PartName.WHO, opening, Entries(tuple(entries)), *_on_time(pen))


def _on_time(pen: Pen) -> Iterator[Paragraph]:
    dates, extension = pen.matter.dates, pen.matter.dates.extension
    if pen.matter.kind is LetterKind.REPLY and extension is not None:
        yield pen.paragraph("extended", told=extension.told_on, until=extension.until)
    if is_late(pen.matter):
        yield pen.paragraph("late", day=extension.until if extension else dates.respond_by)
    elif is_refused_late(pen.matter):
        yield pen.paragraph("refused_late", day=dates.refuse_by)


def is_late(matter: Matter) -> bool:
    """Whether a reply comes after the last day that the law allows (GDPR Art. 12(3))."""
    dates = matter.dates
    last = dates.extension.until if dates.extension else dates.respond_by
    return matter.kind is LetterKind.REPLY and dates.written_on > last


def is_refused_late(matter: Matter) -> bool:
    """Whether a refusal comes after its own last day, which an extension does not move (GDPR Art. 12(4))."""
    return (
        matter.kind is LetterKind.REPLY and bool(matter.denied()) and matter.dates.written_on > matter.dates.refuse_by
    )


def tell_outcome(pen: Pen) -> Part:
    """Say in one glance what came of the request, activity by activity."""
    empty = pen.matter.empty()
    sorted_out = {each: [one for one in pen.matter.ruling.of(each) if one not in empty] for each in _FINAL}
    groups = {**{str(verdict): decisions for verdict, decisions in sorted_out.items()}, "empty": empty}
    entries = [
        Entry(name, pen.say(f"verdict_{name}"), "; ".join(map(pen.title, decisions)))
        for name, decisions in groups.items()
        if decisions
    ]
    if not entries:
        return pen.part(PartName.OUTCOME, pen.paragraph("outcome_none"))
    return pen.part(PartName.OUTCOME, Entries(tuple(entries)))


def tell_reasons(pen: Pen) -> Iterator[Part]:
    """Give the reasons of everything that is denied, then those of what the right does not reach."""
    for each in pen.matter.denied():
        yield pen.part(PartName.REASON, *_reasons(pen, each), about=each)
    outside = pen.matter.ruling.of(Verdict.NOT_CONCERNED)
    if outside and pen.matter.right is not Right.PORTABILITY:
        yield pen.part(PartName.NOT_CONCERNED, pen.paragraph("not_concerned"), pen.reasons(outside))


def _reasons(pen: Pen, decision: Decision) -> Iterator[Paragraph]:
    partly = decision.verdict is Verdict.IN_PART
    yield pen.paragraph("denied_in_part" if partly else "denied", activity=pen.title(decision))
    yield Paragraph(pen.reason(decision))
    yield pen.paragraph("rule", article=pen.cite(decision.article))
    if decision.until is not None:
        yield pen.paragraph("needed_until", day=decision.until)
    weighed = weighed_in(pen.matter, decision)
    if weighed is not None and weighed.in_(pen.say.language) not in pen.reason(decision):
        yield pen.paragraph("weighed", why=weighed)


def weighed_in(matter: Matter, decision: Decision) -> Text | None:
    """Tell what outweighs the person: the words of whoever weighed, else the grounds that the profile claims.

    An objection is weighed, and an erasure that comes down to one (GDPR Art. 21(1) and 17(1)(c)).
    """
    if matter.right is not Right.OBJECTION and (matter.right, decision.article) != _WEIGHED_ERASURE:
        return None
    return matter.account.weighed.get(decision.activity) or matter.activity(decision).overriding


def tell_gaps(pen: Pen) -> Iterator[Part]:
    """Say what is missing, where, and why."""
    gaps = [_gap(pen, each) for each in pen.matter.account.gaps]
    for each in redacted_in(pen.matter):
        article = pen.cite("15(4)" if pen.matter.right is Right.ACCESS else "20(4)")
        gaps.append(Entry(each.activity, pen.title(each), pen.say("gap_third_persons", article=article)))
    if gaps:
        yield pen.part(PartName.GAPS, pen.paragraph("gaps"), Entries(tuple(gaps)))


def redacted_in(matter: Matter) -> tuple[Decision, ...]:
    """The decisions by which other people's data is taken out of what the person gets (GDPR Art. 15(4) and 20(4))."""
    return tuple(each for each in matter.granted() if Measure.REDACT_THIRD_PERSONS in each.measures)


def _gap(pen: Pen, gap: Gap) -> Entry:
    where = pen.matter.profile.system(gap.system).title.in_(pen.say.language)
    if gap.activity is not None:
        activity = pen.matter.profile.activity(gap.activity).title
        where = pen.say("gap_where", system=where, activity=activity)
    return Entry(gap.system, where, pen.say(f"gap_{gap.kind}", reason=gap.reason))


def tell_contact(pen: Pen) -> Part:
    """Say how the controller and its data protection officer are reached."""
    controller = pen.matter.profile.controller
    entries = [pen.entry("email", controller.contact.email)]
    if controller.contact.post:
        entries.append(pen.entry("post", controller.contact.post))
    if controller.contact.phone:
        entries.append(pen.entry("phone", controller.contact.phone))
    if controller.data_protection_officer is not None:
        entries.append(pen.entry("officer", controller.data_protection_officer.email))
    said = pen.paragraph("contact", reference=pen.matter.reference)
    return pen.part(PartName.CONTACT, said, Entries(tuple(entries)))


def tell_remedies(pen: Pen) -> Iterator[Part]:
    """Say to whom a person can complain, and that a court is open to them (GDPR Art. 12(4), 77 and 79)."""
    laws, controller = pen.matter.profile.laws, pen.matter.profile.controller
    if "uk" in laws:
        said = pen.paragraph("complaint_to_us", controller=controller.name, contact=controller.contact.email)
        yield pen.part(PartName.COMPLAINT_TO_US, said)
    places = tuple(Place(each.name, each.url, each.address) for each in pen.matter.authorities)
    yield pen.part(PartName.COMPLAINT, pen.paragraph("complaint"), Places(places))
    courts = [law for law in laws if f"court_{law}" in pen.say] or ["eu"]
    yield pen.part(PartName.COURT, *(pen.paragraph(f"court_{law}") for law in courts))
