"""The addresses that systems hold for a claim: which are its person's, and the code or letter that goes there."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from habeas.clock import uuid7
from habeas.errors import Refused
from habeas.events import IdentityUnmatched
from habeas.sdk.words import Outcome
from habeas.telephones import takes_texts
from habeas.vocabulary import Assurance
from habeas.work.transaction import Transaction
from habeas_identity.actions import AUTHORISED, ask_next, give_up
from habeas_identity.challenges import Purpose, invite, issue_challenge
from habeas_identity.contents import blind, close_channel, open_channel, open_claim
from habeas_identity.freezing import freeze_likewise, is_frozen
from habeas_identity.matching import EMAIL, SMS, Doubt, Match, Stored, match, second
from habeas_identity.models import Asked, Channel, Claim
from habeas_identity.profiles import mailbox_identifier, profile_of

METHODS = {EMAIL: "mailbox", SMS: "phone"}
"""The proof by which each kind of stored address can be shown."""


def note_channels(tx: Transaction, case: str, system: str, outcome: str, stored: list[Stored]) -> None:
    """Note what a system answered, and send the code if one stored address fits the claim beyond doubt.

    A system that failed first may still answer; what comes after an address was found changes nothing.
    """
    claim = tx.session.get(Claim, case, with_for_update=True, populate_existing=True)
    asked = tx.session.get(Asked, (case, system))
    if claim is None or asked is None:
        raise Refused("nobody asked this system about this case")
    if asked.outcome not in (None, Outcome.FAILED):
        raise Refused("this system has answered before")
    asked.outcome = outcome
    tx.session.flush()
    stored = [each for each in stored if each.kind != SMS or _takes_texts(tx, claim, each.value)]
    if claim.state in ("asking", "unmatched"):
        _take_addresses(tx, claim, system, stored)
    elif claim.state in ("found", "short"):
        _take_second(tx, claim, system, stored)
    elif claim.state == "proved":
        _take_late(tx, claim, system, stored)


def _take_addresses(tx: Transaction, claim: Claim, system: str, stored: list[Stored]) -> None:
    profile = profile_of(tx, claim.controller)
    identifiers = open_claim(tx, claim)
    under, shared = mailbox_identifier(profile), profile.identity.shared_mailboxes
    found = match(identifiers, stored, under=under, shared=shared)
    if isinstance(found, Match):
        for kind, address in found.addresses.items():
            _keep_channel(tx, claim, system, METHODS[kind], address, found.proves)
        claim.state = "found"
        tx.session.flush()
        in_their_browser = claim.browser and claim.capacity != AUTHORISED
        told = issue_challenge(tx, claim, Purpose.PROVE, claim.browser) if in_their_browser else invite(tx, claim)
        if not told and not is_frozen(tx, claim.case):
            # Somebody may be using up the address's mails so that its owner cannot prove anything.
            tx.say(IdentityUnmatched(case=claim.case, reason="held: the address has had its codes for today"))
        if Assurance(claim.needed) > Assurance.A1 and len(found.addresses) < len(METHODS):
            ask_next(tx, claim, identifiers)
    elif isinstance(found, Doubt):
        give_up(tx, claim, "unmatched", found.reason)
    else:
        ask_next(tx, claim, identifiers)


def _take_late(tx: Transaction, claim: Claim, system: str, stored: list[Stored]) -> None:
    """Keep the addresses of a case that was proved without any: what is handed out goes by them all the same."""
    profile = profile_of(tx, claim.controller)
    if tx.session.scalars(select(Channel.id).where(Channel.case == claim.case)).first() is not None:
        _take_second(tx, claim, system, stored)
        return
    identifiers = open_claim(tx, claim)
    under, shared = mailbox_identifier(profile), profile.identity.shared_mailboxes
    found = match(identifiers, stored, under=under, shared=shared)
    if not isinstance(found, Match):
        ask_next(tx, claim, identifiers)
        return
    for kind, address in found.addresses.items():
        _keep_channel(tx, claim, system, METHODS[kind], address, found.proves)
    if len(found.addresses) < len(METHODS):
        ask_next(tx, claim, identifiers)


def _take_second(tx: Transaction, claim: Claim, system: str, stored: list[Stored]) -> None:
    """Keep a second stored address of somebody who was found in another system, by what that one has proved."""
    channels = list(tx.session.scalars(select(Channel).where(Channel.case == claim.case)))
    had = {each.method for each in channels}
    proves = open_channel(tx, channels[0]).proves
    under = mailbox_identifier(profile_of(tx, claim.controller))
    for kind in (kind for kind, method in METHODS.items() if method not in had):
        if address := second(proves, stored, kind, under=under):
            _keep_channel(tx, claim, system, METHODS[kind], address, proves)
            claim.state = "proved" if claim.state == "proved" else "found"
    tx.session.flush()
    if len(had) == len(channels) < len(METHODS):
        ask_next(tx, claim, open_claim(tx, claim))


def _takes_texts(tx: Transaction, claim: Claim, number: str) -> bool:
    """Say whether a code can go to a telephone; else it is no second way, and an agent finds one."""
    country = profile_of(tx, claim.controller).controller.country
    return bool(tx.context.settings.texts) and takes_texts(number, country)


def _keep_channel(
    tx: Transaction, claim: Claim, system: str, method: str, address: str, proves: Mapping[str, Sequence[str]]
) -> None:
    channel, recipient = uuid7(), blind(tx, "recipient", address)
    tx.session.add(
        Channel(
            id=channel,
            case=claim.case,
            system=system,
            method=method,
            content=close_channel(tx, claim.case, channel, address, proves),
            recipient=recipient,
            found_at=tx.now,
        )
    )
    tx.session.flush()
    freeze_likewise(tx, claim, recipient)
