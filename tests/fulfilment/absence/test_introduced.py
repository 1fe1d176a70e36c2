"""Looks at systems that know the person by a number which nobody can say any more, now that it is erased."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from fulfilment.absence.fleet import Fleet
from fulfilment.absence.liars import HER

from habeas.events import ResidueFound
from habeas.sdk import Connector, Decided, Deed, Done, Identified, Record, Subject


class Crm(Connector):
    """Knows the person by their address, and by which number others know them."""

    def __init__(self) -> None:
        self.there = True

    def identify(self, subject: Subject) -> Iterator[Identified]:
        if self.there and HER in subject.values("email"):
            yield Identified("customer_number", "1017", {"email": HER})

    def export(self, subject: Subject) -> Iterator[Record]:
        if self.there and HER in subject.values("email"):
            yield Record("contacts", "c1", "customer_account", {"number": 1017}, {"email": HER}, dated=date(2024, 5, 1))

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        self.there = False
        yield from (Done(each.kind, Deed.ERASED, 1, verified=True) for each in scope)


class Billing(Connector):
    """Knows the person by their number alone."""

    def __init__(self) -> None:
        self.rows = {"b1": {"number": "1017"}}

    def export(self, subject: Subject) -> Iterator[Record]:
        for key, row in self.rows.items():
            if row["number"] in subject.values("customer_number"):
                matches = {"customer_number": row["number"]}
                yield Record("bills", key, "customer_account", dict(row), matches, dated=date(2024, 5, 1))

    def erase(self, subject: Subject, scope: Sequence[Decided]) -> Iterator[Done]:
        for each in scope:
            self.rows.pop(each.key, None)
            yield Done(each.kind, Deed.ERASED, 1, verified=True)


def test_a_month_later_a_system_is_still_asked_by_the_number_that_another_had_found(tmp_path: Path) -> None:
    billing = Billing()
    fleet = Fleet(tmp_path, {"crm": Crm(), "billing": billing}, gives="crm")
    case = fleet.planned(HER)
    fleet.pass_time(days=10)
    fleet.desk.approve(case, "p1")
    fleet.desk.approve(case, "p2")
    fleet.pass_time(hours=25)
    assert billing.rows == {}
    for days in (1, 6):
        fleet.pass_time(days=days)
    billing.rows["b1"] = {"number": "1017"}
    fleet.pass_time(days=23)
    assert [(each.system, each.days, each.outcome) for each in fleet.desk.said(ResidueFound, case)] == [
        ("billing", 30, "reappeared")
    ], "41 days after the number was found, when nobody knows it any more"
    assert {outcome for _, system, outcome in fleet.desk.seen(case) if system == "crm"} == {"absent"}
    fleet.close()
