# long because the table of forgeries is one table
"""Nothing is destroyed, or even looked at, without the signatures that say so: forgeries, and each guard taken out."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import habeas.warrants as warrants
from habeas.crypto.canonical import write_json
from habeas.crypto.directory import Directory
from habeas.crypto.keyring import Keyring
from habeas.crypto.signing import BadSignature, Signed, Signer
from habeas.digests import digest_part
from habeas.errors import Refused
from habeas.statements import Statement, write_payload
from habeas.vocabulary import Assurance, Operation
from habeas.warrants import (
    GUARDS,
    SALT,
    Approval,
    Proof,
    Question,
    Warrant,
    check_approval,
    check_proof,
    check_question,
    check_warrant,
    digest_identifiers,
    digest_plan,
    digest_scope,
    issue_approval,
    issue_proof,
    issue_question,
    issue_warrant,
    list_parts,
    salt_identifiers,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)
PERSON = salt_identifiers({"email": ["ada@example.com"], "customer": ["17", "18"]})
OTHER = {**PERSON, "email": ["eve@example.com"]}
SCOPE = [{"kind": "order", "key": "1", "digest": "d", "keep": False, "ground": None, "until": None}]
SCOPES = {"shop": SCOPE, "newsletter": [], "applications": [{"key": "9"}]}
PARTS = list_parts("erase", SCOPES, PERSON)
ASK: dict[str, Any] = {
    "system": "shop",
    "operation": "erase",
    "case": "case-1",
    "order": "order-1",
    "scope": SCOPE,
    "identifiers": PERSON,
    "now": NOW,
}


@dataclass
class Desk:
    """Everybody's keys, and a good warrant to alter."""

    ring: Keyring

    @property
    def directory(self) -> Directory:
        """The pinned keys."""
        return self.ring.directory()

    def sign(self, statement: Statement, owner: str | None = None, kind: str | None = None) -> Signed:
        """Sign whatever a forger likes, as whoever lets them."""
        return self.ring.signer(owner or statement.SIGNED_BY).sign(kind or statement.TYPE, write_payload(statement))

    def proof(self, **changes: Any) -> Proof:
        """A good proof, altered."""
        good = Proof("case-1", Assurance.A2, "mailbox", digest_identifiers(PERSON), NOW - DAY, NOW + 30 * DAY)
        return replace(good, **changes)

    def approval(self, **changes: Any) -> Approval:
        """A good approval, altered."""
        good = Approval("a1", "case-1", digest_plan("case-1", PARTS), "person-1", "approver", NOW - DAY)
        return replace(good, **changes)

    def warrant(self, **changes: Any) -> Warrant:
        """A good warrant, altered."""
        good = issue_warrant(
            self.ring.signer("fulfilment"),
            order="order-1",
            case="case-1",
            system="shop",
            operation="erase",
            scope=SCOPE,
            identifiers=PERSON,
            proof=self.sign(self.proof()),
            approvals=[self.sign(self.approval())],
            plan=PARTS,
            now=NOW,
            expires=NOW + 30 * DAY,
        )
        read = warrants.believe(good, self.directory, Warrant)
        return replace(read, **changes)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """One keyring with everybody on it."""
    ring = Keyring(tmp_path_factory.mktemp("keys"))
    ring.init(["identity", "fulfilment", "intake", "connect-shop"], NOW)
    return Desk(ring)


def test_a_good_warrant_is_believed(desk: Desk) -> None:
    """For erasing with an approval, for exporting without one, and after a journey as JSON."""
    arrived = Signed.from_json(desk.sign(desk.warrant()).to_json())
    assert check_warrant(arrived, desk.directory, **ASK) == desk.warrant()
    export = issue_warrant(
        desk.ring.signer("fulfilment"),
        order="order-2",
        case="case-1",
        system="shop",
        operation="export",
        scope=[],
        identifiers=PERSON,
        proof=desk.sign(desk.proof(assurance=Assurance.A1)),
        now=NOW,
        expires=NOW + DAY,
    )
    ask = {**ASK, "order": "order-2", "operation": "export", "scope": []}
    assert check_warrant(export, desk.directory, **ask).approvals == ()


