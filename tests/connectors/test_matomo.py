"""Matomo's connector against Matomo in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.matomo import MOST, Matomo
from habeas.testing.vendors.switches import ManualClock, Switches, connect

ANN = Subject({"matomo_user_id": ("ann-7",)})


@pytest.fixture
def vendor() -> Matomo:
    return Matomo()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Matomo, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("matomo", vendor, tmp_path, clock, options={"sites": ["1", "2"]})
    yield connector
    connector.close()


class TestMatomo(ConnectorContract):
    against = "habeas.testing.vendors.matomo"

    @pytest.fixture
    def connector(self, connector: HttpConnector) -> HttpConnector:
        return connector

    @pytest.fixture
    def person(self) -> Subject:
        return ANN

    @pytest.fixture
    def stranger(self) -> Subject:
        return Subject({"matomo_user_id": ("bob-8",)})

    @pytest.fixture
    def expected(self) -> set[Item]:
        return {("visit", '["1","10"]'), ("visit", '["2","20"]')}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("visit", '["2","20"]')}

    @pytest.fixture
    def change(self, vendor: Matomo) -> Callable[[], Item]:
        def change() -> Item:
            vendor.visits["1", "10"]["log_visit"][0]["location_ip"] = "203.0.113.9"
            return ("visit", '["1","10"]')

        return change

    @pytest.fixture
    def wait(self, clock: ManualClock) -> Callable[[], None]:
        return lambda: clock.advance(86_400)

    @pytest.fixture
    def faults(self, vendor: Matomo, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"idVisit": "visit"}, scope="admin")

    @pytest.fixture
    def secrets(self, vendor: Matomo) -> tuple[str, ...]:
        return (vendor.token,)


def test_every_site_is_searched_and_each_visit_is_read_with_all_its_tables(connector: HttpConnector) -> None:
    (first, second) = sorted(connector.export(ANN), key=lambda each: each.key)  # type: ignore[union-attr]
    assert first.data["log_link_visit_action"] == [{"idvisit": "10", "url": "/lamps"}]  # type: ignore[union-attr]
    assert second.matches == {"matomo_user_id": "ann-7"}  # type: ignore[union-attr]


def test_as_many_visits_as_one_answer_holds_go_to_a_person(vendor: Matomo, connector: HttpConnector) -> None:
    for number in range(MOST - 1):
        vendor.add("1", str(100 + number), "ann-7", "c00c1e0000000001")
    with pytest.raises(NeedsPerson, match=f"no more than {MOST} records"):
        list(connector.export(ANN))


def test_a_house_that_shows_no_visits_is_told_by_the_check(vendor: Matomo, connector: HttpConnector) -> None:
    """Without the plugin Live nothing would be found, and that would pass for nothing there."""
    assert connector.check().problems == ()
    vendor.live = False
    assert "the plugin Live has to be on" in connector.check().problems[0]


def test_a_number_is_encoded_inside_the_segment_and_the_token_is_in_no_address(
    vendor: Matomo, connector: HttpConnector
) -> None:
    vendor.add("1", "12", "a;visitorId!=1", "c00c1e0000000009")
    found = list(connector.export(Subject({"matomo_user_id": ("a;visitorId!=1",)})))
    assert [each.key for each in found] == ['["1","12"]']  # type: ignore[union-attr]
    assert {each.target for each in vendor.asked} == {"/index.php"}


def test_a_deletion_that_matomo_only_tells_is_not_told_as_done(vendor: Matomo, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.faults.lying = True
    done = list(connector.erase(ANN, scope))
    assert {each.deed for each in done} == {Deed.NEEDS_PERSON}
