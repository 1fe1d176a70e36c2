"""Orders that a runner must not carry out: each wrong in one thing, with the reason for which it has to be refused."""

import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from habeas.clock import Clock, random_id, uuid7
from habeas.crypto.canonical import write_base64
from habeas.crypto.keyring import Keyring
from habeas.crypto.sealing import CaseKeys
from habeas.crypto.signing import Signed, Signer
from habeas.digests import digest_part, digest_plan, digest_scope, salt_identifiers
from habeas.envelope import CONTENT_TYPE, Posted, post
from habeas.events import ChannelsAsked, Event, OrderGiven
from habeas.introductions import introduce
from habeas.warrants import issue_approval, issue_proof, issue_question, issue_warrant

ME, OTHER, CRM = "shop", "newsletter", "crm"
EMAIL, STRANGER = "anna.canary@example.com", "bo.canary@example.com"
DAY = timedelta(days=1)
ANOTHER = "0199c0de-0000-7000-8000-000000000000"
CASE_KEY = write_base64(CaseKeys.generate().public)


@dataclass(frozen=True)
class Arrival:
    """A message as a broker brings it."""

    body: bytes
    key_id: str
    signature: bytes


@dataclass(frozen=True)
class Draft:
    """An order before it is written; every field can be made wrong, and what is derived goes wrong with it."""

    case: str = field(default_factory=random_id)
    order: str = field(default_factory=uuid7)
    system: str = ME
    operation: str = "erase"
    identifiers: Mapping[str, Any] = field(default_factory=lambda: salt_identifiers({"email": [EMAIL]}))
    scope: Any = field(default_factory=lambda: decided("1"))
    found: Any = ()
    issued: timedelta = timedelta()
    """When all of it was signed, from now."""
    life: timedelta = 30 * DAY
    assurance: str = "A2"
    people: tuple[str, ...] = ("p1", "p2")
    proof: Mapping[str, Any] = field(default_factory=dict)
    """What the proof says differently."""
    approval: Mapping[str, Any] = field(default_factory=dict)
    warrant: Mapping[str, Any] = field(default_factory=dict)
    forge: Mapping[str, Callable[[Signed], Signed]] = field(default_factory=dict)
    """What is done to a statement after it was signed, by its name."""
    sent: Mapping[str, Any] = field(default_factory=dict)
    """What is sealed in the letter instead of what was signed."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the letter says openly instead."""


def decided(key: str) -> list[dict[str, Any]]:
    """The scope of an erasure of one record."""
    return [{"kind": "customers", "key": key, "digest": "d" * 64, "keep": False, "ground": None, "until": None}]


