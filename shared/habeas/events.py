# long because it is the whole conversation, which one reads top to bottom
"""Every event of the house, top to bottom in the order of a case: read it as the conversation it is.

An event says what happened, in ids and plain facts; what a hearer needs of the person travels beside it, sealed to
that hearer alone (the `SEALS` of the event name the parts). `SAID_BY` and `HEARD_BY` hold participants: a service, or
`connector`, which stands for whichever system the event is said by or addressed to.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar

from habeas.errors import Refused

CONNECTOR = "connector"
_PLAIN: dict[str, type] = {"str": str, "int": int, "bool": bool, "list": list, "dict": dict}


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened; `thread` is what its letters are kept in order by, most often the case."""

    TYPE: ClassVar[str]
    SAID_BY: ClassVar[str]
    HEARD_BY: ClassVar[tuple[str, ...]]
    SEALS: ClassVar[dict[str, tuple[str, ...]]] = {}

    @property
    def thread(self) -> str:
        """Return what this event's letters are ordered by."""
        return str(getattr(self, "case"))  # noqa: B009 - most events have a case, the others say what they have

    def facts(self) -> dict[str, Any]:
        """Return the event's fields as JSON values."""
        return {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}


@dataclass(frozen=True, kw_only=True)
class CaseOpened(Event):
    """A person asked for something; the clock runs."""

    TYPE = "case.opened"
    SAID_BY = "intake"
    HEARD_BY = ("identity", "fulfilment", "notifier")
    SEALS: ClassVar = {"identity": ("acting", "assertion", "identifiers"), "notifier": ("contact",)}

    case: str
    reference: str
    controller: str
    rights: list[str]
    capacity: str
    """For whom is asked: `self`, or another, as `authorised`, `guardian` or `estate`."""
    language: str
    received_at: str
    respond_by: dict[str, str]
    """The last day in time by right: two rights in one letter have two clocks."""
    browser: str
    held: bool = False
    """It lies in the holding pen: nobody is asked or written to before an agent has let it through."""


@dataclass(frozen=True, kw_only=True)
class CaseLetThrough(Event):
    """An agent let a case out of the holding pen: it goes on as any other."""

    TYPE = "case.let_through"
    SAID_BY = "intake"
    HEARD_BY = ("identity", "notifier")
    SEALS: ClassVar = {"notifier": ("contact",)}

    case: str
    rights: list[str]


@dataclass(frozen=True, kw_only=True)
class ChannelsAsked(Event):
    """Identity asks a contact of record which addresses it holds for whoever claims this."""

    TYPE = "channels.asked"
    SAID_BY = "identity"
    HEARD_BY = (CONNECTOR,)
    SEALS: ClassVar = {CONNECTOR: ("identifiers",)}

    case: str
    system: str
    question: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ChannelsAnswered(Event):
    """A system told the addresses it holds, to identity alone."""

    TYPE = "channels.answered"
    SAID_BY = CONNECTOR
    HEARD_BY = ("identity",)
    SEALS: ClassVar = {"identity": ("channels",)}

    case: str
    system: str
    outcome: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CodeAsked(Event):
    """Somebody asked for a code: identity tells itself, so that the page answers all alike and the work comes after."""

    TYPE = "code.asked"
    SAID_BY = "identity"
    HEARD_BY = ("identity",)

    case: str
    purpose: str
    method: str
    """The proof that the code is for (`mailbox`, `phone`); empty: the first that the case has."""
    browser: str


@dataclass(frozen=True, kw_only=True)
class ChallengeIssued(Event):
    """A code is on its way to a stored address, by the channel that its method names."""

    TYPE = "challenge.issued"
    SAID_BY = "identity"
    HEARD_BY = ("notifier",)
    SEALS: ClassVar = {"notifier": ("address", "code", "stop")}

    case: str
    purpose: str
    method: str
    language: str
    minutes: int


