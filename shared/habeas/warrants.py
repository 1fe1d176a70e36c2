# long because what is signed and what is checked has to be read side by side
"""What a connector demands before it does anything: three signatures that together say it is right.

    Question    identity      look up the stored addresses of whoever claims this, in one system
    Proof       identity      this person is who they say, as far as the assurance goes
    Approval    identity      an agent approved exactly this plan
    Warrant     fulfilment    do this operation, in this system, on this scope, once; carries proof and approvals

No single service can have a thing destroyed: fulfilment cannot prove or approve, identity cannot order. Statements
travel in the open, so they hold digests only, salted with what is sealed along with the identifiers: nobody who reads
a broker can try addresses against them. Whoever checks passes what it is about to act on, and the digests are made
from that. Once-use is the caller's to keep: the order's id is the warrant's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar

from habeas.crypto.directory import Directory
from habeas.crypto.signing import Signed, Signer
from habeas.digests import (
    SALT,
    Identifiers,
    digest_identifiers,
    digest_part,
    digest_plan,
    digest_scope,
    list_parts,
    salt_identifiers,
    strip_salt,
)
from habeas.errors import Refused
from habeas.sdk.words import Operation
from habeas.statements import Digest, believe, sign
from habeas.vocabulary import Assurance

__all__ = [
    "GUARDS",
    "SALT",
    "Approval",
    "Identifiers",
    "Proof",
    "Question",
    "Warrant",
    "check_approval",
    "check_proof",
    "check_question",
    "check_warrant",
    "digest_identifiers",
    "digest_plan",
    "digest_scope",
    "issue_approval",
    "issue_proof",
    "issue_question",
    "issue_warrant",
    "list_parts",
    "salt_identifiers",
    "strip_salt",
]

LIFE = timedelta(days=35)
"""No warrant outlives the letter that carries it."""
CLOCK_SKEW = timedelta(minutes=5)
LOOKS_AFTER = timedelta(days=40)
"""So much longer than for anything else a proof is good for `locate`, which tells no content: whoever was erased on
its last day is still looked for 30 days later. Nobody but identity, by another proof, can make it longer."""
DESTRUCTIVE = frozenset({Operation.ERASE, Operation.RECTIFY})
REVERSIBLE = frozenset({Operation.RESTRICT, Operation.SUPPRESS})
"""What stops a use and can be lifted again: it needs no plan that people approved, so that it can begin at once."""
LEAST_ASSURANCE: Mapping[Operation, Assurance] = {
    Operation.IDENTIFY: Assurance.A1,
    Operation.LOCATE: Assurance.A1,
    Operation.EXPORT: Assurance.A1,
    Operation.ERASE: Assurance.A2,
    Operation.RECTIFY: Assurance.A2,
    Operation.RESTRICT: Assurance.A1,
    Operation.SUPPRESS: Assurance.A0,
}
"""What is done under a warrant, and the assurance without which it never is: the floor of the ladder in the profiles
(`habeas.profile.ladder`). One mailbox never destroys; a restriction can be lifted again."""


@dataclass(frozen=True)
class Proof:
    """Identity says who a case's person is, how sure it is of that, and until when this may be relied on."""

    TYPE: ClassVar[str] = "application/vnd.habeas.proof+json"
    SIGNED_BY: ClassVar[str] = "identity"
    NAME: ClassVar[str] = "the proof"

    case: str
    assurance: Assurance
    method: str
    identifiers: Digest
    proved_at: datetime
    expires: datetime


@dataclass(frozen=True)
class Approval:
    """Identity says which person approved which plan of a case, in which role."""

    TYPE: ClassVar[str] = "application/vnd.habeas.approval+json"
    SIGNED_BY: ClassVar[str] = "identity"
    NAME: ClassVar[str] = "the approval"

    id: str
    case: str
    plan: Digest
    agent: str
    role: str
    approved_at: datetime


