"""What a letter is made of before it is written: where it goes, and what it may show of its case."""

from dataclasses import replace
from datetime import timedelta

from habeas.crypto.vault import Place
from habeas.envelope import Letter
from habeas.errors import TryLater
from habeas.telephones import to_e164
from habeas.work.transaction import Transaction
from habeas_notifier.channels.inbox import RETENTION
from habeas_notifier.letters import Draft
from habeas_notifier.models import Correspondence
from habeas_notifier.texts import host_of, is_text, may_go

_SOON = timedelta(seconds=1)


def find_correspondence(tx: Transaction, case: str) -> Correspondence:
    """Return a case as its letters need it."""
    found = tx.session.get(Correspondence, case)
    if found is None:
        raise TryLater("the case's opening has not arrived yet", after=_SOON)
    return found


def draft(tx: Transaction, letter: Letter, message: str, to: str, **values: str) -> Draft:
    """Draft a mail, with what every letter may show."""
    known = find_correspondence(tx, letter.thread)
    company = tx.context.profiles[known.controller].controller
    values |= {"company": company.name, "contact": company.contact.email, "authority": company.authority.name}
    values |= {"reference": known.reference, "portal": tx.context.settings.portal_url}
    return Draft(letter.id, letter.thread, message, to, known.language, values)


def draft_to_stored(tx: Transaction, letter: Letter, message: str, **values: str) -> Draft | None:
    """Draft a letter to the stored address, with the code by which its reader stops what they never asked for.

    None where the person has no mailbox that we know of: the case says that the letter was held.
    """
    case = letter.thread
    known = find_correspondence(tx, case)
    if known.address is None:
        raise TryLater("the proof of this case has not arrived yet", after=_SOON)
    to = tx.vault.decrypt(case, RETENTION, Place("correspondence", "address", case), known.address).decode()
    if not to:
        return None
    stop = b"" if known.stop is None else tx.vault.decrypt(case, RETENTION, _stop_place(case), known.stop)
    return draft(tx, letter, message, to, case=case, stop=stop.decode(), **values)


def _stop_place(case: str) -> Place:
    return Place("correspondence", "stop", case)


def draft_mail_or_text(
    tx: Transaction, letter: Letter, message: str, address: str, values: dict[str, str]
) -> Draft | None:
    """Draft a mail, or a text where the event names the telephone and one may still go."""
    if not is_text(letter):
        return draft(tx, letter, message, address, **values)
    country = tx.context.profiles[find_correspondence(tx, letter.thread).controller].controller.country
    number = to_e164(address, country)
    if not may_go(tx, letter, number):
        return None
    values["host"] = host_of(tx.context.settings.portal_url)
    return replace(draft(tx, letter, message, number, **values), channel="sms")


def note_address(tx: Transaction, letter: Letter) -> None:
    """Remember the address whose owner showed control of it, and the stop code: letters of the case go there."""
    case, sealed = letter.thread, tx.open(letter)
    known, address, stop = find_correspondence(tx, case), str(sealed["address"]), str(sealed["stop"])
    known.address = tx.vault.encrypt(case, RETENTION, Place("correspondence", "address", case), address.encode())
    known.stop = tx.vault.encrypt(case, RETENTION, _stop_place(case), stop.encode())