@dataclass(frozen=True, kw_only=True)
class PersonInvited(Event):
    """A case was opened for somebody, so no browser waits for a code: they are told where to show who they are."""

    TYPE = "person.invited"
    SAID_BY = "identity"
    HEARD_BY = ("notifier",)
    SEALS: ClassVar = {"notifier": ("address", "stop")}

    case: str
    language: str


@dataclass(frozen=True, kw_only=True)
class MandateAsked(Event):
    """Somebody says that they act for a person: the person is asked whether that is so, where they are known."""

    TYPE = "mandate.asked"
    SAID_BY = "identity"
    HEARD_BY = ("notifier",)
    SEALS: ClassVar = {"notifier": ("address", "stop")}

    case: str
    language: str


@dataclass(frozen=True, kw_only=True)
class MandateAnswered(Event):
    """The person said whether somebody acts for them."""

    TYPE = "mandate.answered"
    SAID_BY = "identity"
    HEARD_BY = ("intake",)

    case: str
    given: bool


@dataclass(frozen=True, kw_only=True)
class CallAsked(Event):
    """A person who cannot get a text wants to be called at the number that the company has."""

    TYPE = "call.asked"
    SAID_BY = "identity"
    HEARD_BY = ("intake",)

    case: str


@dataclass(frozen=True, kw_only=True)
class EvidenceOffered(Event):
    """A file was taken in: identity tells itself, so that the page answers all alike and it is cleaned afterwards."""

    TYPE = "evidence.offered"
    SAID_BY = "identity"
    HEARD_BY = ("identity",)

    case: str
    evidence: str

    @property
    def thread(self) -> str:
        """Order by file: one that cannot be scanned yet holds up nothing else of its case."""
        return self.evidence


@dataclass(frozen=True, kw_only=True)
class EvidenceCleaned(Event):
    """What somebody sent was made into pages that an agent can look at; or nothing could be made of it."""

    TYPE = "evidence.cleaned"
    SAID_BY = "identity"
    HEARD_BY = ("intake",)

    case: str
    evidence: str
    kind: str
    """As what it was offered: `letter`."""
    pages: int
    reason: str
    """Why there are no pages; empty where there are."""


@dataclass(frozen=True, kw_only=True)
class EvidenceDecided(Event):
    """An agent looked at what somebody sent and noted what was seen; it proves nothing, and is destroyed."""

    TYPE = "evidence.decided"
    SAID_BY = "identity"
    HEARD_BY = ("intake",)

    case: str
    kind: str
    seen: str
    agent: str


@dataclass(frozen=True, kw_only=True)
class IdentityUnmatched(Event):
    """No system that holds contacts of record holds one for the claim: an agent has to find another way."""

    TYPE = "identity.unmatched"
    SAID_BY = "identity"
    HEARD_BY = ("intake",)

    case: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ClaimExtended(Event):
    """A person told more of who they are: identity asks the systems again."""

    TYPE = "claim.extended"
    SAID_BY = "intake"
    HEARD_BY = ("identity",)
    SEALS: ClassVar = {"identity": ("identifiers",)}

    case: str


@dataclass(frozen=True, kw_only=True)
class IdentityProved(Event):
    """The one who asks is who they say, as far as the assurance goes."""

    TYPE = "identity.proved"
    SAID_BY = "identity"
    HEARD_BY = ("intake", "fulfilment", "notifier")
    SEALS: ClassVar = {"fulfilment": ("identifiers",), "notifier": ("address", "stop")}

    case: str
    assurance: str
    method: str
    proof: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class OrderGiven(Event):
    """Fulfilment orders a system to do one operation, under a warrant."""

    TYPE = "order.given"
    SAID_BY = "fulfilment"
    HEARD_BY = (CONNECTOR,)
    SEALS: ClassVar = {CONNECTOR: ("found", "identifiers", "scope")}

    case: str
    order: str
    system: str
    operation: str
    warrant: dict[str, Any]
    case_key: str
    upload: str


