"""Texts: whether one may go out, and what stands in it."""

from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select

from habeas.crypto.blind import BlindIndex
from habeas.envelope import Letter
from habeas.errors import Fault, Faults
from habeas.events import ChallengeIssued, PersonWarned
from habeas.service import Context
from habeas.telephones import block_of
from habeas.work.transaction import Transaction
from habeas_notifier.models import Sent

PHONE = "phone"
"""The proof whose codes, and the warnings beside them, go out as texts."""
MOST_TO_A_BLOCK = 30
"""Texts to one block of a thousand numbers in a day: a fraud that earns by texts holds numbers side by side."""
MOST_IN_ALL = 2000
"""Texts in a day: each costs money, and a flood of them is never meant."""
_DAY = timedelta(days=1)


def is_text(letter: Letter) -> bool:
    """Say whether what is heard goes out as a text."""
    return isinstance(letter.event, ChallengeIssued | PersonWarned) and letter.event.method == PHONE


def may_go(tx: Transaction, letter: Letter, number: str) -> bool:
    """Say whether a text may go to this number now: its code still counts, and neither limit of the day is reached."""
    issued = letter.event
    if isinstance(issued, ChallengeIssued) and tx.now >= letter.said_at + timedelta(minutes=issued.minutes):
        return False
    lately = select(func.count()).where(Sent.block != "", Sent.at > tx.now - _DAY, Sent.outcome == "sent")
    to_block = tx.session.execute(lately.where(Sent.block == mark_block(tx, number))).scalar_one()
    return to_block < MOST_TO_A_BLOCK and tx.session.execute(lately).scalar_one() < MOST_IN_ALL


def mark_block(tx: Transaction, number: str) -> str:
    """Return the keyed index of the block that a number lies in."""
    return BlindIndex(tx.context.keys.secret("notifier", "blind-index"), "block").of(block_of(number))


def host_of(portal: str) -> str:
    """Return the portal's host, by which a phone offers the code on that site alone (domain-bound codes)."""
    return urlsplit(portal).hostname or ""


def check_texts(context: Context) -> None:
    """Raise `Faults` where texts go to a gateway that could not tell them from anybody's."""
    settings = context.settings
    if settings.texts.startswith("http") and not settings.sms_secret:
        raise Faults([Fault("HABEAS_SMS_SECRET", "is missing", "name the file of the gateway's whsec_… secret")])
