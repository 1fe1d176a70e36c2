"""What is never told: no secret in what a connector shows of itself, nobody's data in the text of an error."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

import pytest

from habeas.sdk import Connector, Correction, Decided, HabeasError, Record, Secret, Subject
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.connector_contract.given import Given
from habeas.testing.connector_contract.promises import Promise, proves
from habeas.testing.connector_contract.scope import decide

SHORTEST = 4
"""A shorter value stands in every text by chance."""
_SHORTEST_CONTENT = 8


class Discretion(Given):
    """The promise that what ends up in logs and on pages of operators names nobody and opens nothing."""

    @pytest.fixture
    def private(self, ask: Asker, person: Subject, stranger: Subject) -> frozenset[str]:
        """Give every text that belongs to the two people."""
        return private_texts([person, stranger], [*ask.records(person), *ask.records(stranger)])

    @proves(Promise.DISCRETION, hostile=True)
    def test_no_secret_shows(self, connector: Connector, secrets: Sequence[str], ask: Asker, person: Subject) -> None:
        ask.records(person)
        hidden = {*secrets, *secrets_of(connector)}
        health = connector.check()
        shown = [
            repr(connector),
            str(connector),
            repr(getattr(connector, "__dict__", "")),
            repr(health),
            *health.problems,
        ]
        assert not [text for text in shown if any(secret in text for secret in hidden)]

    @proves(Promise.DISCRETION, hostile=True)
    def test_what_it_shows_of_itself_names_nobody(self, connector: Connector, private: frozenset[str]) -> None:
        health = connector.check()
        assert not leaks([repr(connector), *health.problems, *health.facts.values()], private)

    @proves(Promise.DISCRETION, hostile=True)
    def test_why_a_person_is_needed_names_nobody(
        self, connector: Connector, ask: Asker, person: Subject, private: frozenset[str]
    ) -> None:
        scope = [replace(each, digest="0" * 64) for each in decide(ask.records(person))]
        told = [*ask.rehearsed(person, scope), *ask.erased(person, scope)]
        assert not leaks([f"{each.why} {each.ground or ''}" for each in told], private)

    @proves(Promise.DISCRETION, hostile=True)
    def test_no_error_names_anybody(self, ask: Asker, person: Subject, private: frozenset[str]) -> None:
        texts = [text_of(error) for error in _provoked(ask, person, max(private, key=len, default="nobody"))]
        assert not leaks(texts, private)


def private_texts(people: Iterable[Subject], records: Iterable[Record]) -> frozenset[str]:
    """The values by which these people are known, and what the records hold that is no mere word."""
    names = {value for each in people for values in each.identifiers.values() for value in values}
    content = {value for record in records for value in _texts(record.data)}
    return frozenset(
        {each for each in names if len(each) >= SHORTEST}
        | {each for each in content if len(each) >= _SHORTEST_CONTENT and not each.replace("_", "").isalpha()}
    )


def text_of(error: HabeasError) -> str:
    """All that an error tells whoever prints it."""
    return f"{error} {error!r}"


def leaks(texts: Iterable[str], private: Iterable[str]) -> list[str]:
    """The texts that hold something private."""
    return [text for text in texts if any(value in text for value in private)]


def secrets_of(holder: object, depth: int = 4) -> Iterator[str]:
    """The text of every Secret that an object holds, in itself or a few steps away."""
    if isinstance(holder, Secret):
        yield holder.reveal()
    elif depth and isinstance(holder, dict):
        for value in holder.values():
            yield from secrets_of(value, depth - 1)
    elif depth and isinstance(holder, list | tuple | set | frozenset):
        for value in holder:
            yield from secrets_of(value, depth - 1)
    elif depth and hasattr(holder, "__dict__") and not isinstance(holder, type):
        yield from secrets_of(vars(holder), depth - 1)


def _provoked(ask: Asker, person: Subject, private: str) -> Iterator[HabeasError]:
    """The errors that senseless orders bring about; an error that is not sorted is a bug, and flies."""
    decided = decide(ask.records(person))
    odd = {private: private}
    orders: Sequence[Callable[[], object]] = (
        lambda: ask.erased(person, [Decided("kind of nothing", private, "0" * 64, keep=False)]),
        lambda: ask.erased(person, [*decided, *decided]),
        lambda: ask.erased(person, [replace(each, key=private) for each in decided]),
        lambda: ask.rectified(person, [Correction(each.kind, private, each.digest, odd) for each in decided]),
        lambda: ask.rectified(person, [Correction(each.kind, each.key, each.digest, odd) for each in decided]),
    )
    for order in orders:
        try:
            order()
        except HabeasError as error:
            yield error


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)
