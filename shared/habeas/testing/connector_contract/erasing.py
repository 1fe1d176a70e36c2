"""What is erased: exactly what the plan lets go, read back, and the same again after a crash."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace

from habeas.sdk import Connector, Deed, Done, Guard, Operation, Subject
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.connector_contract.given import Given
from habeas.testing.connector_contract.promises import Promise, proves
from habeas.testing.connector_contract.scope import GONE, Item, counted, decide, digests, items

Fate = tuple[str, Deed, str | None, object]


class Erasing(Given):
    """The promises of `erase` and `rehearse`."""

    @proves(Promise.ERASE)
    def test_an_erasure_takes_everything_that_is_let_go_and_nothing_of_the_stranger(
        self, connector: Connector, ask: Asker, person: Subject, stranger: Subject
    ) -> None:
        before = digests(ask.records(stranger))
        scope = decide(ask.records(person))
        can = _can_erase(connector)
        done = list(Guard(person).done(ask.erased(person, scope), scope)) if can else []
        gone = [each for each in done if each.deed in GONE]
        assert all(each.verified for each in gone)
        left = items(ask.records(person))
        stayed = sum(each.count for each in done if each.deed is Deed.KEPT)
        assert sum(counted(gone).values()) + stayed == (len(scope) if can else 0)
        assert can is not bool(left)
        assert digests(ask.records(stranger)) == before

    @proves(Promise.ERASE)
    def test_what_is_kept_stays_whole_and_alone(
        self, connector: Connector, ask: Asker, person: Subject, stranger: Subject, keepable: set[Item]
    ) -> None:
        assert not items(ask.records(stranger)) & keepable
        records = ask.records(person)
        kept = {each.digest for each in records if (each.kind, each.key) in keepable}
        scope = decide(records, keepable)
        known = {each.kind for each in scope}  # beyond its records a system may ask for a person, as for an index
        deeds = counted([each for each in ask.erased(person, scope) if each.kind in known])
        if _can_erase(connector):
            assert deeds[Deed.KEPT] >= len(keepable) > 0
            assert deeds[Deed.NEEDS_PERSON] == 0
            seen = [each for each in ask.records(person) if not each.presumed]  # what nobody can see proves nothing
            assert digests(seen) <= kept

    @proves(Promise.ERASE)
    def test_an_erasure_done_again_says_the_same_and_does_no_harm(
        self, ask: Asker, person: Subject, stranger: Subject, keepable: set[Item]
    ) -> None:
        scope = decide(ask.records(person), keepable)
        first = ask.erased(person, scope)
        standing = digests(ask.records(stranger))
        assert Counter(ask.erased(person, scope)) == Counter(first)
        assert digests(ask.records(stranger)) == standing

    @proves(Promise.ERASE)
    def test_an_erasure_of_nothing_touches_nothing(self, ask: Asker, person: Subject) -> None:
        before = digests(ask.records(person))
        assert counted(ask.erased(person, ())).keys() <= {Deed.NEEDS_PERSON}
        assert digests(ask.records(person)) == before

    @proves(Promise.ERASE)
    def test_keeping_everything_changes_nothing(self, connector: Connector, ask: Asker, person: Subject) -> None:
        records = ask.records(person)
        deeds = counted(ask.erased(person, decide(records, items(records))))
        assert deeds == ({Deed.KEPT: len(records)} if _can_erase(connector) else {})
        assert digests(ask.records(person)) == digests(records)

    @proves(Promise.ERASE, hostile=True)
    def test_what_changed_after_the_plan_stays_untouched(
        self, connector: Connector, ask: Asker, person: Subject, change: Callable[[], Item]
    ) -> None:
        scope = decide(ask.records(person))
        changed = change()
        (digest,) = [each.digest for each in ask.records(person) if (each.kind, each.key) == changed]
        done = ask.erased(person, scope)
        if _can_erase(connector):
            assert any(each.kind == changed[0] and each.deed is Deed.NEEDS_PERSON for each in done)
        assert digest in digests(ask.records(person))

    @proves(Promise.ERASE, hostile=True)
    def test_what_was_not_decided_stays_untouched(self, connector: Connector, ask: Asker, person: Subject) -> None:
        records = ask.records(person)
        scope = [replace(each, digest="0" * 64) for each in decide(records)]
        deeds = counted(ask.erased(person, scope))
        assert deeds == ({Deed.NEEDS_PERSON: len(records)} if _can_erase(connector) else {})
        assert digests(ask.records(person)) == digests(records)

    @proves(Promise.ERASE, hostile=True)
    def test_an_order_that_names_the_strangers_records_does_not_touch_them(
        self, ask: Asker, person: Subject, stranger: Subject
    ) -> None:
        theirs = ask.records(stranger)
        ask.erased(person, decide(theirs))
        assert digests(ask.records(stranger)) == digests(theirs)

    @proves(Promise.ERASE)
    def test_waiting_is_no_failure_and_says_until_when_to_leave_it(self, ask: Asker, person: Subject) -> None:
        ask.erased(person, decide(ask.records(person)))
        for waiting in ask.waits:
            assert waiting.reason
            assert waiting.after is not None
            assert waiting.after.total_seconds() > 0

    @proves(Promise.REHEARSE)
    def test_a_rehearsal_says_what_the_erasure_then_does(
        self, connector: Connector, ask: Asker, person: Subject
    ) -> None:
        _assert_rehearsed(connector, ask, person, frozenset())

    @proves(Promise.REHEARSE)
    def test_a_rehearsal_knows_what_is_kept(
        self, connector: Connector, ask: Asker, person: Subject, keepable: set[Item]
    ) -> None:
        _assert_rehearsed(connector, ask, person, frozenset(keepable))

    @proves(Promise.REHEARSE, hostile=True)
    def test_a_rehearsal_knows_what_changed_after_the_plan(
        self, connector: Connector, ask: Asker, person: Subject, change: Callable[[], Item]
    ) -> None:
        _assert_rehearsed(connector, ask, person, frozenset(), change)

    @proves(Promise.REHEARSE, hostile=True)
    def test_a_rehearsal_changes_nothing_and_verifies_nothing(
        self, connector: Connector, ask: Asker, person: Subject, stranger: Subject
    ) -> None:
        before, theirs = ask.records(person), digests(ask.records(stranger))
        first = ask.rehearsed(person, decide(before)) if _can_erase(connector) else []
        assert not any(each.verified for each in first)
        assert digests(ask.records(person)) == digests(before)
        assert digests(ask.records(stranger)) == theirs
        again = ask.rehearsed(person, decide(before)) if _can_erase(connector) else []
        assert Counter(again) == Counter(first)


def _assert_rehearsed(
    connector: Connector,
    ask: Asker,
    person: Subject,
    keep: frozenset[Item],
    change: Callable[[], Item] | None = None,
) -> None:
    if not _can_erase(connector):
        return
    scope = decide(ask.records(person), keep)
    if change is not None:
        change()
    known = {each.kind for each in scope}
    foretold = _fates(ask.rehearsed(person, scope), known)
    assert foretold == _fates(ask.erased(person, scope), known)


def _fates(deeds: Iterable[Done], kinds: set[str]) -> Counter[Fate]:
    fates: Counter[Fate] = Counter()
    for each in deeds:
        if each.kind in kinds:
            fates[each.kind, each.deed, each.ground, each.until] += each.count
    return fates


def _can_erase(connector: Connector) -> bool:
    return Operation.ERASE in connector.supports
