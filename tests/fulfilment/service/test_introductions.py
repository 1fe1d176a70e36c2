"""An id found in one system is an identity for the next, where the next one says that it trusts the first for it."""

from collections.abc import Iterator
from typing import Any

import pytest
from runners import Runners

from habeas.events import SystemFailed
from habeas.introductions import introduce
from habeas.sdk import STEP, Connector, Identified, Record, Subject
from habeas.testing.house import parked
from habeas_fulfilment.actions import retry_order

EMAIL = "anna.canary@example.com"
SYSTEMS = ("shop", "newsletter", "applications")


class Shop(Connector):
    """Knows the person by mailbox, and by a number."""

    def identify(self, subject: Subject) -> Iterator[Identified]:
        if EMAIL in subject.values("email"):
            yield Identified("customer_number", "1017", {"email" + STEP + "customers": EMAIL})

    def export(self, subject: Subject) -> Iterator[Record]:
        if EMAIL in subject.values("email"):
            yield Record("customers", "1017", "customer_account", {"name": "Anna"}, {"email": EMAIL})


class Ledger(Connector):
    """Knows the person by the number only."""

    def __init__(self) -> None:
        self.asked: list[Subject] = []

    def export(self, subject: Subject) -> Iterator[Record]:
        self.asked.append(subject)
        for number in subject.values("customer_number"):
            yield Record("entries", f"n-{number}", "newsletter", {"number": number}, {"customer_number": number})


class Nothing(Connector):
    """Holds nobody."""

    def export(self, subject: Subject) -> Iterator[Record]:
        return iter(())


@pytest.fixture
def gives(make_desk: Any) -> Any:
    activities = "    activities: [customer_account"
    return make_desk(**{activities: f"    gives: [customer_number]\n{activities}"})


@pytest.fixture
def runners(gives: Any, tmp_path: Any) -> Iterator[Runners]:
    with Runners(gives, tmp_path, SYSTEMS) as made:
        made.connect("shop", Shop())
        made.connect("applications", Nothing())
        yield made


def test_a_number_found_in_the_shop_finds_the_person_in_the_next_system(gives, runners, read_bag):
    ledger = Ledger()
    runners.connect("newsletter", ledger, trusts={"customer_number": ["shop"]})
    case = gives.proved("access", email=EMAIL)
    runners.work()
    assert [each.system for each in gives.said(SystemFailed, case)] == []
    assert [subject.values("customer_number") for subject in ledger.asked] == [("1017",)]
    with read_bag(gives, case) as bag:
        assert any("entries" in name for name in bag.namelist())
    assert "case.introduced" in gives.leaves(case)


def test_a_system_that_trusts_nobody_for_it_is_asked_with_what_was_proved_alone(gives, runners):
    ledger = Ledger()
    runners.connect("newsletter", ledger)
    gives.proved("access", email=EMAIL)
    runners.work()
    assert [dict(subject.identifiers) for subject in ledger.asked] == [{"email": (EMAIL,)}]


def test_nobody_is_searched_before_all_who_know_more_have_answered(gives):
    case = gives.proved("access", "erasure", email=EMAIL)
    assert [(each.event.system, each.event.operation) for each in gives.orders(case)] == [("shop", "identify")]


def test_an_introduction_of_another_case_or_system_is_not_believed(gives):
    case = gives.proved("access", email=EMAIL)
    [order] = gives.orders(case)
    salted = {"customer_number": ["1017"], "#salt": ["5a" * 32]}
    for wrong in ({"case": "another"}, {"system": "newsletter"}, {"identifiers": {**salted, "customer_number": ["9"]}}):
        told = {"case": case, "system": "shop", "identifiers": salted, **wrong}
        signer = gives.context.keys.signer(f"connect-{told['system']}")
        signed = introduce(signer, now=gives.clock.now(), **told)
        lines = [
            {"kind": "customer_number", "value": "1017", "matches": {"email": EMAIL}},
            {"kind": "", "identifiers": salted, "introduction": signed.to_object()},
        ]
        [*_, order] = gives.orders(case, "identify")
        gives.answer(order, lines)
        gives.work()
        assert gives.said(SystemFailed, case)[-1].system == "shop"
        assert gives.orders(case, "export") == []
        with gives.context.transaction() as tx:
            retry_order(tx, case, order.event.order, "agent-1")
    assert parked(gives.context) == []
    assert gives.leaves(case).count("order.failed") == 3
