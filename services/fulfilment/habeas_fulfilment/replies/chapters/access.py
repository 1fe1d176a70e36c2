"""What a reply to an access request tells (GDPR Art. 15): whether, the copy, and how each activity uses the data."""

from collections.abc import Iterator

from habeas.decisions.types import Decision, Verdict
from habeas.profile.places import EEA, is_protected
from habeas.profile.types import Activity, Recipient, SafeguardKind
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Bullets, Entries, Entry, GapKind, Matter, Part, PartName

_WITH_CLAUSES = (SafeguardKind.STANDARD_CLAUSES, SafeguardKind.BINDING_RULES)
_VOID = (SafeguardKind.PRIVACY_SHIELD, SafeguardKind.SAFE_HARBOUR)
_RIGHTS = ("rectify", "erase", "restrict", "object", "portability", "withdraw")


def tell_access(pen: Pen) -> Iterator[Part]:
    """Say whether data is processed; where it is, hand over the copy and tell of each activity in which it is."""
    held = pen.matter.held()
    if is_answered(pen.matter):
        yield _held(pen, held)
    if held:
        yield _copy(pen)
    for each in held:
        yield pen.part(PartName.USE, Entries(tuple(_uses(pen, each))), about=each)
    yield pen.part(PartName.YOUR_RIGHTS, Bullets(tuple(pen.say(f"right_to_{each}") for each in _RIGHTS)))


def is_answered(matter: Matter) -> bool:
    """Whether a person gets to know if there is data: not where an access is refused (GDPR Art. 12(5))."""
    return bool(matter.held()) or not matter.ruling.of(Verdict.REFUSED)


def _held(pen: Pen, held: tuple[Decision, ...]) -> Part:
    if held:
        return pen.part(PartName.HELD, pen.paragraph("held_yes"), pen.titles(held))
    if pen.matter.ruling.of(Verdict.FORWARDED):
        return pen.part(PartName.HELD, pen.paragraph("held_for_others"))
    unseen = any(gap.kind is not GapKind.REDACTED for gap in pen.matter.account.gaps)
    return pen.part(PartName.HELD, pen.paragraph("held_not_seen" if unseen else "held_no"))


def _copy(pen: Pen) -> Part:
    where = pen.paragraph(f"copy_{pen.matter.account.copy}", days=pen.matter.profile.package.days)
    return pen.part(PartName.COPY, where, pen.paragraph("copy_form"))


def _uses(pen: Pen, decision: Decision) -> Iterator[Entry]:
    """Tell of one activity what Art. 15(1)(a) to (d), (g), (h) and 15(2) want told."""
    activity, say = pen.matter.activity(decision), pen.say
    yield pen.entry("purpose", activity.purpose)
    yield pen.entry("basis", tuple(say(f"basis_{each}") for each in activity.bases))
    yield pen.entry("categories", activity.categories)
    if activity.company is not None:
        yield pen.entry("company", pen.matter.profile.company(activity.company).title)
    recipients = "; ".join(pen.recipient(each) for each in activity.recipients)
    yield pen.entry("recipients", recipients or say("no_recipients"))
    yield pen.entry("transfers", _transfers(pen, activity))
    yield pen.entry("period", " ".join(_periods(pen, activity)))
    yield pen.entry("source", activity.source)
    yield pen.entry("automated", activity.automated or say("not_automated"))


def _periods(pen: Pen, activity: Activity) -> Iterator[str]:
    yield activity.retention.words.in_(pen.say.language)
    for kept in activity.keep:
        law = pen.matter.profile.law_that_keeps(kept.rule)
        yield pen.say(f"period_to_{law.until}", law=law.law, covers=law.covers, length=law.length)


def _transfers(pen: Pen, activity: Activity) -> str:
    return " ".join(filter(None, (_transfer(pen, each) for each in activity.recipients))) or pen.say("no_transfers")


def _transfer(pen: Pen, one: Recipient) -> str:
    """Say what protects data with one recipient abroad, and how a copy of it is had (GDPR Art. 15(2), 13(1)(f))."""
    controller, safeguard = pen.matter.profile.controller, one.safeguard
    if safeguard is None:
        if one.country in EEA or one.country == controller.country:
            return ""
        if is_protected(controller.country, one.country):
            return pen.say("transfer", recipient=pen.recipient(one), safeguard=pen.say("safeguard_adequacy"))
        return pen.say("transfer_unstated", recipient=pen.recipient(one))
    kind = pen.say(f"safeguard_{safeguard.kind}")
    what = pen.say("safeguard_noted", kind=kind, note=safeguard.note) if safeguard.note else kind
    void = "transfer_void" if safeguard.kind in _VOID else "transfer"
    said = pen.say(void, recipient=pen.recipient(one), safeguard=what)
    if safeguard.copy_at:
        return f"{said} {pen.say('clauses_at', place=safeguard.copy_at)}"
    if safeguard.kind in _WITH_CLAUSES:
        return f"{said} {pen.say('clauses_asked', place=controller.contact.email)}"
    return said