Forge = Callable[[Desk], tuple[Signed, dict[str, Any]]]


def _warrant(**changes: Any) -> Forge:
    """A warrant that fulfilment itself signed, with other content."""
    return lambda desk: (desk.sign(desk.warrant(**changes)), {})


def _asked(**changes: Any) -> Forge:
    """A good warrant, shown for something else."""
    return lambda desk: (desk.sign(desk.warrant()), changes)


def _proof(owner: str | None = None, kind: str | None = None, **changes: Any) -> Forge:
    """A warrant around an altered proof."""
    return lambda desk: (desk.sign(desk.warrant(proof=desk.sign(desk.proof(**changes), owner, kind))), {})


def _approval(owner: str | None = None, kind: str | None = None, **changes: Any) -> Forge:
    """A warrant around an altered approval."""
    return lambda desk: (desk.sign(desk.warrant(approvals=(desk.sign(desk.approval(**changes), owner, kind),))), {})


def _payload(statement: Callable[[Desk], Statement], **changes: Any) -> Callable[[Desk], Signed]:
    """A statement signed by the right owner whose payload has another shape."""

    def forge(desk: Desk) -> Signed:
        good = statement(desk)
        value = {**json.loads(write_payload(good)), **changes}
        return desk.ring.signer(good.SIGNED_BY).sign(good.TYPE, write_json(value))

    return forge


def _stranger(desk: Desk, statement: Statement) -> Signed:
    """A statement under the right owner's key id, signed with a key of the forger's own."""
    key_id = desk.ring.signer(statement.SIGNED_BY).key_id
    forger = Signer(statement.SIGNED_BY, key_id, Ed25519PrivateKey.generate())
    return forger.sign(statement.TYPE, write_payload(statement))


def _touched(signed: Signed) -> Signed:
    """The same statement with one digit of its content changed."""
    return replace(signed, payload=signed.payload.replace(b"case-1", b"case-2", 1))


_SWAPPED = list_parts("erase", {**SCOPES, "shop": []}, PERSON)
_OTHER_CASE_PLAN = digest_plan("case-2", PARTS)
_MOVED = tuple(sorted([*PARTS, digest_part("shop", "erase", digest_scope([], PERSON))]))