@dataclass(frozen=True, kw_only=True)
class ProcessorCalledBack(Event):
    """A processor has called to say where a request stands: the connector that waits for it asks now, and itself."""

    TYPE = "processor.called_back"
    SAID_BY = "fulfilment"
    HEARD_BY = (CONNECTOR,)

    system: str
    number: str
    """The connector's own number of the request."""

    @property
    def thread(self) -> str:
        """Order by request: whose case it belongs to, only the connector knows."""
        return f"callback-{self.number}"


@dataclass(frozen=True, kw_only=True)
class OrderProgressed(Event):
    """A system is at work on an order, or waits for somebody who is: how far it has come, in numbers."""

    TYPE = "order.progressed"
    SAID_BY = CONNECTOR
    HEARD_BY = ("fulfilment",)

    case: str
    order: str
    system: str
    operation: str
    counts: dict[str, int]
    waiting: str
    """For what it waits, in words for an agent; empty while it works."""
    until: str
    """When that is promised to be done, as ISO 8601; empty where nobody says."""


@dataclass(frozen=True, kw_only=True)
class TaskOpened(Event):
    """A person has to do what no program can do in this system: the case waits for them."""

    TYPE = "task.opened"
    SAID_BY = "fulfilment"
    HEARD_BY = ("intake",)

    case: str
    system: str
    operation: str


@dataclass(frozen=True, kw_only=True)
class TaskDone(Event):
    """A person has done it, and somebody has signed for it where that is demanded."""

    TYPE = "task.done"
    SAID_BY = "fulfilment"
    HEARD_BY = ("intake",)

    case: str
    system: str
    operation: str
    agent: str


@dataclass(frozen=True, kw_only=True)
class OrderAnswered(Event):
    """A system answered an order: what it found or did, in numbers; the content is sealed to the case."""

    TYPE = "order.answered"
    SAID_BY = CONNECTOR
    HEARD_BY = ("fulfilment",)

    case: str
    order: str
    system: str
    operation: str
    outcome: str
    counts: dict[str, int]
    content: str
    """The sealed result itself, base64, when it is small; else empty and `parts` names what was uploaded."""
    parts: list[dict[str, Any]]
    reason: str
    final: bool
    passport: dict[str, Any] = dataclasses.field(default_factory=dict)
    """What of its connector was proved, on which day, against what; empty where nobody keeps a passport."""


@dataclass(frozen=True, kw_only=True)
class CaseIntroduced(Event):
    """Every system that knows the person by a further identifier was asked for it: fulfilment tells itself to go on."""

    TYPE = "case.introduced"
    SAID_BY = "fulfilment"
    HEARD_BY = ("fulfilment",)

    case: str
    round: int


@dataclass(frozen=True, kw_only=True)
class ProcessingLimited(Event):
    """What a person asked to be stopped is stopped from now on, whether for good or until somebody has weighed it."""

    TYPE = "processing.limited"
    SAID_BY = "fulfilment"
    HEARD_BY = ("intake",)

    case: str
    right: str
    activities: list[str]


@dataclass(frozen=True, kw_only=True)
class LiftingDecided(Event):
    """Something that was restricted will be used again: the person has to be told before it is (GDPR Art. 18(3))."""

    TYPE = "lifting.decided"
    SAID_BY = "fulfilment"
    HEARD_BY = ("notifier",)

    case: str
    lifted_on: str
    """The day from which it is used again."""


@dataclass(frozen=True, kw_only=True)
class LiftingTold(Event):
    """The person was told that something is used again, or could not be: without that nothing is lifted."""

    TYPE = "lifting.told"
    SAID_BY = "notifier"
    HEARD_BY = ("fulfilment",)

    case: str
    told: bool
    at: str
    """When the letter left, or was given up."""


@dataclass(frozen=True, kw_only=True)
class ProcessingReleased(Event):
    """What was stopped goes on again."""

    TYPE = "processing.released"
    SAID_BY = "fulfilment"
    HEARD_BY = ("intake",)

    case: str
    right: str
    activities: list[str]


