"""What a connector's runner hears, and how it answers: checked warrants in, sealed results out."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from habeas.clock import uuid7
from habeas.connect.delivery import Delivered, Parcel
from habeas.connect.lines import done_line, located_line, read_decided, record_line
from habeas.connect.tables import TakenOrder
from habeas.crypto.canonical import read_base64
from habeas.crypto.signing import Signed
from habeas.envelope import Letter
from habeas.errors import Refused
from habeas.events import ChannelsAnswered, ChannelsAsked, Event, OrderAnswered, OrderGiven
from habeas.sdk.connector import Connector
from habeas.sdk.guard import Guard
from habeas.sdk.records import Decided
from habeas.sdk.subject import Subject
from habeas.sdk.words import Operation, Outcome
from habeas.service import Context, Effect, Service
from habeas.vocabulary import participant_of
from habeas.warrants import check_question, check_warrant, strip_salt
from habeas.work.transaction import Transaction

TRIES_BEFORE_TELLING = 3
"""After so many failures a system is reported as failed; the runner goes on trying by itself."""


@dataclass(frozen=True)
class Job:
    """One order as the work needs it: nothing of it is written down outside the sealed letter."""

    case: str
    order: str
    operation: Operation
    subject: Subject
    scope: tuple[Decided, ...]
    case_key: bytes
    upload: str


@dataclass(frozen=True)
class Result:
    """What an order came to."""

    outcome: Outcome
    counts: dict[str, int]
    delivered: Delivered


def connector_service(system: str, connector: Connector, approvals: int = 1) -> Service:
    """Wire a connector as a participant of the bus; the rest of the runner is that of any service.

    `approvals` is how many different people have to have approved what it destroys: the connector's own demand, which
    no other service can lower.
    """
    runner = Runner(system, connector, approvals)
    return Service(
        name=participant_of(system),
        hears={
            ChannelsAsked: Effect(runner.take_question, runner.look_up, runner.tell_channels, runner.tell_no_channels),
            OrderGiven: Effect(runner.take_order, runner.carry_out, runner.tell_result, runner.tell_failure),
        },
    )


class Runner:
    """Drives one connector."""

    def __init__(self, system: str, connector: Connector, approvals: int) -> None:
        self.system = system
        self.connector = connector
        self.approvals = approvals

    def take_question(self, tx: Transaction, letter: Letter) -> Subject:
        """Check identity's signed question, and open whom it is about."""
        asked = _expect(letter, ChannelsAsked)
        identifiers = tx.open(letter)["identifiers"]
        check_question(
            Signed.from_object(asked.question),
            tx.context.keys.directory(),
            system=self.system,
            case=asked.case,
            identifiers=identifiers,
            now=tx.now,
        )
        return _subject(identifiers)

    def look_up(self, _context: Context, subject: Subject) -> list[dict[str, Any]]:
        """Ask the system which addresses it holds for the claim."""
        if Operation.CHANNELS not in self.connector.supports:
            return []
        found = Guard(subject).channels(self.connector.channels(subject))
        return [asdict(channel) | {"identifiers": dict(channel.identifiers)} for channel in found]

    def tell_channels(self, tx: Transaction, letter: Letter, _given: Any, channels: list[dict[str, Any]]) -> None:
        """Answer identity, to whom the addresses are sealed."""
        outcome = Outcome.FOUND if channels else Outcome.NOTHING
        event = ChannelsAnswered(case=letter.thread, system=self.system, outcome=outcome.value, reason="")
        tx.say(event, sealed={"identity": {"channels": channels}})

    def tell_no_channels(self, tx: Transaction, letter: Letter, reason: str, attempts: int, final: bool) -> bool:
        """Tell identity that this system cannot answer, so that another way is looked for."""
        if final or attempts == TRIES_BEFORE_TELLING:
            event = ChannelsAnswered(
                case=letter.thread, system=self.system, outcome=Outcome.FAILED.value, reason=reason
            )
            tx.say(event, sealed={"identity": {"channels": []}})
        return True

    def take_order(self, tx: Transaction, letter: Letter) -> Job:
        """Check the warrant and its proofs, take the order once, and open what it is about."""
        given = _expect(letter, OrderGiven)
        sealed = tx.open(letter)
        taken = tx.session.get(TakenOrder, given.order)
        if taken is None:
            tx.session.add(TakenOrder(order=given.order, letter=letter.id, taken_at=tx.now))
        elif taken.letter != letter.id:
            raise Refused("replayed: this order came before in another letter")
        check_warrant(
            Signed.from_object(given.warrant),
            tx.context.keys.directory(),
            system=self.system,
            operation=given.operation,
            case=given.case,
            order=given.order,
            scope=sealed["scope"],
            identifiers=sealed["identifiers"],
            now=tx.now,
            approvals_needed=self.approvals,
        )
        tx.record("order.taken", given.case, order=given.order, operation=given.operation)
        return Job(
            case=given.case,
            order=given.order,
            operation=Operation(given.operation),
            subject=_subject(sealed["identifiers"]),
            scope=tuple(map(read_decided, sealed["scope"])),
            case_key=read_base64(given.case_key),
            upload=given.upload,
        )

    def carry_out(self, context: Context, job: Job) -> Result:
        """Do what was ordered, and send what came of it sealed to the case."""
        if job.operation not in self.connector.supports:
            return Result(Outcome.NOT_APPLICABLE, {}, Delivered("", []))
        door = str(context.settings.upload_url)
        parcel = Parcel(order=job.order, run=uuid7(), case_key=job.case_key, door=door, grant=job.upload)
        counts: Counter[str] = Counter()
        delivered = parcel.deliver(self._lines(job, parcel, counts))
        return Result(Outcome.FOUND if counts else Outcome.NOTHING, dict(counts), delivered)

    def _lines(self, job: Job, parcel: Parcel, counts: Counter[str]) -> Iterator[dict[str, Any]]:
        guard = Guard(job.subject)
        operations: dict[Operation, Callable[[], Iterator[dict[str, Any]]]] = {
            Operation.EXPORT: lambda: self._exported(job, guard, parcel),
            Operation.LOCATE: lambda: map(located_line, guard.located(self.connector.locate(job.subject))),
            Operation.ERASE: lambda: map(
                done_line, guard.done(self.connector.erase(job.subject, job.scope), job.scope)
            ),
        }
        if job.operation not in operations:
            raise Refused(f"this runner does not order {job.operation}")
        for line in operations[job.operation]():
            counts[line["kind"]] += int(line.get("count", 1))
            yield line

    def _exported(self, job: Job, guard: Guard, parcel: Parcel) -> Iterator[dict[str, Any]]:
        number = 0
        for record in guard.records(self.connector.export(job.subject)):
            files = []
            for attachment in record.attachments:
                number += 1
                with attachment.open() as source:
                    sent = parcel.attach(number, attachment.name, attachment.media_type, source)
                files.append({**sent, "size": attachment.size})
            yield record_line(record, files)

    def tell_result(self, tx: Transaction, letter: Letter, job: Job, result: Result) -> None:
        """Answer fulfilment with numbers; the content is sealed to the case."""
        tx.record("order.carried_out", job.case, order=job.order, outcome=result.outcome.value)
        tx.say(_answer(_expect(letter, OrderGiven), result.outcome, result.counts, result.delivered, "", final=True))

    def tell_failure(self, tx: Transaction, letter: Letter, reason: str, attempts: int, final: bool) -> bool:
        """Tell fulfilment that this system has not done it, so that the case shows it and an agent can order it again.

        A letter parked here would hold that new order back, which is of the same case.
        """
        if final or attempts == TRIES_BEFORE_TELLING:
            nothing = Delivered("", [])
            tx.say(_answer(_expect(letter, OrderGiven), Outcome.FAILED, {}, nothing, reason[:300], final=final))
        return True


def _answer(
    given: OrderGiven, outcome: Outcome, counts: dict[str, int], delivered: Delivered, reason: str, *, final: bool
) -> OrderAnswered:
    return OrderAnswered(
        case=given.case,
        order=given.order,
        system=given.system,
        operation=given.operation,
        outcome=outcome.value,
        counts=counts,
        content=delivered.content,
        parts=delivered.parts,
        reason=reason,
        final=final,
    )


_Kind = TypeVar("_Kind", bound=Event)


def _expect(letter: Letter, kind: type[_Kind]) -> _Kind:
    assert isinstance(letter.event, kind)
    return letter.event


def _subject(identifiers: dict[str, list[str]]) -> Subject:
    return Subject({name: tuple(values) for name, values in strip_salt(identifiers).items()})