class Mill:
    """Writes letters with the keys of everybody, as a thief of any of them could."""

    def __init__(self, keys: Keyring, clock: Clock, revoked: Signer) -> None:
        self.keys = keys
        self.clock = clock
        self.revoked = revoked
        self.thief = Ed25519PrivateKey.generate()

    def order(self, draft: Draft) -> tuple[OrderGiven, dict[str, Any]]:
        """Sign all that an order carries; return the event and what is sealed beside it."""
        identity, fulfilment = self.keys.signer("identity"), self.keys.signer("fulfilment")
        at = self.clock.now() + draft.issued
        about = {"case": draft.case, "identifiers": draft.identifiers, "now": at}
        wide = {"assurance": draft.assurance, "method": "mailbox", "expires": at + 90 * DAY}
        proof = self._forged("proof", issue_proof(identity, **{**about, **wide, **draft.proof}), draft)
        part = digest_part(draft.system, draft.operation, digest_scope(draft.scope, draft.identifiers))
        plan = [part] if draft.operation == "erase" else []
        agreed: dict[str, Any] = {
            "case": draft.case,
            "plan": digest_plan(draft.case, plan),
            "role": "approver",
            "now": at,
        }
        agreed |= draft.approval
        given = [issue_approval(identity, id=uuid7(), agent=each, **agreed) for each in (draft.people if plan else ())]
        approvals = [self._forged("approval", each, draft) for each in given]
        told = {"order": draft.order, "system": draft.system, "operation": draft.operation, "scope": draft.scope}
        carried = {"proof": proof, "approvals": approvals, "plan": plan, "expires": at + draft.life}
        issued = issue_warrant(fulfilment, **{**about, **told, **carried, **draft.warrant})
        warrant = self._forged("warrant", issued, draft)
        facts = {"case": draft.case, "order": draft.order, "system": draft.system, "operation": draft.operation}
        event = OrderGiven(
            **{**facts, "warrant": warrant.to_object(), "case_key": CASE_KEY, "upload": "x", **draft.facts}
        )
        known = {"found": list(draft.found), "identifiers": draft.identifiers, "scope": draft.scope}
        return event, {**known, **draft.sent}

    def question(self, *, to: str = ME, **changes: Any) -> tuple[ChannelsAsked, dict[str, Any]]:
        """Sign a question of identity's; return the event and what is sealed beside it."""
        case, identifiers, now = random_id(), salt_identifiers({"email": [EMAIL]}), self.clock.now()
        asked = {"case": case, "system": ME, "identifiers": identifiers, "now": now, "expires": now + DAY}
        signed = issue_question(self.keys.signer("identity"), **{**asked, **changes})
        return ChannelsAsked(case=case, system=to, question=signed.to_object()), {"identifiers": identifiers}

    def letter(self, event: Event, sealed: Any, *, source: str = "fulfilment", to: str = "", **changes: Any) -> Posted:
        """Write a letter as its source does."""
        given = {"sequence": 1, "now": self.clock.now(), "signer": self.keys.signer(source), **changes}
        return post(
            event,
            source=source,
            recipient=to or f"connect-{ME}",
            directory=self.keys.directory(),
            sealed=sealed,
            **given,
        )

    def write(self, draft: Draft, **how: Any) -> Posted:
        """Write the letter of an order."""
        event, sealed = self.order(draft)
        return self.letter(event, sealed, **how)

    def changed(self, letter: Posted, *, by: Signer | None = None, **changes: Any) -> Posted:
        """Change attributes of a letter, signed anew if somebody is named."""
        body = json.dumps(json.loads(letter.body) | changes, separators=(",", ":")).encode()
        letter = replace(letter, id=changes.get("id", letter.id))
        if by is None:
            return replace(letter, body=body)
        return replace(letter, body=body, key_id=by.key_id, signature=by.sign_bytes(CONTENT_TYPE, body))

    def told(self, letter: Posted, **facts: Any) -> Posted:
        """Change facts of a letter without signing it anew."""
        data = json.loads(letter.body)["data"]
        return self.changed(letter, data={**data, "facts": {**data["facts"], **facts}})

    def posing(self, owner: str) -> Signer:
        """Give a signer that names somebody's key and has a thief's."""
        return Signer(owner, self.keys.signer(owner).key_id, self.thief)

    def unknown(self, owner: str) -> Signer:
        """Give a signer with a key of which nobody has heard."""
        return Signer(owner, "2020-01-" + "ab" * 8, self.thief)

    def introduction(self, *, by: str = CRM, said: str = CRM, case: str, number: str = "1017", **changes: Any) -> Any:
        """Sign an introduction as one system, of what another is said to have found."""
        identifiers = salt_identifiers({"customer_number": [number]})
        about = {"case": case, "system": by, "identifiers": identifiers, "now": self.clock.now(), **changes}
        signed = introduce(self.keys.signer(f"connect-{by}"), **about)
        return {"system": said, "identifiers": identifiers, "introduction": signed.to_object()}

    def _forged(self, name: str, signed: Signed, draft: Draft) -> Signed:
        return draft.forge.get(name, lambda each: each)(signed)


Attack = Callable[[Mill], Posted]


Forge = Callable[[Mill], Callable[[Signed], Signed]]


def _order(making: Callable[[Mill], Mapping[str, Any]] | None = None, /, **changes: Any) -> Attack:
    """Write an order with some of its draft changed."""
    return lambda mill: mill.write(Draft(**changes, **(making(mill) if making else {})))


def _letter(**how: Callable[[Mill], Any]) -> Attack:
    """Write a good order into a letter that is wrong."""
    return lambda mill: mill.write(Draft(), **{name: give(mill) for name, give in how.items()})


def _signed_anew(**changes: Any) -> Attack:
    return lambda mill: mill.changed(mill.write(Draft()), by=mill.keys.signer("fulfilment"), **changes)


def _told(**facts: Any) -> Attack:
    return lambda mill: mill.told(mill.write(Draft()), **facts)


def _by(signer: Callable[[Mill], Signer]) -> Forge:
    """Let somebody else sign a statement's very bytes."""
    return lambda mill: lambda signed: signer(mill).sign(signed.payload_type, signed.payload)


def _flipped(_mill: Mill) -> Callable[[Signed], Signed]:
    return lambda signed: replace(signed, signature=bytes([signed.signature[0] ^ 1]) + signed.signature[1:])


def _of_statement(name: str, owner: str) -> dict[str, tuple[str, Attack]]:
    """One of an order's three signatures, made wrong in each way."""
    ways: dict[str, tuple[str, Forge]] = {
        "is forged": ("does not fit", _flipped),
        "is by another service": ("is not signed by", _by(lambda mill: mill.keys.signer("intake"))),
        "is by a thief who poses": ("does not fit", _by(lambda mill: mill.posing(owner))),
        "is by an unknown key": ("has no such key", _by(lambda mill: mill.unknown(owner))),
    }
    return {
        f"the {name} {way}": (
            f"the {name}: .*{reason}",
            _order(lambda mill, forge=forge: {"forge": {name: forge(mill)}}),
        )
        for way, (reason, forge) in ways.items()
    }