@dataclass(frozen=True)
class Question:
    """Identity asks one system for the stored addresses of whoever claims these identifiers."""

    TYPE: ClassVar[str] = "application/vnd.habeas.question+json"
    SIGNED_BY: ClassVar[str] = "identity"
    NAME: ClassVar[str] = "the question"

    case: str
    system: str
    identifiers: Digest
    issued: datetime
    expires: datetime


@dataclass(frozen=True)
class Warrant:
    """Fulfilment orders one operation; `plan` holds the digests of all parts of the approved plan, this one's too."""

    TYPE: ClassVar[str] = "application/vnd.habeas.warrant+json"
    SIGNED_BY: ClassVar[str] = "fulfilment"
    NAME: ClassVar[str] = "the warrant"

    order: str
    case: str
    system: str
    operation: Operation
    scope: Digest
    identifiers: Digest
    plan: tuple[Digest, ...]
    issued: datetime
    expires: datetime
    proof: Signed
    approvals: tuple[Signed, ...]


def issue_question(
    signer: Signer, *, case: str, system: str, identifiers: Identifiers, now: datetime, expires: datetime
) -> Signed:
    """Sign the question for a claim's stored addresses; `identifiers` carry a salt."""
    return sign(signer, Question(case, system, digest_identifiers(identifiers), now, expires))


def issue_proof(
    signer: Signer,
    *,
    case: str,
    assurance: str,
    method: str,
    identifiers: Identifiers,
    now: datetime,
    expires: datetime,
) -> Signed:
    """Sign who a case's person is; `identifiers` are the proved ones and carry a salt."""
    return sign(signer, Proof(case, Assurance(assurance), method, digest_identifiers(identifiers), now, expires))


def issue_approval(signer: Signer, *, id: str, case: str, plan: str, agent: str, role: str, now: datetime) -> Signed:  # noqa: A002
    """Sign that a person approved the plan of this digest."""
    return sign(signer, Approval(id, case, Digest(plan), agent, role, now))


def issue_warrant(
    signer: Signer,
    *,
    order: str,
    case: str,
    system: str,
    operation: str,
    scope: Any,
    identifiers: Identifiers,
    proof: Signed,
    approvals: Sequence[Signed] = (),
    plan: Sequence[str] = (),
    now: datetime,
    expires: datetime,
) -> Signed:
    """Sign an order to one system; `plan` holds the parts that were approved, for an operation that destroys."""
    warrant = Warrant(
        order=order,
        case=case,
        system=system,
        operation=Operation(operation),
        scope=digest_scope(scope, identifiers),
        identifiers=digest_identifiers(identifiers),
        plan=tuple(Digest(part) for part in sorted(plan)),
        issued=now,
        expires=expires,
        proof=proof,
        approvals=tuple(approvals),
    )
    return sign(signer, warrant)


def check_question(
    signed: Signed, directory: Directory, *, system: str, case: str, identifiers: Identifiers, now: datetime
) -> Question:
    """Believe identity's question if it is for this system, case and claim; raises Refused with the reason."""
    question = believe(signed, directory, Question)
    _refuse_if(question.case != case, "the question is about another case")
    _refuse_if(question.system != system, "the question is for another system")
    _refuse_if(question.identifiers != digest_identifiers(identifiers), "the question is about another claim")
    _refuse_if(question.expires <= now, "the question has expired")
    _refuse_if(question.issued > now + CLOCK_SKEW, "the question comes from the future")
    return question


def check_proof(
    signed: Signed,
    directory: Directory,
    *,
    case: str,
    identifiers: Identifiers,
    now: datetime,
    after: timedelta = timedelta(0),
) -> Proof:
    """Believe identity's proof if it is of this case and person; raises Refused with the reason.

    `after` is how long past its day it still counts.
    """
    proof = believe(signed, directory, Proof)
    _refuse_if(proof.case != case, "the proof is of another case")
    _refuse_if(proof.identifiers != digest_identifiers(identifiers), "the proof is of another person")
    _refuse_if(proof.expires + after <= now, "the proof has expired")
    _refuse_if(proof.proved_at > now + CLOCK_SKEW, "the proof comes from the future")
    return proof


