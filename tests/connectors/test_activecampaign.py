"""ActiveCampaign's connector against ActiveCampaign in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide, items
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.vendors.activecampaign import UNSUBSCRIBED, ActiveCampaign
from habeas.testing.vendors.switches import ManualClock, Switches, connect

ANN = Subject({"email": ("ann@example.com",)})


@pytest.fixture
def vendor() -> ActiveCampaign:
    return ActiveCampaign()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: ActiveCampaign, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("activecampaign", vendor, tmp_path, clock)
    yield connector
    connector.close()


class TestActiveCampaign(ConnectorContract):
    against = "habeas.testing.vendors.activecampaign"

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
        return {
            ("contact", "1"),
            ("membership", "10"),
            ("field_value", "11"),
            ("note", "12"),
            ("tag", "13"),
            ("visit", "14"),
        }

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("contact", "1"), ("membership", "10"), ("visit", "14")}

    @pytest.fixture
    def change(self, vendor: ActiveCampaign) -> Callable[[], Item]:
        def change() -> Item:
            vendor.contacts["1"]["firstName"] = "Anna"
            return ("contact", "1")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("contact", "1"), {"firstName": "Anna", "phone": "+38631000001"}

    @pytest.fixture
    def suppressed(self, vendor: ActiveCampaign) -> Callable[[], bool]:
        return lambda: vendor.status("1") == {UNSUBSCRIBED}

    @pytest.fixture
    def faults(self, vendor: ActiveCampaign, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"email": "mail"})

    @pytest.fixture
    def secrets(self, vendor: ActiveCampaign) -> tuple[str, ...]:
        return (vendor.token,)

    def test_marketing_stops_for_who_claims_it_and_goes_on_when_it_is_lifted(
        self, connector: HttpConnector, ask: Asker, person: Subject, vendor: ActiveCampaign
    ) -> None:
        """Every list of the account is stopped; which of them somebody wants again only they can say."""
        (changed,) = ask.suppressed(person)
        assert (changed.count, changed.verified) == (1, True)
        lists = {row["list"] for row in vendor.rows["contactLists"].values() if row["contact"] == "1"}
        assert (vendor.status("1"), lists) == ({UNSUBSCRIBED}, set(vendor.lists))
        with pytest.raises(NeedsPerson, match="does not say how contact is lifted"):
            ask.suppressed(person, lift=True)


def test_an_erased_contact_s_stop_is_lost_and_has_to_be_made_again_after_an_import(
    vendor: ActiveCampaign, connector: HttpConnector
) -> None:
    list(connector.suppress(ANN))
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert vendor.status("1") == set()
    assert list(connector.suppress(ANN)) == []  # there is nobody on whom it could be noted
    vendor.add("9", "ann@example.com")
    assert vendor.status("9") == {"1"}  # the import knows nothing of the stop
    assert [(each.count, each.verified) for each in connector.suppress(ANN)] == [(1, True)]
    assert vendor.status("9") == {UNSUBSCRIBED}


def test_a_stop_that_did_not_take_is_not_told_as_one(vendor: ActiveCampaign, connector: HttpConnector) -> None:
    vendor.faults.lying = True
    assert [(each.count, each.verified) for each in connector.suppress(ANN)] == [(0, False)]


def test_a_deal_goes_to_a_person_and_its_contact_goes(vendor: ActiveCampaign, connector: HttpConnector) -> None:
    vendor.put("deals", "15", "1", title="A quote")
    done = {(each.kind, each.deed) for each in connector.erase(ANN, decide(list(connector.export(ANN))))}
    assert {("deal", Deed.NEEDS_PERSON), ("contact", Deed.ERASED)} <= done
    assert "15" in vendor.rows["deals"]


def test_a_contact_stays_while_something_that_would_go_with_it_is_new(
    vendor: ActiveCampaign, connector: HttpConnector
) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.put("bounceLogs", "16", "1", code="5.1.1")
    assert ("contact", Deed.NEEDS_PERSON) in {(each.kind, each.deed) for each in connector.erase(ANN, scope)}
    assert "1" in vendor.contacts


def test_what_hangs_on_a_contact_comes_page_by_page(vendor: ActiveCampaign, connector: HttpConnector) -> None:
    vendor.page_size = 2
    for number in range(30, 35):
        vendor.put("trackingLogs", str(number), "1", type="view", value="https://shop.example/")
    assert len([each for each in items(list(connector.export(ANN))) if each[0] == "visit"]) == 6


def test_the_address_is_the_account_s_own_and_five_calls_a_second_are_its_limit(
    vendor: ActiveCampaign, connector: HttpConnector, clock: ManualClock
) -> None:
    began = clock.now
    list(connector.export(ANN))
    assert connector.account.vendor.base_url is None
    assert clock.now - began >= (len(vendor.asked) - 5) / 5 - 1