def _stranger() -> dict[str, list[str]]:
    return salt_identifiers({"email": [STRANGER]})


def _swapped_identifiers(mill: Mill) -> Posted:
    draft = Draft()
    return mill.write(replace(draft, sent={"identifiers": {**draft.identifiers, "email": [STRANGER]}}))


def _resealed(mill: Mill) -> Posted:
    """A part that was sealed to another system's runner, put into a letter to us."""
    event, sealed = mill.order(Draft())
    theirs = mill.letter(event, sealed, to=f"connect-{OTHER}")
    ours = mill.letter(event, sealed)
    document, other = json.loads(ours.body), json.loads(theirs.body)
    data = {**document["data"], "sealed": other["data"]["sealed"]}
    return mill.changed(ours, by=mill.keys.signer("fulfilment"), data=data)


def _found(**changes: Any) -> Attack:
    def attack(mill: Mill) -> Posted:
        draft = Draft()
        return mill.write(replace(draft, found=[mill.introduction(**{"case": draft.case, **changes})]))

    return attack


def _swapped_introduction(mill: Mill) -> Posted:
    draft = Draft()
    told = mill.introduction(case=draft.case)
    swapped = {**told, "identifiers": {**told["identifiers"], "customer_number": ["2042"]}}
    return mill.write(replace(draft, found=[swapped]))


def _old_introduction(mill: Mill) -> Posted:
    draft = Draft()
    return mill.write(replace(draft, found=[mill.introduction(case=draft.case, now=mill.clock.now() - 36 * DAY)]))


def _asked(source: str = "identity", **changes: Any) -> Attack:
    def attack(mill: Mill) -> Posted:
        given = {name: change(mill) if callable(change) else change for name, change in changes.items()}
        event, sealed = mill.question(**given)
        return mill.letter(event, sealed, source=source)

    return attack


def _asked_by(forge: Forge) -> Attack:
    def attack(mill: Mill) -> Posted:
        event, sealed = mill.question()
        signed = forge(mill)(Signed.from_object(event.question))
        return mill.letter(replace(event, question=signed.to_object()), sealed, source="identity")

    return attack


