"""The verbs of a claim: keep it, ask the systems which addresses they hold for it, and forget it."""

from typing import Any

from sqlalchemy import delete, select

from habeas.crypto.datakeys import Retention
from habeas.errors import Faults, Refused
from habeas.events import CONNECTOR, CaseOpened, ChannelsAsked, IdentityUnmatched
from habeas.profile import ladder
from habeas.sdk.subject import Subject
from habeas.sdk.words import Outcome
from habeas.vocabulary import Assurance, participant_of
from habeas.warrants import issue_question, salt_identifiers
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose, keep_decoy
from habeas_identity.contents import Identifiers, close_claim, open_claim
from habeas_identity.given import tell_proof
from habeas_identity.lives import ANSWER_WITHIN, KEPT_UNPROVED
from habeas_identity.models import (
    AddressChange,
    Asked,
    CallBack,
    Challenge,
    Channel,
    Claim,
    FrozenCase,
    GivenProof,
    Mandate,
    StopCode,
    Visit,
    Vouch,
)
from habeas_identity.profiles import profile_of

AUTHORISED = "authorised"
FOR_A_PERSON = {
    "guardian": "somebody asks as guardian or parent: a person has to see what shows it",
    "estate": "somebody asks for a person who died: a person has to see what shows it",
}
"""For whom nothing is done by a machine, and what the agents are told."""


def open_claim_of(tx: Transaction, opened: CaseOpened, identifiers: Identifiers) -> None:
    """Keep what is claimed in a new case, and ask the first system that knows addresses; or hold it for an agent.

    The decoy makes the page of a stranger answer as that of a customer from the first moment on.
    """
    if tx.session.get(Claim, opened.case) is not None:
        raise Refused("a case of this id was opened before")
    profile = profile_of(tx, opened.controller)
    needed = ladder.needed(profile, opened.rights)
    if opened.capacity == AUTHORISED:
        needed = max(needed, Assurance.A1)  # whether somebody acts for them a person says on a stored channel
    claim = Claim(
        case=opened.case,
        controller=opened.controller,
        language=opened.language,
        browser=opened.browser,
        capacity=opened.capacity,
        identifiers=close_claim(tx, opened.case, identifiers),
        state="asking",
        rights=list(opened.rights),
        needed=needed.value,
        opened_at=tx.now,
        forget_at=tx.now + KEPT_UNPROVED,
    )
    tx.session.add(claim)
    tx.session.flush()
    keep_decoy(tx, claim, Purpose.PROVE, claim.browser)
    if opened.held:
        claim.state = "held"
    else:
        _begin(tx, claim, identifiers)


def let_through(tx: Transaction, case: str) -> None:
    """Go on with a case that lay in the holding pen, as if it had just been opened."""
    claim = tx.session.get(Claim, case, with_for_update=True, populate_existing=True)
    if claim is None:
        raise Refused("nothing is known any more of who asks in this case")
    if claim.state == "held":
        claim.state = "asking"
        _begin(tx, claim, open_claim(tx, claim))


def ask_next(tx: Transaction, claim: Claim, identifiers: Identifiers) -> None:
    """Ask the next contact of record which addresses it holds for the claim; after the last one, tell the agents."""
    asked = {each.system: each.outcome for each in tx.session.scalars(select(Asked).where(Asked.case == claim.case))}
    if None in asked.values():
        return  # one is still thinking
    system = next((each for each in profile_of(tx, claim.controller).contact_of_record if each not in asked), None)
    if system is None and claim.state not in ("asking", "unmatched"):
        return  # somebody was found; there is no further address
    if system is None:
        silent = Outcome.FAILED.value in asked.values()
        give_up(tx, claim, "unmatched", "not every system could be asked" if silent else "no stored address")
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


def extend_claim(tx: Transaction, case: str, more: Identifiers) -> None:
    """Take more of who somebody says they are, and ask every system again.

    Of a claim whose person is found or proved, or that waits over a quota, nothing changes but what is kept of it.
    """
    claim = tx.session.get(Claim, case, with_for_update=True, populate_existing=True)
    if claim is None:
        return  # forgotten meanwhile
    known = open_claim(tx, claim)
    for name, values in more.items():
        known[name] = list(dict.fromkeys([*known.get(name, []), *values]))
    claim.identifiers = close_claim(tx, case, known)
    tx.record("claim.extended", case)
    if claim.state not in ("asking", "unmatched"):
        return
    if not _is_someone(more):
        give_up(tx, claim, "unmatched", "an identifier is empty, a wildcard or too broad to search by")
        return
    claim.state = "asking"
    # What is still being answered stays; what was answered before was asked about less.
    tx.session.execute(delete(Asked).where(Asked.case == case, Asked.outcome.is_not(None)))
    ask_next(tx, claim, known)


def stop_waiting(tx: Transaction, case: str, system: str) -> None:
    """Take a system's silence as a failure, and ask the next one."""
    claim = tx.session.get_one(Claim, case, with_for_update=True, populate_existing=True)
    asked = tx.session.get_one(Asked, (case, system), populate_existing=True)
    if asked.outcome is not None or asked.expires_at > tx.now:
        return
    asked.outcome = Outcome.FAILED.value
    tx.session.flush()
    if claim.state in ("asking", "found"):
        ask_next(tx, claim, open_claim(tx, claim))


def forget_claim(tx: Transaction, case: str) -> None:
    """Delete all that is kept of a claim, and the data key that protected it."""
    for rows in _OF_A_CLAIM:
        tx.session.execute(delete(rows).where(rows.case == case))
    tx.vault.forget(case, Retention.IDENTITY)
    tx.record("claim.forgotten", case)


_OF_A_CLAIM: tuple[type[Any], ...] = (
    *(Vouch, CallBack, Mandate, StopCode, FrozenCase, AddressChange),
    *(Challenge, GivenProof, Visit, Channel, Asked, Claim),
)


def _begin(tx: Transaction, claim: Claim, identifiers: Identifiers) -> None:
    """Ask the first system; for what needs no proof, say at once that none is needed.

    Where somebody asks as guardian or for an estate, a person decides, and nothing is sent to anybody.
    """
    if claim.capacity in FOR_A_PERSON:
        give_up(tx, claim, "held", FOR_A_PERSON[claim.capacity])
    elif not _is_someone(identifiers):
        give_up(tx, claim, "unmatched", "an identifier is empty, a wildcard or too broad to search by")
    elif (needed := Assurance(claim.needed)) is Assurance.A0:
        tell_proof(tx, claim, needed, (), identifiers)
    else:
        ask_next(tx, claim, identifiers)


def _is_someone(identifiers: Identifiers) -> bool:
    """Say whether the identifiers could be one person's."""
    try:
        Subject({name: tuple(values) for name, values in identifiers.items()})
    except Faults:
        return False
    return True


def give_up(tx: Transaction, claim: Claim, state: str, reason: str) -> None:
    """Leave a claim in a state in which an agent has to look, and tell why."""
    if claim.state != state:
        claim.state = state
        tx.say(IdentityUnmatched(case=claim.case, reason=reason))
