"""The clock of the UK GDPR as the Data (Use and Access) Act 2025 s. 76 made it, in force since 5 February 2026."""

from datetime import date, timedelta

from habeas.vocabulary import COMPLAINT, Right
from habeas_intake.laws.eu import MONTH, gdpr_terms
from habeas_intake.laws.law import ClockEvent, Step
from habeas_intake.laws.periods import Period, last_day, roll
from habeas_intake.laws.statute import Statute
from habeas_intake.laws.suspensions import (
    Suspension,
    clarification_stretches,
    fee_stretches,
    identity_stretches,
    joined,
)
from habeas_intake.laws.terms import Sources, Start, Terms, Told

_ACKNOWLEDGED = Period(30, "days")
_COMPLAINED = "DPA 2018 s. 164A"
_BEGINS = "UK GDPR Art. 12A(2)"
_PERIOD = "UK GDPR Art. 12(3) and 12A; DPA 2018 s. 205(2)"


def _terms(right: str) -> Terms | None:
    if right == COMPLAINT:  # the Act names no other time: the outcome is owed without undue delay
        return Terms(_ACKNOWLEDGED, _COMPLAINED, acknowledge=_ACKNOWLEDGED)
    return gdpr_terms(right, _PERIOD, "UK GDPR Art. 7(3) and 21(3)", notes=(("day_early", "UK GDPR Art. 12A(2)"),))


def _begins(told: Told) -> Start:
    """The latest of the request, the information on identity and the fee; a question after the time moves nothing."""
    waits = [*identity_stretches(told.events, told.zone, _doubted), *fee_stretches(told.events, told.zone)]
    on, heard = told.received_on, []
    for each in sorted(waits, key=lambda each: each.since):
        if each.since > roll(last_day(on, MONTH), told.works_on):
            break
        heard.append(each)
        if each.until is None:
            return Start(None, tuple(heard))
        on = max(on, each.until)
    steps = (Step("begins_later", _BEGINS, {"day": on}),) if on != told.received_on else ()
    return Start(on, tuple(heard), steps)


def _stops(told: Told, start: date) -> list[Suspension]:
    """Only days that would have counted are left out: those after the day that the time is counted from."""
    if told.right != Right.ACCESS:
        return []
    found = clarification_stretches(told.events, told.zone, _required, with_answer=True)
    return joined(found, start + timedelta(days=1))


def _doubted(event: ClockEvent) -> bool:
    return event.says("reasonable_doubt") and event.says("without_undue_delay", unsaid=True)


def _required(event: ClockEvent) -> bool:
    return event.says("reasonably_required") and event.says("without_undue_delay", unsaid=True)


UK = Statute(
    name="uk",
    title="UK GDPR",
    aliases=("UK_GDPR_DUAA", "UK_GDPR", "DUAA"),
    terms=_terms,
    sources=Sources(
        receipt="DPA 2018 s. 205(2); Regulation 1182/71 Art. 3(1)",
        extension="UK GDPR Art. 12(3) and 12A",
        refusal="UK GDPR Art. 12(4)",
        waiting="UK GDPR Art. 12A(2) and 12A(5)",
        acknowledge=_COMPLAINED,
    ),
    begins=_begins,
    stops=_stops,
    rolls="DPA 2018 s. 205(2); Regulation 1182/71 Art. 3(4)",
)
