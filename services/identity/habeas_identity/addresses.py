"""Changing where letters about a case go: shown on the old channels, answered from the new one, held for three days.

Whoever takes over a mailbox, or a rectification that names another address, gets nothing by it in time: until the hold
is over everything goes to the old address, which is told at once and can stop it (abuse cases 4 and 24). A change is
one case's alone: what a company has in its systems is changed by rectification, if at all.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select

from habeas.clock import uuid7
from habeas.crypto.canonical import bind
from habeas.errors import Fault, Faults, Refused
from habeas.events import ChallengeIssued, ContactChanged
from habeas.work.quotas import Quota, spend_all
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose
from habeas_identity.codes import make_code, show_code
from habeas_identity.contents import (
    blind,
    close_change,
    close_channel,
    open_change,
    open_channel,
)
from habeas_identity.freezing import drop_shown, is_frozen, make_stop, warn
from habeas_identity.given import list_fresh, standing, use_up
from habeas_identity.lives import KEPT_PROVED
from habeas_identity.models import AddressChange, Channel, Claim
from habeas_identity.profiles import policy_of, profile_of

HOLD = timedelta(hours=72)
"""How long the old address has to stop a change."""
CODES_TO_NEW = Quota("codes to a new address", 3, timedelta(days=1))
CODES_OF_CHANGES = Quota("codes to new addresses of a case", 3, timedelta(days=1))
NO_ADDRESS = "this is not an e-mail address"
SAME_ADDRESS = "letters go there already"
_UNDER_WAY = ("asked", "held")


@dataclass(frozen=True)
class Change:
    """A change under way, for whoever has shown the old channels."""

    state: str
    address: str = field(repr=False)
    """The new one; empty for a browser that did not ask for it."""
    hold_until: datetime | None
    """In the zone of the company."""


def find_change(tx: Transaction, case: str, browser: str) -> Change | None:
    """Tell which change of a case is under way: one that is held, or one whose code this browser waits for.

    Only the browser that asked sees the new address: who reads the old mailbox may be whom somebody moves away from.
    """
    found, claim = _under_way(tx, case), tx.session.get(Claim, case)
    if found is None or claim is None:
        return None
    mine = found.browser == browser
    if found.state == "asked" and (not mine or found.expires_at <= tx.now):
        return None
    zone = ZoneInfo(profile_of(tx, claim.controller).controller.zone)
    until = None if found.hold_until is None else found.hold_until.astimezone(zone)
    return Change(found.state, open_change(tx, found) if mine else "", until)


def ask_change(tx: Transaction, case: str, browser: str, address: str) -> None:
    """Send a code to another address, which has to come back before anything else happens.

    Raises Refused where the fresh proofs of this browser do not reach it, or a change is under way; Faults for what is
    no address or the same one.
    """
    not_shown = Refused("this has to be shown on the stored channels first")
    if not list_fresh(tx, case, Purpose.CONTACT, browser):
        raise not_shown  # before anything of the case is read, so that the time tells nothing of it
    claim = _locked(tx, case)
    mailbox = _mailbox(tx, case)
    if claim is None or mailbox is None or not _may(tx, claim, browser):
        raise not_shown
    address = address.strip()
    _check(address, open_channel(tx, mailbox).address)
    earlier = _under_way(tx, case)
    if earlier is not None and earlier.state == "held":
        raise Refused("another change is under way: stop it first")
    recipient = blind(tx, "recipient", address)
    if spend_all(tx.session, [(CODES_TO_NEW, recipient), (CODES_OF_CHANGES, case)], tx.now) is not None:
        raise Refused("too many codes to new addresses in a day")
    if earlier is not None:
        _end(tx, earlier, "stopped")
    code, change, policy = make_code(), uuid7(), policy_of(tx, claim)
    tx.session.add(
        AddressChange(
            id=change,
            case=case,
            browser=browser,
            state="asked",
            content=close_change(tx, case, change, address),
            recipient=recipient,
            was=mailbox.recipient,
            mark=_mark(tx, change, code),
            tries=0,
            asked_at=tx.now,
            expires_at=tx.now + timedelta(minutes=policy.code_minutes),
        )
    )
    tx.record("contact_change.asked", case)
    # No stop code goes to an address that nobody has ever shown: it would freeze what is not its owner's.
    tx.say(
        ChallengeIssued(
            case=case, purpose="address", method="mailbox", language=claim.language, minutes=policy.code_minutes
        ),
        sealed={"notifier": {"address": address, "code": show_code(code), "stop": ""}},
    )


def hold_change(tx: Transaction, case: str, browser: str, code: str) -> bool:
    """Take the code that went to the new address, and begin the hold, with word to both; say whether it fits."""
    if _under_way(tx, case) is None:
        return False  # before anything of the case is read, so that the time tells nothing of it
    claim = _locked(tx, case)
    change = _under_way(tx, case)
    if claim is None or change is None or change.state != "asked" or change.browser != browser:
        return False
    if change.expires_at <= tx.now or change.tries >= policy_of(tx, claim).tries or is_frozen(tx, case):
        return False
    change.tries += 1
    if not hmac.compare_digest(change.mark, _mark(tx, change.id, code)):
        return False
    change.state, change.hold_until = "held", tx.now + HOLD
    use_up(tx, case, Purpose.CONTACT, browser)
    tx.record("contact_change.held", case, until=change.hold_until.isoformat())
    for channel in tx.session.scalars(select(Channel).where(Channel.case == case).order_by(Channel.id)).all():
        warn(tx, claim, "contact_change_old", open_channel(tx, channel).address, method=channel.method)
    warn(tx, claim, "contact_change_new", open_change(tx, change), known=False)
    return True


def cancel_change(tx: Transaction, case: str, browser: str) -> bool:
    """Stop a change that is under way, for whoever has freshly shown one of the old channels; say whether it was."""
    if not list_fresh(tx, case, Purpose.CONTACT, browser):
        return False  # before anything of the case is read, so that the time tells nothing of it
    claim = _locked(tx, case)
    change = _under_way(tx, case)
    if claim is None or change is None:
        return False
    _end(tx, change, "stopped")
    tx.record("contact_change.stopped", case)
    return True


def complete_change(tx: Transaction, case: str) -> None:
    """Let letters about a case go to the new address, once its hold is over and nobody has stopped it."""
    claim = _locked(tx, case)
    change, mailbox = _under_way(tx, case), _mailbox(tx, case)
    if claim is None or change is None or change.hold_until is None or mailbox is None:
        return
    if change.state != "held" or change.hold_until > tx.now or is_frozen(tx, case):
        return
    old, new = open_channel(tx, mailbox), open_change(tx, change)
    mailbox.content = close_channel(tx, case, mailbox.id, new, old.proves)
    mailbox.recipient = change.recipient
    _end(tx, change, "done")
    drop_shown(tx, case)
    tx.record("contact.changed", case)
    stop = make_stop(tx, case, life=KEPT_PROVED)
    tx.say(ContactChanged(case=case), sealed={"notifier": {"address": new, "stop": stop}})
    for address in (old.address, new):
        warn(tx, claim, "contact_changed", address)


def list_due(tx: Transaction) -> list[str]:
    """List the cases with a change whose hold is over."""
    over = select(AddressChange.case).where(AddressChange.state == "held", AddressChange.hold_until <= tx.now)
    return list(tx.session.scalars(over.order_by(AddressChange.hold_until).limit(500)))


def _may(tx: Transaction, claim: Claim, browser: str) -> bool:
    shown = standing(tx, claim, Purpose.CONTACT, browser).enough
    return shown and claim.state == "proved" and not is_frozen(tx, claim.case)


def _check(address: str, stored: str) -> None:
    try:
        validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        raise Faults([Fault("address", NO_ADDRESS, "write it like name@example.com")]) from None
    if not address.isprintable():
        raise Faults([Fault("address", NO_ADDRESS, "write it like name@example.com")])
    if address == stored:
        raise Faults([Fault("address", SAME_ADDRESS, "write another one")])


def _locked(tx: Transaction, case: str) -> Claim | None:
    return tx.session.get(Claim, case, with_for_update=True, populate_existing=True)


def _under_way(tx: Transaction, case: str) -> AddressChange | None:
    chosen = select(AddressChange).where(AddressChange.case == case, AddressChange.state.in_(_UNDER_WAY))
    newest = chosen.order_by(AddressChange.asked_at.desc(), AddressChange.id.desc()).limit(1)
    return tx.session.scalars(newest.execution_options(populate_existing=True)).first()


def _mailbox(tx: Transaction, case: str) -> Channel | None:
    chosen = select(Channel).where(Channel.case == case, Channel.method == "mailbox")
    return tx.session.scalars(chosen).one_or_none()


def _end(tx: Transaction, change: AddressChange, state: str) -> None:
    change.state, change.ended_at = state, tx.now
    tx.session.flush()


def _mark(tx: Transaction, change: str, code: str) -> bytes:
    pepper = tx.context.keys.secret("identity", "pepper")
    return hmac.digest(pepper, bind("habeas", "address", change, code), hashlib.sha256)
