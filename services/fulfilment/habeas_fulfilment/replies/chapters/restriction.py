"""What a reply about a restriction tells (GDPR Art. 18 and 19): how far it goes, what stays allowed, how it ends."""

from collections.abc import Iterator

from habeas.decisions.types import Decision, Measure
from habeas.vocabulary import Right
from habeas_fulfilment.replies.chapters.sharing import tell_recipients
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Bullets, Entries, Entry, Matter, Part, PartName

_ALLOWED = ("store", "agreed", "claims", "others", "public")


def tell_restriction(pen: Pen) -> Iterator[Part]:
    """Say what lies still, what may be done all the same, what that means for the person, and who was told."""
    granted = pen.matter.granted()
    if not granted:
        return
    systems = [name for each in granted for name in (*each.systems, *each.tasks)]
    where = (pen.paragraph("restricted_in"), pen.systems(systems)) if systems else ()
    yield pen.part(PartName.RESTRICTED, pen.paragraph("restricted"), _grounds(pen), *where)
    allowed = Bullets(tuple(pen.say(f"allowed_{each}") for each in _ALLOWED))
    yield pen.part(PartName.STILL_ALLOWED, pen.paragraph("still_allowed"), allowed)
    yield from _effect(pen)
    yield tell_recipients(pen)


def _grounds(pen: Pen) -> Entries:
    return Entries(
        tuple(
            Entry(each.activity, pen.title(each), pen.say("restricted_ground", article=pen.cite(each.article)))
            for each in pen.matter.granted()
        )
    )


def _effect(pen: Pen) -> Iterator[Part]:
    effects = tuple(
        Entry(each.activity, pen.title(each), without.in_(pen.say.language))
        for each in pen.matter.granted()
        if (without := pen.matter.activity(each).without) is not None
    )
    if effects:
        yield pen.part(PartName.EFFECT, pen.paragraph("effect"), Entries(effects))


def is_announced(matter: Matter) -> bool:
    """Whether the person is owed a notice before something is used again (GDPR Art. 18(3))."""
    granted = matter.granted()
    asked = matter.right is Right.RESTRICTION and bool(granted)
    return asked or any(Measure.NOTICE_BEFORE_LIFTING in each.measures for each in matter.ruling.decisions)


def rested_in(matter: Matter) -> tuple[Decision, ...]:
    """The decisions before which nothing was used: a refused objection ends what rested while it was weighed."""
    waiting = {Measure.RESTRICT_MEANWHILE}
    if matter.right is Right.OBJECTION:
        waiting.add(Measure.NOTICE_BEFORE_LIFTING)
    return tuple(each for each in matter.ruling.decisions if waiting & set(each.measures))


def lifted_in(matter: Matter) -> tuple[Decision, ...]:
    """The decisions under which data lies still, so that the person hears before it is used again."""
    granted = matter.granted() if matter.right is Right.RESTRICTION else ()
    still = {Measure.RESTRICT, Measure.RESTRICT_MEANWHILE, Measure.NOTICE_BEFORE_LIFTING}
    return tuple(each for each in matter.ruling.decisions if each in granted or still & set(each.measures))


def tell_meanwhile(pen: Pen) -> Iterator[Part]:
    """Say what rested while somebody decided (GDPR Art. 18(1)(a) and (d)), and that a notice comes before its end."""
    still = rested_in(pen.matter)
    if still:
        yield pen.part(PartName.MEANWHILE, pen.paragraph("meanwhile"), pen.titles(still))
    if is_announced(pen.matter):
        yield pen.part(PartName.BEFORE_LIFTING, pen.paragraph("before_lifting"))
