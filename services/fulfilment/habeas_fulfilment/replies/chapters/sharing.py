"""Who else was told (GDPR Art. 19), and who decides about data that is only held for somebody (Art. 28)."""

from collections.abc import Iterator

from habeas.decisions.types import Decision, Measure, Verdict
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Entries, Entry, Matter, Part, PartName, Told


def is_told_on(matter: Matter) -> bool:
    """Whether somebody has to be told, beyond the rights of which the law says so."""
    return any(Measure.TELL_RECIPIENTS in each.measures for each in matter.granted())


def tell_recipients(pen: Pen) -> Part:
    """List every recipient with the day on which it was told, or why that cannot be."""
    recipients = list_recipients(pen)
    if not recipients.entries:
        return pen.part(PartName.TOLD, pen.paragraph("told_nobody"))
    return pen.part(PartName.TOLD, pen.paragraph("told"), recipients, pen.paragraph("told_on_request"))


def list_recipients(pen: Pen) -> Entries:
    """Name the recipients to tell, and how far each of them has been told."""
    told = pen.matter.account.told
    return Entries(
        tuple(
            Entry(name, pen.recipient_of(name), _how_told(pen, told.get(name, Told()))) for name in pen.matter.to_tell()
        )
    )


def _how_told(pen: Pen, told: Told) -> str:
    if told.on is not None:
        return pen.say("told_on", day=told.on)
    if told.why_not is not None:
        return pen.say("told_not", why=told.why_not)
    return pen.say("told_soon")


def tell_forwarded(pen: Pen) -> Iterator[Part]:
    """Name the customer whose data it is and who decides, for each activity of a processor."""
    for each in pen.matter.ruling.of(Verdict.FORWARDED):
        customer = customer_of(pen.matter, each)
        if customer is not None:
            said = pen.paragraph("forwarded", customer=customer, controller=pen.matter.profile.controller.name)
            yield pen.part(PartName.FORWARDED, said, pen.paragraph("forwarded_on"), about=each)


def customer_of(matter: Matter, decision: Decision) -> object | None:
    """Tell for whom the data of a decision is held, as far as it is known."""
    return matter.known(decision).customer or matter.activity(decision).customer
