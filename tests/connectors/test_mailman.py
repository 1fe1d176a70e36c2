"""Mailman's connector against Mailman in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, Record, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.mailman import ADMINISTRATOR, Mailman
from habeas.testing.vendors.switches import ManualClock, Switches, connect

ANN = Subject({"email": ("ann@example.com",)})
WAITING = {("held_message", '["1","<1>"]'), ("subscription_request", "t1")}


@pytest.fixture
def vendor() -> Mailman:
    return Mailman()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Mailman, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("mailman", vendor, tmp_path, clock, options={"user": ADMINISTRATOR})
    yield connector
    connector.close()


def found_by(connector: HttpConnector, subject: Subject = ANN) -> set[Item]:
    return {(each.kind, each.key) for each in connector.export(subject) if isinstance(each, Record)}


class OneAdministrator(Switches):
    """Mailman knows one administrator, who may do everything: what is taken away is the password."""

    def revoked_scope(self) -> None:
        self.wrong_token()


class TestMailman(ConnectorContract):
    against = "habeas.testing.vendors.mailman"

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
        own = {("address", "ann@example.com"), ("user", "u1"), ("user_address", "ann@example.com")}
        return {*own, ("membership", "m1"), *WAITING}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return WAITING

    @pytest.fixture
    def change(self, vendor: Mailman) -> Callable[[], Item]:
        def change() -> Item:
            vendor.users["u1"]["display_name"] = "Anna"
            return ("user", "u1")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("user", "u1"), {"display_name": "Anna Novak"}

    @pytest.fixture
    def suppressed(self, vendor: Mailman) -> Callable[[], bool]:
        return lambda: "ann@example.com" in vendor.muted

    @pytest.fixture
    def faults(self, vendor: Mailman, clock: ManualClock) -> Switches:
        return OneAdministrator(vendor, clock, renamed={"email": "mail"})

    @pytest.fixture
    def secrets(self, vendor: Mailman) -> tuple[str, ...]:
        return (vendor.token,)


def test_a_user_goes_with_every_address_and_membership(vendor: Mailman, connector: HttpConnector) -> None:
    vendor.sign_up("u1", "second@example.com", "Ann")
    vendor.join("m9", "second@example.com")
    assert {("user_address", "second@example.com"), ("membership", "m9")} <= found_by(connector)
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert {each.deed for each in done} == {Deed.ERASED}
    assert (vendor.users.keys(), vendor.addresses.keys()) == ({"u2"}, {"bob@example.com"})
    assert vendor.members.keys() == {"m2"}


def test_a_user_who_got_another_address_meanwhile_stays(vendor: Mailman, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.sign_up("u1", "second@example.com", "Ann")
    done = {(each.kind, each.deed) for each in connector.erase(ANN, scope)}
    assert ("user", Deed.NEEDS_PERSON) in done
    assert "u1" in vendor.users


@pytest.mark.parametrize("role", ["owner", "moderator"])
def test_who_looks_after_a_list_stays(vendor: Mailman, connector: HttpConnector, role: str) -> None:
    vendor.join("m9", "ann@example.com", role)
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert "somebody else has to look after the list first" in {each.why for each in done}
    assert {"m9"} <= vendor.members.keys()
    assert "u1" in vendor.users


def test_the_owner_of_the_server_stays(vendor: Mailman, connector: HttpConnector) -> None:
    vendor.users["u1"]["is_server_owner"] = True
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert "u1" in vendor.users


@pytest.mark.parametrize("where", ["", "news.lists.example"])
def test_a_ban_is_told_and_its_end_is_for_a_person(vendor: Mailman, connector: HttpConnector, where: str) -> None:
    vendor.bans.append((where, "ann@example.com"))
    assert ("ban", f'["{where or "everywhere"}","ann@example.com"]') in found_by(connector)
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert [each.deed for each in done if each.kind == "ban"] == [Deed.NEEDS_PERSON]
    assert vendor.bans == [(where, "ann@example.com")]


def test_a_star_in_an_address_of_hers_finds_nobody_else(vendor: Mailman, connector: HttpConnector) -> None:
    vendor.sign_up("u1", "*@example.com", "Ann")
    assert {key for kind, key in found_by(connector) if kind == "membership"} == {"m1"}


def test_a_digest_of_a_password_is_given_to_nobody(connector: HttpConnector) -> None:
    (user,) = [each for each in connector.export(ANN) if isinstance(each, Record) and each.kind == "user"]
    assert "password" not in user.data


def test_many_held_messages_come_page_by_page(vendor: Mailman, connector: HttpConnector) -> None:
    for number in range(10, 260):
        vendor.held[number] = {**vendor.held[1], "request_id": number}
    assert len([kind for kind, _ in found_by(connector) if kind == "held_message"]) == 251