FORGED: dict[str, tuple[str, Attack]] = {
    # Letters that are not believed when they arrive.
    "a thief who poses": ("does not fit", _letter(signer=lambda mill: mill.posing("fulfilment"))),
    "an unknown key": ("no such key", _letter(signer=lambda mill: mill.unknown("fulfilment"))),
    "a revoked key": ("has been revoked", _letter(signer=lambda mill: mill.revoked)),
    "another service's key": ("no such key", _letter(signer=lambda mill: mill.keys.signer("identity"))),
    "another service says it": ("does not say this", _letter(source=lambda _: "intake")),
    "another system says it": ("does not say this", _letter(source=lambda _: f"connect-{OTHER}")),
    "sent to another": ("is not for us", _letter(to=lambda _: f"connect-{OTHER}")),
    "another system's order": ("system is another's", _order(system=OTHER)),
    "a body with another case": ("does not fit", _told(case=ANOTHER)),
    "a body with another key": ("does not fit", _told(case_key=write_base64(b"x"))),
    "a body with another operation": ("does not fit", _told(operation="export")),
    "a body with another number": ("does not fit", lambda mill: mill.changed(mill.write(Draft()), sequence="2")),
    "expired": ("^expired", _letter(now=lambda mill: mill.clock.now() - 36 * DAY)),
    "from the future": ("^from the future", _letter(now=lambda mill: mill.clock.now() + DAY)),
    "contradicting itself": ("contradicts itself", _signed_anew(subject=ANOTHER)),
    "of no known type": ("unknown event type", _signed_anew(type="habeas.order.forced")),
    # Orders that are not taken: each signature in turn, and all that they are bound to.
    **_of_statement("warrant", "fulfilment"),
    **_of_statement("proof", "identity"),
    **_of_statement("approval", "identity"),
    "sealed to another": ("sealed to somebody else", _resealed),
    "another scope": ("for another scope", _order(sent={"scope": decided("2")})),
    "a wider scope": ("for another scope", _order(sent={"scope": decided("1") + decided("2")})),
    "another person": ("about another person", _swapped_identifiers),
    "another order's warrant": ("for another order", _order(warrant={"order": ANOTHER})),
    "another case's warrant": ("for another case", _order(warrant={"case": ANOTHER})),
    "another system's warrant": ("for another system", _order(warrant={"system": OTHER})),
    "another operation's warrant": ("for another operation", _order(facts={"operation": "export"})),
    "an old warrant": ("warrant has expired", _order(issued=-31 * DAY)),
    "a warrant of tomorrow": ("warrant comes from the future", _order(issued=DAY)),
    "a warrant for a year": ("too long a life", _order(life=365 * DAY)),
    "another person's proof": ("proof is of another person", _order(lambda _: {"proof": {"identifiers": _stranger()}})),
    "another case's proof": ("proof is of another case", _order(proof={"case": ANOTHER})),
    "an old proof": ("proof has expired", _order(lambda mill: {"proof": {"expires": mill.clock.now() - DAY}})),
    "a proof of tomorrow": ("proof comes from", _order(lambda mill: {"proof": {"now": mill.clock.now() + DAY}})),
    "a weak proof": ("too weak", _order(assurance="A1")),
    "one approver": ("too few people", _order(people=("p1",))),
    "one approver twice": ("too few people", _order(people=("p1", "p1"))),
    "nobody's approval": ("too few people", _order(people=())),
    "another plan's approval": ("of another plan", _order(approval={"plan": "0" * 64})),
    "another case's approval": ("approval is of another case", _order(approval={"case": ANOTHER})),
    "an approval of tomorrow": ("approval comes", _order(lambda mill: {"approval": {"now": mill.clock.now() + DAY}})),
    "a plan without this": ("does not hold this", _order(warrant={"plan": ["0" * 64]})),
    # Introductions of whom this system believes.
    "an introduction of another case": ("another case or system", _found(case=ANOTHER)),
    "an introduction by another system": ("not signed by connect-crm", _found(by=OTHER)),
    "an introduction of another number": ("of other identifiers", _swapped_introduction),
    "an old introduction": ("too old", _old_introduction),
    # Questions.
    "a question by fulfilment": ("question: .*not signed", _asked_by(_by(lambda mill: mill.keys.signer("fulfilment")))),
    "a question that is forged": ("question: .*does not fit", _asked_by(_flipped)),
    "another claim's question": ("about another claim", _asked(identifiers=lambda _: _stranger())),
    "another case's question": ("question is about another case", _asked(case=ANOTHER)),
    "another system's question": ("question is for another system", _asked(system=OTHER)),
    "an old question": ("question has expired", _asked(expires=lambda mill: mill.clock.now() - DAY)),
    "a question of tomorrow": ("question comes from the future", _asked(now=lambda mill: mill.clock.now() + DAY)),
    "a question by another service": ("does not say this", _asked(source="intake")),
}
"""By what is wrong: the reason for which it has to be refused (a pattern), and the letter."""


def replays(mill: Mill, taken: Posted, event: OrderGiven, sealed: Any) -> dict[str, tuple[str, Posted]]:
    """Say an order that was carried out once more, in each way in which it could be."""
    fulfilment = mill.keys.signer("fulfilment")
    body = json.loads(taken.body)
    return {
        "under a new id": ("does not fit", mill.changed(taken, id=uuid7())),
        "under a new id, signed": ("place in the thread", mill.changed(taken, by=fulfilment, id=uuid7())),
        "under a new id and number, signed": (
            "sealed for another key or purpose",
            mill.changed(taken, by=fulfilment, id=uuid7(), sequence="2"),
        ),
        "in another letter": ("came before in another letter", mill.letter(event, sealed, sequence=3)),
        "under its id with other content": (
            "id was used for another letter",
            mill.changed(taken, by=fulfilment, data={**body["data"], "sealed": None}),
        ),
    }


@dataclass
class Tally:
    """What was tried, and what came of it."""

    forged: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    unknown: list[str] = field(default_factory=list)
    genuine: int = 0
    accepted: int = 0

    def judge(self, name: str, expected: str, reason: str | None) -> None:
        """Note how one forged letter ended; one that was refused for another reason is not known to be refused."""
        self.forged[name] += 1
        if reason is not None and re.search(expected, reason):
            self.refused[name] += 1
            self.reasons[reason] += 1
        else:
            self.unknown.append(f"{name}: {reason}")

    def __str__(self) -> str:
        return (
            f"{self.forged.total()} forged of {len(self.forged)} kinds tried, {self.refused.total()} refused for "
            f"{len(self.reasons)} reasons, {len(self.unknown)} not; {self.genuine} genuine, {self.accepted} accepted"
        )


def arrival(letter: Posted) -> Arrival:
    """Put a letter as it arrives."""
    return Arrival(letter.body, letter.key_id, letter.signature)


def spread(count: int, names: list[str]) -> list[str]:
    """Choose so many names, each about as often as every other, in an order that nobody foresees."""
    chosen = [names[number % len(names)] for number in range(count)]
    secrets.SystemRandom().shuffle(chosen)
    return chosen
