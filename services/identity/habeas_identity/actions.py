"""The verbs of proving who asks: from what is claimed, over the address the company holds, to the proof."""

from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from habeas import plugins
from habeas.clock import uuid7
from habeas.crypto.datakeys import Retention
from habeas.errors import Faults, Refused
from habeas.events import CONNECTOR, CaseOpened, ChannelsAsked, CodeAsked, IdentityProved, IdentityUnmatched
from habeas.sdk.subject import Subject
from habeas.sdk.words import Outcome
from habeas.vocabulary import participant_of
from habeas.warrants import issue_proof, issue_question, salt_identifiers
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose, invite, issue_challenge, keep_decoy, try_code
from habeas_identity.contents import Identifiers, blind, close_channel, close_claim, open_channel, open_claim
from habeas_identity.models import Asked, Challenge, Channel, Claim, Visit
from habeas_identity.profiles import mailbox_identifier, profile_of
from habeas_identity.proofs.proof import Doubt, Match, Proof, Stored
from habeas_identity.quotas import ASKED_BY_BROWSER, ASKED_FOR_CASE, CLAIMS, OPENINGS, spend

METHOD = "mailbox"
"""The proof that is asked for; others come with the next rungs of the ladder."""
ANSWER_WITHIN = timedelta(days=1)
"""How long a system may take to say which addresses it holds; then the next one is asked."""
KEPT_UNPROVED = timedelta(days=90)
"""How long a claim is kept that nobody proved."""
KEPT_PROVED = timedelta(days=120)
"""How long a proved one is kept: three months until the law wants an answer at the latest, then the weeks in which it
can be fetched, which takes one more code to the same address."""
VISIT = timedelta(minutes=30)
"""How long the browser that proved a case may come back to it without a new code."""


def open_claim_of(tx: Transaction, opened: CaseOpened, identifiers: Identifiers) -> None:
    """Keep what is claimed in a new case, and ask the first system that knows addresses; or hold it for an agent.

    The decoy makes the page of a stranger answer as that of a customer from the first moment on.
    """
    if tx.session.get(Claim, opened.case) is not None:
        raise Refused("a case of this id was opened before")
    profile_of(tx, opened.controller)
    claim = Claim(
        case=opened.case,
        controller=opened.controller,
        language=opened.language,
        browser=opened.browser,
        identifiers=close_claim(tx, opened.case, identifiers),
        state="asking",
        opened_at=tx.now,
        forget_at=tx.now + KEPT_UNPROVED,
    )
    tx.session.add(claim)
    tx.session.flush()
    keep_decoy(tx, claim, Purpose.PROVE, claim.browser)
    if obstacle := _obstacle(tx, claim, identifiers):
        _give_up(tx, claim, "held", obstacle)
    else:
        ask_next(tx, claim, identifiers)


def ask_next(tx: Transaction, claim: Claim, identifiers: Identifiers) -> None:
    """Ask the next contact of record which addresses it holds for the claim; after the last one, tell the agents."""
    asked = {each.system: each.outcome for each in tx.session.scalars(select(Asked).where(Asked.case == claim.case))}
    if None in asked.values():
        return  # one is still thinking
    system = next((each for each in profile_of(tx, claim.controller).contact_of_record if each not in asked), None)
    if system is None:
        silent = Outcome.FAILED.value in asked.values()
        _give_up(tx, claim, "unmatched", "not every system could be asked" if silent else "no stored address")
        return
    expires = tx.now + ANSWER_WITHIN
    salted = salt_identifiers(identifiers)
    signed = issue_question(
        tx.context.keys.signer("identity"),
        case=claim.case,
        system=system,
        identifiers=salted,
        now=tx.now,
        expires=expires,
    )
    tx.session.add(Asked(case=claim.case, system=system, asked_at=tx.now, expires_at=expires, outcome=None))
    tx.session.flush()
    tx.say(
        ChannelsAsked(case=claim.case, system=system, question=signed.to_object()),
        to=participant_of(system),
        sealed={CONNECTOR: {"identifiers": salted}},
    )


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
    if claim.state not in ("asking", "unmatched"):
        return
    identifiers = open_claim(tx, claim)
    under = mailbox_identifier(profile_of(tx, claim.controller))
    match = _method().match(identifiers, stored, under=under)
    if isinstance(match, Match):
        _keep_channel(tx, claim, system, match)
        told = issue_challenge(tx, claim, Purpose.PROVE, claim.browser) if claim.browser else invite(tx, claim)
        if not told:
            # Somebody may be using up the address's mails so that its owner cannot prove anything.
            tx.say(IdentityUnmatched(case=claim.case, reason="held: the address has had its codes for today"))
    elif isinstance(match, Doubt):
        _give_up(tx, claim, "unmatched", match.reason)
    else:
        ask_next(tx, claim, identifiers)


def ask_for_code(tx: Transaction, case: str, purpose: Purpose, browser: str) -> None:
    """Note that somebody wants a code, whatever case they name; beyond the quotas, silently not."""
    if spend(tx.session, ASKED_BY_BROWSER, browser, tx.now) and spend(tx.session, ASKED_FOR_CASE, case, tx.now):
        tx.say(CodeAsked(case=case, purpose=purpose.value, browser=browser))


