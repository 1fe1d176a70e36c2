"""Tryton's connector against Tryton in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Record, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.switches import ManualClock, Switches, connect
from habeas.testing.vendors.tryton import CONTACTS, DATABASE, IDENTIFIERS, PARTIES, SUBSCRIBERS, USER, Tryton

ANN = Subject({"email": ("ann@example.com",)})
HANGING = {("contact", "11"), ("contact", "21"), ("address", "31")}


@pytest.fixture
def vendor() -> Tryton:
    return Tryton()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Tryton, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("tryton", vendor, tmp_path, clock, options={"user": USER, "database": DATABASE})
    yield connector
    connector.close()


def found_by(connector: HttpConnector, subject: Subject = ANN) -> set[Item]:
    return {(each.kind, each.key) for each in connector.export(subject) if isinstance(each, Record)}


class Rights(Switches):
    """Tryton tells missing rights inside of a good answer."""

    def revoked_scope(self) -> None:
        assert isinstance(self._vendor, Tryton)
        self._vendor.rights = False

    def heal(self) -> None:
        assert isinstance(self._vendor, Tryton)
        self._vendor.rights = True
        super().heal()


class TestTryton(ConnectorContract):
    against = "habeas.testing.vendors.tryton"

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
        return {("party", "1"), ("subscriber", "41"), *HANGING}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("subscriber", "41")}

    @pytest.fixture
    def change(self, vendor: Tryton) -> Callable[[], Item]:
        def change() -> Item:
            vendor.models[PARTIES][1]["name"] = "Anna"
            return ("party", "1")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("party", "1"), {"name": "Anna Novak"}

    @pytest.fixture
    def restricted(self, vendor: Tryton) -> Callable[[], bool]:
        return lambda: not vendor.models[PARTIES][1]["active"]

    @pytest.fixture
    def suppressed(self, vendor: Tryton) -> Callable[[], bool]:
        return lambda: not vendor.models[SUBSCRIBERS][41]["active"]

    @pytest.fixture
    def faults(self, vendor: Tryton, clock: ManualClock) -> Switches:
        return Rights(vendor, clock, renamed={"id": "number"})

    @pytest.fixture
    def secrets(self, vendor: Tryton) -> tuple[str, ...]:
        return (vendor.token,)


def test_what_hangs_on_a_party_is_deleted_before_the_wizard_writes_stars(
    vendor: Tryton, connector: HttpConnector
) -> None:
    vendor.put(IDENTIFIERS, 51, party=1, type="eu_vat", code="SI12345678")
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert {each.deed for each in done if each.kind == "party"} == {Deed.ANONYMISED}
    assert {each["party"] for each in vendor.models[CONTACTS].values()} == {2}
    assert vendor.models[IDENTIFIERS] == {}
    assert vendor.models[PARTIES][1]["name"] is None


def test_what_the_wizard_refuses_is_told_in_our_words(vendor: Tryton, connector: HttpConnector) -> None:
    vendor.held.add(1)
    with pytest.raises(NeedsPerson, match="Tryton refuses; something hangs on a record") as caught:
        list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert "Ann" not in str(caught.value)


def test_nothing_is_deleted_while_an_address_is_kept(vendor: Tryton, connector: HttpConnector) -> None:
    done = {(each.kind, each.deed) for each in connector.erase(ANN, decide(list(connector.export(ANN)), HANGING))}
    assert ("party", Deed.NEEDS_PERSON) in done
    assert {11, 21} <= vendor.models[CONTACTS].keys()


def test_an_inactive_party_and_an_inactive_address_are_found(vendor: Tryton, connector: HttpConnector) -> None:
    vendor.models[PARTIES][1]["active"] = vendor.models[CONTACTS][11]["active"] = False
    assert {("party", "1"), ("contact", "11")} <= found_by(connector)


def test_many_come_page_by_page(vendor: Tryton, connector: HttpConnector) -> None:
    for number in range(100, 350):
        vendor.put(CONTACTS, number, party=1, type="phone", value=str(number), active=True)
    assert len([kind for kind, _ in found_by(connector) if kind == "contact"]) == 252
