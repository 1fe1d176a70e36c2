"""Salesforce's connector against Salesforce in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Record, Subject, TryLater
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.salesforce import WRITE, Salesforce
from habeas.testing.vendors.switches import ManualClock, Switches, connect
from habeas.testing.vendors.vendor import Reply

ANN = Subject({"email": ("ann@example.com",)})
CASE = {("case", "5001"), ("case_comment", "00a1"), ("case_mail", "02s1")}
MAILED = {("mailed_case", "5011"), ("mailed_case_comment", "00b1")}
ACTIVITIES = {("task", "00T1"), ("lead_event", "00U1")}


@pytest.fixture
def vendor() -> Salesforce:
    return Salesforce()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: Salesforce, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("salesforce", vendor, tmp_path, clock)
    yield connector
    connector.close()


def found_by(connector: HttpConnector, subject: Subject = ANN) -> set[Item]:
    return {(each.kind, each.key) for each in connector.export(subject) if isinstance(each, Record)}


class TestSalesforce(ConnectorContract):
    against = "habeas.testing.vendors.salesforce"

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
        people = {("contact", "0031"), ("lead", "00Q1"), ("membership", "00v1"), ("lead_membership", "00w1")}
        return people | CASE | MAILED | ACTIVITIES

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return MAILED

    @pytest.fixture
    def change(self, vendor: Salesforce) -> Callable[[], Item]:
        def change() -> Item:
            vendor.rows["Contact"]["0031"]["FirstName"] = "Anna"
            return ("contact", "0031")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("contact", "0031"), {"FirstName": "Anna", "MobilePhone": "+38631000001"}

    @pytest.fixture
    def suppressed(self, vendor: Salesforce) -> Callable[[], bool]:
        return lambda: all(vendor.rows[kind][key]["HasOptedOutOfEmail"] for kind, key in PEOPLE)

    @pytest.fixture
    def faults(self, vendor: Salesforce, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"Email": "EmailAddress"})

    @pytest.fixture
    def secrets(self, vendor: Salesforce) -> tuple[str, ...]:
        return (vendor.token,)


PEOPLE = (("Contact", "0031"), ("Lead", "00Q1"))


def test_an_activity_that_was_archived_is_found_too(vendor: Salesforce, connector: HttpConnector) -> None:
    vendor.rows["Task"]["00T1"]["IsArchived"] = True
    assert ("task", "00T1") in found_by(connector)


def test_a_case_that_a_mail_opened_is_found_where_it_has_no_contact(
    vendor: Salesforce, connector: HttpConnector
) -> None:
    vendor.add("Case", "5003", ContactId=None, SuppliedEmail="Ann@Example.com", IsClosed=True)
    vendor.add("CaseComment", "00a3", ParentId="5003", CommentBody="Hello")
    vendor.add("Case", "5004", ContactId="0032", SuppliedEmail="ann@example.com", IsClosed=True)
    assert {key for kind, key in found_by(connector) if kind.startswith("mailed")} == {"5003", "00a3", "5011", "00b1"}
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert vendor.rows["Case"].keys() == {"5002", "5012", "5004"}


def test_a_contact_stays_while_a_case_of_theirs_is_kept(vendor: Salesforce, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)), CASE)
    foretold = [each for each in connector.rehearse(ANN, scope) if each.kind == "contact"]
    (told,) = [each for each in connector.erase(ANN, scope) if each.kind == "contact"]
    assert (told.deed, told.why.startswith("a record that hangs on it stays")) == (Deed.NEEDS_PERSON, True)
    assert foretold == [told]
    assert vendor.count("DELETE", "/Contact/") == 0
    assert "0031" in vendor.rows["Contact"]


def test_a_contact_stays_while_a_case_of_theirs_is_new(vendor: Salesforce, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.add("Case", "5009", ContactId="0031", SuppliedEmail=None, IsClosed=True)
    done = {(each.kind, each.deed) for each in connector.erase(ANN, scope)}
    assert ("contact", Deed.NEEDS_PERSON) in done
    assert vendor.count("DELETE", "/Contact/") == 0


def test_a_case_goes_before_its_contact(vendor: Salesforce, connector: HttpConnector) -> None:
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert {(each.deed, each.verified) for each in done} == {(Deed.ERASED, True)}
    assert all("ann" not in str(rows).lower() for rows in vendor.rows.values())
    assert {key for kind in vendor.rows.values() for key in kind} == {
        *("0032", "00Q2", "00T2", "00U2", "00v2", "00w2", "5002", "00a2", "02s2", "5012", "00b2")
    }


def test_that_it_lies_in_a_bin_for_two_weeks_is_told(connector: HttpConnector) -> None:
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert all("15" in each.why for each in done if each.kind in ("contact", "lead", "case", "task"))


@pytest.mark.parametrize(
    ("kind", "key", "field", "value", "why"),
    [
        ("Case", "5001", "IsClosed", False, "a case is still being worked on"),
        ("Lead", "00Q1", "IsConverted", True, "it has become a contact, and Salesforce changes it no more"),
        ("Contact", "0031", "IsPersonAccount", True, "it is the face of a personal account"),
    ],
)
def test_what_no_machine_should_delete_goes_to_a_person(
    vendor: Salesforce, connector: HttpConnector, kind: str, key: str, field: str, value: bool, why: str
) -> None:
    vendor.rows[kind][key][field] = value
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert [each.deed for each in done if each.kind == kind.lower()] == [Deed.NEEDS_PERSON]
    assert any(each.why.startswith(why) for each in done)
    assert key in vendor.rows[kind]


def test_what_salesforce_keeps_is_told_in_our_words(vendor: Salesforce, connector: HttpConnector) -> None:
    vendor.held.add("0031")
    with pytest.raises(NeedsPerson, match="a contract, an order or somebody's sign-in hangs on a record") as caught:
        list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert "Ann" not in str(caught.value)


def test_a_user_who_sees_only_their_own_is_told_of_by_the_check(vendor: Salesforce, connector: HttpConnector) -> None:
    assert connector.check().problems == ()
    vendor.sees_all = False
    (problem,) = connector.check().problems
    assert "give its user View All Data and Modify All Data" in problem


def test_the_end_of_a_day_s_calls_is_no_matter_for_a_person(
    vendor: Salesforce, connector: HttpConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    used_up = Reply(403, [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}])
    monkeypatch.setattr(vendor, "_reply", lambda *_: used_up)
    with pytest.raises(TryLater):
        list(connector.export(ANN))


def test_many_come_page_by_page(vendor: Salesforce, connector: HttpConnector) -> None:
    vendor.page_size = 1
    for number in range(3):
        vendor.add("Task", f"00T9{number}", WhoId="0031", IsDeleted=False)
    assert len([kind for kind, _ in found_by(connector) if kind == "task"]) == 4


def test_a_quote_in_an_address_changes_no_query(vendor: Salesforce, connector: HttpConnector) -> None:
    assert found_by(connector, Subject({"email": ("x' OR Email = 'bob@example.com",)})) == set()
    assert "x\\' OR Email = \\'bob" in vendor.asked[0].one("q")


def test_a_token_is_got_by_a_client_and_its_secret(vendor: Salesforce, tmp_path: Path) -> None:
    for name in ("id", "secret"):
        (tmp_path / name).write_text("x")
    secrets = {"token_file": None, "client_id_file": "id", "client_secret_file": "secret"}
    connector = connect("salesforce", vendor, tmp_path, **secrets)
    with pytest.raises(NeedsPerson, match="client_id, client_secret"):
        list(connector.export(ANN))
    assert vendor.count("POST", "/services/oauth2/token") == 1


def test_writing_needs_more_than_reading(vendor: Salesforce, connector: HttpConnector) -> None:
    records = list(connector.export(ANN))
    vendor.scopes -= {WRITE}
    with pytest.raises(NeedsPerson):
        list(connector.erase(ANN, decide(records)))
