"""What a reply about a rectification tells (GDPR Art. 16 and 19): old and new values, where, or the statement added."""

from collections.abc import Iterator

from habeas.decisions.types import Decision
from habeas_fulfilment.replies.chapters.sharing import tell_recipients
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Entries, Entry, Part, PartName


def tell_rectification(pen: Pen) -> Iterator[Part]:
    """Show each value before and after, where it was changed, and who was told; refused, offer a statement."""
    granted = pen.matter.granted()
    if granted and pen.matter.facts.corrected:
        yield _corrected(pen, granted)
    if pen.matter.account.statement:
        yield pen.part(PartName.STATEMENT, pen.paragraph("statement_added"))
    elif pen.matter.denied():
        yield pen.part(PartName.STATEMENT, pen.paragraph("statement_offered"))
    if granted:
        yield tell_recipients(pen)


def _corrected(pen: Pen, granted: tuple[Decision, ...]) -> Part:
    labels = {each.name: each.label.in_(pen.say.language) for each in pen.matter.profile.identifiers}
    changes = tuple(
        Entry(name, labels.get(name, name.replace("_", " ").capitalize()), pen.say("old_and_new", old=old, new=new))
        for name, (old, new) in pen.matter.facts.corrected.items()
    )
    systems = [name for each in granted for name in (*each.systems, *each.tasks)]
    where = (pen.paragraph("corrected_in"), pen.systems(systems)) if systems else ()
    return pen.part(PartName.CORRECTED, pen.paragraph("corrected"), Entries(changes), *where)
