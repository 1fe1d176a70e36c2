"""Stripe's connector against Stripe in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from connectors.documented import problems_of

from habeas.connectors.http import HttpConnector
from habeas.sdk import Correction, Deed, Record, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.stripe import READ, Stripe
from habeas.testing.vendors.switches import ManualClock, Switches, connect

ANN = Subject({"email": ("ann@example.com",)})
BOOKS = {("payment", "pi_1"), ("charge", "ch_1"), ("invoice", "in_1"), ("credit_note", "cn_1")}


@pytest.fixture
def vendor() -> Stripe:
    return Stripe()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Stripe, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("stripe", vendor, tmp_path, clock)
    yield connector
    connector.close()


def keys_of(connector: HttpConnector, subject: Subject, kind: str = "customer") -> set[str]:
    return {each.key for each in connector.export(subject) if isinstance(each, Record) and each.kind == kind}


class TestStripe(ConnectorContract):
    against = "habeas.testing.vendors.stripe"

    @pytest.fixture
    def connector(self, connector: HttpConnector) -> HttpConnector:
        return connector

    @pytest.fixture
    def person(self) -> Subject:
        return ANN

    @pytest.fixture
    def stranger(self) -> Subject:
        return Subject({"email": ("bob@example.com",)})

    @pytest.fixture
    def expected(self) -> set[Item]:
        return {("customer", "cus_1"), ("way_to_pay", "pm_1"), *BOOKS}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return BOOKS

    @pytest.fixture
    def change(self, vendor: Stripe) -> Callable[[], Item]:
        def change() -> Item:
            vendor.customers["cus_1"]["name"] = "Anna"
            return ("customer", "cus_1")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("customer", "cus_1"), {"name": "Anna Novak", "phone": "+38631000001"}

    @pytest.fixture
    def faults(self, vendor: Stripe, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"id": "identifier"}, scope=READ)

    @pytest.fixture
    def secrets(self, vendor: Stripe) -> tuple[str, ...]:
        return (vendor.token,)


def test_every_request_is_valid_by_stripe_s_document(vendor: Stripe, connector: HttpConnector) -> None:
    vendor.page_size = 1
    vendor.add("cus_3", "ann@example.com", "Ann again")
    vendor.hang("9", "cus_1")
    connector.check()
    found = list(connector.export(Subject({"email": ("ann@example.com",), "stripe_customer": ("cus_1",)})))
    customer = next(each for each in found if each.key == "cus_1")
    list(connector.rectify(ANN, [Correction("customer", "cus_1", customer.digest, {"name": "Anna"})]))
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert vendor.customers.keys() == {"cus_2"}
    assert problems_of(vendor.asked, "stripe") == []
    assert {each.headers["Stripe-Version"] for each in vendor.asked} == {"2023-08-16"}
    assert all(each.headers.get("Idempotency-Key") for each in vendor.asked if each.method == "POST")


def test_the_books_stay_and_say_why(vendor: Stripe, connector: HttpConnector) -> None:
    before = {name: list(rows) for name, rows in vendor.hanging.items() if name != "payment_methods"}
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    kept = {(each.kind, each.deed) for each in done if "part of the books" in (each.ground or "")}
    assert kept == {(kind, Deed.KEPT) for kind, _ in BOOKS}
    assert {name: rows for name, rows in vendor.hanging.items() if name != "payment_methods"} == before


@pytest.mark.parametrize("status", ["active", "past_due", "trialing", "paused", "unpaid", "incomplete"])
def test_a_contract_that_runs_is_never_ended_by_deleting(vendor: Stripe, connector: HttpConnector, status: str) -> None:
    vendor.subscriptions["cus_1"] = status
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert [each.deed for each in done if each.kind == "customer"] == [Deed.NEEDS_PERSON]
    assert "cus_1" in vendor.customers


@pytest.mark.parametrize("balance", [-500, 500])
def test_money_that_is_owed_goes_to_a_person(vendor: Stripe, connector: HttpConnector, balance: int) -> None:
    vendor.customers["cus_1"]["balance"] = balance
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert "money is owed, by the customer or to them" in {each.why for each in done}
    assert "cus_1" in vendor.customers


@pytest.mark.parametrize("status", ["canceled", "incomplete_expired"])
def test_a_contract_that_has_ended_holds_nothing_up(vendor: Stripe, connector: HttpConnector, status: str) -> None:
    vendor.subscriptions["cus_1"] = status
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert (Deed.ERASED, True) in {(each.deed, each.verified) for each in done if each.kind == "customer"}


def test_other_capitals_are_found_by_the_search(vendor: Stripe, connector: HttpConnector) -> None:
    vendor.customers["cus_1"]["email"] = "Ann@Example.com"
    assert keys_of(connector, ANN) == {"cus_1"}


def test_who_is_new_is_found_before_the_search_knows_them(vendor: Stripe, connector: HttpConnector) -> None:
    vendor.search_lags = True
    assert keys_of(connector, ANN) == {"cus_1"}


def test_a_number_from_another_system_finds_a_customer(connector: HttpConnector) -> None:
    assert keys_of(connector, Subject({"stripe_customer": ("cus_1",)})) == {"cus_1"}
    assert keys_of(connector, Subject({"stripe_customer": ("cus_404",)})) == set()


def test_a_customer_who_was_deleted_is_told_as_nothing(vendor: Stripe, connector: HttpConnector) -> None:
    vendor.deleted.add(vendor.customers.pop("cus_1")["id"])
    assert list(connector.export(Subject({"stripe_customer": ("cus_1",)}))) == []


def test_secrets_and_passing_links_are_no_content(connector: HttpConnector) -> None:
    told = {each.kind: set(each.data) for each in connector.export(ANN) if isinstance(each, Record)}
    assert "client_secret" not in told["payment"]
    assert "receipt_url" not in told["charge"]


def test_a_quote_in_an_address_changes_no_search(vendor: Stripe, connector: HttpConnector) -> None:
    assert keys_of(connector, Subject({"email": ('x" OR email:"bob@example.com',)})) == set()
    assert any('email:"x\\" OR' in each.one("query") for each in vendor.asked)