def check_approval(signed: Signed, directory: Directory, *, case: str, plan: str, now: datetime) -> Approval:
    """Believe an approval if it is of this case and exactly this plan; raises Refused with the reason."""
    approval = believe(signed, directory, Approval)
    _refuse_if(approval.case != case, "the approval is of another case")
    _refuse_if(approval.plan != plan, "the approval is of another plan")
    _refuse_if(approval.approved_at > now + CLOCK_SKEW, "the approval comes from the future")
    return approval


@dataclass(frozen=True)
class Asked:
    """What a runner is about to do, and how many people have to have approved it."""

    system: str
    operation: str
    case: str
    order: str
    scope: Digest
    identifiers: Digest
    now: datetime
    approvals_needed: int


def _names_a_part(warrant: Warrant) -> bool:
    return digest_part(warrant.system, warrant.operation, warrant.scope) in warrant.plan


GUARDS: tuple[tuple[str, Callable[[Warrant, Asked], bool]], ...] = (
    ("the warrant is for another order", lambda warrant, asked: warrant.order == asked.order),
    ("the warrant is for another case", lambda warrant, asked: warrant.case == asked.case),
    ("the warrant is for another system", lambda warrant, asked: warrant.system == asked.system),
    ("the warrant is for another operation", lambda warrant, asked: warrant.operation == asked.operation),
    ("no warrant can be given for this operation", lambda warrant, _: warrant.operation in LEAST_ASSURANCE),
    ("the warrant is for another scope", lambda warrant, asked: warrant.scope == asked.scope),
    ("the warrant is about another person", lambda warrant, asked: warrant.identifiers == asked.identifiers),
    ("the warrant has expired", lambda warrant, asked: asked.now < warrant.expires),
    ("the warrant comes from the future", lambda warrant, asked: warrant.issued <= asked.now + CLOCK_SKEW),
    ("the warrant has too long a life", lambda warrant, _: warrant.expires - warrant.issued <= LIFE),
    ("the approved plan does not hold this", lambda warrant, _: not _destroys(warrant) or _names_a_part(warrant)),
)
"""What has to be true of a warrant itself, each with the reason of its refusal; tests take them out one by one."""


def check_warrant(
    signed: Signed,
    directory: Directory,
    *,
    system: str,
    operation: str,
    case: str,
    order: str,
    scope: Any,
    identifiers: Identifiers,
    now: datetime,
    approvals_needed: int = 1,
) -> Warrant:
    """Believe a warrant if all its signatures say that exactly this may be done now; raises Refused with the reason.

    `scope` and `identifiers` are what came sealed with the order and will be acted on. Of operations that destroy,
    `approvals_needed` different people have to have approved the plan that holds this part; less than one is a bug.
    """
    if approvals_needed < 1:
        raise ValueError("what destroys needs somebody's approval")
    person = digest_identifiers(identifiers)
    asked = Asked(system, operation, case, order, digest_scope(scope, identifiers), person, now, approvals_needed)
    warrant = believe(signed, directory, Warrant)
    for reason, holds in GUARDS:
        _refuse_if(not holds(warrant, asked), reason)
    after = LOOKS_AFTER if warrant.operation is Operation.LOCATE else timedelta(0)
    proof = check_proof(warrant.proof, directory, case=case, identifiers=identifiers, now=now, after=after)
    _refuse_if(proof.assurance < LEAST_ASSURANCE[warrant.operation], "the proof is too weak for this operation")
    if _destroys(warrant):
        _check_approvals(warrant, directory, asked)
    return warrant


def _check_approvals(warrant: Warrant, directory: Directory, asked: Asked) -> None:
    plan = digest_plan(warrant.case, warrant.plan)
    approvals = [
        check_approval(each, directory, case=warrant.case, plan=plan, now=asked.now) for each in warrant.approvals
    ]
    people = {approval.agent for approval in approvals}
    _refuse_if(len(people) < asked.approvals_needed, "too few people approved this")


def _destroys(warrant: Warrant) -> bool:
    return warrant.operation in DESTRUCTIVE


def _refuse_if(is_so: bool, reason: str) -> None:
    if is_so:
        raise Refused(reason)