FORGERIES: dict[str, tuple[str, Forge]] = {
    # who signed the warrant
    "identity signs the warrant": ("warrant: .*not signed by ful", lambda d: (d.sign(d.warrant(), "identity"), {})),
    "intake signs the warrant": ("warrant: .*not signed by ful", lambda d: (d.sign(d.warrant(), "intake"), {})),
    "the connector signs the warrant": ("warrant: .*not signed", lambda d: (d.sign(d.warrant(), "connect-shop"), {})),
    "a stranger signs the warrant": ("warrant: .*does not fit", lambda d: (_stranger(d, d.warrant()), {})),
    "the warrant was touched": ("warrant: .*does not fit", lambda d: (_touched(d.sign(d.warrant())), {})),
    "a proof is shown as warrant": ("warrant: .*no statement", lambda d: (d.sign(d.proof()), {})),
    "the warrant is of another type": ("warrant: .*no statement", lambda d: (d.sign(d.warrant(), kind="x"), {})),
    "a proof is retyped as warrant": ("warrant lacks", lambda d: (d.sign(d.proof(), "fulfilment", Warrant.TYPE), {})),
    "the warrant has one key more": ("unknown key", lambda d: (_payload(Desk.warrant, all=True)(d), {})),
    "the warrant's scope is no digest": ("digest", lambda d: (_payload(Desk.warrant, scope="*")(d), {})),
    "the warrant's operation is no word": ("none of ours", lambda d: (_payload(Desk.warrant, operation="drop")(d), {})),
    "the warrant's plan is no list of digests": ("digest", lambda d: (_payload(Desk.warrant, plan=["*"])(d), {})),
    # what the warrant is for
    "another order's letter": ("another order", _asked(order="order-2")),
    "another case's letter": ("warrant is for another case", _asked(case="case-2")),
    "another system": ("another system", _asked(system="newsletter")),
    "another operation is asked": ("another operation", _asked(operation="export")),
    "more is asked than the scope": ("another scope", _asked(scope=[*SCOPE, {"key": "2"}])),
    "nothing is asked of the scope": ("another scope", _asked(scope=[])),
    "another person's identifiers": ("another person", _asked(identifiers=OTHER)),
    "one identifier more": ("another person", _asked(identifiers={**PERSON, "phone": ["1"]})),
    "one value more": ("another person", _asked(identifiers={**PERSON, "customer": ["17", "18", "19"]})),
    "another salt": ("another", _asked(identifiers={**PERSON, SALT: ["0" * 64]})),
    "no salt": ("no salt", _asked(identifiers={"email": ["ada@example.com"]})),
    "the warrant is old": ("warrant has expired", _asked(now=NOW + 30 * DAY)),
    "the warrant is early": ("from the future", _asked(now=NOW - timedelta(minutes=6))),
    "the warrant lives too long": ("too long a life", _warrant(expires=NOW + 36 * DAY)),
    "a warrant for channels": (
        "no warrant can be given",
        lambda d: (_payload(Desk.warrant, operation="channels")(d), {"operation": "channels"}),
    ),
    # the proof inside
    "fulfilment signs the proof": ("proof: .*not signed by identity", _proof("fulfilment")),
    "a stranger signs the proof": (
        "proof: .*does not fit",
        lambda d: (d.sign(d.warrant(proof=_stranger(d, d.proof()))), {}),
    ),
    "the proof was touched": (
        "proof: .*does not fit",
        lambda d: (d.sign(d.warrant(proof=_touched(d.sign(d.proof())))), {}),
    ),
    "an approval is shown as proof": (
        "proof: .*no statement",
        lambda d: (d.sign(d.warrant(proof=d.sign(d.approval()))), {}),
    ),
    "the proof is of another type": ("proof: .*no statement", _proof(None, "application/other")),
    "the proof is of another case": ("proof is of another case", _proof(case="case-2")),
    "the proof is of another person": ("proof is of another person", _proof(identifiers=digest_identifiers(OTHER))),
    "the proof is old": ("proof has expired", _proof(expires=NOW)),
    "the proof is early": ("proof comes from the future", _proof(proved_at=NOW + timedelta(minutes=6))),
    "the proof proves nothing": ("too weak", _proof(assurance=Assurance.A0)),
    "the proof's assurance is no word": (
        "none of ours",
        lambda d: (d.sign(d.warrant(proof=_payload(Desk.proof, assurance="A9")(d))), {}),
    ),
    # the approval inside
    "no approval": ("too few", _warrant(approvals=())),
    "fulfilment signs the approval": ("approval: .*not signed by identity", _approval("fulfilment")),
    "a stranger signs the approval": (
        "approval: .*does not fit",
        lambda d: (d.sign(d.warrant(approvals=(_stranger(d, d.approval()),))), {}),
    ),
    "the approval was touched": (
        "approval: .*does not fit",
        lambda d: (d.sign(d.warrant(approvals=(_touched(d.sign(d.approval())),))), {}),
    ),
    "a proof is shown as approval": (
        "approval: .*no statement",
        lambda d: (d.sign(d.warrant(approvals=(d.sign(d.proof()),))), {}),
    ),
    "the approval is of another case": ("approval is of another case", _approval(case="case-2")),
    "the approval is of another plan": ("approval is of another plan", _approval(plan="0" * 64)),
    "the approval is of another case's plan": ("approval is of another plan", _approval(plan=_OTHER_CASE_PLAN)),
    "the approval is early": ("approval comes from the future", _approval(approved_at=NOW + timedelta(minutes=6))),
    "a second approval is bad": (
        "approval is of another case",
        lambda d: (d.sign(d.warrant(approvals=(d.sign(d.approval()), d.sign(d.approval(case="case-2"))))), {}),
    ),
    "one person approves twice": (
        "too few",
        lambda d: (
            d.sign(d.warrant(approvals=(d.sign(d.approval()), d.sign(d.approval(id="a2"))))),
            {"approvals_needed": 2},
        ),
    ),
    # the plan that was approved
    "the scope is not in the approved plan": ("plan does not hold this", _warrant(plan=_SWAPPED)),
    "the plan is empty": ("plan does not hold this", _warrant(plan=())),
    "a part is added after the approval": (
        "approval is of another plan",
        lambda d: (d.sign(d.warrant(plan=_MOVED, scope=digest_scope([], PERSON))), {"scope": []}),
    ),
}


