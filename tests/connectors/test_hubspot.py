"""HubSpot's connector against HubSpot in small: the promise of connectors, and one test for each of its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Subject, TryLater, Waiting
from habeas.testing.connector_contract import ConnectorContract, Item, decide, items
from habeas.testing.connector_contract.asker import Asker
from habeas.testing.vendors.hubspot import HubSpot
from habeas.testing.vendors.switches import ManualClock, Switches, connect

ANN = Subject({"email": ("ann@example.com",)})
BOB = Subject({"email": ("bob@example.com",)})
NOBODY = Subject({"email": ("nobody@example.com",)})


@pytest.fixture
def vendor() -> HubSpot:
    return HubSpot()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: HubSpot, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("hubspot", vendor, tmp_path, clock)
    yield connector
    connector.close()


class TestHubSpot(ConnectorContract):
    against = "habeas.testing.vendors.hubspot"

    @pytest.fixture
    def connector(self, connector: HttpConnector) -> HttpConnector:
        return connector

    @pytest.fixture
    def person(self) -> Subject:
        return ANN

    @pytest.fixture
    def stranger(self) -> Subject:
        return BOB

    @pytest.fixture
    def expected(self) -> set[Item]:
        return {
            ("contact", "1"),
            ("note", "11"),
            ("note", "12"),
            ("subscription", '["1","101","EMAIL"]'),
            ("subscription", '["1","102","EMAIL"]'),
        }

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("subscription", '["1","101","EMAIL"]')}

    @pytest.fixture
    def change(self, vendor: HubSpot) -> Callable[[], Item]:
        def change() -> Item:
            vendor.contacts["1"]["properties"]["firstname"] = "Anna"
            return ("contact", "1")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("contact", "1"), {"firstname": "Anna", "city": "Celje"}

    @pytest.fixture
    def suppressed(self, vendor: HubSpot) -> Callable[[], bool]:
        return lambda: "ann@example.com" in vendor.unsubscribed

    @pytest.fixture
    def wait(self, clock: ManualClock) -> Callable[[], None]:
        return lambda: clock.advance(60)

    @pytest.fixture
    def faults(self, vendor: HubSpot, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"properties": "fields"}, scope="crm.objects.contacts.read")

    @pytest.fixture
    def secrets(self, vendor: HubSpot) -> tuple[str, ...]:
        return (vendor.token,)

    def test_marketing_stops_for_who_claims_it_and_goes_on_when_it_is_lifted(
        self, connector: HttpConnector, ask: Asker, person: Subject, vendor: HubSpot
    ) -> None:
        """HubSpot has no call that undoes unsubscribe-all: which lists somebody wants again only they can say."""
        (changed,) = ask.suppressed(person)
        assert (changed.count, changed.verified) == (1, True)
        assert vendor.unsubscribed == {"ann@example.com"}
        with pytest.raises(NeedsPerson, match="does not say how marketing_email is lifted"):
            ask.suppressed(person, lift=True)


def test_an_address_that_is_not_known_is_never_put_on_the_blocklist(vendor: HubSpot, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.contacts.pop("1")
    vendor.notes.clear()
    list(connector.erase(ANN, scope))
    list(connector.erase(NOBODY, ()))
    assert vendor.blocklist == set()
    assert not any("idProperty" in each.body.decode() for each in vendor.asked)


def test_the_contact_is_erased_for_good_and_not_archived(vendor: HubSpot, connector: HttpConnector) -> None:
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert vendor.contacts.keys() == {"2"}
    assert vendor.archived == set()
    assert vendor.count("DELETE") == 0


def test_a_note_alone_can_only_be_archived_and_that_is_never_told_as_erased(
    vendor: HubSpot, connector: HttpConnector
) -> None:
    records = list(connector.export(ANN))
    scope = decide(records, {(each.kind, each.key) for each in records if each.key != "11"})
    for _ in range(2):
        (told,) = [each for each in connector.erase(ANN, scope) if each.kind == "note" and each.deed is not Deed.KEPT]
        assert (told.deed, told.verified) == (Deed.NEEDS_PERSON, False)
        assert "only archives" in told.why
    assert vendor.archived == {"11"}


def test_a_contact_stays_while_a_note_that_would_go_with_it_is_kept(vendor: HubSpot, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)), {("note", "11")})
    done = {(each.kind, each.deed) for each in connector.erase(ANN, scope)}
    assert ("contact", Deed.NEEDS_PERSON) in done
    assert "1" in vendor.contacts


def test_a_note_that_came_after_the_plan_keeps_the_contact(vendor: HubSpot, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.add_note("13", "1", "New")
    done = {(each.kind, each.deed, each.why) for each in connector.erase(ANN, scope)}
    assert ("contact", Deed.NEEDS_PERSON, "a record that would go with it is kept, has changed or is new") in done
    assert "1" in vendor.contacts


def test_a_search_that_lags_behind_is_no_contact(vendor: HubSpot, connector: HttpConnector) -> None:
    vendor.search_lags = True
    scope = decide(list(connector.export(ANN)))
    first = list(connector.erase(ANN, scope))
    assert items(list(connector.export(ANN))) == set()
    assert sorted(map(str, connector.erase(ANN, scope))) == sorted(map(str, first))


def test_a_delete_that_is_not_to_be_seen_yet_is_waited_for_and_then_told(
    vendor: HubSpot, connector: HttpConnector, clock: ManualClock
) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.faults.lying = True
    with pytest.raises(Waiting) as caught:
        list(connector.erase(ANN, scope))
    assert caught.value.until
    asked = vendor.count("POST", "gdpr-delete")
    clock.advance(60)
    with pytest.raises(Waiting):
        list(connector.erase(ANN, scope))
    assert vendor.count("POST", "gdpr-delete") == asked == 1  # it is looked at, and not asked for again
    clock.advance(600)
    done = list(connector.erase(ANN, scope))
    assert [each.why for each in done if each.kind == "contact"] == [
        "the vendor said that it was done, and it is still there"
    ]


def test_many_contacts_of_one_address_come_page_by_page(vendor: HubSpot, connector: HttpConnector) -> None:
    vendor.page_size = 2
    for number in range(100, 107):
        vendor.add(str(number), "ann@example.com")
    found = [each for each in connector.export(ANN) if each.kind == "contact"]
    assert len(found) == 8
    assert vendor.count("POST", "search") >= 4


def test_a_second_address_is_found_and_a_part_of_one_is_not(vendor: HubSpot, connector: HttpConnector) -> None:
    vendor.add("3", "a.smith@example.com", hs_additional_emails="ann.smith@example.com;ann@example.com")
    vendor.add("4", "joann@example.com", hs_additional_emails="joann@example.com;x@example.com")
    assert {each.key for each in connector.export(ANN) if each.kind == "contact"} == {"1", "3"}


def test_what_it_identifies_is_the_contact_s_number(connector: HttpConnector) -> None:
    assert [(each.name, each.value) for each in connector.identify(ANN)] == [("hubspot_id", "1")]


def test_everybody_calls_by_id_or_in_a_body_and_never_with_an_address_in_a_query(
    vendor: HubSpot, connector: HttpConnector
) -> None:
    list(connector.export(ANN))
    assert not any("example" in each.target.partition("?")[2] for each in vendor.asked)


def test_limits_are_those_of_private_apps(connector: HttpConnector) -> None:
    rates = connector.account.vendor.limits["default"].rates
    assert [(each.calls, each.seconds) for each in rates] == [(190, 10.0), (650_000, 86_400.0)]


def test_a_dated_path_is_chosen_in_the_settings(vendor: HubSpot, tmp_path: Path) -> None:
    connector = connect("hubspot", vendor, tmp_path, options={"contacts_path": "/crm/objects/2026-03/contacts"})
    with pytest.raises(NeedsPerson, match="does not know the address"):
        list(connector.export(ANN))  # the fake has the old paths only
    assert any(each.target.startswith("/crm/objects/2026-03/contacts/search") for each in vendor.asked)


def test_a_storm_of_too_many_requests_ends_in_trying_later(vendor: HubSpot, connector: HttpConnector) -> None:
    vendor.faults.storm = True
    with pytest.raises(TryLater):
        list(connector.export(ANN))


def at_the_second_read(vendor: HubSpot, happens: Callable[[], None]) -> None:
    """Lets something happen when the contact is read for the second time from now on: right before it is erased."""
    real, reads = vendor.answer, iter(range(1000))

    def answer(method: str, target: str, headers: Any, body: bytes) -> Any:
        if method == "GET" and target.startswith("/crm/v3/objects/contacts/1?") and next(reads) == 1:
            happens()
        return real(method, target, headers, body)

    vendor.answer = answer  # type: ignore[method-assign]


def test_a_contact_that_changes_right_before_it_is_erased_stays(vendor: HubSpot, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    at_the_second_read(vendor, lambda: vendor.contacts["1"]["properties"].update(firstname="Anna"))
    done = {(each.kind, each.deed, each.why) for each in connector.erase(ANN, scope)}
    assert ("contact", Deed.NEEDS_PERSON, "it changed after the plan was made") in done
    assert "1" in vendor.contacts


def test_a_note_that_comes_right_before_its_contact_is_erased_keeps_both(
    vendor: HubSpot, connector: HttpConnector
) -> None:
    scope = decide(list(connector.export(ANN)))
    at_the_second_read(vendor, lambda: vendor.add_note("13", "1", "New"))
    done = {(each.kind, each.deed) for each in connector.erase(ANN, scope)}
    assert ("contact", Deed.NEEDS_PERSON) in done
    assert {"1"} <= vendor.contacts.keys()
    assert {"13"} <= vendor.notes.keys()


def test_a_rehearsal_knows_that_a_new_note_keeps_its_contact(vendor: HubSpot, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.add_note("13", "1", "New")
    assert ("contact", Deed.NEEDS_PERSON) in {(each.kind, each.deed) for each in connector.rehearse(ANN, scope)}
