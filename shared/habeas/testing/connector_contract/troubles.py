"""When the system fails: the right error in words that name nobody, nothing in part, nothing `verified` that is not."""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

import pytest

from habeas.sdk import Connector, Guard, HabeasError, Mark, NeedsPerson, Operation, Record, Refused, Subject, TryLater
from habeas.sdk import Waiting as StillAtIt
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.connector_contract.discretion import Discretion, leaks, secrets_of, text_of
from habeas.testing.connector_contract.given import Given
from habeas.testing.connector_contract.promises import Promise, Trouble, proves
from habeas.testing.connector_contract.scope import GONE, decide, digests, items

RETRY_AFTER = 7
"""The seconds for which `too_many_requests` asks."""
_LATER, _NEVER = (TryLater,), (NeedsPerson, Refused)
KINDS: Mapping[Trouble, tuple[type[HabeasError], ...]] = {
    Trouble.SLOW: _LATER,
    Trouble.TOO_MANY_REQUESTS: _LATER,
    Trouble.SERVER_ERROR: _LATER,
    Trouble.HALF_A_PAGE: (*_LATER, *_NEVER),
    Trouble.LIES_ABOUT_DELETING: (*_LATER, *_NEVER),
    Trouble.SOMEONE_ELSES_ROW: _NEVER,
    Trouble.DRIFTED_SCHEMA: _NEVER,
    Trouble.WRONG_TOKEN: _NEVER,
    Trouble.REVOKED_SCOPE: _NEVER,
}
"""What a connector raises then: later by itself, or never before a person has looked."""
UNSEEN = (Trouble.LIES_ABOUT_DELETING, Trouble.SOMEONE_ELSES_ROW)
"""What reading need not notice: the one shows only after an erasure, and the row may be left aside."""
TELLTALE = (Trouble.SERVER_ERROR, Trouble.WRONG_TOKEN)
"""What a check has to notice."""
_READS = (Operation.EXPORT, Operation.LOCATE, Operation.CHANNELS, Operation.IDENTIFY)


