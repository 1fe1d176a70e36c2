"""What a connector's runner hears, and how it answers: checked warrants in, sealed results out."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, TypeVar

from habeas.connect.calls import await_call, forget_calls, hear_call
from habeas.connect.delivery import Delivered
from habeas.connect.errand import Errand, Job, Result
from habeas.connect.slices import drop_slices
from habeas.connect.tables import TakenOrder, WaitingOrder
from habeas.connect.turning import Turning
from habeas.crypto.canonical import read_base64
from habeas.crypto.signing import Signed
from habeas.envelope import Letter
from habeas.errors import Refused, Waiting
from habeas.events import (
    ChannelsAnswered,
    ChannelsAsked,
    Event,
    KeysTold,
    OrderAnswered,
    OrderGiven,
    OrderProgressed,
    ProcessorCalledBack,
)
from habeas.introductions import LOOKED_FOR, Trust, believed
from habeas.sdk.connector import Connector
from habeas.sdk.guard import Guard
from habeas.sdk.subject import Subject
from habeas.sdk.words import Operation, Outcome
from habeas.service import Context, Effect, Service
from habeas.vocabulary import participant_of
from habeas.warrants import LIFE, check_question, check_warrant, strip_salt
from habeas.work.transaction import Transaction

TRIES_BEFORE_TELLING = 3
"""After so many failures a system is reported as failed; the runner goes on trying by itself."""


def connector_service(
    system: str,
    connector: Connector,
    approvals: int = 1,
    *,
    trusts: Trust = MappingProxyType({}),
    passport: Callable[[], dict[str, Any]] = dict,
) -> Service:
    """Wire a connector as a participant of the bus; the rest of the runner is that of any service.

    `approvals` is how many different people have to have approved what it destroys: the connector's own demand, which
    no other service can lower. `trusts` names, by identifier, the systems that are believed for it. `passport` tells
    what of the connector was proved, as plain facts.
    """
    runner, turning = Runner(system, connector, approvals, trusts, passport), Turning(system)
    return Service(
        name=participant_of(system),
        hears={
            ChannelsAsked: Effect(runner.take_question, runner.look_up, runner.tell_channels, runner.tell_no_channels),
            OrderGiven: Effect(
                runner.take_order, runner.carry_out, runner.tell_result, runner.tell_failure, runner.tell_waiting
            ),
            ProcessorCalledBack: hear_call,
            KeysTold: turning.learn,
        },
        timers=(turning.timer,),
    )


class Runner:
    """Drives one connector."""

    def __init__(
        self, system: str, connector: Connector, approvals: int, trusts: Trust, passport: Callable[[], dict[str, Any]]
    ) -> None:
        self.system = system
        self.connector = connector
        self.approvals = approvals
        self.trusts = trusts
        self.passport = passport

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
        guard = Guard(subject, max_rows=self.connector.max_rows)
        found = guard.channels(self.connector.channels(subject))
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
        life = LOOKED_FOR if given.operation == Operation.LOCATE else LIFE
        directory = tx.context.keys.directory()
        found = believed(sealed["found"], directory, self.trusts, case=given.case, now=tx.now, life=life)
        tx.record("order.taken", given.case, order=given.order, operation=given.operation)
        return Job(
            case=given.case,
            order=given.order,
            system=self.system,
            operation=Operation(given.operation),
            subject=_subject(sealed["identifiers"], found),
            scope=tuple(sealed["scope"]),
            case_key=read_base64(given.case_key),
            upload=given.upload,
        )

    def carry_out(self, context: Context, job: Job) -> Result:
        """Do what was ordered, and send what came of it sealed to the case."""
        return Errand(context, self.connector, job).run()

    def tell_result(self, tx: Transaction, letter: Letter, job: Job, result: Result) -> None:
        """Answer fulfilment with numbers; the content is sealed to the case."""
        tx.record("order.carried_out", job.case, order=job.order, outcome=result.outcome.value)
        drop_slices(tx, job.order)
        self._forget_waiting(tx, job.order)
        tx.say(self._answer(letter, result.outcome, result.counts, result.delivered, "", final=True))

    def tell_failure(self, tx: Transaction, letter: Letter, reason: str, attempts: int, final: bool) -> bool:
        """Tell fulfilment that this system has not done it, so that the case shows it and an agent can order it again.

        A letter parked here would hold that new order back, which is of the same case.
        """
        if final:
            forget_calls(tx, _expect(letter, OrderGiven).order)
        if final or attempts == TRIES_BEFORE_TELLING:
            nothing = Delivered("", [])
            tx.say(self._answer(letter, Outcome.FAILED, {}, nothing, reason[:300], final=final))
        return True

    def tell_waiting(self, tx: Transaction, letter: Letter, waiting: Waiting) -> None:
        """Tell fulfilment for what this order waits, once for each thing it waits for."""
        given = _expect(letter, OrderGiven)
        if waiting.number is not None:
            await_call(tx, letter, given.order, waiting.number)
        reason, until = waiting.reason[:300], waiting.until or ""
        known = tx.session.get(WaitingOrder, given.order)
        if known is not None and (known.waiting, known.until) == (reason, until):
            return
        if known is None:
            known = WaitingOrder(order=given.order)
            tx.session.add(known)
        known.waiting, known.until = reason, until
        tx.say(
            OrderProgressed(
                case=given.case,
                order=given.order,
                system=given.system,
                operation=given.operation,
                counts={},
                waiting=reason,
                until=until,
            )
        )

    def _forget_waiting(self, tx: Transaction, order: str) -> None:
        forget_calls(tx, order)
        known = tx.session.get(WaitingOrder, order)
        if known is not None:
            tx.session.delete(known)

    def _answer(
        self,
        letter: Letter,
        outcome: Outcome,
        counts: dict[str, int],
        delivered: Delivered,
        reason: str,
        *,
        final: bool,
    ) -> OrderAnswered:
        given = _expect(letter, OrderGiven)
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
            passport=self.passport(),
        )


_Kind = TypeVar("_Kind", bound=Event)


def _expect(letter: Letter, kind: type[_Kind]) -> _Kind:
    assert isinstance(letter.event, kind)
    return letter.event


def _subject(proved: dict[str, list[str]], found: Mapping[str, list[str]] = MappingProxyType({})) -> Subject:
    """Give the person as what identity proved, and what systems that are trusted here have found beside it."""
    values = strip_salt(proved)
    for name, more in found.items():
        values[name] = [*values.get(name, ()), *more]
    return Subject({name: tuple(each) for name, each in values.items()})
