"""The chapters of the notices: a longer time, the end of a restriction, and what recipients and of whom is told."""

from collections.abc import Callable, Iterator

from habeas.decisions.types import Decision, Measure
from habeas.vocabulary import Right
from habeas_fulfilment.replies.chapters.frame import tell_contact, tell_remedies, tell_who
from habeas_fulfilment.replies.chapters.restriction import lifted_in
from habeas_fulfilment.replies.chapters.sharing import list_recipients
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Bullets, Entries, Entry, Part, PartName

Chapter = Callable[[Pen], Iterator[Part]]

_DONE = (Measure.ERASE, Measure.ANONYMISE, Measure.RECTIFY, Measure.RESTRICT, Measure.SUPPRESS, Measure.STOP)
_BY_RIGHT = {
    Right.ERASURE: Measure.ERASE,
    Right.RECTIFICATION: Measure.RECTIFY,
    Right.RESTRICTION: Measure.RESTRICT,
    Right.OBJECTION: Measure.STOP,
    Right.CONSENT_WITHDRAWAL: Measure.STOP,
}


def tell_extension(pen: Pen) -> Iterator[Part]:
    """Say why it takes longer and until when, and to whom the person can complain (GDPR Art. 12(3))."""
    extension = pen.matter.dates.extension
    assert extension is not None
    yield tell_who(pen)
    yield pen.part(
        PartName.EXTENSION,
        pen.paragraph("longer", until=extension.until),
        pen.entries(
            pen.entry("ground", pen.say(f"longer_{extension.ground}")),
            pen.entry("because", extension.because),
            pen.entry("respond_by", pen.matter.dates.respond_by),
            pen.entry("until", extension.until),
        ),
        pen.paragraph("longer_sooner"),
    )
    yield tell_contact(pen)
    yield from tell_remedies(pen)


def tell_lifting(pen: Pen) -> Iterator[Part]:
    """Say what is used again, from which day, and why (GDPR Art. 18(3))."""
    lifting = pen.matter.lifting
    assert lifting is not None
    lifted = lifted_in(pen.matter)
    yield tell_who(pen)
    why = pen.entries(pen.entry("from", lifting.on), pen.entry("because", lifting.because))
    yield pen.part(PartName.LIFTING, pen.paragraph("lifted", day=lifting.on), pen.titles(lifted), why)
    yield tell_contact(pen)
    yield from tell_remedies(pen)


def tell_recipient(pen: Pen) -> Iterator[Part]:
    """Say to a recipient what was done and what it has to do, without a word about whom (GDPR Art. 19)."""
    matter = pen.matter
    concerned = [each for each in matter.granted() if matter.recipient in each.recipients]
    yield tell_who(pen)
    yield pen.part(PartName.HAPPENED, Entries(tuple(_happened(pen, each) for each in concerned)))
    yield pen.part(PartName.TO_DO, Bullets(tuple(pen.say(f"to_do_{each}") for each in ("same", "onward", "unable"))))
    yield pen.part(PartName.ABOUT, pen.paragraph("about_whom", reference=matter.reference))
    yield tell_contact(pen)


def _happened(pen: Pen, decision: Decision) -> Entry:
    done = [each for each in _DONE if each in decision.measures]
    if not done and pen.matter.right in _BY_RIGHT:
        done = [_BY_RIGHT[pen.matter.right]]
    said = pen.say.all_of(pen.say(f"happened_{each}") for each in done)
    in_part = bool(decision.kept) or decision in pen.matter.denied()
    return Entry(decision.activity, pen.title(decision), pen.say("happened_in_part", done=said) if in_part else said)


def tell_list(pen: Pen) -> Iterator[Part]:
    """Name every recipient to the person, with the day on which it was told (GDPR Art. 19)."""
    recipients = list_recipients(pen)
    yield tell_who(pen)
    yield pen.part(PartName.RECIPIENTS, *((recipients,) if recipients.entries else (pen.paragraph("told_nobody"),)))
    yield tell_contact(pen)
    yield from tell_remedies(pen)
