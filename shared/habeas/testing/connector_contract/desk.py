"""The other end of a connector's runner: real keys, a real inbox, good orders and forged ones."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from habeas.clock import uuid7
from habeas.connect.runner import connector_service
from habeas.crypto.canonical import write_base64
from habeas.crypto.sealing import CaseKeys
from habeas.crypto.signing import Signed, Signer
from habeas.digests import digest_plan, list_parts, salt_identifiers
from habeas.envelope import post
from habeas.events import ChannelsAnswered, ChannelsAsked, OrderAnswered, OrderGiven
from habeas.sdk import Connector, Operation, Subject
from habeas.sdk.records import Decided
from habeas.testing.house import make_context, run, said
from habeas.vocabulary import participant_of
from habeas.warrants import issue_approval, issue_proof, issue_question, issue_warrant
from habeas.work.inbox import store

SYSTEM, OTHER = "kit", "another"
DAY = timedelta(days=1)
APPROVALS = 2


@dataclass(frozen=True)
class Terms:
    """What an order says, and how what comes with it differs; as it stands it is a good one."""

    operation: Operation = Operation.ERASE
    system: str = SYSTEM
    case: str = "case-1"
    order: str = "order-1"
    issued: timedelta = timedelta()
    life: timedelta = 30 * DAY
    assurance: str = "A2"
    approvers: Sequence[str] = ("ann", "ben")
    proved_case: str = "case-1"
    approved_case: str = "case-1"
    forge: Callable[["Desk", Signed], Signed] = lambda _desk, good: good
    sent_operation: Operation | None = None
    sent_scope: Sequence[Decided] | None = None
    sent_person: Subject | None = None
    source: str = "fulfilment"
    recipient: str = SYSTEM


class Desk:
    """Fulfilment, identity and whoever would like to be them, in front of one connector's real runner."""

    def __init__(self, connector: Connector, person: Subject, scope: Sequence[Decided], folder: Path, keys: Path):
        self._person, self._scope = salted(person), [line_of(each) for each in scope]
        service = connector_service(SYSTEM, connector, APPROVALS)
        self.context = make_context(
            service, folder, systems=(SYSTEM, OTHER), participant=service.name, keys=str(keys), store="file:"
        )
        self._sequence = 0

    def give(self, terms: Terms, *, letters: int = 1) -> list[str]:
        """Send an order in so many letters and let the runner work; gives the outcomes that were answered."""
        for _ in range(letters):
            self._send(self._order(terms), terms, {"identifiers": self._identifiers(terms), **self._sealed(terms)})
            run(self.context)
        return self.outcomes()

    def question(
        self, *, asked: Subject | None = None, forge: Callable[["Desk", Signed], Signed] | None = None
    ) -> None:
        """Ask for the stored addresses of the person as identity does, or as somebody who would like to be it."""
        now, case = self.context.clock.now(), "case-1"
        question = issue_question(
            self.signer("identity"), case=case, system=SYSTEM, identifiers=self._person, now=now, expires=now + DAY
        )
        event = ChannelsAsked(
            case=case, system=SYSTEM, question=(forge(self, question) if forge else question).to_object()
        )
        terms = Terms(source="identity")
        self._send(event, terms, {"identifiers": self._person if asked is None else salted(asked)})
        run(self.context)

    def outcomes(self) -> list[str]:
        """How each order or question ended, as the runner answered it."""
        answers = [each.event for each in said(self.context)]
        return [each.outcome for each in answers if isinstance(each, OrderAnswered | ChannelsAnswered)]

    def signer(self, owner: str) -> Signer:
        """Sign as one of the house."""
        return self.context.keys.signer(owner)

    def close(self) -> None:
        """Let go of the database."""
        self.context.database.close()

    def _order(self, terms: Terms) -> OrderGiven:
        now = self.context.clock.now()
        issued = now + terms.issued
        scope = self._scope if terms.operation is Operation.ERASE else []
        parts = list_parts(terms.operation, {terms.system: scope}, self._person)
        plan = digest_plan(terms.approved_case, parts)
        identity = self.signer("identity")
        proof = issue_proof(
            identity,
            case=terms.proved_case,
            assurance=terms.assurance,
            method="mailbox",
            identifiers=self._person,
            now=now - DAY,
            expires=now + 30 * DAY,
        )
        approvals = [
            issue_approval(identity, id=uuid7(), case=terms.case, plan=plan, agent=each, role="approver", now=now - DAY)
            for each in terms.approvers
        ]
        warrant = issue_warrant(
            self.signer("fulfilment"),
            order=terms.order,
            case=terms.case,
            system=terms.system,
            operation=terms.operation,
            scope=scope,
            identifiers=self._person,
            proof=proof,
            approvals=approvals,
            plan=parts,
            now=issued,
            expires=issued + terms.life,
        )
        return OrderGiven(
            case=terms.case,
            order=terms.order,
            system=SYSTEM,
            operation=terms.sent_operation or terms.operation,
            warrant=terms.forge(self, warrant).to_object(),
            case_key=write_base64(CaseKeys.generate().public),
            upload="",
        )

    def _identifiers(self, terms: Terms) -> Mapping[str, Sequence[str]]:
        return self._person if terms.sent_person is None else salted(terms.sent_person)

    def _sealed(self, terms: Terms) -> dict[str, Any]:
        scope = self._scope if terms.operation is Operation.ERASE else []
        return {"found": [], "scope": scope if terms.sent_scope is None else list(map(line_of, terms.sent_scope))}

    def _send(self, event: OrderGiven | ChannelsAsked, terms: Terms, sealed: Mapping[str, Any]) -> None:
        self._sequence += 1
        posted = post(
            event,
            source=terms.source,
            recipient=participant_of(terms.recipient),
            sequence=self._sequence,
            now=self.context.clock.now(),
            signer=self.signer(terms.source),
            directory=self.context.keys.directory(),
            sealed=sealed,
        )
        store(self.context, [posted])


def salted(person: Subject) -> dict[str, list[str]]:
    """The person as identity signs them."""
    return salt_identifiers({name: list(values) for name, values in person.identifiers.items()})


def line_of(decided: Decided) -> dict[str, Any]:
    """One decision as an order's scope carries it."""
    until = None if decided.until is None else decided.until.isoformat()
    return {
        "kind": decided.kind,
        "key": decided.key,
        "digest": decided.digest,
        "keep": decided.keep,
        "ground": decided.ground,
        "until": until,
    }


def unknown_key(_desk: Desk, good: Signed) -> Signed:
    """Sign the same with a key that nobody has pinned, under the name of one that is."""
    stranger = Signer(good.owner, good.key_id, Ed25519PrivateKey.generate())
    return stranger.sign(good.payload_type, good.payload)


def other_signer(desk: Desk, good: Signed) -> Signed:
    """Sign the same as another of the house, who may not."""
    return desk.signer(participant_of(OTHER)).sign(good.payload_type, good.payload)


def other_content(_desk: Desk, good: Signed) -> Signed:
    """Put other content under a good signature."""
    return replace(good, payload=good.payload.replace(b'"order-1"', b'"order-2"').replace(b'"case-1"', b'"case-2"'))
