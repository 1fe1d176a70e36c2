"""The event door: each thing that a person is told about is one effect."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from habeas.crypto.blind import BlindIndex
from habeas.envelope import Letter
from habeas.errors import Refused
from habeas.events import (
    AnswerHandedOut,
    AnswerReady,
    CaseLetThrough,
    CaseOpened,
    ChallengeIssued,
    ComplaintAnswered,
    ContactChanged,
    Event,
    ExtensionDecided,
    IdentityProved,
    LiftingDecided,
    LiftingTold,
    MandateAsked,
    MessageSent,
    PersonInvited,
    PersonWarned,
    ProcessorReported,
)
from habeas.service import Context, Effect, Handler
from habeas.vocabulary import COMPLAINT
from habeas.work.transaction import Transaction
from habeas_notifier.callbacks import CALLING
from habeas_notifier.channels.channel import open_channel, open_text_channel
from habeas_notifier.drafts import draft, draft_mail_or_text, draft_to_stored, note_address
from habeas_notifier.letters import Draft, write, write_text
from habeas_notifier.models import Correspondence, Sent
from habeas_notifier.texts import is_text, mark_block

MOST_A_DAY = 3
"""Acknowledgements to one typed address in a day: more would let our portal fill a stranger's mailbox."""
WARNINGS = ("frozen", "thawed", "contact_change_old", "contact_change_new", "contact_changed")
"""The messages by which the owner of an address is told of what they may want to stop."""


def _recipient(tx: Transaction, address: str) -> str:
    return BlindIndex(tx.context.keys.secret("notifier", "blind-index"), "recipient").of(address)


def _open_correspondence(tx: Transaction, letter: Letter) -> Draft | None:
    """Remember the case, and acknowledge it once to the address that was typed, if that is not asked too often."""
    opened = letter.event
    assert isinstance(opened, CaseOpened)
    if tx.session.get(Correspondence, opened.case) is None:
        tx.session.add(
            Correspondence(
                case_id=opened.case, reference=opened.reference, controller=opened.controller, language=opened.language
            )
        )
        tx.session.flush()
    return _acknowledgement(tx, letter, opened.rights)


def _acknowledge_late(tx: Transaction, letter: Letter) -> Draft | None:
    """Acknowledge a case that an agent let out of the holding pen."""
    let_through = letter.event
    assert isinstance(let_through, CaseLetThrough)
    return _acknowledgement(tx, letter, let_through.rights)


def _acknowledgement(tx: Transaction, letter: Letter, rights: Sequence[str]) -> Draft | None:
    contact = str(tx.open(letter)["contact"])
    if not contact:
        return None
    since = tx.now - timedelta(days=1)
    lately = select(func.count()).where(
        Sent.recipient == _recipient(tx, contact),
        Sent.message == "acknowledgement",
        Sent.at > since,
        Sent.outcome == "sent",
    )
    if tx.session.execute(lately).scalar_one() >= MOST_A_DAY:
        return None
    message = "complaint_acknowledged" if list(rights) == [COMPLAINT] else "acknowledgement"
    return draft(tx, letter, message, contact)


def _challenge(tx: Transaction, letter: Letter) -> Draft | None:
    """Write the code to the stored mailbox, or as a text to the stored telephone if that may still go."""
    issued = letter.event
    assert isinstance(issued, ChallengeIssued)
    sealed = tx.open(letter)
    values = {"code": str(sealed["code"]), "minutes": str(issued.minutes), "purpose": issued.purpose}
    values |= {"case": issued.case, "stop": str(sealed["stop"])}
    return draft_mail_or_text(tx, letter, "challenge", str(sealed["address"]), values)


def _warning(tx: Transaction, letter: Letter) -> Draft | None:
    warned = letter.event
    assert isinstance(warned, PersonWarned)
    if warned.of not in WARNINGS:
        raise Refused("there is no such warning")
    sealed = tx.open(letter)
    values = {"case": warned.case, "stop": str(sealed["stop"])}
    return draft_mail_or_text(tx, letter, warned.of, str(sealed["address"]), values)


def _invitation(tx: Transaction, letter: Letter) -> Draft:
    invited = letter.event
    assert isinstance(invited, PersonInvited)
    sealed = tx.open(letter)
    return draft(tx, letter, "invitation", str(sealed["address"]), case=invited.case, stop=str(sealed["stop"]))


def _mandate(tx: Transaction, letter: Letter) -> Draft:
    asked = letter.event
    assert isinstance(asked, MandateAsked)
    sealed = tx.open(letter)
    return draft(tx, letter, "mandate", str(sealed["address"]), case=asked.case, stop=str(sealed["stop"]))


