"""The letters: the reply that ends one right of one case, and the notices that the law wants on the way and after."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from habeas.decisions.catalogue import say
from habeas.decisions.types import Facts, Measure, Ruling, Verdict
from habeas.errors import Fault, Faults
from habeas.profile.authorities import authorities_for
from habeas.profile.types import Authority, Profile
from habeas_fulfilment.replies import notices
from habeas_fulfilment.replies.catalogue import choose_language
from habeas_fulfilment.replies.chapters import CHAPTERS
from habeas_fulfilment.replies.chapters.frame import (
    tell_contact,
    tell_gaps,
    tell_outcome,
    tell_reasons,
    tell_remedies,
    tell_who,
)
from habeas_fulfilment.replies.chapters.objection import tell_marketing
from habeas_fulfilment.replies.chapters.restriction import lifted_in, tell_meanwhile
from habeas_fulfilment.replies.chapters.sharing import tell_forwarded
from habeas_fulfilment.replies.pen import Pen
from habeas_fulfilment.replies.types import Account, Dates, LetterKind, Lifting, Matter, Part, Reply, Review, SayReason
from habeas_fulfilment.replies.whole import check_matter


def make_matter(
    profile: Profile,
    ruling: Ruling,
    facts: Facts,
    dates: Dates,
    language: str,
    *,
    reference: str,
    authorities: Sequence[Authority] | None = None,
    account: Account | None = None,
    say_reason: SayReason = say,
) -> Matter:
    """Put together what a letter is about, in the person's language or else in one of the controller's.

    `authorities` are those to complain to, the controller's own first; None finds them by the person's country. Raises
    Faults where no language will do.
    """
    if authorities is None:
        authorities = authorities_for(profile, facts.country)
    return Matter(
        kind=LetterKind.REPLY,
        reference=reference,
        language=choose_language(language, profile.controller.languages),
        profile=profile,
        ruling=ruling,
        facts=facts,
        dates=dates,
        authorities=tuple(authorities),
        say_reason=say_reason,
        account=account or Account(),
    )


def write_reply(
    profile: Profile,
    ruling: Ruling,
    facts: Facts,
    dates: Dates,
    language: str,
    *,
    reference: str,
    authorities: Sequence[Authority] | None = None,
    account: Account | None = None,
    say_reason: SayReason = say,
) -> Reply:
    """Write the letter that ends one right of one case (GDPR Art. 12 to 22 and 7(3)).

    Raises NeedsPerson while something is undecided or unknown, naming the activities, and Faults for a ruling or dates
    that cannot stand.
    """
    matter = make_matter(
        profile,
        ruling,
        facts,
        dates,
        language,
        reference=reference,
        authorities=authorities,
        account=account,
        say_reason=say_reason,
    )
    check_matter(matter)
    return _letter(matter, _reply)


def write_extension(matter: Matter) -> Reply:
    """Write the notice that an answer takes longer; raises Faults unless it leaves within the first month, with why."""
    extension, dates = matter.dates.extension, matter.dates
    if extension is None:
        raise Faults([Fault("dates.extension", "nothing is extended", "give the ground, the reason and the new day")])
    if dates.written_on > dates.respond_by:
        problem = "the first month is over, so that a notice changes nothing any more (GDPR Art. 12(3))"
        raise Faults([Fault("dates.written_on", problem, "answer at once")])
    return _notice(matter, LetterKind.EXTENSION, notices.tell_extension)


def write_lifting(matter: Matter, lifting: Lifting) -> Reply:
    """Write the notice before a restriction is lifted (GDPR Art. 18(3)); raises Faults if it would come too late."""
    if lifting.on <= matter.dates.written_on:
        problem = "the restriction would be lifted before the person can know of it"
        raise Faults([Fault("lifting.on", problem, "lift it on a later day (GDPR Art. 18(3))")])
    if not lifted_in(matter):
        raise Faults([Fault("ruling", "nothing is restricted by it", "give the ruling that restricted something")])
    return _notice(replace(matter, lifting=lifting), LetterKind.LIFTING, notices.tell_lifting)


def write_recipient_notice(matter: Matter, recipient: str, language: str) -> Reply:
    """Write to one recipient what was corrected, erased or restricted (GDPR Art. 19), by reference and nothing more.

    Raises Faults for somebody whom the ruling does not name: data must not reach more people than it has.
    """
    if recipient not in matter.to_tell():
        problem = "the ruling does not name this recipient, or nothing was done of which it must be told"
        raise Faults([Fault("recipient", problem, "write to those whom the ruling names")])
    spoken = choose_language(language, matter.profile.controller.languages)
    addressed = replace(matter, recipient=recipient, language=spoken)
    return _notice(addressed, LetterKind.RECIPIENT_NOTICE, notices.tell_recipient)


def write_recipient_list(matter: Matter) -> Reply:
    """Write to the person who the recipients are and how far they were told, on request (GDPR Art. 19)."""
    return _notice(matter, LetterKind.RECIPIENT_LIST, notices.tell_list)


def settle_reviews(ruling: Ruling, reviews: Mapping[str, Review]) -> Ruling:
    """Let the automated decisions that a person has looked at again count as decided; all else stays as it is."""
    return replace(
        ruling,
        decisions=tuple(
            replace(each, verdict=Verdict.APPLIES)
            if each.verdict is Verdict.ASKS and Measure.HUMAN_REVIEW in each.measures and each.activity in reviews
            else each
            for each in ruling.decisions
        ),
    )


def _reply(pen: Pen) -> Iterator[Part]:
    yield tell_who(pen)
    yield tell_outcome(pen)
    yield from CHAPTERS[pen.matter.right](pen)
    yield from tell_marketing(pen)
    yield from tell_meanwhile(pen)
    yield from tell_reasons(pen)
    yield from tell_forwarded(pen)
    yield from tell_gaps(pen)
    yield tell_contact(pen)
    yield from tell_remedies(pen)


def _notice(matter: Matter, kind: LetterKind, chapter: notices.Chapter) -> Reply:
    matter = replace(matter, kind=kind)
    check_matter(matter)
    return _letter(matter, chapter)


def _letter(matter: Matter, chapter: notices.Chapter) -> Reply:
    pen = Pen(matter)
    return Reply(matter, pen.say(f"title_{matter.kind}", right=pen.say(f"right_{matter.right}")), tuple(chapter(pen)))
