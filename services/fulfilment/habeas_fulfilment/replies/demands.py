# long because the law's demands on letters are one table, and a lawyer reads it from top to bottom
"""What the law demands of each letter: which parts, about which activities, what must be named in them, and where
it says so."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from habeas.decisions.types import Decision, Verdict
from habeas.vocabulary import Right
from habeas_fulfilment.replies.catalogue import speak
from habeas_fulfilment.replies.chapters.access import is_answered
from habeas_fulfilment.replies.chapters.erasure import is_blocked
from habeas_fulfilment.replies.chapters.frame import is_late, is_refused_late, redacted_in, weighed_in
from habeas_fulfilment.replies.chapters.objection import erased_in, marketing_in
from habeas_fulfilment.replies.chapters.portability import leaves_out
from habeas_fulfilment.replies.chapters.restriction import is_announced, lifted_in, rested_in
from habeas_fulfilment.replies.chapters.sharing import customer_of, is_told_on
from habeas_fulfilment.replies.types import LetterKind, Matter, PartName

About = Callable[[Matter], Iterable[str | None]]
Names = Callable[[Matter, str | None], Iterable[str]]
EVERYWHERE = ""
"""Stands for the activity of a part that is about none."""


def once(_matter: Matter) -> Iterable[str | None]:
    """Demand a part in every such letter."""
    return (None,)


def nothing(_matter: Matter, _activity: str | None) -> Iterable[str]:
    """Demand no names in a part."""
    return ()


@dataclass(frozen=True)
class Demand:
    """A part that is demanded, with its source; `about` gives the activities for which it is, None for the whole.

    `entries` are names of facts that have to be in it, `names` the words that have to be.
    """

    part: PartName
    source: str
    about: About = once
    entries: tuple[str, ...] = ()
    names: Names = nothing


def _if(condition: Callable[[Matter], object]) -> About:
    return lambda matter: (None,) if condition(matter) else ()


def _each(decisions: Callable[[Matter], Iterable[Decision]]) -> About:
    return lambda matter: [each.activity for each in decisions(matter)]


def _title(matter: Matter, activity: str | None) -> str:
    return matter.profile.activity(activity or EVERYWHERE).title.in_(matter.language)


def _titles(decisions: Callable[[Matter], Iterable[Decision]]) -> Names:
    return lambda matter, _activity: [_title(matter, each.activity) for each in decisions(matter)]


def _held(matter: Matter) -> Iterable[Decision]:
    return matter.held()


def _granted(matter: Matter) -> Iterable[Decision]:
    return matter.granted()


def _denied(matter: Matter) -> Iterable[Decision]:
    return matter.denied()


def _outside(matter: Matter) -> Iterable[Decision]:
    return matter.ruling.of(Verdict.NOT_CONCERNED)


def _keeping(matter: Matter) -> Iterable[Decision]:
    return (each for each in matter.ruling.decisions if each.kept)


def _decision(matter: Matter, activity: str | None) -> Decision:
    return next(each for each in matter.ruling.decisions if each.activity == activity)


def _day(matter: Matter, value: object) -> str:
    return speak(matter.language, matter.profile.laws).tell(value)


# What must be named


def _who(matter: Matter, _activity: str | None) -> Iterable[str]:
    yield matter.profile.controller.name
    yield matter.reference
    yield _day(matter, matter.dates.written_on)
    if is_late(matter):
        yield _day(matter, matter.dates.extension.until if matter.dates.extension else matter.dates.respond_by)
    elif is_refused_late(matter):
        yield _day(matter, matter.dates.refuse_by)


def _use(matter: Matter, activity: str | None) -> Iterable[str]:
    """The named recipients (C-154/21), their countries outside, the purpose and the period of this activity."""
    told = matter.profile.activity(activity or EVERYWHERE)
    say = speak(matter.language, matter.profile.laws)
    texts = (told.purpose, told.categories, told.retention.words, told.source, told.automated)
    yield from (text.in_(matter.language) for text in texts if text is not None)
    for one in told.recipients:
        yield from (one.name, say.country(one.country))
        if one.safeguard is not None:
            yield from filter(None, (one.safeguard.copy_at, one.safeguard.note))
    yield from (matter.profile.law_that_keeps(each.rule).law for each in told.keep)


def _corrections(matter: Matter, _activity: str | None) -> Iterable[str]:
    return [value for change in matter.facts.corrected.values() for value in change]


def _kept(matter: Matter, activity: str | None) -> Iterable[str]:
    for kept in _decision(matter, activity).kept:
        yield from (kept.law, kept.covers.in_(matter.language), kept.ground.in_(matter.language))
        if kept.until is not None:
            yield _day(matter, kept.until)


def _systems(matter: Matter, activity: str | None) -> Iterable[str]:
    decision = _decision(matter, activity)
    return [matter.profile.system(each).title.in_(matter.language) for each in (*decision.systems, *decision.tasks)]


def _backups(matter: Matter, _activity: str | None) -> Iterable[str]:
    return [_day(matter, matter.account.backups_lapse_on)]


def _effects(matter: Matter, _activity: str | None) -> Iterable[str]:
    texts = (matter.activity(each).without for each in matter.granted())
    return [text.in_(matter.language) for text in texts if text is not None]


def _why(matter: Matter, activity: str | None) -> Iterable[str]:
    """The reason is tied to its activity, and an objection is told what was weighed."""
    decision = _decision(matter, activity)
    yield _title(matter, activity)
    yield matter.say_reason(decision.reason, matter.language)
    weighed = weighed_in(matter, decision)
    if weighed is not None:
        yield weighed.in_(matter.language)


def _outside_why(matter: Matter, _activity: str | None) -> Iterable[str]:
    return [matter.say_reason(each.reason, matter.language) for each in _outside(matter)]


def _customer(matter: Matter, activity: str | None) -> Iterable[str]:
    return [_day(matter, customer_of(matter, _decision(matter, activity)))]


def _gaps(matter: Matter, _activity: str | None) -> Iterable[str]:
    for gap in matter.account.gaps:
        yield matter.profile.system(gap.system).title.in_(matter.language)
        yield gap.reason.in_(matter.language)
    yield from (_title(matter, each.activity) for each in redacted_in(matter))


def _recipients(matter: Matter, _activity: str | None) -> Iterable[str]:
    return matter.to_tell()


def _review(matter: Matter, activity: str | None) -> Iterable[str]:
    review = matter.account.reviews[activity or EVERYWHERE]
    logic = matter.profile.activity(activity or EVERYWHERE).automated
    return [text.in_(matter.language) for text in (review.reviewer, review.why, logic) if text is not None]


def _authorities(matter: Matter, _activity: str | None) -> Iterable[str]:
    return [text for each in matter.authorities for text in (each.name, each.url)]


def _contact(matter: Matter, _activity: str | None) -> Iterable[str]:
    return [matter.profile.controller.contact.email, matter.reference]


def _extension(matter: Matter, _activity: str | None) -> Iterable[str]:
    extension = matter.dates.extension
    return [] if extension is None else [extension.because.in_(matter.language), _day(matter, extension.until)]


def _lifting(matter: Matter, activity: str | None) -> Iterable[str]:
    lifting = matter.lifting
    if lifting is not None:
        yield from (lifting.because.in_(matter.language), _day(matter, lifting.on))
    yield from _titles(lifted_in)(matter, activity)


def _for_recipient(matter: Matter) -> Iterable[Decision]:
    return (each for each in matter.granted() if matter.recipient in each.recipients)


# The table

EVERY: tuple[Demand, ...] = (
    Demand(PartName.WHO, "GDPR Art. 12(1) and (3)", entries=("reference", "written"), names=_who),
    Demand(PartName.CONTACT, "GDPR Art. 12(2)", entries=("email",), names=_contact),
)
"""What stands in every letter."""

REMEDIES: tuple[Demand, ...] = (
    Demand(PartName.COMPLAINT, "GDPR Art. 12(4), 15(1)(f) and 77", names=_authorities),
    Demand(PartName.COURT, "GDPR Art. 12(4) and 79"),
    Demand(PartName.COMPLAINT_TO_US, "Data Protection Act 2018 s. 164A", _if(lambda it: "uk" in it.profile.laws)),
)
"""What stands in every letter to the person: we never know which of our words somebody disagrees with."""

EVERY_REPLY: tuple[Demand, ...] = (
    Demand(PartName.OUTCOME, "GDPR Art. 12(3)"),
    Demand(PartName.REASON, "GDPR Art. 12(4)", _each(_denied), names=_why),
    Demand(
        PartName.NOT_CONCERNED,
        "GDPR Art. 12(4)",
        _if(lambda it: it.right is not Right.PORTABILITY and any(_outside(it))),
        names=_outside_why,
    ),
    Demand(
        PartName.FORWARDED,
        "GDPR Art. 28(3)(e)",
        _each(lambda it: it.ruling.of(Verdict.FORWARDED)),
        names=_customer,
    ),
    Demand(
        PartName.GAPS,
        "GDPR Art. 12(4) and 15(4)",
        _if(lambda it: it.account.gaps or redacted_in(it)),
        names=_gaps,
    ),
    Demand(PartName.MARKETING, "GDPR Art. 21(3)", _if(marketing_in), names=_titles(marketing_in)),
    Demand(PartName.MEANWHILE, "GDPR Art. 18(1)(a) and (d)", _if(rested_in), names=_titles(rested_in)),
    Demand(PartName.BEFORE_LIFTING, "GDPR Art. 18(3)", _if(is_announced)),
)
"""What every final reply has, whatever the right."""

_ERASED = Demand(PartName.ERASED, "GDPR Art. 17(1)", _each(_granted), names=_systems)
_ALSO_ERASED = Demand(PartName.ERASED, "GDPR Art. 17(1)(b) and (c)", _each(erased_in), names=_systems)
_KEPT = Demand(
    PartName.KEPT, "GDPR Art. 17(3) and 12(4)", _each(_keeping), ("covers", "law", "ground", "until"), names=_kept
)
_BLOCKED = Demand(PartName.BLOCKED, "GDPR Art. 5(1)(b) and 18", _if(is_blocked))
_TOLD = Demand(PartName.TOLD, "GDPR Art. 19", _if(lambda it: it.granted()), names=_recipients)
_ALSO_TOLD = Demand(PartName.TOLD, "GDPR Art. 19", _if(is_told_on), names=_recipients)
_STOPPED_NAMES = _titles(_granted)

DEMANDED: Mapping[Right | LetterKind, tuple[Demand, ...]] = {
    Right.ACCESS: (
        Demand(PartName.HELD, "GDPR Art. 15(1)", _if(is_answered), names=_titles(_held)),
        Demand(PartName.COPY, "GDPR Art. 15(3)", _if(lambda it: it.held())),
        Demand(PartName.USE, "GDPR Art. 15(1)(a)", _each(_held), entries=("purpose", "basis")),
        Demand(PartName.USE, "GDPR Art. 15(1)(b)", _each(_held), entries=("categories",)),
        Demand(PartName.USE, "GDPR Art. 15(1)(c); C-154/21", _each(_held), entries=("recipients",), names=_use),
        Demand(PartName.USE, "GDPR Art. 15(1)(d)", _each(_held), entries=("period",)),
        Demand(PartName.USE, "GDPR Art. 15(1)(g)", _each(_held), entries=("source",)),
        Demand(PartName.USE, "GDPR Art. 15(1)(h); C-203/22", _each(_held), entries=("automated",)),
        Demand(PartName.USE, "GDPR Art. 15(2)", _each(_held), entries=("transfers",)),
        Demand(PartName.YOUR_RIGHTS, "GDPR Art. 15(1)(e)"),
    ),
    Right.RECTIFICATION: (
        Demand(
            PartName.CORRECTED,
            "GDPR Art. 16",
            _if(lambda it: it.granted() and it.facts.corrected),
            names=_corrections,
        ),
        Demand(PartName.STATEMENT, "GDPR Art. 16", _if(lambda it: it.denied() or it.account.statement)),
        _TOLD,
    ),
    Right.ERASURE: (
        _ERASED,
        _KEPT,
        _BLOCKED,
        Demand(
            PartName.BACKUPS,
            "GDPR Art. 17(1) and 12(1)",
            _if(lambda it: it.granted() and it.account.backups_lapse_on),
            names=_backups,
        ),
        _TOLD,
    ),
    Right.RESTRICTION: (
        Demand(PartName.RESTRICTED, "GDPR Art. 18(1)", _if(lambda it: it.granted()), names=_titles(_granted)),
        Demand(PartName.STILL_ALLOWED, "GDPR Art. 18(2)", _if(lambda it: it.granted())),
        Demand(
            PartName.EFFECT,
            "GDPR Art. 12(1)",
            _if(lambda it: any(it.activity(each).without for each in it.granted())),
            names=_effects,
        ),
        _TOLD,
    ),
    Right.PORTABILITY: (
        Demand(PartName.FILE, "GDPR Art. 20(1)", _if(lambda it: it.granted()), names=_titles(_granted)),
        Demand(PartName.LEFT_OUT, "GDPR Art. 20(1) and 12(4)", _if(leaves_out), names=_outside_why),
        Demand(PartName.TRANSFER, "GDPR Art. 20(2)", _if(lambda it: it.granted())),
    ),
    Right.OBJECTION: (
        Demand(PartName.STOPPED, "GDPR Art. 21(1) and (3)", _if(lambda it: it.granted()), names=_STOPPED_NAMES),
        _ALSO_ERASED,
        _KEPT,
        _BLOCKED,
        _ALSO_TOLD,
    ),
    Right.AUTOMATED_DECISION: (
        Demand(
            PartName.REVIEW,
            "GDPR Art. 22(3) and 15(1)(h)",
            _each(_granted),
            entries=("reviewer", "result", "ground", "logic"),
            names=_review,
        ),
        Demand(PartName.CONTEST, "GDPR Art. 22(3)", _if(lambda it: it.granted())),
    ),
    Right.CONSENT_WITHDRAWAL: (
        Demand(PartName.STOPPED, "GDPR Art. 7(3)", _if(lambda it: it.granted()), names=_STOPPED_NAMES),
        Demand(PartName.FROM_NOW_ON, "GDPR Art. 7(3)", _if(lambda it: it.granted())),
        _ALSO_ERASED,
        _KEPT,
        _BLOCKED,
        _ALSO_TOLD,
    ),
    LetterKind.EXTENSION: (
        Demand(PartName.EXTENSION, "GDPR Art. 12(3)", entries=("ground", "because", "until"), names=_extension),
    ),
    LetterKind.LIFTING: (Demand(PartName.LIFTING, "GDPR Art. 18(3)", entries=("from", "because"), names=_lifting),),
    LetterKind.RECIPIENT_NOTICE: (
        Demand(PartName.HAPPENED, "GDPR Art. 19", names=_titles(_for_recipient)),
        Demand(PartName.TO_DO, "GDPR Art. 19"),
        Demand(PartName.ABOUT, "GDPR Art. 19 and 5(1)(c)", names=lambda it, _: (it.reference,)),
    ),
    LetterKind.RECIPIENT_LIST: (Demand(PartName.RECIPIENTS, "GDPR Art. 19, second sentence", names=_recipients),),
}
"""Which parts the law demands of each right's reply, and of each notice, beside what is in every one."""


def demands_of(matter: Matter) -> tuple[Demand, ...]:
    """Give all that is demanded of one letter."""
    if matter.kind is LetterKind.REPLY:
        return (*EVERY, *EVERY_REPLY, *DEMANDED[matter.right], *REMEDIES)
    if matter.kind is LetterKind.RECIPIENT_NOTICE:
        return (*EVERY, *DEMANDED[matter.kind])
    return (*EVERY, *DEMANDED[matter.kind], *REMEDIES)