def _extension(tx: Transaction, letter: Letter) -> Draft | None:
    decided = letter.event
    assert isinstance(decided, ExtensionDecided)
    words = str(tx.open(letter)["words"])
    values = {"reason": decided.reason, "words": words, "respond_by": decided.respond_by}
    return draft_to_stored(tx, letter, "extension", **values)


def _complaint_answer(tx: Transaction, letter: Letter) -> Draft | None:
    answered = letter.event
    assert isinstance(answered, ComplaintAnswered)
    values = {"outcome": answered.outcome, "words": str(tx.open(letter)["words"])}
    return draft_to_stored(tx, letter, "complaint_answer", **values)


def _lifting(tx: Transaction, letter: Letter) -> Draft | None:
    decided = letter.event
    assert isinstance(decided, LiftingDecided)
    return draft_to_stored(tx, letter, "lifting", lifted_on=decided.lifted_on)


def _answer_ready(tx: Transaction, letter: Letter) -> Draft | None:
    ready = letter.event
    assert isinstance(ready, AnswerReady)
    return draft_to_stored(tx, letter, "answer_ready", kind=ready.kind, days=str(ready.days))


def _handed_out(tx: Transaction, letter: Letter) -> Draft | None:
    handed = letter.event
    assert isinstance(handed, AnswerHandedOut)
    return draft_to_stored(tx, letter, "handed_out", kind=handed.kind)


def _send(context: Context, draft: Draft | None) -> str:
    """Give the letter to the channel; nothing is held in any transaction meanwhile."""
    if draft is None:
        return "held"
    settings = context.settings
    if draft.channel == "sms":
        if (texts := open_text_channel(settings)) is None:
            return "held"
        texts.send(context, draft.case, write_text(draft))
    else:
        mail = write(draft, sender_name=draft.values["company"], sender=settings.mail_from)
        open_channel(str(settings.mail)).send(context, draft.case, mail)
    return "sent"


def _note(message: str) -> Any:
    def finish(tx: Transaction, letter: Letter, draft: Draft | None, outcome: str) -> None:
        recipient = "" if draft is None else _recipient(tx, draft.to)
        block = mark_block(tx, draft.to) if draft is not None and draft.channel == "sms" else ""
        tx.session.add(
            Sent(
                letter=letter.id,
                case_id=letter.thread,
                message=_named(message, letter),
                recipient=recipient,
                block=block,
                outcome=outcome,
                at=tx.now,
            )
        )
        _tell(tx, letter, _named(message, letter), outcome)

    return finish


def _named(message: str, letter: Letter) -> str:
    """Name the message that a letter becomes: a warning's event names it itself."""
    return letter.event.of if isinstance(letter.event, PersonWarned) else message


def _fail(message: str) -> Any:
    def fail(tx: Transaction, letter: Letter, _reason: str, _attempts: int, final: bool) -> bool:
        if final:
            _tell(tx, letter, _named(message, letter), "failed")
        # A text that cannot arrive is asked for anew, or another proof is: the case's mails do not wait behind it.
        return is_text(letter)

    return fail


def _tell(tx: Transaction, letter: Letter, message: str, outcome: str) -> None:
    channel = "sms" if is_text(letter) else str(tx.context.settings.mail).partition(":")[0]
    tx.record(f"message.{outcome}", letter.thread, message=message, channel=channel)
    tx.say(MessageSent(case=letter.thread, message=message, channel=channel, outcome=outcome, at=tx.now.isoformat()))
    if isinstance(letter.event, LiftingDecided):
        tx.say(LiftingTold(case=letter.thread, told=outcome == "sent", at=tx.now.isoformat()))


def _effect(message: str, prepare: Any) -> Effect:
    return Effect(prepare=prepare, work=_send, finish=_note(message), fail=_fail(message))


HEARS: dict[type[Event], Handler | Effect] = {
    CaseOpened: _effect("acknowledgement", _open_correspondence),
    CaseLetThrough: _effect("acknowledgement", _acknowledge_late),
    ChallengeIssued: _effect("challenge", _challenge),
    PersonInvited: _effect("invitation", _invitation),
    MandateAsked: _effect("mandate", _mandate),
    IdentityProved: note_address,
    ExtensionDecided: _effect("extension", _extension),
    ComplaintAnswered: _effect("complaint_answer", _complaint_answer),
    LiftingDecided: _effect("lifting", _lifting),
    AnswerReady: _effect("answer_ready", _answer_ready),
    AnswerHandedOut: _effect("handed_out", _handed_out),
    ContactChanged: note_address,
    PersonWarned: _effect("warning", _warning),
    ProcessorReported: CALLING,
}
