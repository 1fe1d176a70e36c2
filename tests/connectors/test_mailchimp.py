"""Mailchimp's connector against Mailchimp in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import NeedsPerson, Subject, TryLater
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.vendors.mailchimp import Mailchimp, hash_of
from habeas.testing.vendors.switches import ManualClock, Switches, connect

ANN = Subject({"email": ("ann@example.com",)})
HERS = hash_of("ann@example.com")


@pytest.fixture
def vendor() -> Mailchimp:
    return Mailchimp()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Mailchimp, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("mailchimp", vendor, tmp_path, clock, options={"dc": "us6"})
    yield connector
    connector.close()


def everything(kind: str, key: str) -> set[Item]:
    return {
        ("member", f'["{kind}","{key}"]'),
        ("note", _below(kind, key, "1")),
        ("tag", _below(kind, key, "7")),
        ("events", _below(kind, key, "events")),
    }


def _below(audience: str, contact: str, key: str) -> str:
    return f'["[\\"{audience}\\",\\"{contact}\\"]","{key}"]'


class TestMailchimp(ConnectorContract):
    against = "habeas.testing.vendors.mailchimp"

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
        return everything("a", "c1") | everything("b", "c2")

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {each for each in everything("a", "c1") if each[0] != "note"}

    @pytest.fixture
    def change(self, vendor: Mailchimp) -> Callable[[], Item]:
        def change() -> Item:
            vendor.members["a", HERS]["merge_fields"]["FNAME"] = "Anna"
            return ("member", '["a","c1"]')

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("member", '["a","c1"]'), {"FNAME": "Anna", "LNAME": "Novak"}

    @pytest.fixture
    def suppressed(self, vendor: Mailchimp) -> Callable[[], bool]:
        return lambda: vendor.members["a", HERS]["status"] == "unsubscribed"

    @pytest.fixture
    def faults(self, vendor: Mailchimp, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"email_address": "mail"})

    @pytest.fixture
    def secrets(self, vendor: Mailchimp) -> tuple[str, ...]:
        return (vendor.token,)

    def test_marketing_stops_for_who_claims_it_and_goes_on_when_it_is_lifted(
        self, connector: HttpConnector, ask: Asker, person: Subject, vendor: Mailchimp
    ) -> None:
        """Who unsubscribed subscribes again by themselves: Mailchimp wants their own consent."""
        (changed,) = ask.suppressed(person)
        assert (changed.count, changed.verified) == (2, True)
        assert {vendor.members[each, HERS]["status"] for each in "ab"} == {"unsubscribed"}
        with pytest.raises(NeedsPerson, match="does not say how member is lifted"):
            ask.suppressed(person, lift=True)


def test_an_erased_member_can_never_be_imported_again(vendor: Mailchimp, connector: HttpConnector) -> None:
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert not vendor.add("a", "ann@example.com", "c9")
    assert vendor.closed == {("a", HERS), ("b", HERS)}


def test_a_member_is_erased_for_good_and_never_archived(vendor: Mailchimp, connector: HttpConnector) -> None:
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert vendor.members.keys() == {("a", hash_of("bob@example.com"))}
    assert vendor.count("DELETE") == 0
    assert vendor.count("POST", "delete-permanent") == 2


def test_an_archived_member_is_found_and_erased(vendor: Mailchimp, connector: HttpConnector) -> None:
    vendor.members["a", HERS]["status"] = "archived"
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert ("a", HERS) not in vendor.members


def test_the_search_is_by_the_digest_of_the_address_in_small_letters(
    vendor: Mailchimp, connector: HttpConnector
) -> None:
    found = list(connector.export(Subject({"email": ("ANN@example.com",)})))
    assert {each.kind for each in found} == {"member", "note", "tag", "events"}
    assert not any("example" in each.target.lower() for each in vendor.asked)


def test_two_events_of_one_moment_are_both_exported(connector: HttpConnector) -> None:
    (record,) = [each for each in connector.export(ANN) if each.kind == "events" and '"a' in each.key]
    assert record.data["events"] == [{"name": "viewed", "occurred_at": "2025-02-01T00:00:00+00:00"}] * 2


def test_more_events_than_one_answer_holds_go_to_a_person(vendor: Mailchimp, connector: HttpConnector) -> None:
    vendor.hanging["a", HERS]["events"] *= 501
    with pytest.raises(NeedsPerson, match="more than 1000 events"):
        list(connector.export(ANN))


def test_a_bare_403_is_a_crowd_and_is_tried_later(vendor: Mailchimp, connector: HttpConnector) -> None:
    vendor.crowded = True
    with pytest.raises(TryLater):
        list(connector.export(ANN))


def test_the_data_centre_is_chosen_in_the_settings(vendor: Mailchimp, tmp_path: Path) -> None:
    connector = connect("mailchimp", vendor, tmp_path, base_url=None, options={"dc": "us6"})
    assert connector.account.base_urls["default"] == "https://us6.api.mailchimp.com/3.0"