@dataclass(frozen=True, kw_only=True)
class CaseLocated(Event):
    """Every system has said what it holds: fulfilment tells itself to make the plan; a crash forgets nothing."""

    TYPE = "case.located"
    SAID_BY = "fulfilment"
    HEARD_BY = ("fulfilment",)

    case: str
    round: int
    """Which search this was: a plan that cannot be carried out is made again after another one."""


@dataclass(frozen=True, kw_only=True)
class PlanMade(Event):
    """What would happen in which system is known and frozen; a person may have to approve it."""

    TYPE = "plan.made"
    SAID_BY = "fulfilment"
    HEARD_BY = ("intake",)

    case: str
    digest: str
    approvals: int
    counts: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class ApprovalGiven(Event):
    """An agent approved exactly this plan, and identity signed that."""

    TYPE = "approval.given"
    SAID_BY = "identity"
    HEARD_BY = ("fulfilment", "intake")

    case: str
    digest: str
    agent: str
    approval: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ExtensionDecided(Event):
    """An agent decided that a case needs more time, and why: the person has to be told before it counts."""

    TYPE = "extension.decided"
    SAID_BY = "intake"
    HEARD_BY = ("notifier",)
    SEALS: ClassVar = {"notifier": ("words",)}

    case: str
    reason: str
    respond_by: str
    """The last day in time for the whole case, once it counts."""


@dataclass(frozen=True, kw_only=True)
class CaseExtended(Event):
    """The person was told in time that a case needs more time: its dates moved."""

    TYPE = "case.extended"
    SAID_BY = "intake"
    HEARD_BY = ("fulfilment",)

    case: str
    respond_by: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class ComplaintAnswered(Event):
    """An agent answered a complaint: the person has to be told before it is closed."""

    TYPE = "complaint.answered"
    SAID_BY = "intake"
    HEARD_BY = ("notifier",)
    SEALS: ClassVar = {"notifier": ("words",)}

    case: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class SystemFailed(Event):
    """A system could not do what it was ordered; the case stays open and shows it."""

    TYPE = "system.failed"
    SAID_BY = "fulfilment"
    HEARD_BY = ("intake",)

    case: str
    system: str
    operation: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class CaseLooked(Event):
    """Every system was searched again after an erasure: fulfilment tells itself to compare what they hold now."""

    TYPE = "case.looked"
    SAID_BY = "fulfilment"
    HEARD_BY = ("fulfilment",)

    case: str
    look: int
    """Which look of the case this is, from 1 on."""


@dataclass(frozen=True, kw_only=True)
class CaseGathered(Event):
    """Every system has answered: fulfilment tells itself to make the answer, so that a crash forgets nothing."""

    TYPE = "case.gathered"
    SAID_BY = "fulfilment"
    HEARD_BY = ("fulfilment",)

    case: str
    right: str


@dataclass(frozen=True, kw_only=True)
class AnswerReady(Event):
    """The package or the confirmation is made, proved and waits for the person."""

    TYPE = "answer.ready"
    SAID_BY = "fulfilment"
    HEARD_BY = ("intake", "notifier")

    case: str
    kind: str
    right: str
    days: int


@dataclass(frozen=True, kw_only=True)
class AnswerHandedOut(Event):
    """The person fetched the answer after a fresh proof."""

    TYPE = "answer.handed_out"
    SAID_BY = "fulfilment"
    HEARD_BY = ("intake", "notifier")

    case: str
    kind: str
    right: str
    times: int


@dataclass(frozen=True, kw_only=True)
class AbsenceChecked(Event):
    """It was looked whether what was erased is gone, in every system; or a person decided about what was found."""

    TYPE = "absence.checked"
    SAID_BY = "fulfilment"
    HEARD_BY = ("intake",)

    case: str
    look: int
    days: int
    """How many days after the erasure."""
    outcomes: dict[str, str]
    """By system: `absent`, `residual`, `reappeared`, `unverifiable`, or `known` once a person says that it may stay."""