def test_there_are_many_forgeries() -> None:
    """A floor, so that the table is not thinned out."""
    assert len(FORGERIES) >= 50


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_warrant_is_refused(desk: Desk, name: str) -> None:
    """One thing is altered; it is refused for that reason."""
    reason, forge = FORGERIES[name]
    signed, asks = forge(desk)
    with pytest.raises(Refused, match=reason):
        check_warrant(signed, desk.directory, **{**ASK, **asks})


ONLY_GUARD: dict[str, Forge] = {
    "the warrant is for another order": _asked(order="order-2"),
    "the warrant is for another case": lambda desk: (
        desk.sign(desk.warrant(case="case-2", operation=Operation.EXPORT, approvals=())),
        {"operation": "export"},
    ),
    "the warrant is for another system": _asked(system="newsletter"),
    "the warrant is for another operation": _asked(operation="restrict"),
    "no warrant can be given for this operation": FORGERIES["a warrant for channels"][1],
    "the warrant is for another scope": _asked(scope=[]),
    "the warrant is about another person": _warrant(identifiers=digest_identifiers(OTHER)),
    "the warrant has expired": _warrant(expires=NOW),
    "the warrant comes from the future": _warrant(issued=NOW + timedelta(minutes=6)),
    "the warrant has too long a life": _warrant(expires=NOW + 36 * DAY),
    "the approved plan does not hold this": lambda desk: (
        desk.sign(
            desk.warrant(
                plan=_SWAPPED,
                approvals=(desk.sign(desk.approval(plan=digest_plan("case-1", _SWAPPED))),),
            )
        ),
        {},
    ),
}
"""For each guard a forgery that nothing else stops."""


@pytest.mark.parametrize("reason", [reason for reason, _ in GUARDS])
def test_each_guard_is_needed(desk: Desk, monkeypatch: pytest.MonkeyPatch, reason: str) -> None:
    """With the guard the forgery is refused for its reason; with this one guard taken out it gets past them all."""
    signed, asks = ONLY_GUARD[reason](desk)
    ask = {**ASK, **asks}
    with pytest.raises(Refused, match=reason):
        check_warrant(signed, desk.directory, **ask)
    monkeypatch.setattr(warrants, "GUARDS", tuple(each for each in GUARDS if each[0] != reason))
    if reason == "no warrant can be given for this operation":
        with pytest.raises(KeyError):  # a second net: there is no least assurance to compare with
            check_warrant(signed, desk.directory, **ask)
    else:
        assert check_warrant(signed, desk.directory, **ask)


class _Credulous(Directory):
    """Believes every statement of one type: a verifier with one signature check taken out."""

    def __init__(self, real: Directory, kind: str) -> None:
        self._real, self._kind = real, kind

    def verify(self, signed: Signed, *, owner: str, payload_type: str) -> bytes:
        """Verify, except for the one type."""
        if payload_type == self._kind:
            return signed.payload
        return self._real.verify(signed, owner=owner, payload_type=payload_type)


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Warrant.TYPE, "a stranger signs the warrant"),
        (Proof.TYPE, "a stranger signs the proof"),
        (Approval.TYPE, "a stranger signs the approval"),
    ],
)
def test_each_of_the_three_signatures_is_needed(desk: Desk, kind: str, name: str) -> None:
    """Whoever does not verify one of them lets a stranger through."""
    signed, asks = FORGERIES[name][1](desk)
    with pytest.raises(BadSignature):
        check_warrant(signed, desk.directory, **{**ASK, **asks})
    assert check_warrant(signed, _Credulous(desk.directory, kind), **{**ASK, **asks})


