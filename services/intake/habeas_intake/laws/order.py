"""What has happened to a case, in the order of time; an order that cannot be is refused, never guessed around."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from habeas.sdk.errors import Fault, Faults
from habeas_intake.laws.law import FACTS, ClockEvent, Happened
from habeas_intake.laws.periods import YEARS

#: What an answer answers.
_ANSWERS = {
    Happened.IDENTITY_RECEIVED: Happened.IDENTITY_REQUESTED,
    Happened.CLARIFICATION_RECEIVED: Happened.CLARIFICATION_REQUESTED,
    Happened.FEE_CONFIRMED: Happened.FEE_REQUESTED,
    Happened.FEE_PAID: Happened.FEE_REQUESTED,
}


def in_order(received: datetime, events: Sequence[ClockEvent]) -> tuple[ClockEvent, ...]:
    """The events by their instants; those of one instant stay as told, but a first question goes before its answer.

    Raises Faults that name `events[n]` for an instant without an offset, an event before the receipt, an answer before
    its question, and a claim that is not known.
    """
    faults = [fault for number, event in enumerate(events) for fault in _faults(number, event, received)]
    if not faults:
        faults = list(_unasked(events))
    if faults:
        raise Faults(faults)
    return tuple(_sorted(events))


def _sorted(events: Sequence[ClockEvent]) -> list[ClockEvent]:
    first = {kind: min((each.at for each in events if each.kind is kind), default=None) for kind in _ANSWERS.values()}

    def moment(event: ClockEvent) -> tuple[datetime, bool]:
        question = _ANSWERS.get(event.kind)
        return event.at, question is not None and first[question] == event.at

    return sorted(events, key=moment)


def _faults(number: int, event: ClockEvent, received: datetime) -> Iterator[Fault]:
    if event.at.utcoffset() is None:
        yield Fault(f"events[{number}].at", "the instant has no offset from UTC", "write it with one: +01:00")
    elif event.at.year not in YEARS:
        yield Fault(f"events[{number}].at", f"the year {event.at.year} is out of reach", f"up to {YEARS[-1]}")
    elif event.at < received:
        yield Fault(f"events[{number}].at", f"{event.kind} lies before the receipt", "check both instants")
    for fact in event.facts:
        if fact not in FACTS:
            yield Fault(f"events[{number}].{fact}", "this is not known of an event", f"one of {', '.join(FACTS)}")


def _unasked(events: Sequence[ClockEvent]) -> Iterator[Fault]:
    for number, event in enumerate(events):
        question = _ANSWERS.get(event.kind)
        if question and not any(each.kind is question and each.at <= event.at for each in events):
            yield Fault(f"events[{number}]", f"{event.kind} comes before any {question}", "give the question, too")
