"""PostHog's connector against PostHog in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Subject, Waiting
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.posthog import PROJECT, READ, PostHog
from habeas.testing.vendors.switches import ManualClock, Switches, connect

ANN = Subject({"email": ("ann@example.com",)})


@pytest.fixture
def vendor() -> PostHog:
    return PostHog()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: PostHog, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("posthog", vendor, tmp_path, clock, options={"project": int(PROJECT)})
    yield connector
    connector.close()


class TestPostHog(ConnectorContract):
    against = "habeas.testing.vendors.posthog"

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
        return {("person", "u-1"), ("person", "u-2"), ("event", "e-0"), ("event", "e-1"), ("event", "e-2")}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("person", "u-2"), ("event", "e-2")}

    @pytest.fixture
    def change(self, vendor: PostHog) -> Callable[[], Item]:
        def change() -> Item:
            vendor.persons["u-1"]["properties"]["$os"] = "Android"
            return ("person", "u-1")

        return change

    @pytest.fixture
    def wait(self, clock: ManualClock) -> Callable[[], None]:
        return lambda: clock.advance(86_400)

    @pytest.fixture
    def faults(self, vendor: PostHog, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"uuid": "guid"}, scope=READ)

    @pytest.fixture
    def secrets(self, vendor: PostHog) -> tuple[str, ...]:
        return (vendor.token,)


def test_events_that_go_days_after_their_person_are_waited_for(
    vendor: PostHog, connector: HttpConnector, clock: ManualClock
) -> None:
    vendor.lags = True
    scope = decide(list(connector.export(ANN)))
    with pytest.raises(Waiting) as caught:
        list(connector.erase(ANN, scope))
    assert caught.value.until
    clock.advance(6 * 3600)
    with pytest.raises(Waiting):
        list(connector.erase(ANN, scope))
    assert vendor.count("DELETE") == 2
    vendor.catch_up()
    clock.advance(6 * 3600)
    done = list(connector.erase(ANN, scope))
    assert {each.deed for each in done} == {Deed.ERASED}
    assert {each.verified for each in done if each.kind == "person"} == {True}


def test_a_person_of_a_device_alone_is_found_by_their_number(vendor: PostHog, connector: HttpConnector) -> None:
    vendor.add("u-9", "", "cookie-9")
    found = list(connector.export(Subject({"posthog_distinct_id": ("cookie-9",)})))
    assert [(each.kind, each.key) for each in found] == [("person", "u-9")]
    with pytest.raises(NeedsPerson, match="email, posthog_distinct_id is not proved"):
        list(connector.export(Subject({"phone": ("+38631000001",)})))


def test_what_fits_the_number_and_not_the_address_goes_to_a_person(connector: HttpConnector) -> None:
    with pytest.raises(NeedsPerson):
        list(connector.export(Subject({"email": ("ann@example.com",), "posthog_distinct_id": ("d-4",)})))


def test_as_many_events_as_one_answer_holds_go_to_a_person(vendor: PostHog, connector: HttpConnector) -> None:
    for number in range(10_000):
        vendor.happen(f"m-{number}", "u-1")
    with pytest.raises(NeedsPerson, match="no more than 10000 records"):
        list(connector.export(ANN))


def test_a_quote_in_a_number_is_text_in_the_query(vendor: PostHog, connector: HttpConnector) -> None:
    vendor.add("u'1", "eve@example.com", "d-9")
    vendor.happen("e-9", "u'1")
    list(connector.export(Subject({"email": ("eve@example.com",)})))
    query = vendor.asked[-1].json["query"]["query"]
    assert "person_id = 'u\\'1' ORDER" in query


def test_many_persons_of_one_address_come_page_by_page(vendor: PostHog, connector: HttpConnector) -> None:
    vendor.page_size = 1
    assert {each.key for each in connector.export(ANN) if each.kind == "person"} == {"u-1", "u-2"}
    assert vendor.count("GET", "offset=") == 1
