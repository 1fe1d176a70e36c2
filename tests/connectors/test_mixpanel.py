"""Mixpanel's connector against Mixpanel in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from connectors.documented import problems_of

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Record, Subject, Waiting
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.mixpanel import ACCOUNT, PROJECT, PROJECT_TOKEN, READ, Mixpanel
from habeas.testing.vendors.switches import ManualClock, Switches, connect

ANN = Subject({"email": ("ann@example.com",)})
OPTIONS = {"project": PROJECT, "project_token": PROJECT_TOKEN, "service_account": ACCOUNT}


@pytest.fixture
def vendor() -> Mixpanel:
    return Mixpanel()


class PassingClock(ManualClock):
    """Each look at it is a minute later, as Mixpanel answers sixty questions an hour."""

    def __call__(self) -> float:
        self.advance(60)
        return super().__call__()


@pytest.fixture
def clock() -> ManualClock:
    return PassingClock()


@pytest.fixture
def connector(vendor: Mixpanel, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect(
        "mixpanel", vendor, tmp_path, clock,
        options=OPTIONS, other_base_urls={"query": vendor.url}, service_secret_file="token",
    )  # fmt: skip
    yield connector
    connector.close()


def keys_of(connector: HttpConnector, subject: Subject = ANN, kind: str = "profile") -> set[str]:
    return {each.key for each in connector.export(subject) if isinstance(each, Record) and each.kind == kind}


def everything(key: str) -> set[Item]:
    """A profile and its events."""
    events = [f'["{key}","Opened a page","{1_750_000_000 + each}","{key}-{each}"]' for each in (1, 2)]
    return {("profile", key), *(("event", each) for each in events)}


class TestMixpanel(ConnectorContract):
    against = "habeas.testing.vendors.mixpanel"

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
        return everything("ann-1") | everything("ann-2")

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return everything("ann-2")

    @pytest.fixture
    def change(self, vendor: Mixpanel) -> Callable[[], Item]:
        def change() -> Item:
            vendor.profiles["ann-1"]["$name"] = "Anna"
            return ("profile", "ann-1")

        return change

    @pytest.fixture
    def wait(self, clock: ManualClock) -> Callable[[], None]:
        return lambda: clock.advance(86_400)

    @pytest.fixture
    def faults(self, vendor: Mixpanel, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"$distinct_id": "id"}, scope=READ)

    @pytest.fixture
    def secrets(self, vendor: Mixpanel) -> tuple[str, ...]:
        return (vendor.token,)


def test_every_request_of_a_deletion_is_valid_by_mixpanel_s_document(
    vendor: Mixpanel, connector: HttpConnector, clock: ManualClock
) -> None:
    vendor.lags = True
    scope = decide(list(connector.export(ANN)))
    with pytest.raises(Waiting):
        list(connector.erase(ANN, scope))
    vendor.catch_up()
    clock.advance(6 * 3600)
    list(connector.erase(ANN, scope))
    asked = [each for each in vendor.asked if each.target.startswith("/data-")]
    assert {each.method for each in asked} == {"POST", "GET"}
    assert problems_of(asked, "mixpanel") == []


def test_a_deletion_is_begun_once_and_waited_for(
    vendor: Mixpanel, connector: HttpConnector, clock: ManualClock
) -> None:
    vendor.lags = True
    scope = decide(list(connector.export(ANN)))
    for _ in range(3):
        with pytest.raises(Waiting) as caught:
            list(connector.erase(ANN, scope))
        clock.advance(6 * 3600)
    assert caught.value.until
    assert vendor.count("POST", "/data-deletions") == 2
    vendor.catch_up()
    done = list(connector.erase(ANN, scope))
    assert {(each.kind, each.deed) for each in done} == {("profile", Deed.ERASED), ("event", Deed.ERASED)}
    assert all(each.verified for each in done if each.kind == "profile")
    assert vendor.profiles.keys() == vendor.events.keys() == {"bob-1"}


@pytest.mark.parametrize("state", ["FAILURE", "REVOKED", "NOT_FOUND"])
def test_a_deletion_that_failed_is_for_a_person(vendor: Mixpanel, connector: HttpConnector, state: str) -> None:
    vendor.lags = True
    scope = decide(list(connector.export(ANN)))
    with pytest.raises(Waiting):
        list(connector.erase(ANN, scope))
    vendor.catch_up(state)
    with pytest.raises(NeedsPerson, match="its work failed"):
        list(connector.erase(ANN, scope))
    assert "ann-1" in vendor.profiles


def test_a_token_that_ended_after_its_year_says_what_to_do(vendor: Mixpanel, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.scopes = {READ}
    with pytest.raises(NeedsPerson, match="token for GDPR, which ends after a year"):
        list(connector.erase(ANN, scope))
    assert "ann-1" in vendor.profiles


def test_an_address_that_was_stored_in_small_letters_is_found(connector: HttpConnector) -> None:
    assert keys_of(connector, Subject({"email": ("Ann@Example.com",)})) == {"ann-1", "ann-2"}


def test_a_person_has_a_profile_for_each_browser(vendor: Mixpanel, connector: HttpConnector) -> None:
    vendor.add("device-9", None, "")
    known = Subject({"email": ("ann@example.com",), "mixpanel_distinct_id": ("ann-1", "device-9")})
    assert keys_of(connector, known) == {"ann-1", "ann-2", "device-9"}


def test_a_quote_changes_no_expression(vendor: Mixpanel, connector: HttpConnector) -> None:
    assert keys_of(connector, Subject({"email": ('x" or properties["$email"] == "bob@example.com',)})) == set()


def test_more_than_one_answer_holds_goes_to_a_person(vendor: Mixpanel, connector: HttpConnector) -> None:
    vendor.events["ann-1"] = [vendor.event("ann-1", each) for each in range(10_000)]
    with pytest.raises(NeedsPerson, match="list_events"):
        list(connector.export(ANN))


def test_being_seen_again_is_no_change_and_doing_something_is(vendor: Mixpanel, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.profiles["ann-1"]["$last_seen"] = "2026-11-27T10:00:00"
    assert {each.deed for each in connector.rehearse(ANN, scope)} == {Deed.ERASED}
    vendor.events["ann-1"].append(vendor.event("ann-1", 3))
    done = list(connector.erase(ANN, scope))
    assert [each.count for each in done if (each.kind, each.deed) == ("profile", Deed.NEEDS_PERSON)] == [1]
    assert "ann-1" in vendor.profiles


def test_events_are_asked_for_until_today(vendor: Mixpanel, connector: HttpConnector, clock: ManualClock) -> None:
    list(connector.export(ANN))
    clock.advance(86_400)
    list(connector.export(ANN))
    days = [(each.one("from_date"), each.one("to_date")) for each in vendor.asked if "/stream" in each.target]
    assert days == [("2011-01-01", f"2026-09-2{day}") for day in (1, 1, 2, 2)]