@pytest.mark.parametrize("operation", ["erase", "rectify"])
def test_whatever_destroys_needs_an_approval(desk: Desk, operation: str) -> None:
    """Erase and rectify with a proof alone are refused; with an approval of just that they are believed."""
    parts = list_parts(operation, SCOPES, PERSON)
    approval = desk.sign(desk.approval(plan=digest_plan("case-1", parts)))
    for approvals, plan, refused in (((), (), True), ((), parts, True), ((approval,), parts, False)):
        signed = issue_warrant(
            desk.ring.signer("fulfilment"),
            order="order-1",
            case="case-1",
            system="shop",
            operation=operation,
            scope=SCOPE,
            identifiers=PERSON,
            proof=desk.sign(desk.proof()),
            approvals=approvals,
            plan=plan,
            now=NOW,
            expires=NOW + DAY,
        )
        ask = {**ASK, "operation": operation}
        if refused:
            with pytest.raises(Refused):
                check_warrant(signed, desk.directory, **ask)
        else:
            assert check_warrant(signed, desk.directory, **ask).operation == operation


@pytest.mark.parametrize(("operation", "least"), [("restrict", Assurance.A1), ("suppress", Assurance.A0)])
def test_what_can_be_lifted_again_needs_a_proof_and_nobodys_approval(
    desk: Desk, operation: str, least: Assurance
) -> None:
    """It can begin at once, and is bound to its scope: an order to lift is another one."""
    for given in Assurance:
        for scope in ([], [{"lift": True}]):
            signed = issue_warrant(
                desk.ring.signer("fulfilment"),
                order="order-1",
                case="case-1",
                system="shop",
                operation=operation,
                scope=scope,
                identifiers=PERSON,
                proof=desk.sign(desk.proof(assurance=given)),
                now=NOW,
                expires=NOW + DAY,
            )
            for asked in ([], [{"lift": True}]):
                ask = {**ASK, "operation": operation, "scope": asked}
                if given >= least and asked == scope:
                    assert check_warrant(signed, desk.directory, **ask).approvals == ()
                else:
                    with pytest.raises(Refused):
                        check_warrant(signed, desk.directory, **ask)


def test_an_approval_to_restrict_does_not_erase(desk: Desk) -> None:
    """The operation is part of what was approved."""
    parts = list_parts("restrict", SCOPES, PERSON)
    approval = desk.sign(desk.approval(plan=digest_plan("case-1", parts)))
    with pytest.raises(Refused, match="plan does not hold this"):
        check_warrant(desk.sign(desk.warrant(approvals=(approval,), plan=parts)), desk.directory, **ASK)


def test_two_people_are_two_people(desk: Desk) -> None:
    """Case 29: where two are needed, two different persons' approvals are enough, and one person's two are not."""
    both = (desk.sign(desk.approval()), desk.sign(desk.approval(id="a2", agent="person-2")))
    signed = desk.sign(desk.warrant(approvals=both))
    assert check_warrant(signed, desk.directory, **ASK, approvals_needed=2)
    with pytest.raises(Refused, match="too few"):
        check_warrant(signed, desk.directory, **ASK, approvals_needed=3)
    twice = (desk.sign(desk.approval()), desk.sign(desk.approval(id="a2")))
    with pytest.raises(Refused, match="too few"):
        check_warrant(desk.sign(desk.warrant(approvals=twice)), desk.directory, **ASK, approvals_needed=2)
    with pytest.raises(ValueError, match="approval"):
        check_warrant(signed, desk.directory, **ASK, approvals_needed=0)


