"""Odoo's connector against Odoo in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Record, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.vendors.odoo import DATABASE, READ, Odoo
from habeas.testing.vendors.switches import ManualClock, Switches, connect

ANN = Subject({"email": ("ann@example.com",)})


@pytest.fixture
def vendor() -> Odoo:
    return Odoo()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Odoo, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("odoo", vendor, tmp_path, clock, options={"database": DATABASE})
    yield connector
    connector.close()


def found_by(connector: HttpConnector, subject: Subject = ANN) -> set[Item]:
    return {(each.kind, each.key) for each in connector.export(subject) if isinstance(each, Record)}


class TestOdoo(ConnectorContract):
    against = "habeas.testing.vendors.odoo"

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
        return {("partner", "1"), ("message", "41"), ("lead", "51")}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("lead", "51")}

    @pytest.fixture
    def change(self, vendor: Odoo) -> Callable[[], Item]:
        def change() -> Item:
            vendor.models["res.partner"][1]["name"] = "Anna"
            return ("partner", "1")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("partner", "1"), {"name": "Anna Novak", "phone": "+38631000001"}

    @pytest.fixture
    def restricted(self, vendor: Odoo) -> Callable[[], bool]:
        return lambda: not vendor.models["res.partner"][1]["active"]

    @pytest.fixture
    def suppressed(self, vendor: Odoo) -> Callable[[], bool]:
        return lambda: "ann@example.com" in {each["email"] for each in vendor.models["mail.blacklist"].values()}

    @pytest.fixture
    def faults(self, vendor: Odoo, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"id": "number"}, scope=READ)

    @pytest.fixture
    def secrets(self, vendor: Odoo) -> tuple[str, ...]:
        return (vendor.token,)

    def test_marketing_stops_for_who_claims_it_and_goes_on_when_it_is_lifted(
        self, ask: Asker, person: Subject, stranger: Subject, suppressed: Callable[[], bool]
    ) -> None:
        """Odoo's blacklist is lifted by hand, as its history wants a reason."""
        ask.suppressed(stranger, lift=False)
        assert not suppressed()
        assert {(each.kind, each.count, each.verified) for each in ask.suppressed(person, lift=False)} == {
            ("mailing", 1, True)
        }
        assert suppressed()
        with pytest.raises(NeedsPerson, match="mailing is lifted"):
            ask.suppressed(person, lift=True)


def test_a_partner_stays_while_the_books_name_them(vendor: Odoo, connector: HttpConnector) -> None:
    vendor.buy(61, 1)
    scope = decide(list(connector.export(ANN)))
    done = list(connector.erase(ANN, scope))
    told = {(each.kind, each.deed) for each in done}
    assert {("order", Deed.KEPT), ("invoice", Deed.KEPT), ("partner", Deed.NEEDS_PERSON)} <= told
    assert vendor.count("POST", "/res.partner/unlink") == 0
    assert {each.deed for each in connector.rehearse(ANN, scope) if each.kind == "partner"} == {Deed.NEEDS_PERSON}


def test_what_else_names_a_partner_is_told_in_our_words(vendor: Odoo, connector: HttpConnector) -> None:
    vendor.held.add(1)
    with pytest.raises(NeedsPerson, match="something in Odoo still names a record") as caught:
        list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert "Ann" not in str(caught.value)
    assert 1 in vendor.models["res.partner"]


def test_a_part_of_odoo_that_is_not_installed_has_nothing(vendor: Odoo, connector: HttpConnector) -> None:
    for name in ("sale.order", "account.move", "crm.lead"):
        del vendor.models[name]
    assert found_by(connector) == {("partner", "1"), ("message", "41")}


def test_archived_partners_and_leads_are_found(vendor: Odoo, connector: HttpConnector) -> None:
    vendor.models["res.partner"][1]["active"] = vendor.models["crm.lead"][51]["active"] = False
    assert {("partner", "1"), ("lead", "51")} <= found_by(connector)


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [("user_ids", [9], "somebody signs in with it"), ("is_company", True, "it is a company, and no person")],
)
def test_who_signs_in_and_what_is_no_person_go_to_a_person(
    vendor: Odoo, connector: HttpConnector, field: str, value: object, why: str
) -> None:
    vendor.models["res.partner"][1][field] = value
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert [each.why.startswith(why) for each in done if each.kind == "partner"] == [True]
    assert 1 in vendor.models["res.partner"]


def test_messages_go_before_who_wrote_them_as_they_keep_the_address(vendor: Odoo, connector: HttpConnector) -> None:
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert not any("ann" in str(rows).lower() for rows in vendor.models.values())
    assert vendor.models["mail.message"].keys() == {42}


def test_a_partner_stays_while_a_message_of_theirs_is_kept(vendor: Odoo, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)), {("message", "41")})
    told = {each.kind: each.deed for each in connector.erase(ANN, scope)}
    assert (told["partner"], told["message"]) == (Deed.NEEDS_PERSON, Deed.KEPT)
    assert 1 in vendor.models["res.partner"]


def test_a_number_from_another_system_finds_a_partner(connector: HttpConnector) -> None:
    assert ("partner", "1") in found_by(connector, Subject({"odoo_partner": ("1",), "email": ("ann@example.com",)}))


def test_many_come_page_by_page(vendor: Odoo, connector: HttpConnector) -> None:
    for number in range(250):
        vendor.add(100 + number, "Ann@Example.com", "Ann again")
    assert len([kind for kind, _ in found_by(connector) if kind == "partner"]) == 251
    asked = [each for each in vendor.asked if each.json.get("domain") == [["email_normalized", "=", "ann@example.com"]]]
    assert {each.headers["X-Odoo-Database"] for each in asked} == {DATABASE}