def send_code(tx: Transaction, asked: CodeAsked) -> None:
    """Send the code that was asked for, bound to the browser that asked; of an unknown case nothing comes."""
    claim = tx.session.get(Claim, asked.case, with_for_update=True)
    if claim is not None:
        issue_challenge(tx, claim, Purpose(asked.purpose), asked.browser)


def prove(tx: Transaction, case: str, browser: str, code: str) -> bool:
    """Take a code as the proof of who asks, and tell everybody who waits for it; say whether it fits."""
    channel = try_code(tx, case, Purpose.PROVE, browser, code)
    if channel is None:
        return False
    tx.session.merge(Visit(case=case, browser=browser, until=tx.now + VISIT))
    claim = tx.session.get_one(Claim, case, with_for_update=True, populate_existing=True)
    if claim.state != "proved":
        _tell_proof(tx, claim, channel)
    return True


def release(tx: Transaction, case: str, browser: str, code: str) -> bool:
    """Take a code as the fresh proof that an answer is handed out by; say whether it fits."""
    if try_code(tx, case, Purpose.RELEASE, browser, code) is None:
        return False
    tx.record("release.proved", case)
    return True


def is_visiting(tx: Transaction, case: str, browser: str) -> bool:
    """Say whether this browser has proved this case a short while ago."""
    visit = tx.session.get(Visit, (case, browser))
    return visit is not None and visit.until > tx.now


def stop_waiting(tx: Transaction, case: str, system: str) -> None:
    """Take a system's silence as a failure, and ask the next one."""
    claim = tx.session.get_one(Claim, case, with_for_update=True, populate_existing=True)
    asked = tx.session.get_one(Asked, (case, system), populate_existing=True)
    if asked.outcome is not None or asked.expires_at > tx.now:
        return
    asked.outcome = Outcome.FAILED.value
    tx.session.flush()
    if claim.state == "asking":
        ask_next(tx, claim, open_claim(tx, claim))


def forget_claim(tx: Transaction, case: str) -> None:
    """Delete all that is kept of a claim, and the data key that protected it."""
    for rows in (Challenge, Visit, Channel, Asked, Claim):
        tx.session.execute(delete(rows).where(rows.case == case))
    tx.vault.forget(case, Retention.IDENTITY)
    tx.record("claim.forgotten", case)


def _obstacle(tx: Transaction, claim: Claim, identifiers: Identifiers) -> str:
    """Count the case against what an identifier and a controller may have; return why it has to wait, or nothing."""
    try:
        Subject({name: tuple(values) for name, values in identifiers.items()})
    except Faults:
        return "held: an identifier is empty, a wildcard or too broad to search by"
    values = [f"{name}={value}" for name, values in sorted(identifiers.items()) for value in sorted(values)]
    # Sorted, so that two cases at once take the counters in the same order and neither waits for the other for ever.
    for key in sorted({blind(tx, "claim", value) for value in values}):
        if not spend(tx.session, CLAIMS, key, tx.now):
            return "held: too many cases about the same person in a day"
    if not spend(tx.session, OPENINGS, claim.controller, tx.now):
        return "held: too many cases in an hour"
    return ""


def _give_up(tx: Transaction, claim: Claim, state: str, reason: str) -> None:
    if claim.state != state:
        claim.state = state
        tx.say(IdentityUnmatched(case=claim.case, reason=reason))


def _method() -> Proof:
    proof: Proof = plugins.load("habeas.proofs", METHOD)
    return proof


def _keep_channel(tx: Transaction, claim: Claim, system: str, match: Match) -> None:
    channel = uuid7()
    tx.session.add(
        Channel(
            id=channel,
            case=claim.case,
            system=system,
            method=METHOD,
            content=close_channel(tx, claim.case, channel, match.address, match.proves),
            recipient=blind(tx, "recipient", match.address),
            found_at=tx.now,
        )
    )
    claim.state = "found"
    tx.session.flush()


def _tell_proof(tx: Transaction, claim: Claim, channel: Channel) -> None:
    method = _method()
    reached = open_channel(tx, channel)
    proves = salt_identifiers(reached.proves)
    signed = issue_proof(
        tx.context.keys.signer("identity"),
        case=claim.case,
        assurance=method.assurance,
        method=method.name,
        identifiers=proves,
        now=tx.now,
        expires=tx.now + KEPT_PROVED,
    )
    claim.state, claim.proved_at, claim.forget_at = "proved", tx.now, tx.now + KEPT_PROVED
    tx.context.data_keys.prolong(tx.session, claim.case, Retention.IDENTITY, (tx.now + KEPT_PROVED).date())
    tx.record("identity.proved", claim.case, assurance=method.assurance.value, method=method.name)
    proof: dict[str, Any] = signed.to_object()
    tx.say(
        IdentityProved(case=claim.case, assurance=method.assurance.value, method=method.name, proof=proof),
        sealed={"fulfilment": {"identifiers": proves}, "notifier": {"address": reached.address}},
    )
