"""What is found: everything of the person, nothing of anybody else, and always the same."""

from collections.abc import Sequence

import pytest

from habeas.sdk import Connector, Faults, Identified, Operation, Record, Subject
from habeas.testing.connector_contract.asker import Asker, count_calls
from habeas.testing.connector_contract.given import Given
from habeas.testing.connector_contract.promises import Promise, proves
from habeas.testing.connector_contract.scope import LOOK_ALIKES, Item, digests, items, look_alike


class Finding(Given):
    """The promises of `check`, `channels`, `identify`, `locate` and `export`."""

    @proves(Promise.CHECK)
    def test_it_answers_that_it_works(self, connector: Connector) -> None:
        assert connector.check().problems == ()

    @proves(Promise.CHECK)
    def test_a_check_looks_for_nobody_and_changes_nothing(
        self, connector: Connector, ask: Asker, person: Subject, stranger: Subject
    ) -> None:
        before = digests(ask.records(person)) | digests(ask.records(stranger))
        calls = count_calls(connector)
        connector.check()
        assert calls == {"check": 1}
        assert digests(ask.records(person)) | digests(ask.records(stranger)) == before

    @proves(Promise.EXPORT)
    def test_everything_of_the_person_and_nothing_of_the_stranger(
        self, ask: Asker, person: Subject, stranger: Subject, expected: set[Item]
    ) -> None:
        mine, theirs = ask.records(person), ask.records(stranger)
        assert items(mine) == expected
        assert theirs
        assert not items(mine) & items(theirs)

    @proves(Promise.EXPORT)
    def test_every_record_names_its_activity(self, ask: Asker, person: Subject) -> None:
        assert all(record.activity for record in ask.records(person))

    @proves(Promise.EXPORT)
    def test_an_export_twice_gives_the_same(self, ask: Asker, person: Subject) -> None:
        first, second = ask.records(person), ask.records(person)
        assert _sorted(first) == _sorted(second)
        assert items(first) == items(second)

    @proves(Promise.LOCATE)
    def test_what_is_located_has_the_digests_of_the_export(self, ask: Asker, person: Subject) -> None:
        located, exported = ask.located(person), ask.records(person)
        assert {(each.kind, each.key, each.digest, each.dated) for each in located} == {
            (each.kind, each.key, each.digest, each.dated) for each in exported
        }
        assert len(located) == len(exported)

    @proves(Promise.EXPORT)
    def test_an_attachment_opens_twice_and_has_its_size(self, ask: Asker, person: Subject) -> None:
        for record in ask.records(person):
            for attachment in record.attachments:
                with attachment.open() as first, attachment.open() as second:
                    content = first.read()
                    assert content == second.read()
                assert len(content) == attachment.size

    @proves(Promise.EXPORT, hostile=True)
    @pytest.mark.parametrize("value", ["", "%", "_", "*", "%@%", " ", "NULL", "0"])
    def test_a_subject_that_could_be_everybody_cannot_be_asked_for(self, value: str, person: Subject) -> None:
        with pytest.raises(Faults):
            Subject(dict.fromkeys(person.identifiers, (value,)))

    @proves(Promise.EXPORT, hostile=True)
    @pytest.mark.parametrize("form", LOOK_ALIKES)
    def test_a_look_alike_finds_nothing(self, ask: Asker, person: Subject, form: str) -> None:
        alike = look_alike(person, form)
        assert ask.records(alike) == []
        assert ask.located(alike) == []

    @proves(Promise.CHANNELS)
    def test_a_channel_is_stored_for_who_claims_it(self, connector: Connector, ask: Asker, person: Subject) -> None:
        assert bool(ask.channels(person)) == (Operation.CHANNELS in connector.supports)

    @proves(Promise.CHANNELS, hostile=True)
    def test_a_channel_is_nobody_else_s(self, ask: Asker, person: Subject, stranger: Subject) -> None:
        mine = {(each.kind, each.value) for each in ask.channels(person)}
        assert not mine & {(each.kind, each.value) for each in ask.channels(stranger)}
        assert [ask.channels(look_alike(person, form)) for form in LOOK_ALIKES] == [[] for _ in LOOK_ALIKES]

    @proves(Promise.IDENTIFY)
    def test_who_can_be_identified_further_is_and_tied_to_what_was_proved(
        self, connector: Connector, ask: Asker, person: Subject
    ) -> None:
        found = ask.identified(person)
        assert bool(found) == (Operation.IDENTIFY in connector.supports)
        assert _names(found) == _names(ask.identified(person))

    @proves(Promise.IDENTIFY, hostile=True)
    def test_no_identifier_is_another_s(self, ask: Asker, person: Subject, stranger: Subject) -> None:
        theirs = _names(ask.identified(stranger)) | {
            (name, value) for name, values in stranger.identifiers.items() for value in values
        }
        assert not _names(ask.identified(person)) & theirs
        assert [ask.identified(look_alike(person, form)) for form in LOOK_ALIKES] == [[] for _ in LOOK_ALIKES]


def _sorted(records: Sequence[Record]) -> list[str]:
    return sorted(each.digest for each in records)


def _names(found: Sequence[Identified]) -> set[tuple[str, str]]:
    return {(each.name, each.value) for each in found}
