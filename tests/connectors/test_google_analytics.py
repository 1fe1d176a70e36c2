"""Google Analytics' connector against Google Analytics in small: what is presumed, and each body to the letter."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from connectors.documented import problems_of
from connectors.presumed import PresumedContract

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Subject, TryLater
from habeas.testing.connector_contract import decide
from habeas.testing.vendors.google_analytics import PROPERTY, GoogleAnalytics
from habeas.testing.vendors.switches import ManualClock, connect

ANN = Subject(
    {
        "ga_client_id": ("555.111",),
        "ga_user_id": ("u-ann",),
        "ga_app_instance_id": ("a1b2c3d4",),
        "email": ("Ann.Smith@Example.com", "annsmith@gmail.com"),
        "phone": ("+386 31 000 001",),
    }
)
BOB = Subject({"ga_client_id": ("555.222",), "email": ("bob@example.com",)})
WHOLE = Subject({"ga_client_id": ("555.111",), "email": ("ann@example.com",)})


@pytest.fixture
def vendor() -> GoogleAnalytics:
    return GoogleAnalytics()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: GoogleAnalytics, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("google-analytics", vendor, tmp_path, clock, options={"property": int(PROPERTY)})
    yield connector
    connector.close()


class TestGoogleAnalytics(PresumedContract):
    against = "habeas.testing.vendors.google_analytics"

    @pytest.fixture
    def connector(self, connector: HttpConnector) -> HttpConnector:
        return connector

    @pytest.fixture
    def person(self) -> Subject:
        return WHOLE

    @pytest.fixture
    def stranger(self) -> Subject:
        return BOB


def test_each_request_names_exactly_one_thing_in_google_s_form(
    vendor: GoogleAnalytics, connector: HttpConnector
) -> None:
    connector.check()
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert sorted(vendor.deleted) == [
        ("appInstanceId", "a1b2c3d4"),
        ("clientId", "555.111"),
        ("userId", "u-ann"),
        ("userProvidedData", "+38631000001"),
        ("userProvidedData", "ann.smith@example.com"),
        ("userProvidedData", "annsmith@gmail.com"),
    ]
    assert len(vendor.asked) == 7
    assert problems_of(vendor.asked, "google-analytics") == []


@pytest.mark.parametrize("address", ["ann.smith@gmail.com", "ann.smith@GoogleMail.com"])
def test_a_mailbox_of_google_s_with_dots_goes_to_a_person(
    vendor: GoogleAnalytics, connector: HttpConnector, address: str
) -> None:
    """Google wants it without them, and would take it with them and delete nothing."""
    person = Subject({"ga_client_id": ("555.111",), "email": (address,)})
    done = list(connector.erase(person, decide(list(connector.export(person)))))
    assert {(each.kind, each.deed) for each in done} == {
        ("visitor", Deed.ERASED),
        ("provided", Deed.NEEDS_PERSON),
    }
    assert vendor.deleted == [("clientId", "555.111")]


def test_an_address_alone_never_passes_for_the_visits(vendor: GoogleAnalytics, connector: HttpConnector) -> None:
    with pytest.raises(NeedsPerson, match="visitor cannot be searched: ga_app_instance_id, ga_client_id, ga_user_id"):
        list(connector.export(Subject({"email": ("ann@example.com",)})))
    assert vendor.asked == []


def test_the_five_hundredth_deletion_of_a_day_is_the_last(
    vendor: GoogleAnalytics, connector: HttpConnector, clock: ManualClock
) -> None:
    rates = connector.account.vendor.limits["default"].rates
    assert (500, 86_400.0) in [(each.calls, each.seconds) for each in rates]


def test_what_is_asked_for_is_not_asked_for_again(vendor: GoogleAnalytics, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(WHOLE)))
    for _ in range(3):
        list(connector.erase(WHOLE, scope))
    assert len(vendor.deleted) == 2


def test_a_token_without_the_scope_is_told_by_the_check(vendor: GoogleAnalytics, connector: HttpConnector) -> None:
    vendor.scopes = set()
    assert "analytics.edit" in connector.check().problems[0]


def test_nothing_is_told_as_done_while_google_asks_for_patience(
    vendor: GoogleAnalytics, connector: HttpConnector
) -> None:
    scope = decide(list(connector.export(WHOLE)))
    vendor.faults.storm = True
    with pytest.raises(TryLater):
        list(connector.erase(WHOLE, scope))
    assert len(list(connector.export(WHOLE))) == 2
