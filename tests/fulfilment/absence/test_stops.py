"""Systems that fill each other are stopped before anything is searched: no synchronisation brings anybody back."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from fulfilment.absence.fleet import Fleet
from fulfilment.absence.liars import HER

from habeas.events import AnswerReady, CaseFrozen, ResidueFound, SystemFailed
from habeas.sdk import Changed, Connector, Decided, Deed, Done, Record, Subject
from habeas.testing.house import deliver, run
from habeas_fulfilment.actions.cases import locked_case
from habeas_fulfilment.actions.progress import search


class List(Connector):
    """A mailing list, which is filled from a shop every night with whoever has not said stop."""

    def __init__(self, *, stops: bool) -> None:
        self.rows: dict[str, dict[str, object]] = {"7": {"email": HER, "stopped": False}}
        self.stopped: set[str] = set()
        self.stops = stops

    def export(self, subject: Subject) -> Iterator[Record]:
        for key, data in self.rows.items():
            if data["email"] in subject.values("email"):
                yield Record("subscribers", key, "newsletter", dict(data), {"email": HER}, dated=date(2024, 5, 1))  # type: ignore[arg-type]

    def suppress(self, claimed: Subject, lift: bool = False) -> Iterator[Changed]:
        if self.stops:
            self.stopped |= set(claimed.values("email"))
            for data in self.rows.values():
                data["stopped"] = data["email"] in self.stopped  # the mark shows in the record, as at most vendors
            yield Changed("subscribers", len(self.rows), verified=True)

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        for located in list(self.locate(subject)):
            known = {(each.kind, each.key): each for each in scope}.get((located.kind, located.key))
            if known is not None and known.digest == located.digest:
                del self.rows[located.key]
                yield Done(located.kind, Deed.ERASED, 1, verified=True)
            else:
                yield Done(located.kind, Deed.NEEDS_PERSON, 1, why="it changed after the plan was made")

    def fill(self) -> None:
        """Take over from the shop whoever has not said stop."""
        if HER not in self.stopped:
            self.rows["8"] = {"email": HER, "stopped": False}


class Shop(List):
    """Fills the list while the shop's own records are being erased: it has sent them off already."""

    def __init__(self, list_: List) -> None:
        super().__init__(stops=False)
        self.list = list_

    suppress = Connector.suppress

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        yield from super().erase(subject, scope)
        self.list.fill()


@pytest.mark.parametrize("stops", [True, False])
def test_a_synchronisation_in_between_brings_nobody_back_who_was_stopped(tmp_path: Path, stops: bool) -> None:
    list_ = List(stops=stops)
    fleet = Fleet(tmp_path, {"shop": Shop(list_), "list": list_}, {"shop": "list"})
    case = fleet.erased(HER)
    fleet.pass_time(minutes=15)
    assert bool(list_.rows) is not stops
    failed = {each.system for each in fleet.desk.said(SystemFailed, case)}
    if stops:
        assert failed == set()
        assert len(fleet.desk.said(AnswerReady, case)) == 1, "the mark of the stop was there when the plan was made"
        assert fleet.desk.said(ResidueFound, case) == []
    else:
        assert failed == {"list"}, "what came in between is not erased, and told"
    fleet.close()


def test_what_is_not_fed_and_feeds_nothing_is_not_stopped(small):
    case = small.open("erasure")
    small.prove(case)
    assert {each.event.system for each in small.orders(case)} == {"shop", "newsletter"}
    assert {each.event.operation for each in small.orders(case)} == {"suppress"}


def test_nothing_is_searched_before_every_stop_was_answered(small):
    case = small.open("erasure")
    small.prove(case)
    one, other = small.orders(case)
    small.answer(one, outcome="not_applicable")
    small.work()
    assert small.orders(case, "locate") == []
    small.fail(other, final=False)
    small.work()
    assert len(small.orders(case, "locate")) == 3, "a system that fails at it is passed over"
    assert small.said(SystemFailed, case) == []
    assert "order.failed" in small.leaves(case)


def test_a_stop_needs_nobody_s_approval_and_erases_nothing(small):
    case = small.open("erasure")
    small.prove(case)
    assert [each.sealed["scope"] for each in small.orders(case, "suppress")] == [[], []]
    assert small.plan(case) is None


def test_a_system_whose_stop_a_person_would_have_to_do_is_passed_over(make_watcher):
    without = make_watcher(**{"feeds__[newsletter]": "feeds: [newsletter]\n    operations: [locate, export, erase]"})
    case = without.open("erasure")
    without.prove(case)
    assert [each.event.system for each in without.orders(case, "suppress")] == ["newsletter"]


def test_a_case_that_stands_still_is_searched_and_stops_nothing(small):
    case = small.planned()
    deliver(small.context, CaseFrozen(case=case), source="identity")
    run(small.context)
    before = len(small.orders(case, "suppress"))
    with small.context.transaction() as tx:
        search(tx, locked_case(tx, case))
    assert len(small.orders(case, "suppress")) == before
    assert len(small.orders(case, "locate")) == 6