@dataclass(frozen=True, kw_only=True)
class ResidueFound(Event):
    """A system still holds what was erased, or holds it again: a person has to decide."""

    TYPE = "residue.found"
    SAID_BY = "fulfilment"
    HEARD_BY = ("intake",)

    case: str
    system: str
    look: int
    days: int
    outcome: str
    """`residual`: it never went; `reappeared`: it came back, or something new came."""
    count: int


@dataclass(frozen=True, kw_only=True)
class CaseWithdrawn(Event):
    """The controller that we are a processor of took its request back before anybody had proved anything."""

    TYPE = "case.withdrawn"
    SAID_BY = "intake"
    HEARD_BY = ("identity",)

    case: str


@dataclass(frozen=True, kw_only=True)
class ProcessorReported(Event):
    """A controller's request stands somewhere else: its own address is told, in what intake has signed."""

    TYPE = "processor.reported"
    SAID_BY = "intake"
    HEARD_BY = ("notifier",)

    case: str
    number: str
    """The controller's own number of it."""
    url: str
    body: str
    domain: str
    signature: str

    @property
    def thread(self) -> str:
        """Order by the controller's number: an address that does not answer holds up no letter of the case."""
        return self.number


@dataclass(frozen=True, kw_only=True)
class CaseFrozen(Event):
    """The person of a case said that they had not asked: nothing of it is handed out or destroyed until it thaws."""

    TYPE = "case.frozen"
    SAID_BY = "identity"
    HEARD_BY = ("intake", "fulfilment")

    case: str


@dataclass(frozen=True, kw_only=True)
class FreezeContested(Event):
    """Somebody showed on the stored channels that it was them after all: two people have to decide."""

    TYPE = "freeze.contested"
    SAID_BY = "identity"
    HEARD_BY = ("intake",)

    case: str


@dataclass(frozen=True, kw_only=True)
class CaseThawed(Event):
    """Two people decided that a frozen case goes on."""

    TYPE = "case.thawed"
    SAID_BY = "identity"
    HEARD_BY = ("intake", "fulfilment")

    case: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ContactChanged(Event):
    """Another address took the stored one's place in a case, after its hold."""

    TYPE = "contact.changed"
    SAID_BY = "identity"
    HEARD_BY = ("intake", "notifier")
    SEALS: ClassVar = {"notifier": ("address", "stop")}

    case: str


@dataclass(frozen=True, kw_only=True)
class PersonWarned(Event):
    """The owner of an address is told of something that they may want to stop."""

    TYPE = "person.warned"
    SAID_BY = "identity"
    HEARD_BY = ("notifier",)
    SEALS: ClassVar = {"notifier": ("address", "stop")}

    case: str
    of: str
    """The message: `frozen`, `thawed`, `contact_change_old`, `contact_change_new`, `contact_changed`."""
    method: str
    language: str


@dataclass(frozen=True, kw_only=True)
class MessageSent(Event):
    """A letter left us, or could not: a fact of the case."""

    TYPE = "message.sent"
    SAID_BY = "notifier"
    HEARD_BY = ("intake",)

    case: str
    message: str
    channel: str
    outcome: str
    at: str
    """When it left, or was given up."""


@dataclass(frozen=True, kw_only=True)
class AgentChanged(Event):
    """Somebody works on cases, may do other things than before, or works on none any more; their name is sealed."""

    TYPE = "agent.changed"
    SAID_BY = "identity"
    HEARD_BY = ("intake",)
    SEALS: ClassVar = {"intake": ("name",)}

    person: str
    roles: list[str]
    """What they may do by all their accounts; empty if nothing any more."""
    controllers: list[str]
    """Those whose cases they work on by any of them; none named means all."""

    @property
    def thread(self) -> str:
        """Order by person: it belongs to no case."""
        return self.person


