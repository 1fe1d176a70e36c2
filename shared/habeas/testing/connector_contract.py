"""The promises of `habeas.sdk.Connector` as tests: a third party inherits them and gives the fixtures.

    class TestMyConnector(ConnectorContract):
        @pytest.fixture
        def connector(self): ...          # on a fresh system that holds a person and a stranger
        @pytest.fixture
        def person(self): return Subject({"email": ("ann@example.com",)})
        @pytest.fixture
        def stranger(self): return Subject({"email": ("bob@example.com",)})
        @pytest.fixture
        def expected(self): return {("customer", "1"), ("order", "10")}   # all of the person: kind and key
        @pytest.fixture
        def keepable(self): return {("order", "10")}                      # some of it that can be kept alone
        @pytest.fixture
        def change(self): ...             # a function that changes one of the records; gives its kind and key

What a connector does not support has to do nothing, so no test is left out.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from habeas.sdk import Connector, Decided, Deed, Done, Faults, Guard, Operation, Record, Subject

Item = tuple[str, str]
LOOK_ALIKES = (
    "_{0}", "{0}_", "{0}'", "' OR '1'='1", "{0}' OR '1'='1", '{0}" OR "1"="1', "{0};--", "{0}\\", "[a-z]{0}", "?{0}",
    "{0}/..", "../{0}", "x{0}", "{0}x", "{0}.example", "\u0430{0}", "{0}\u0301", "\uff41{0}",
)  # fmt: skip


def decide(records: Sequence[Record], keep: set[Item] | frozenset[Item] = frozenset()) -> list[Decided]:
    """The scope of an erasure over these records that keeps some of them, as by a tax law."""
    return [
        Decided(each.kind, each.key, each.digest, True, "law")
        if (each.kind, each.key) in keep
        else Decided(each.kind, each.key, each.digest, False)
        for each in records
    ]


def items(records: Sequence[Record]) -> set[Item]:
    """Kind and key of each."""
    return {(each.kind, each.key) for each in records}


def counted(deeds: Sequence[Done]) -> Counter[Deed]:
    """How many records met each deed."""
    total: Counter[Deed] = Counter()
    for each in deeds:
        total[each.deed] += each.count
    return total


class ConnectorContract:
    """What every connector has to do, over any connector."""

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

    def test_it_answers_that_it_works(self, connector: Connector) -> None:
        assert connector.check().problems == ()

    def test_everything_of_the_person_and_nothing_of_the_stranger(
        self, connector: Connector, person: Subject, stranger: Subject, expected: set[Item]
    ) -> None:
        mine = list(Guard(person).records(connector.export(person)))
        theirs = list(Guard(stranger).records(connector.export(stranger)))
        assert items(mine) == expected
        assert theirs
        assert not items(mine) & items(theirs)

    def test_every_record_names_its_activity(self, connector: Connector, person: Subject) -> None:
        assert all(record.activity for record in connector.export(person))

    def test_an_export_twice_gives_the_same(self, connector: Connector, person: Subject) -> None:
        first, second = list(connector.export(person)), list(connector.export(person))
        assert sorted(each.digest for each in first) == sorted(each.digest for each in second)
        assert items(first) == items(second)

    def test_what_is_located_has_the_digests_of_the_export(self, connector: Connector, person: Subject) -> None:
        located = list(Guard(person).located(connector.locate(person)))
        exported = list(connector.export(person))
        assert {(each.kind, each.key, each.digest, each.dated) for each in located} == {
            (each.kind, each.key, each.digest, each.dated) for each in exported
        }
        assert len(located) == len(exported)

    def test_an_attachment_opens_twice_and_has_its_size(self, connector: Connector, person: Subject) -> None:
        for record in connector.export(person):
            for attachment in record.attachments:
                with attachment.open() as first, attachment.open() as second:
                    content = first.read()
                    assert content == second.read()
                assert len(content) == attachment.size

    @pytest.mark.parametrize("value", ["", "%", "_", "*", "%@%", " ", "NULL", "0"])
    def test_a_subject_that_could_be_everybody_cannot_be_asked_for(self, value: str, person: Subject) -> None:
        with pytest.raises(Faults):
            Subject(dict.fromkeys(person.identifiers, (value,)))

    @pytest.mark.parametrize("form", LOOK_ALIKES)
    def test_a_look_alike_finds_nothing(self, connector: Connector, person: Subject, form: str) -> None:
        alike = {name: tuple(form.format(each) for each in values) for name, values in person.identifiers.items()}
        assert list(connector.export(Subject(alike))) == []
        assert list(connector.locate(Subject(alike))) == []

    def test_a_channel_is_stored_for_who_claims_it(self, connector: Connector, person: Subject) -> None:
        found = list(Guard(person).channels(connector.channels(person)))
        assert bool(found) == (Operation.CHANNELS in connector.supports)

    def test_an_erasure_takes_everything_that_is_let_go_and_nothing_of_the_stranger(
        self, connector: Connector, person: Subject, stranger: Subject
    ) -> None:
        before = {each.digest for each in connector.export(stranger)}
        scope = decide(list(connector.export(person)))
        done = list(Guard(person).done(connector.erase(person, scope), scope)) if self._can_erase(connector) else []
        gone = [each for each in done if each.deed in (Deed.ERASED, Deed.ANONYMISED)]
        assert all(each.verified for each in gone)
        left = items(list(connector.export(person)))
        stayed = sum(each.count for each in done if each.deed is Deed.KEPT)
        assert sum(counted(gone).values()) + stayed == (len(scope) if self._can_erase(connector) else 0)
        assert self._can_erase(connector) is not bool(left)
        assert {each.digest for each in connector.export(stranger)} == before

    def test_what_is_kept_stays_whole_and_alone(
        self, connector: Connector, person: Subject, stranger: Subject, keepable: set[Item]
    ) -> None:
        assert not items(list(connector.export(stranger))) & keepable
        records = list(connector.export(person))
        kept = {each.digest for each in records if (each.kind, each.key) in keepable}
        scope = decide(records, keepable)
        known = {each.kind for each in scope}  # beyond its records a system may ask for a person, as for an index
        deeds = counted([each for each in connector.erase(person, scope) if each.kind in known])
        if self._can_erase(connector):
            assert deeds[Deed.KEPT] >= len(keepable) > 0
            assert deeds[Deed.NEEDS_PERSON] == 0
            assert {each.digest for each in connector.export(person)} <= kept

    def test_an_erasure_done_again_says_the_same_and_does_no_harm(
        self, connector: Connector, person: Subject, stranger: Subject, keepable: set[Item]
    ) -> None:
        scope = decide(list(connector.export(person)), keepable)
        first = list(connector.erase(person, scope))
        standing = {each.digest for each in connector.export(stranger)}
        assert Counter(connector.erase(person, scope)) == Counter(first)
        assert {each.digest for each in connector.export(stranger)} == standing

    def test_an_erasure_of_nothing_touches_nothing(self, connector: Connector, person: Subject) -> None:
        before = {each.digest for each in connector.export(person)}
        assert counted(list(connector.erase(person, ()))).keys() <= {Deed.NEEDS_PERSON}
        assert {each.digest for each in connector.export(person)} == before

    def test_keeping_everything_changes_nothing(self, connector: Connector, person: Subject) -> None:
        records = list(connector.export(person))
        deeds = counted(list(connector.erase(person, decide(records, items(records)))))
        assert deeds == ({Deed.KEPT: len(records)} if self._can_erase(connector) else {})
        assert {each.digest for each in connector.export(person)} == {each.digest for each in records}

    def test_what_changed_after_the_plan_stays_untouched(
        self, connector: Connector, person: Subject, change: Callable[[], Item]
    ) -> None:
        scope = decide(list(connector.export(person)))
        changed = change()
        (digest,) = [each.digest for each in connector.export(person) if (each.kind, each.key) == changed]
        done = list(connector.erase(person, scope))
        if self._can_erase(connector):
            assert any(each.kind == changed[0] and each.deed is Deed.NEEDS_PERSON for each in done)
        assert digest in {each.digest for each in connector.export(person)}

    def test_what_was_not_decided_stays_untouched(self, connector: Connector, person: Subject) -> None:
        records = list(connector.export(person))
        scope = [replace(each, digest="0" * 64) for each in decide(records)]
        deeds = counted(list(connector.erase(person, scope)))
        assert deeds == ({Deed.NEEDS_PERSON: len(records)} if self._can_erase(connector) else {})
        assert {each.digest for each in connector.export(person)} == {each.digest for each in records}

    def test_an_order_that_names_the_strangers_records_does_not_touch_them(
        self, connector: Connector, person: Subject, stranger: Subject
    ) -> None:
        theirs = list(connector.export(stranger))
        list(connector.erase(person, decide(theirs)))
        assert {each.digest for each in connector.export(stranger)} == {each.digest for each in theirs}

    @staticmethod
    def _can_erase(connector: Connector) -> bool:
        return Operation.ERASE in connector.supports
