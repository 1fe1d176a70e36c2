"""Zendesk's connector against Zendesk in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Subject, Waiting
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.switches import ManualClock, Switches, connect
from habeas.testing.vendors.zendesk import AGENT, Zendesk

ANN = Subject({"email": ("ann@example.com",)})


@pytest.fixture
def vendor() -> Zendesk:
    return Zendesk()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Zendesk, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("zendesk", vendor, tmp_path, clock, options={"subdomain": "shop", "email": AGENT})
    yield connector
    connector.close()


class TestZendesk(ConnectorContract):
    against = "habeas.testing.vendors.zendesk"

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
        return {("user", "1"), ("identity", "901"), ("ticket", "31"), ("comment", "311"), ("comment", "312")}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("ticket", "31"), ("comment", "311"), ("comment", "312")}

    @pytest.fixture
    def change(self, vendor: Zendesk) -> Callable[[], Item]:
        def change() -> Item:
            vendor.users[1]["name"] = "Anna"
            return ("user", "1")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("user", "1"), {"name": "Anna Novak", "phone": "+38631000001"}

    @pytest.fixture
    def wait(self, clock: ManualClock) -> Callable[[], None]:
        return lambda: clock.advance(86_400)

    @pytest.fixture
    def faults(self, vendor: Zendesk, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"email": "mail"}, scope="read write")

    @pytest.fixture
    def secrets(self, vendor: Zendesk) -> tuple[str, ...]:
        return (vendor.token,)


def test_both_steps_are_taken_and_it_is_waited_for_every_product(
    vendor: Zendesk, connector: HttpConnector, clock: ManualClock
) -> None:
    vendor.lags = True
    scope = decide(list(connector.export(ANN)))
    for _ in range(2):
        with pytest.raises(Waiting):
            list(connector.erase(ANN, scope))
        clock.advance(6 * 3600)
    assert vendor.count("DELETE", "/deleted_users/1") == 1
    vendor.catch_up()
    done = list(connector.erase(ANN, scope))
    assert {each.deed for each in done} == {Deed.ERASED}
    assert {each.verified for each in done if each.kind in ("user", "ticket")} == {True}
    assert (vendor.users.keys(), vendor.hidden, vendor.hidden_tickets) == ({2}, {}, set())


def test_a_ticket_that_is_worked_on_stays_and_goes_to_a_person(vendor: Zendesk, connector: HttpConnector) -> None:
    vendor.ask_for_help(33, 1, "open")
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert "a ticket is still being worked on" in {each.why for each in done if each.kind == "ticket"}
    assert 33 in vendor.tickets


def test_an_agent_s_own_account_is_never_deleted(vendor: Zendesk, connector: HttpConnector) -> None:
    vendor.users[1]["role"] = "agent"
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert [each.deed for each in done if each.kind == "user"] == [Deed.NEEDS_PERSON]
    assert 1 in vendor.users


def test_a_search_by_parts_gives_nobody_else(vendor: Zendesk, connector: HttpConnector) -> None:
    vendor.add(5, "joann@example.com", "ann@example.com")
    assert {each.key for each in connector.export(ANN) if each.kind == "user"} == {"1"}  # type: ignore[union-attr]


def test_many_tickets_come_page_by_page(vendor: Zendesk, connector: HttpConnector) -> None:
    vendor.page_size = 1
    vendor.ask_for_help(34, 1)
    assert {each.key for each in connector.export(ANN) if each.kind == "ticket"} == {"31", "34"}  # type: ignore[union-attr]


def test_signing_in_is_by_the_agent_s_address_and_token(connector: HttpConnector, tmp_path: Path) -> None:
    url = connect("zendesk", Zendesk(), tmp_path, base_url=None, options={"subdomain": "shop", "email": AGENT})
    assert url.account.base_urls["default"] == "https://shop.zendesk.com/api/v2"
    with pytest.raises(NeedsPerson, match="cannot be searched"):
        list(connector.export(Subject({"phone": ("+38631000001",)})))
