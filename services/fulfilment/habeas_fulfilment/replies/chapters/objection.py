"""What a reply to an objection (GDPR Art. 21) or a withdrawn consent (Art. 7(3)) tells: what has stopped since."""

from collections.abc import Iterator

from habeas.decisions.types import Decision, Measure
from habeas.vocabulary import Right
from habeas_fulfilment.replies.chapters.erasure import tell_erased, tell_kept
from habeas_fulfilment.replies.chapters.sharing import is_told_on, tell_recipients
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Matter, Part, PartName

_ERASING = (Measure.ERASE, Measure.ANONYMISE)


def tell_objection(pen: Pen) -> Iterator[Part]:
    """Say what has stopped, and that marketing has stopped everywhere and for good."""
    if pen.matter.granted():
        yield pen.part(PartName.STOPPED, pen.paragraph("stopped"), pen.reasons(pen.matter.granted()))
    yield from _tell_aftermath(pen)


def tell_withdrawal(pen: Pen) -> Iterator[Part]:
    """Say what has stopped, and that a withdrawal counts from now on only."""
    if pen.matter.granted():
        yield pen.part(PartName.STOPPED, pen.paragraph("stopped_withdrawal"), pen.reasons(pen.matter.granted()))
        yield pen.part(PartName.FROM_NOW_ON, pen.paragraph("from_now_on"))
    yield from _tell_aftermath(pen)


def _tell_aftermath(pen: Pen) -> Iterator[Part]:
    yield from tell_erased(pen, erased_in(pen.matter))
    yield from tell_kept(pen)
    if is_told_on(pen.matter):
        yield tell_recipients(pen)


def tell_marketing(pen: Pen) -> Iterator[Part]:
    """Say that marketing has stopped in every channel, and that one entry stays so that it does not begin again."""
    marketing = marketing_in(pen.matter)
    if marketing:
        said = pen.paragraph("marketing"), pen.titles(marketing), pen.paragraph("suppressed")
        yield pen.part(PartName.MARKETING, *said)


def marketing_in(matter: Matter) -> tuple[Decision, ...]:
    """The decisions by which marketing stops (GDPR Art. 21(3)), such as those on an erasure that is refused for now."""
    objects = matter.granted() if matter.right is Right.OBJECTION else ()
    return tuple(
        each
        for each in matter.ruling.decisions
        if Measure.SUPPRESS in each.measures or (each in objects and matter.activity(each).marketing)
    )


def erased_in(matter: Matter) -> tuple[Decision, ...]:
    """The decisions by which something was erased as well, such as on a withdrawn consent (GDPR Art. 17(1)(b))."""
    return tuple(each for each in matter.granted() if set(_ERASING) & set(each.measures))
