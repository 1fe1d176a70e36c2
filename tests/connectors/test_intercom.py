"""Intercom's connector against Intercom in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from connectors.documented import problems_of

from habeas.connectors.http import HttpConnector
from habeas.sdk import Correction, Deed, NeedsPerson, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.intercom import READ, Intercom
from habeas.testing.vendors.switches import ManualClock, Switches, connect

ANN = Subject({"email": ("ann@example.com",)})


@pytest.fixture
def vendor() -> Intercom:
    return Intercom()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Intercom, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("intercom", vendor, tmp_path, clock)
    yield connector
    connector.close()


class TestIntercom(ConnectorContract):
    against = "habeas.testing.vendors.intercom"

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
        return {("contact", "c1"), ("note", "n1"), ("conversation", "511")}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("conversation", "511")}

    @pytest.fixture
    def change(self, vendor: Intercom) -> Callable[[], Item]:
        def change() -> Item:
            vendor.contacts["c1"]["name"] = "Anna"
            return ("contact", "c1")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("contact", "c1"), {"name": "Anna Novak", "phone": "+38631000001"}

    @pytest.fixture
    def suppressed(self, vendor: Intercom) -> Callable[[], bool]:
        return lambda: bool(vendor.contacts["c1"]["unsubscribed_from_emails"])

    @pytest.fixture
    def faults(self, vendor: Intercom, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"email": "mail"}, scope=READ)

    @pytest.fixture
    def secrets(self, vendor: Intercom) -> tuple[str, ...]:
        return (vendor.token,)


def test_every_request_is_valid_by_intercom_s_document(
    vendor: Intercom, connector: HttpConnector, clock: ManualClock
) -> None:
    vendor.page_size = 1
    vendor.add("c3", "ann@example.com", "Ann again")
    connector.check()
    records = list(connector.export(ANN))
    contact = next(each for each in records if each.key == "c1")
    list(connector.rectify(ANN, [Correction("contact", "c1", contact.digest, {"name": "Anna"})]))
    for lift in (False, True):
        list(connector.suppress(ANN, lift=lift))
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert vendor.contacts.keys() == {"c2"}
    assert problems_of(vendor.asked, "intercom") == []
    assert {each.headers["Intercom-Version"] for each in vendor.asked} == {"2.15"}


def test_a_contact_is_deleted_and_never_archived_or_blocked(vendor: Intercom, connector: HttpConnector) -> None:
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert vendor.archived == set()
    assert not any(each.target.endswith(("/archive", "/block")) for each in vendor.asked)


def test_a_deletion_that_can_be_undone_for_a_week_says_so(connector: HttpConnector) -> None:
    rule = connector.account.vendor.kinds["contact"].erase
    assert rule is not None
    assert rule.recoverable
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    (told,) = [each.why for each in done if each.kind == "contact"]
    assert "7" in told


def test_a_conversation_of_several_people_goes_to_a_person(vendor: Intercom, connector: HttpConnector) -> None:
    vendor.talk("513", "c1", "c2")
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    told = {(each.kind, each.deed, each.why) for each in done if each.deed is Deed.NEEDS_PERSON}
    assert ("conversation", Deed.NEEDS_PERSON, "other people take part in a conversation") in told
    assert vendor.conversations.keys() == {"512", "513"}


def test_more_than_one_answer_holds_goes_to_a_person(vendor: Intercom, connector: HttpConnector) -> None:
    for number in range(60):
        vendor.notes[f"m{number}"] = {**vendor.notes["n1"], "id": f"m{number}"}
    with pytest.raises(NeedsPerson, match="more notes than one answer holds"):
        list(connector.export(ANN))
    vendor.notes = {"n1": vendor.notes["n1"]}
    vendor.conversations["511"]["conversation_parts"] = {"conversation_parts": [{}] * 500}
    with pytest.raises(NeedsPerson, match="500 parts or more"):
        list(connector.export(ANN))


def test_an_archived_contact_is_not_found_by_intercom(vendor: Intercom, connector: HttpConnector) -> None:
    """The page says so: archived contacts are a task for whoever archives them."""
    vendor.archived.add("c1")
    assert list(connector.export(ANN)) == []
