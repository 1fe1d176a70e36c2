"""The event door: each thing that a person is told about is one effect."""

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from sqlalchemy import func, select

from habeas.crypto.blind import BlindIndex
from habeas.crypto.vault import Place
from habeas.envelope import Letter
from habeas.errors import TryLater
from habeas.events import (
    AnswerHandedOut,
    AnswerReady,
    CaseOpened,
    ChallengeIssued,
    ComplaintAnswered,
    Event,
    ExtensionDecided,
    IdentityProved,
    MessageSent,
    PersonInvited,
)
from habeas.service import Context, Effect, Handler
from habeas.vocabulary import COMPLAINT
from habeas.work.transaction import Transaction
from habeas_notifier.channels.channel import open_channel
from habeas_notifier.channels.inbox import RETENTION
from habeas_notifier.letters import Draft, write
from habeas_notifier.models import Correspondence, Sent

MOST_A_DAY = 3
"""Acknowledgements to one typed address in a day: more would let our portal fill a stranger's mailbox."""
_SOON = timedelta(seconds=1)


def _recipient(tx: Transaction, address: str) -> str:
    return BlindIndex(tx.context.keys.secret("notifier", "blind-index"), "recipient").of(address)


def _correspondence(tx: Transaction, case: str) -> Correspondence:
    found = tx.session.get(Correspondence, case)
    if found is None:
        raise TryLater("the case's opening has not arrived yet", after=_SOON)
    return found


def _draft(tx: Transaction, letter: Letter, message: str, to: str, **values: str) -> Draft:
    known = _correspondence(tx, letter.thread)
    company = tx.context.profiles[known.controller].controller
    values |= {"company": company.name, "contact": company.contact.email, "authority": company.authority.name}
    values |= {"reference": known.reference, "portal": tx.context.settings.portal_url}
    return Draft(letter.id, letter.thread, message, to, known.language, values)


def _stored_address(tx: Transaction, case: str) -> str:
    known = _correspondence(tx, case)
    if known.address is None:
        raise TryLater("the proof of this case has not arrived yet", after=_SOON)
    return tx.vault.decrypt(case, RETENTION, Place("correspondence", "address", case), known.address).decode()


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
    message = "complaint_acknowledged" if opened.rights == [COMPLAINT] else "acknowledgement"
    return _draft(tx, letter, message, contact)


def _challenge(tx: Transaction, letter: Letter) -> Draft:
    issued = letter.event
    assert isinstance(issued, ChallengeIssued)
    sealed = tx.open(letter)
    values = {"code": str(sealed["code"]), "minutes": str(issued.minutes), "purpose": issued.purpose}
    return _draft(tx, letter, "challenge", str(sealed["address"]), **values)


def _invitation(tx: Transaction, letter: Letter) -> Draft:
    invited = letter.event
    assert isinstance(invited, PersonInvited)
    return _draft(tx, letter, "invitation", str(tx.open(letter)["address"]), case=invited.case)


def _extension(tx: Transaction, letter: Letter) -> Draft:
    decided = letter.event
    assert isinstance(decided, ExtensionDecided)
    words = str(tx.open(letter)["words"])
    values = {"reason": decided.reason, "words": words, "respond_by": decided.respond_by}
    return _draft(tx, letter, "extension", _stored_address(tx, decided.case), **values)


def _complaint_answer(tx: Transaction, letter: Letter) -> Draft:
    answered = letter.event
    assert isinstance(answered, ComplaintAnswered)
    values = {"outcome": answered.outcome, "words": str(tx.open(letter)["words"])}
    return _draft(tx, letter, "complaint_answer", _stored_address(tx, answered.case), **values)


def _answer_ready(tx: Transaction, letter: Letter) -> Draft:
    ready = letter.event
    assert isinstance(ready, AnswerReady)
    values = {"kind": ready.kind, "days": str(ready.days), "case": ready.case}
    return _draft(tx, letter, "answer_ready", _stored_address(tx, ready.case), **values)


def _handed_out(tx: Transaction, letter: Letter) -> Draft:
    handed = letter.event
    assert isinstance(handed, AnswerHandedOut)
    return _draft(tx, letter, "handed_out", _stored_address(tx, handed.case), kind=handed.kind)


def _send(context: Context, draft: Draft | None) -> str:
    """Give the letter to the channel; nothing is held in any transaction meanwhile."""
    if draft is None:
        return "held"
    settings = context.settings
    mail: EmailMessage = write(draft, sender_name=draft.values["company"], sender=settings.mail_from)
    open_channel(str(settings.mail)).send(context, draft.case, mail)
    return "sent"


def _note(message: str) -> Any:
    def finish(tx: Transaction, letter: Letter, draft: Draft | None, outcome: str) -> None:
        recipient = "" if draft is None else _recipient(tx, draft.to)
        tx.session.add(
            Sent(
                letter=letter.id,
                case_id=letter.thread,
                message=message,
                recipient=recipient,
                outcome=outcome,
                at=tx.now,
            )
        )
        _tell(tx, letter, message, outcome)

    return finish


def _fail(message: str) -> Any:
    def fail(tx: Transaction, letter: Letter, _reason: str, _attempts: int, final: bool) -> None:
        if final:
            _tell(tx, letter, message, "failed")

    return fail


def _tell(tx: Transaction, letter: Letter, message: str, outcome: str) -> None:
    channel = str(tx.context.settings.mail).partition(":")[0]
    tx.record(f"message.{outcome}", letter.thread, message=message, channel=channel)
    tx.say(MessageSent(case=letter.thread, message=message, channel=channel, outcome=outcome, at=tx.now.isoformat()))


def note_proved_address(tx: Transaction, letter: Letter) -> None:
    """Remember the stored address whose owner proved control of it: letters of the case go there."""
    case = letter.thread
    address = str(tx.open(letter)["address"]).encode()
    _correspondence(tx, case).address = tx.vault.encrypt(
        case, RETENTION, Place("correspondence", "address", case), address
    )


def _effect(message: str, prepare: Any) -> Effect:
    return Effect(prepare=prepare, work=_send, finish=_note(message), fail=_fail(message))


HEARS: dict[type[Event], Handler | Effect] = {
    CaseOpened: _effect("acknowledgement", _open_correspondence),
    ChallengeIssued: _effect("challenge", _challenge),
    PersonInvited: _effect("invitation", _invitation),
    IdentityProved: note_proved_address,
    ExtensionDecided: _effect("extension", _extension),
    ComplaintAnswered: _effect("complaint_answer", _complaint_answer),
    AnswerReady: _effect("answer_ready", _answer_ready),
    AnswerHandedOut: _effect("handed_out", _handed_out),
}
