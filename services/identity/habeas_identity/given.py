"""Proofs that were given, and how far those that are fresh together reach: nothing else lets anybody in.

A proof counts in the browser it was given in, for the purpose it was given for, for fifteen minutes: somebody who
takes over a browser later finds nothing to use (abuse case 22).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from habeas import plugins
from habeas.clock import uuid7
from habeas.crypto.datakeys import Retention
from habeas.events import IdentityProved, IdentityUnmatched
from habeas.profile import ladder
from habeas.vocabulary import Assurance
from habeas.warrants import issue_proof, salt_identifiers
from habeas.work.transaction import Transaction
from habeas_identity.challenges import Purpose
from habeas_identity.contents import close_given, open_channel, open_given
from habeas_identity.freezing import is_frozen, make_stop
from habeas_identity.lives import FRESH, KEPT_PROVED, VISIT
from habeas_identity.models import Channel, Claim, GivenProof, Mandate, Visit
from habeas_identity.profiles import mailbox_identifier, profile_of
from habeas_identity.proofs.assertion import ASSERTION
from habeas_identity.proofs.proof import GROUP, Proof
from habeas_identity.proofs.sign_in import SIGN_IN
from habeas_identity.providers import SUBJECTS, providers_of

NO_WAY = "no second way to show who asks is known: an agent has to find one"


@dataclass(frozen=True)
class Standing:
    """How far the fresh proofs of one browser reach, what is needed, and what is left to try."""

    reached: Assurance
    needed: Assurance
    given: tuple[str, ...]
    left: tuple[str, ...]
    """The methods of stored channels that nobody has used yet."""

    @property
    def enough(self) -> bool:
        """Say whether no further proof has to be asked for."""
        return self.reached >= self.needed


def proof_named(name: str) -> Proof:
    """Load a proof from its room."""
    proof: Proof = plugins.load(GROUP, name)
    return proof


def accept(
    tx: Transaction,
    claim: Claim,
    purpose: Purpose,
    browser: str,
    proof: Proof,
    proves: Mapping[str, Sequence[str]],
) -> Standing:
    """Note a proof that was just given; once the fresh ones reach what the case needs, tell everybody who waits.

    In a case that stands still no proof counts but that it was its person after all.
    """
    if is_frozen(tx, claim.case) is not (purpose is Purpose.CONTEST):
        return Standing(Assurance.A0, needed_for(tx, claim, purpose), (), ())
    row = uuid7()
    tx.session.add(
        GivenProof(
            id=row,
            case=claim.case,
            purpose=purpose.value,
            browser=browser,
            method=proof.name,
            assurance=proof.assurance.value,
            content=close_given(tx, claim.case, row, proves),
            given_at=tx.now,
            used_at=None,
        )
    )
    tx.session.flush()
    tx.record("proof.given", claim.case, purpose=purpose.value, method=proof.name, assurance=proof.assurance.value)
    now = standing(tx, claim, purpose, browser)
    if purpose is Purpose.PROVE:
        tx.session.merge(Visit(case=claim.case, browser=browser, until=tx.now + VISIT))
        if claim.state != "proved":
            _tell(tx, claim, now, browser)
    return now


def standing(tx: Transaction, claim: Claim, purpose: Purpose, browser: str) -> Standing:
    """Tell how far the fresh proofs reach that this browser gave for this purpose."""
    given = list_fresh(tx, claim.case, purpose, browser)
    reached = ladder.reached([(Assurance(each.assurance), proof_named(each.method).kind) for each in given])
    used = {proof_named(each.method).kind for each in given}
    channels = tx.session.scalars(select(Channel.method).where(Channel.case == claim.case).order_by(Channel.id))
    left = tuple(method for method in channels if proof_named(method).kind not in used)
    return Standing(reached, needed_for(tx, claim, purpose), tuple(each.method for each in given), left)


def needed_for(tx: Transaction, claim: Claim, purpose: Purpose) -> Assurance:
    """Return how sure to be for a purpose.

    Whoever changes where letters go needs a second channel at least; whoever says that it was them after all, where
    their mailbox said that it was not, needs that and whatever the profile asks for in doubt.
    """
    needed = Assurance(claim.needed)
    if purpose is Purpose.CONTACT:
        return max(needed, Assurance.A2)
    if purpose is Purpose.CONTEST:
        return max(needed, Assurance.A2, ladder.needed(profile_of(tx, claim.controller), claim.rights, doubt=True))
    return needed


def list_fresh(tx: Transaction, case: str, purpose: Purpose, browser: str) -> list[GivenProof]:
    """List the proofs that count: given here, for this, less than fifteen minutes ago, and not used up."""
    return list(
        tx.session.scalars(
            select(GivenProof)
            .where(
                GivenProof.case == case,
                GivenProof.purpose == purpose.value,
                GivenProof.browser == browser,
                GivenProof.used_at.is_(None),
                GivenProof.given_at > tx.now - FRESH,
            )
            .order_by(GivenProof.id)
        )
    )


def use_up(tx: Transaction, case: str, purpose: Purpose, browser: str) -> None:
    """Use the fresh proofs up, so that one act is all that they are good for."""
    for each in list_fresh(tx, case, purpose, browser):
        each.used_at = tx.now


def tell_proof(
    tx: Transaction, claim: Claim, assurance: Assurance, methods: Sequence[str], proves: Mapping[str, Sequence[str]]
) -> None:
    """Sign who the person of a case is, and tell it."""
    salted = salt_identifiers({name: list(values) for name, values in proves.items()})
    method = "+".join(dict.fromkeys(methods)) or "none"
    signed = issue_proof(
        tx.context.keys.signer("identity"),
        case=claim.case,
        assurance=assurance,
        method=method,
        identifiers=salted,
        now=tx.now,
        expires=tx.now + KEPT_PROVED,
    )
    claim.state, claim.proved_at, claim.forget_at = "proved", tx.now, tx.now + KEPT_PROVED
    tx.context.data_keys.prolong(tx.session, claim.case, Retention.IDENTITY, (tx.now + KEPT_PROVED).date())
    tx.record("identity.proved", claim.case, assurance=assurance.value, method=method)
    statement: dict[str, Any] = signed.to_object()
    address = _mailbox(tx, claim)
    if not address and {ASSERTION.name, SIGN_IN.name} & set(methods):
        # Letters without anything personal may go where whoever vouched says; what is handed out may not.
        address = next(iter(proves.get(mailbox_identifier(profile_of(tx, claim.controller)), ())), "")
    stop = make_stop(tx, claim.case, life=KEPT_PROVED) if address else ""
    tx.say(
        IdentityProved(case=claim.case, assurance=assurance.value, method=method, proof=statement),
        sealed={"fulfilment": {"identifiers": salted}, "notifier": {"address": address, "stop": stop}},
    )


def _tell(tx: Transaction, claim: Claim, now: Standing, browser: str) -> None:
    if now.enough and waits_for_mandate(tx, claim.case):
        return
    if now.enough:
        proves: dict[str, list[str]] = {}
        for each in list_fresh(tx, claim.case, Purpose.PROVE, browser):
            for name, values in open_given(tx, each).items():
                proves[name] = list(dict.fromkeys([*proves.get(name, []), *values]))
        tell_proof(tx, claim, now.reached, now.given, proves)
    elif not now.left and claim.state not in ("short", "asking") and not _can_sign_in(tx, claim):
        claim.state = "short"
        tx.say(IdentityUnmatched(case=claim.case, reason=NO_WAY))


def waits_for_mandate(tx: Transaction, case: str) -> bool:
    """Say whether somebody says to act in a case whose person has not said that they do."""
    mandate = tx.session.get(Mandate, case)
    return mandate is not None and mandate.given is not True


def _can_sign_in(tx: Transaction, claim: Claim) -> bool:
    needed = Assurance(claim.needed)
    entries, providers = profile_of(tx, claim.controller).identity.sign_in, providers_of(tx.context, SUBJECTS)
    return any(each.assurance >= needed and each.provider in providers for each in entries)


def _mailbox(tx: Transaction, claim: Claim) -> str:
    """Return the stored mailbox, where letters about the case go; empty if there is none."""
    chosen = select(Channel).where(Channel.case == claim.case, Channel.method == "mailbox")
    channel = tx.session.scalars(chosen).one_or_none()
    return "" if channel is None else open_channel(tx, channel).address