@dataclass(frozen=True, kw_only=True)
class SessionEnded(Event):
    """An agent's session is over: no grant of it is good any more."""

    TYPE = "session.ended"
    SAID_BY = "identity"
    HEARD_BY = ("intake", "fulfilment")

    session: str

    @property
    def thread(self) -> str:
        """Order by session: it belongs to no case."""
        return self.session


@dataclass(frozen=True, kw_only=True)
class KeysTurned(Event):
    """A runner has turned its sealing keys: whoever seals to it uses the key of the month."""

    TYPE = "keys.turned"
    SAID_BY = CONNECTOR
    HEARD_BY = ("identity", "fulfilment")

    system: str
    seal: dict[str, str]
    """The public keys by month, in base64."""

    @property
    def thread(self) -> str:
        """Order by system: it belongs to no case."""
        return f"keys-{self.system}"


@dataclass(frozen=True, kw_only=True)
class KeysTold(Event):
    """Identity tells a runner in return to which keys its answers are sealed."""

    TYPE = "keys.told"
    SAID_BY = "identity"
    HEARD_BY = (CONNECTOR,)

    system: str
    seal: dict[str, str]

    @property
    def thread(self) -> str:
        """Order by system: it belongs to no case."""
        return f"keys-{self.system}"


CONVERSATION: tuple[type[Event], ...] = (
    CaseOpened,
    CaseLetThrough,
    ChannelsAsked,
    ChannelsAnswered,
    CodeAsked,
    ChallengeIssued,
    PersonInvited,
    MandateAsked,
    MandateAnswered,
    CallAsked,
    EvidenceOffered,
    EvidenceCleaned,
    EvidenceDecided,
    IdentityUnmatched,
    ClaimExtended,
    IdentityProved,
    OrderGiven,
    ProcessorCalledBack,
    OrderProgressed,
    TaskOpened,
    TaskDone,
    OrderAnswered,
    CaseIntroduced,
    ProcessingLimited,
    LiftingDecided,
    LiftingTold,
    ProcessingReleased,
    CaseLocated,
    PlanMade,
    ApprovalGiven,
    ExtensionDecided,
    CaseExtended,
    ComplaintAnswered,
    SystemFailed,
    CaseLooked,
    CaseGathered,
    AnswerReady,
    AnswerHandedOut,
    AbsenceChecked,
    ResidueFound,
    CaseWithdrawn,
    ProcessorReported,
    CaseFrozen,
    FreezeContested,
    CaseThawed,
    ContactChanged,
    PersonWarned,
    MessageSent,
    AgentChanged,
    SessionEnded,
    KeysTurned,
    KeysTold,
)
"""All events, in the order in which a case meets them; the place in it is the event's stage."""

BY_TYPE = {event.TYPE: event for event in CONVERSATION}
STAGE = {event.TYPE: stage for stage, event in enumerate(CONVERSATION)}


def read_event(kind: str, facts: Any) -> Event:
    """Build an event from what a letter says; unknown types, unknown or missing keys and wrong types are refused."""
    event = BY_TYPE.get(kind)
    if event is None:
        raise Refused("unknown event type")
    if not isinstance(facts, dict):
        raise Refused("the facts are not an object")
    named = {each.name: each for each in dataclasses.fields(event)}
    if facts.keys() != named.keys():
        raise Refused(f"the facts of {kind} have other keys than they should")
    for name, each in named.items():
        expected = each.type if isinstance(each.type, str) else getattr(each.type, "__name__", str(each.type))
        plain = _PLAIN[str(expected).partition("[")[0]]
        if type(facts[name]) is not plain:
            raise Refused(f"{name} of {kind} is not of the type it should be")
    return event(**facts)


def heard_by(participant: str) -> tuple[type[Event], ...]:
    """List what a participant hears, in the order of the conversation."""
    role = CONNECTOR if participant.startswith("connect-") else participant
    return tuple(event for event in CONVERSATION if role in event.HEARD_BY)
