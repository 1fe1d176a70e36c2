"""The contract kit over the shelf: fixtures for a connector that keeps all of it, and for those that do not."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import ClassVar

import pytest
from shelf import ANN, BOB, TOKEN, Shelf, ShelfConnector, fill

from habeas.sdk import Connector, Decided, Done, Subject, Waiting
from habeas.testing.connector_contract import ConnectorContract, Item


class OnShelf(ConnectorContract):
    """All fixtures of the kit."""

    makes: ClassVar[type[ShelfConnector]] = ShelfConnector

    @pytest.fixture
    def shelf(self) -> Shelf:
        return fill()

    @pytest.fixture
    def connector(self, shelf: Shelf) -> Connector:
        return self.makes(shelf)

    @pytest.fixture
    def reopen(self, shelf: Shelf) -> Callable[[], Connector]:
        return lambda: self.makes(shelf)

    @pytest.fixture
    def person(self) -> Subject:
        return ANN

    @pytest.fixture
    def stranger(self) -> Subject:
        return BOB

    @pytest.fixture
    def expected(self) -> set[Item]:
        return {("card", key) for key in "1246"}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("card", "2"), ("card", "4")}

    @pytest.fixture
    def change(self, shelf: Shelf) -> Callable[[], Item]:
        def change_note() -> Item:
            shelf.rows["4"]["note"] = "another note"
            return ("card", "4")

        return change_note

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, str]]:
        return ("card", "2"), {"note": "a better note"}

    @pytest.fixture
    def restricted(self, shelf: Shelf) -> Callable[[], bool]:
        return lambda: bool(shelf.restricted & set("1246"))

    @pytest.fixture
    def suppressed(self, shelf: Shelf) -> Callable[[], bool]:
        return lambda: "ann@example.com" in shelf.quiet

    @pytest.fixture
    def secrets(self) -> tuple[str, ...]:
        return (TOKEN,)


class OnFailingShelf(OnShelf):
    """The same, on a shelf that fails when it is told to."""

    @pytest.fixture
    def faults(self, shelf: Shelf) -> Shelf:
        return shelf


class TestShelf(OnFailingShelf):
    """A connector that keeps every promise."""

    against = "a shelf in memory"


class PatientConnector(ShelfConnector):
    """Speaks for a shelf that takes an erasure and does it later."""

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        if not self._shelf.ready:
            raise Waiting("the shelf erases at night", timedelta(hours=8))
        return super().erase(subject, scope)


class TestPatientShelf(OnShelf):
    """A connector of a system that works on after its answer."""

    name = "patient-shelf"
    against = "a shelf that takes its time"
    makes = PatientConnector

    @pytest.fixture
    def shelf(self) -> Shelf:
        shelf = fill()
        shelf.ready = False
        return shelf

    @pytest.fixture
    def wait(self, shelf: Shelf) -> Callable[[], None]:
        def let_a_night_pass() -> None:
            shelf.ready = True

        return let_a_night_pass
