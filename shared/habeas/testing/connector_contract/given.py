"""The fixtures of the kit: six that an author gives, and those that only some connectors need."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from habeas.sdk import Connector, Json, Subject
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.connector_contract.scope import Item

Correct = tuple[Item, Mapping[str, Json]]


class Given:
    """What an author says of the connector and of the system it stands on."""

    @pytest.fixture
    def connector(self) -> Connector:
        """Give the connector under test, on a system that is fresh for each test."""
        raise NotImplementedError("give a fixture connector")

    @pytest.fixture
    def person(self) -> Subject:
        """Give somebody of whom the system holds records."""
        raise NotImplementedError("give a fixture person")

    @pytest.fixture
    def stranger(self) -> Subject:
        """Give somebody else of whom it holds records."""
        raise NotImplementedError("give a fixture stranger")

    @pytest.fixture
    def expected(self) -> set[Item]:
        """Give kind and key of every record of the person."""
        raise NotImplementedError("give a fixture expected")

    @pytest.fixture
    def keepable(self) -> set[Item]:
        """Give some of the expected that can be kept while the rest goes."""
        raise NotImplementedError("give a fixture keepable")

    @pytest.fixture
    def change(self) -> Callable[[], Item]:
        """Give a function that changes one of the records in the system, and says which."""
        raise NotImplementedError("give a fixture change")

    @pytest.fixture
    def wait(self) -> Callable[[], None]:
        """Give a function that lets time pass for the system; only for a connector that says Waiting."""
        return lambda: None

    @pytest.fixture
    def many(self, person: Subject) -> Subject:
        """Give a person of whom an export yields marks; only for a connector that can resume."""
        return person

    @pytest.fixture
    def reopen(self, connector: Connector) -> Callable[[], Connector]:
        """Give a function that makes the connector anew on the same system, as after a crash; else the same goes on."""
        return lambda: connector

    @pytest.fixture
    def correct(self) -> Correct | None:
        """Give kind and key of one of the records, and new content for it; only for a connector that can rectify."""
        return None

    @pytest.fixture
    def restricted(self) -> Callable[[], bool] | None:
        """Give a function that looks into the system whether the person is restricted, if no export shows it."""
        return None

    @pytest.fixture
    def suppressed(self) -> Callable[[], bool] | None:
        """Give a function that looks into the system whether the person gets no marketing, if no export shows it."""
        return None

    @pytest.fixture
    def secrets(self) -> Sequence[str]:
        """Give what must never be shown, beside what the connector itself holds as a Secret."""
        return ()

    @pytest.fixture
    def faults(self) -> Any:
        """Give an object with a method for each `Trouble` that the system can be told, and `heal` that ends them all.

        `too_many_requests` is given the seconds of its Retry-After. Not every one has to be there: `can_fail` of the
        class names those that are.
        """
        return None

    @pytest.fixture
    def ask(self, connector: Connector, wait: Callable[[], None]) -> Asker:
        """Ask the connector as its runner does."""
        return Asker(connector, wait)
