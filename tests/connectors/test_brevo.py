"""Brevo's connector against Brevo in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Subject, TryLater
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.brevo import Brevo
from habeas.testing.vendors.switches import ManualClock, Switches, connect
from habeas.testing.vendors.vendor import Reply

ANN = Subject({"email": ("ann@example.com",)})


@pytest.fixture
def vendor() -> Brevo:
    return Brevo()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Brevo, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("brevo", vendor, tmp_path, clock)
    yield connector
    connector.close()


class TestBrevo(ConnectorContract):
    against = "habeas.testing.vendors.brevo"

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
        events = {("events", f'["u-{number}","events"]') for number in (1, 2)}
        return {("contact", "1"), ("statistics", '["1","statistics"]'), ("mail", "u-1"), ("mail", "u-2")} | events

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("mail", "u-1"), ("events", '["u-1","events"]')}

    @pytest.fixture
    def change(self, vendor: Brevo) -> Callable[[], Item]:
        def change() -> Item:
            vendor.contacts[1]["attributes"]["FIRSTNAME"] = "Anna"
            return ("contact", "1")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("contact", "1"), {"FIRSTNAME": "Anna", "LASTNAME": "Novak"}

    @pytest.fixture
    def suppressed(self, vendor: Brevo) -> Callable[[], bool]:
        return lambda: bool(vendor.contacts[1]["emailBlacklisted"] and vendor.contacts[1]["smsBlacklisted"])

    @pytest.fixture
    def faults(self, vendor: Brevo, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"email": "mail"})

    @pytest.fixture
    def secrets(self, vendor: Brevo) -> tuple[str, ...]:
        return (vendor.token,)


def test_mails_stay_when_their_contact_goes_and_are_erased_by_themselves(
    vendor: Brevo, connector: HttpConnector
) -> None:
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert {each.deed for each in done} == {Deed.ERASED}
    assert vendor.mails == {"ann@example.com": [], "bob@example.com": vendor.mails["bob@example.com"]}
    assert vendor.count("DELETE", "/smtp/log/") == 2
    assert len(vendor.events["bob@example.com"]) == 2


def test_everything_but_the_search_is_by_the_number_of_the_contact(vendor: Brevo, connector: HttpConnector) -> None:
    """An address may be another contact's tomorrow."""
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    changing = [each for each in vendor.asked if each.method in ("PUT", "DELETE") and "/contacts/" in each.target]
    assert [each.target for each in changing] == ["/contacts/1?identifierType=contact_id"]


def test_what_is_not_listed_has_a_hundred_calls_an_hour(connector: HttpConnector) -> None:
    limits = connector.account.vendor.limits
    assert [(each.calls, each.seconds) for each in limits["unlisted"].rates] == [(100, 3600.0)]
    calls = connector.account.vendor.calls
    assert {name for name, call in calls.items() if call.group == "unlisted"} == {
        "list_mails",
        "get_events",
        "delete_log",
    }


def test_patience_is_asked_for_in_a_header_of_its_own(
    vendor: Brevo, connector: HttpConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = vendor.answer
    monkeypatch.setattr(vendor, "answer", lambda *asked: (_busy(real(*asked)[0]), False))
    with pytest.raises(TryLater) as caught:
        list(connector.export(ANN))
    assert caught.value.after is not None
    assert caught.value.after.total_seconds() >= 1800


def _busy(reply: Reply) -> Reply:
    return Reply(429, {"code": "too_many_requests"}, {"x-sib-ratelimit-reset": "1800"})


def test_two_events_of_one_moment_are_both_exported_and_too_many_go_to_a_person(
    vendor: Brevo, connector: HttpConnector
) -> None:
    events = [each.data["events"] for each in connector.export(ANN) if each.kind == "events"]
    assert [len(each) for each in events] == [2, 2]  # type: ignore[arg-type]
    vendor.events["ann@example.com"] *= 1250
    with pytest.raises(NeedsPerson, match="2500 events or more"):
        list(connector.export(ANN))
