"""The effect that looks whether what was erased is gone: opens what systems hold now, and compares."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from habeas.envelope import Letter
from habeas.events import CaseLooked, SystemFailed
from habeas.sdk import Deed, Outcome
from habeas.service import Context, Effect
from habeas.storage import Store
from habeas.work.transaction import Transaction
from habeas_fulfilment.absence import Erased, Name, Seen, compare, unverifiable
from habeas_fulfilment.actions.cases import locked_case
from habeas_fulfilment.actions.looking import finish_look
from habeas_fulfilment.actions.orders import Person, current_orders
from habeas_fulfilment.actions.remains import earlier_of, erased_of, person_of, private_key_of
from habeas_fulfilment.actions.watching import look_orders
from habeas_fulfilment.models import CaseFile, OrderState, SystemOrder, Task, Watch, WatchState
from habeas_fulfilment.results import BrokenResult, SealedResult, read_done, read_located, read_subject, seal_results

_SEARCHED = (Outcome.FOUND, Outcome.NOTHING)


@dataclass(frozen=True)
class Comparison:
    """One look as it stands: what was erased, and what each system answers now, still sealed or why it does not."""

    erased: Mapping[str, Erased] = field(repr=False)
    answers: Mapping[str, SealedResult | str]
    earlier: Mapping[str, list[frozenset[Name]]] = field(repr=False)
    deeds: Mapping[str, SealedResult]
    """What systems said that they did, where it has not been read yet."""


@dataclass(frozen=True)
class Compared:
    """What a look saw, by system, and which kinds each says to have made anonymous."""

    seen: Mapping[str, Seen]
    anonymised: Mapping[str, frozenset[str]]


def take_look(tx: Transaction, letter: Letter) -> Comparison | None:
    """Collect what systems answered to a look; None if it was compared, or given up for another, meanwhile."""
    assert isinstance(letter.event, CaseLooked)
    case = locked_case(tx, letter.event.case)
    watch = tx.session.get(Watch, case.id)
    if watch is None or watch.look != letter.event.look or watch.state != WatchState.COMPARING:
        return None
    erased, orders = erased_of(tx, watch), look_orders(tx, watch)
    person, private = person_of(tx, watch), private_key_of(tx, watch)
    looked = erased if watch.attempt == 1 else orders
    answers = {system: _answer(orders.get(system), person, private) for system in looked}
    is_first = watch.look == watch.first and watch.attempt == 1
    return Comparison(erased, answers, earlier_of(tx, watch), _deeds(tx, case) if is_first else {})


def _answer(order: SystemOrder | None, person: Person, private: bytes) -> SealedResult | str:
    if order is None:
        return "no program can search it"
    if order.state != OrderState.ANSWERED or order.outcome not in _SEARCHED:
        return order.reason or "it did not answer, or does not search"
    parts = {part["part"]: part["key"] for part in order.parts}
    subject = read_subject(person.identifiers, person.found)
    return SealedResult(
        order.case_id, order.id, order.system, order.outcome or "", order.content, parts, private, subject
    )


def _deeds(tx: Transaction, case: CaseFile) -> dict[str, SealedResult]:
    erased = current_orders(tx, case, Task.ERASURE)
    return seal_results(tx, case, {name: order for name, order in erased.items() if order.content or order.parts})


def compare_look(context: Context, comparison: Comparison | None) -> Compared | None:
    """Open what each system holds now and compare it; an answer that cannot be used says nothing of its system."""
    if comparison is None:
        return None
    anonymised = {system: frozenset(_anonymised(context.store, each)) for system, each in comparison.deeds.items()}
    seen = {}
    for system, answer in comparison.answers.items():
        erased = comparison.erased.get(system, Erased())
        if kinds := anonymised.get(system):
            erased = Erased(erased.gone, erased.known, kinds)
        seen[system] = _compare(context.store, erased, answer, comparison.earlier.get(system, []))
    return Compared(seen, {system: kinds for system, kinds in anonymised.items() if kinds})


def _compare(store: Store, erased: Erased, answer: SealedResult | str, earlier: list[frozenset[Name]]) -> Seen:
    if isinstance(answer, str):
        return unverifiable(answer)
    try:
        return compare(erased, read_located(store, answer), earlier)
    except BrokenResult as broken:
        return unverifiable(broken.short)


def _anonymised(store: Store, result: SealedResult) -> Iterator[str]:
    with suppress(BrokenResult):  # what cannot be read stops the confirmation, which reads it too
        yield from (each.kind for each in read_done(store, result) if each.deed is Deed.ANONYMISED and each.count)


def keep_look(tx: Transaction, letter: Letter, _comparison: Any, compared: Compared | None) -> None:
    """Write down what the look saw, and let the case go on."""
    assert isinstance(letter.event, CaseLooked)
    if compared is not None:
        finish_look(tx, letter.event.case, letter.event.look, compared.seen, compared.anonymised)


def tell_failure(tx: Transaction, letter: Letter, reason: str, _attempts: int, final: bool) -> None:
    """Show in the case that a look could not be compared; the parked letter waits for an operator."""
    assert isinstance(letter.event, CaseLooked)
    if final:
        tx.say(SystemFailed(case=letter.event.case, system="fulfilment", operation="locate", reason=reason[:300]))


LOOKING = Effect(prepare=take_look, work=compare_look, finish=keep_look, fail=tell_failure)
