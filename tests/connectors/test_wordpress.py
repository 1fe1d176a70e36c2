"""WordPress's connector against WordPress in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.sdk import Deed, NeedsPerson, Record, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.switches import ManualClock, Switches, connect
from habeas.testing.vendors.wordpress import ACCOUNTS, ADMINISTRATOR, COMMENTS, EXPORTS, WordPress

ANN = Subject({"email": ("ann@example.com",)})
COMMENT = ("comment", "111")


@pytest.fixture
def vendor() -> WordPress:
    return WordPress()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def connector(vendor: WordPress, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect("wordpress", vendor, tmp_path, clock, options={"user": ADMINISTRATOR, "reassign_to": 1})
    yield connector
    connector.close()


def found_by(connector: HttpConnector, subject: Subject = ANN) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for each in connector.export(subject):
        if isinstance(each, Record):
            found.setdefault(each.kind, set()).add(each.key)
    return found


class TestWordPress(ConnectorContract):
    against = "habeas.testing.vendors.wordpress"

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
    def expected(self, connector: HttpConnector) -> set[Item]:
        (person,) = found_by(connector)["person"]
        return {
            ("user", "11"),
            ("session", '["session-tokens","session-tokens-11-1"]'),
            COMMENT,
            ("person", person),
            ("item", '["shop","orders","order-11"]'),
        }

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {COMMENT}

    @pytest.fixture
    def change(self, vendor: WordPress) -> Callable[[], Item]:
        def change() -> Item:
            vendor.users[11]["name"] = "Anna"
            return ("user", "11")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("user", "11"), {"name": "Anna Novak", "description": "of Ljubljana"}

    @pytest.fixture
    def faults(self, vendor: WordPress, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"email": "mail"}, scope=ACCOUNTS)

    @pytest.fixture
    def secrets(self, vendor: WordPress) -> tuple[str, ...]:
        return (vendor.token,)


@pytest.mark.parametrize("role", ["administrator", "editor", "author", "shop_manager"])
def test_who_works_on_the_site_is_never_deleted(vendor: WordPress, connector: HttpConnector, role: str) -> None:
    vendor.users[11]["roles"] = ["subscriber", role]
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert "somebody works on the site with this account" in {each.why for each in done if each.kind == "user"}
    assert 11 in vendor.users


def test_a_comment_is_deleted_and_not_put_into_the_bin(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.comment(120, "Ann@Example.com", "Ann", "trash")
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert vendor.comments.keys() == {112}


@pytest.mark.parametrize("status", ["hold", "spam", "trash"])
def test_a_comment_that_nobody_sees_is_found(vendor: WordPress, connector: HttpConnector, status: str) -> None:
    vendor.comments[111]["status"] = status
    assert found_by(connector)["comment"] == {"111"}


def test_what_an_eraser_leaves_is_never_told_as_erased(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.keeps = True
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    told = {each.kind: each.deed for each in done}
    assert (told["person"], told["item"]) == (Deed.NEEDS_PERSON, Deed.NEEDS_PERSON)
    assert told["user"] is Deed.ERASED


def test_an_eraser_is_not_run_while_anything_of_it_is_kept(vendor: WordPress, connector: HttpConnector) -> None:
    """An eraser takes the address, and would take what is kept along."""
    vendor.orders["ann@example.com"].append("order-13")
    scope = decide(list(connector.export(ANN)), {("item", '["shop","orders","order-13"]')})
    done = {(each.kind, each.deed) for each in connector.erase(ANN, scope)}
    assert {("person", Deed.NEEDS_PERSON), ("item", Deed.KEPT)} <= done
    assert vendor.count("POST", "/habeas/v1/erase") == 0
    assert vendor.orders["ann@example.com"] == ["order-11", "order-13"]


def test_a_file_that_was_published_is_for_a_person(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.media.append({"id": 70, "author": 11, "date_gmt": "2025-01-01T00:00:00", "source_url": "https://x.example"})
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert [each.deed for each in done if each.kind == "medium"] == [Deed.NEEDS_PERSON]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("plugin", False, "install and activate the plugin habeas.php"),
        ("fails", True, "an exporter or eraser of a plugin failed or never ended"),
    ],
)
def test_a_companion_that_is_missing_or_fails_is_told_in_words(
    vendor: WordPress, connector: HttpConnector, name: str, value: bool, words: str
) -> None:
    setattr(vendor, name, value)
    with pytest.raises(NeedsPerson, match=words):
        list(connector.export(ANN))
    assert any(words in each for each in connector.check().problems)


def test_a_network_of_sites_deletes_its_accounts_elsewhere(vendor: WordPress, connector: HttpConnector) -> None:
    scope = decide(list(connector.export(ANN)))
    vendor.network = True
    with pytest.raises(NeedsPerson, match="this is a network of sites"):
        list(connector.erase(ANN, scope))


@pytest.mark.parametrize("right", [ACCOUNTS, COMMENTS, EXPORTS])
def test_a_right_that_is_missing_is_named(vendor: WordPress, connector: HttpConnector, right: str) -> None:
    vendor.scopes -= {right}
    with pytest.raises(NeedsPerson) as caught:
        list(connector.export(ANN))
    assert any(each in str(caught.value) for each in ("list_users", right))


def test_a_search_by_parts_gives_nobody_else(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.sign_up(15, "joann@example.com", "Joann")
    assert found_by(connector)["user"] == {"11"}


def test_many_comments_come_page_by_page(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.page_size = 2
    for number in range(200, 205):
        vendor.comment(number, "ann@example.com", "Ann")
    assert len(found_by(connector)["comment"]) == 6


def test_no_address_stands_in_a_url_of_the_companion(vendor: WordPress, connector: HttpConnector) -> None:
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert not any("ann" in each.target for each in vendor.asked if "/habeas/" in each.target)