class Troubled(Discretion):
    """The promises about a system that fails; made into tests only where the fixture `faults` is given."""

    can_fail: ClassVar[tuple[str, ...]] = ()
    """The switches that `faults` has; all of `Trouble` if a class gives the fixture and does not say."""

    def __init_subclass__(cls) -> None:
        """Leave out the tests of faults where none is offered, so that there is nothing to skip."""
        super().__init_subclass__()
        giver = next(each for each in cls.__mro__ if "faults" in vars(each))
        if giver is not Given and not cls.can_fail:
            cls.can_fail = tuple(Trouble)
        if unknown := set(cls.can_fail) - set(Trouble):
            raise TypeError(f"can_fail names {sorted(unknown)}, but known are {', '.join(Trouble)}")
        for name, test in TROUBLED.items():
            if name not in vars(cls):
                setattr(cls, name, test if cls.can_fail else None)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Try each fault that the system can be told."""
        if "trouble" in metafunc.fixturenames:
            metafunc.parametrize("trouble", [Trouble(each) for each in self.can_fail], ids=list(self.can_fail))

    @proves(Promise.FAULTS, hostile=True)
    def test_in_trouble_nothing_in_part_passes_for_the_whole(
        self,
        trouble: Trouble,
        connector: Connector,
        ask: Asker,
        person: Subject,
        private: frozenset[str],
        faults: Any,
    ) -> None:
        reads = [each for each in _READS if each in connector.supports]
        whole = {each: _seen(ask.whole(partial(_read, connector, each, person))) for each in reads}
        _switch(faults, trouble)
        raised = set()
        for each in reads:
            try:
                assert _seen(ask.whole(partial(_read, connector, each, person))) == whole[each]
            except HabeasError as error:
                raised.add(each)
                _assert_told(error, trouble, private, secrets_of(connector))
        if trouble not in UNSEEN:
            assert reads[0] in raised, f"nothing was raised at {trouble}"

    @proves(Promise.FAULTS, hostile=True)
    def test_in_trouble_no_erasure_is_verified_that_is_none(
        self,
        trouble: Trouble,
        connector: Connector,
        ask: Asker,
        person: Subject,
        stranger: Subject,
        private: frozenset[str],
        faults: Any,
    ) -> None:
        before, theirs = ask.records(person), digests(ask.records(stranger))
        scope = decide(before)
        _switch(faults, trouble)
        verified = 0
        try:
            done = list(Guard(person).done(ask.erased(person, scope), scope)) if _erases(connector) else []
            verified = sum(each.count for each in done if each.verified and each.deed in GONE)
        except HabeasError as error:
            _assert_told(error, trouble, private, secrets_of(connector))
        faults.heal()
        left = items(ask.records(person))
        if trouble is Trouble.LIES_ABOUT_DELETING and _erases(connector):
            assert left, "the system did not lie: what it said it had deleted was gone"
        assert verified <= len(before) - len(left)
        assert digests(ask.records(stranger)) == theirs

    @proves(Promise.FAULTS, hostile=True)
    def test_after_the_trouble_it_works_again(
        self,
        trouble: Trouble,
        connector: Connector,
        ask: Asker,
        person: Subject,
        stranger: Subject,
        faults: Any,
    ) -> None:
        scope, theirs = decide(ask.records(person)), digests(ask.records(stranger))
        _switch(faults, trouble)
        for order in (lambda: ask.records(person), lambda: ask.erased(person, scope)):
            try:
                order()
            except HabeasError:
                continue
        faults.heal()
        assert connector.check().problems == ()
        done = ask.erased(person, scope)
        assert all(each.verified for each in done if each.deed in GONE)
        assert bool(ask.records(person)) is not _erases(connector)
        assert digests(ask.records(stranger)) == theirs

    @proves(Promise.FAULTS, hostile=True)
    def test_in_trouble_a_check_tells_it_and_names_nobody(
        self, trouble: Trouble, connector: Connector, private: frozenset[str], faults: Any
    ) -> None:
        _switch(faults, trouble)
        try:
            told = list(connector.check().problems)
        except HabeasError as error:
            told = [text_of(error)]
        assert told or trouble not in TELLTALE
        assert not leaks(told, [*private, *secrets_of(connector)])


TROUBLED: Mapping[str, Callable[..., None]] = {
    name: test for name, test in vars(Troubled).items() if name.startswith("test_")
}


def _switch(faults: Any, trouble: Trouble) -> None:
    switch = getattr(faults, trouble, None)
    assert switch is not None, f"the fixture `faults` has no {trouble}; name in can_fail what it has"
    switch(RETRY_AFTER) if trouble is Trouble.TOO_MANY_REQUESTS else switch()


def _read(connector: Connector, operation: Operation, person: Subject) -> Iterable[object]:
    guard = Guard(person, max_rows=connector.max_rows)
    reads: Mapping[Operation, Callable[[], Iterable[object]]] = {
        Operation.EXPORT: lambda: guard.records(connector.export(person)),
        Operation.LOCATE: lambda: guard.located(connector.locate(person)),
        Operation.CHANNELS: lambda: guard.channels(connector.channels(person)),
        Operation.IDENTIFY: lambda: guard.identified(connector.identify(person)),
    }
    return reads[operation]()


def _seen(answers: Iterable[object]) -> list[str]:
    """What can be compared of answers: a record by its digest, the rest by what it shows of itself and its value."""
    return sorted(
        each.digest if isinstance(each, Record) else f"{each!r} {getattr(each, 'value', '')}"
        for each in answers
        if not isinstance(each, Mark)
    )


def _assert_told(error: HabeasError, trouble: Trouble, private: Iterable[str], secrets: Iterable[str]) -> None:
    assert isinstance(error, KINDS[trouble]), f"{type(error).__name__} at {trouble}"
    assert not isinstance(error, StillAtIt) or trouble is Trouble.LIES_ABOUT_DELETING
    assert str(error), "an error without words"
    assert not leaks([text_of(error)], [*private, *secrets])
    if trouble is Trouble.TOO_MANY_REQUESTS:
        assert isinstance(error, TryLater)
        assert error.after is not None
        assert error.after.total_seconds() >= RETRY_AFTER, "it asked for more patience"


def _erases(connector: Connector) -> bool:
    return Operation.ERASE in connector.supports
