"""What the promises come to for a vendor that nobody can read: it is held to have data, is told, and cannot show."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from habeas.sdk import Connector, Deed, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, counted, decide
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.connector_contract.scope import LOOK_ALIKES, digests, items, look_alike


class PresumedContract(ConnectorContract):
    """The contract with other words where it wants to see what nobody can."""

    @pytest.fixture
    def expected(self, ask: Asker, person: Subject) -> set[Item]:
        """One for each identifier that is proved, and its key tells nothing of it."""
        found = ask.records(person)
        values = {value for each in person.identifiers.values() for value in each}
        assert {each.data["value"] for each in found} == values
        assert not any(value in each.key for each in found for value in values)
        return items(found)

    @pytest.fixture
    def keepable(self, ask: Asker, person: Subject) -> set[Item]:
        return {max(items(ask.records(person)))}

    @pytest.fixture
    def change(self) -> Callable[[], Item]:
        raise AssertionError("nothing of it can be seen to change")

    @pytest.mark.parametrize("form", LOOK_ALIKES)
    def test_a_look_alike_finds_nothing(self, ask: Asker, person: Subject, form: str) -> None:
        """Whatever is proved is presumed, and nothing else is."""
        alike = look_alike(person, form)
        assert not digests(ask.records(alike)) & digests(ask.records(person))

    def test_an_erasure_takes_everything_that_is_let_go_and_nothing_of_the_stranger(
        self, connector: Connector, ask: Asker, person: Subject, stranger: Subject
    ) -> None:
        """It is asked for, told once for each, and never told as verified."""
        before, scope = digests(ask.records(stranger)), decide(ask.records(person))
        done = ask.erased(person, scope)
        assert counted(done) == {Deed.ERASED: len(scope)}
        assert not any(each.verified for each in done)
        assert all(each.presumed for each in ask.records(person)), "nobody can see that it went"
        assert counted(ask.erased(person, scope)) == counted(done), "and the same order says the same again"
        assert digests(ask.records(stranger)) == before

    def test_what_changed_after_the_plan_stays_untouched(  # type: ignore[override]
        self, ask: Asker, person: Subject
    ) -> None:
        """The vendor's data cannot be seen to change; a decision over something else is not acted on."""
        scope = [replace(each, digest="f" * 64) for each in decide(ask.records(person))]
        assert counted(ask.erased(person, scope)) == {Deed.NEEDS_PERSON: len(scope)}
        assert len(ask.records(person)) == len(scope)

    def test_a_rehearsal_knows_what_changed_after_the_plan(self, ask: Asker, person: Subject) -> None:  # type: ignore[override]
        """Nothing can be seen to change: it says what the erasure says."""
        scope = decide(ask.records(person))
        foretold, done = ask.rehearsed(person, scope), ask.erased(person, scope)
        assert sorted(map(str, foretold)) == sorted(map(str, done))
