"""Going on after a crash: cut at any mark, the rest is exactly the rest."""

from collections.abc import Callable, Iterable
from functools import partial

import pytest

from habeas.sdk import Connector, Guard, Mark, NeedsPerson, Record, Refused, Subject
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.connector_contract.given import Given
from habeas.testing.connector_contract.promises import Promise, is_offered, proves
from habeas.testing.connector_contract.scope import Item


class Resuming(Given):
    """The promise of `resume`; a connector that yields no marks is never asked to."""

    @proves(Promise.RESUME)
    def test_what_is_resumed_after_a_mark_is_exactly_the_rest(
        self, connector: Connector, ask: Asker, many: Subject, reopen: Callable[[], Connector]
    ) -> None:
        yielded = ask.whole(lambda: connector.export(many))
        marks = [position for position, each in enumerate(yielded) if isinstance(each, Mark)]
        if not is_offered(Promise.RESUME, connector):
            assert not marks, "it yields marks, so it has to override resume"
            return
        assert marks, "it can resume, but yields no mark: give a fixture `many`, a person with enough records"
        for position in marks:
            mark = yielded[position]
            assert isinstance(mark, Mark)
            rest = ask.whole(partial(_resumed, reopen(), many, mark.at, position))
            assert _names(rest) == _names(yielded[position + 1 :])

    @proves(Promise.RESUME, hostile=True)
    def test_a_mark_of_nobody_s_making_gives_nothing_of_a_stranger(
        self, connector: Connector, ask: Asker, many: Subject, stranger: Subject
    ) -> None:
        if not is_offered(Promise.RESUME, connector):
            with pytest.raises(NotImplementedError):
                list(connector.resume(many, "nowhere"))
            return
        mine = set(_names(ask.records(many)))
        for mark in [each.at for each in ask.whole(lambda: connector.export(stranger)) if isinstance(each, Mark)]:
            try:
                found = ask.whole(partial(connector.resume, many, mark))
            except (Refused, NeedsPerson):
                continue
            assert set(_names(found)) <= mine


def _resumed(connector: Connector, subject: Subject, after: str, before: int) -> Iterable[Record]:
    guarded = Guard(subject, max_rows=connector.max_rows).records(connector.resume(subject, after), before=before)
    return (each for each in guarded if isinstance(each, Record))


def _name(record: Record) -> tuple[Item, str]:
    return (record.kind, record.key), record.digest


def _names(records: Iterable[Record | Mark]) -> list[tuple[Item, str]]:
    return [_name(each) for each in records if isinstance(each, Record)]