def test_no_service_alone_can_have_a_thing_erased(desk: Desk) -> None:
    """Case 23: with any one owner's key, and every statement of the others left out or made up, nothing is believed."""
    for owner in ("fulfilment", "identity", "intake", "connect-shop"):
        everything = desk.warrant(proof=desk.sign(desk.proof(), owner), approvals=(desk.sign(desk.approval(), owner),))
        for signer in {owner}:
            with pytest.raises(Refused):
                check_warrant(desk.sign(everything, signer), desk.directory, **ASK)


def test_a_revoked_key_ends_what_it_proved(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An approval under a stolen key is worth nothing from the revocation on."""
    ring = Keyring(tmp_path_factory.mktemp("keys"))
    ring.init(["identity", "fulfilment"], NOW)
    other = Desk(ring)
    signed = other.sign(other.warrant())
    assert check_warrant(signed, ring.directory(), **ASK)
    ring.revoke("identity", ring.signer("identity").key_id)
    with pytest.raises(BadSignature, match="revoked"):
        check_warrant(signed, ring.directory(), **ASK)


def test_a_question_is_for_one_system_case_and_claim(desk: Desk) -> None:
    """Believed for what it says, refused for all else."""
    good: dict[str, Any] = {"system": "shop", "case": "case-1", "identifiers": PERSON, "now": NOW}
    signed = issue_question(desk.ring.signer("identity"), **good, expires=NOW + DAY)
    assert check_question(signed, desk.directory, **good).system == "shop"
    for reason, changes in {
        "another system": {"system": "newsletter"},
        "another case": {"case": "case-2"},
        "another claim": {"identifiers": OTHER},
        "has expired": {"now": NOW + DAY},
        "from the future": {"now": NOW - timedelta(minutes=6)},
    }.items():
        with pytest.raises(Refused, match=reason):
            check_question(signed, desk.directory, **{**good, **changes})
    forged = desk.sign(warrants.believe(signed, desk.directory, Question), "fulfilment")
    with pytest.raises(BadSignature, match=r"question: .*not signed by identity"):
        check_question(forged, desk.directory, **good)


def test_a_proof_and_an_approval_are_checked_by_whoever_gets_them(desk: Desk) -> None:
    """Fulfilment checks both when they arrive, with the same words."""
    signer = desk.ring.signer("identity")
    proof = issue_proof(
        signer, case="c", assurance="A1", method="mailbox", identifiers=PERSON, now=NOW, expires=NOW + DAY
    )
    assert check_proof(proof, desk.directory, case="c", identifiers=PERSON, now=NOW).assurance is Assurance.A1
    plan = digest_plan("c", PARTS)
    approval = issue_approval(signer, id="a", case="c", plan=plan, agent="p", role="approver", now=NOW)
    assert check_approval(approval, desk.directory, case="c", plan=plan, now=NOW).agent == "p"
    with pytest.raises(Refused, match="another plan"):
        check_approval(approval, desk.directory, case="c", plan="0" * 64, now=NOW)


def test_a_digest_does_not_tell_the_address(desk: Desk) -> None:
    """Two salts, two digests; order and doubling of values do not matter."""
    again = salt_identifiers({"email": ["ada@example.com"], "customer": ["17", "18"]})
    assert digest_identifiers(again) != digest_identifiers(PERSON)
    assert digest_identifiers({**PERSON, "customer": ["18", "17", "18"]}) == digest_identifiers(PERSON)
    assert digest_scope([], again) != digest_scope([], PERSON)
    assert b"ada" not in desk.sign(desk.warrant()).to_json()


def test_only_its_owner_makes_a_statement(desk: Desk) -> None:
    """A service that signs what is not its own is a bug, found where it is made."""
    with pytest.raises(ValueError, match="identity"):
        issue_question(
            desk.ring.signer("fulfilment"), case="c", system="shop", identifiers=PERSON, now=NOW, expires=NOW + DAY
        )
