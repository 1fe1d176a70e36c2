"""What a reply about an erasure tells (GDPR Art. 17 and 19): what is gone, what stays under which law and how long."""

from collections.abc import Iterator

from habeas.decisions.types import Decision, Kept, Measure, Verdict
from habeas.profile.types import Removal
from habeas_fulfilment.replies.chapters.sharing import tell_recipients
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Entries, Matter, Paragraph, Part, PartName

_BLOCKING = (Measure.BLOCK_OTHER_USES, Measure.RESTRICT)


def tell_erasure(pen: Pen) -> Iterator[Part]:
    """Say what was erased, what is kept, what that may be used for, when backups lapse, and who was told."""
    granted = pen.matter.granted()
    yield from tell_erased(pen, granted)
    yield from tell_kept(pen)
    if granted and pen.matter.account.backups_lapse_on is not None:
        yield pen.part(PartName.BACKUPS, pen.paragraph("backups", day=pen.matter.account.backups_lapse_on))
    if granted:
        yield tell_recipients(pen)


def tell_erased(pen: Pen, decisions: tuple[Decision, ...]) -> Iterator[Part]:
    """Say which data was erased or made anonymous, and in which systems."""
    for each in decisions:
        activity = pen.matter.activity(each)
        anonymous = Measure.ANONYMISE in each.measures or activity.removal is Removal.ANONYMISATION
        what = "anonymised" if anonymous else "erased"
        said = [pen.paragraph(what, categories=activity.categories, article=_article(pen, each))]
        said.append(pen.paragraph("erased_but") if each.kept else Paragraph(pen.reason(each)))
        systems = (*each.systems, *each.tasks)
        where = (pen.paragraph("erased_in"), pen.systems(systems)) if systems else ()
        yield pen.part(PartName.ERASED, *said, *where, about=each)


def _article(pen: Pen, decision: Decision) -> str:
    """Cite the ground of an erasure; what is erased in part is decided by what stays, so its right is cited."""
    return pen.cite(decision.article if decision.verdict is Verdict.APPLIES else "17(1)")


def is_blocked(matter: Matter) -> bool:
    """Whether something stays that may be used for one thing only."""
    return any(each.kept or set(_BLOCKING) & set(each.measures) for each in matter.ruling.decisions)


def tell_kept(pen: Pen) -> Iterator[Part]:
    """Say what a law keeps, and that it is used for nothing else."""
    for each in pen.matter.ruling.decisions:
        if each.kept:
            yield pen.part(PartName.KEPT, *(_kept(pen, kept) for kept in each.kept), about=each)
    if is_blocked(pen.matter):
        yield pen.part(PartName.BLOCKED, pen.paragraph("blocked"), pen.paragraph("blocked_offer"))


def _kept(pen: Pen, kept: Kept) -> Entries:
    return pen.entries(
        pen.entry("covers", kept.covers),
        pen.entry("law", f"{kept.law} ({pen.cite(kept.article)})"),
        pen.entry("ground", kept.ground),
        pen.entry("until", kept.until or pen.say("until_unknown")),
    )
