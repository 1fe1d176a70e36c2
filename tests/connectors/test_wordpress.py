"""WordPress' connector against WordPress in small: the promise of connectors, and its traps."""

from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.companions import WORDPRESS_PLUGIN
from habeas.sdk import Deed, NeedsPerson, Record, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.vendors.switches import ManualClock, Switches, connect
from habeas.testing.vendors.wordpress import ADMINISTRATOR, WordPress, key_of

ANN = Subject({"email": ("ann@example.com",)})


@pytest.fixture
def vendor() -> WordPress:
    return WordPress()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def open_site(vendor: WordPress, folder: Path, clock: ManualClock | None = None, **options: Any) -> HttpConnector:
    return connect(
        "wordpress",
        vendor,
        folder,
        clock,
        base_url=f"{vendor.url}/wp-json",
        token_file=None,
        application_password_file="token",
        options={"user": ADMINISTRATOR, "reassign_to": 1, **options},
    )


@pytest.fixture
def connector(vendor: WordPress, clock: ManualClock, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = open_site(vendor, tmp_path, clock)
    yield connector
    connector.close()


def found(connector: HttpConnector, person: Subject = ANN) -> list[Record]:
    return [each for each in connector.export(person) if isinstance(each, Record)]


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
    def expected(self) -> set[Item]:
        seen = {("user", "2"), ("comment", "20"), ("upload", "50")}
        letters = {("plugin_item", key_of("letters", f"Ann {number}")) for number in (1, 2)}
        session = ("profile", key_of("wordpress-user", "a session of Ann"))
        return seen | letters | {session, ("plugin", key_of("letters", "ann@example.com"))}

    @pytest.fixture
    def keepable(self) -> set[Item]:
        return {("comment", "20")}

    @pytest.fixture
    def change(self, vendor: WordPress) -> Callable[[], Item]:
        def change() -> Item:
            vendor.users[2]["name"] = "Anna"
            return ("user", "2")

        return change

    @pytest.fixture
    def correct(self) -> tuple[Item, dict[str, Any]]:
        return ("user", "2"), {"name": "Anna Novak", "first_name": "Anna"}

    @pytest.fixture
    def faults(self, vendor: WordPress, clock: ManualClock) -> Switches:
        return Switches(vendor, clock, renamed={"email": "mail"}, scope="administrator")

    @pytest.fixture
    def secrets(self, vendor: WordPress) -> tuple[str, ...]:
        return (vendor.token,)


def test_accounts_that_are_only_alike_are_left_aside(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.add(9, "joann@example.com", "Ann")
    vendor.comment(90, "ANN@example.com")
    assert {each.key for each in found(connector) if each.kind in ("user", "comment")} == {"2", "20", "90"}


def test_no_address_stands_in_what_is_asked_for(vendor: WordPress, connector: HttpConnector) -> None:
    list(connector.erase(ANN, decide(found(connector))))
    assert not [each.target for each in vendor.asked if "@" in each.target or "%40" in each.target]


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("administrator", {"read": True}),
        ("editor", {"read": True}),
        ("author", {"read": True}),
        ("contributor", {"read": True}),
        ("shop_manager", {"read": True, "edit_posts": True}),
        ("helper", {"read": True, "moderate_comments": True}),
        ("helper", {"read": True, "list_users": True}),
    ],
)
def test_whoever_writes_or_administers_is_never_deleted(
    vendor: WordPress, connector: HttpConnector, role: str, may: dict[str, bool]
) -> None:
    vendor.users[2] |= {"roles": ["subscriber", role], "capabilities": may}
    done = list(connector.erase(ANN, decide(found(connector))))
    assert [each.deed for each in done if each.kind == "user"] == [Deed.NEEDS_PERSON]
    assert 2 in vendor.users


def test_an_account_of_which_nothing_says_what_it_may_do_is_not_deleted(
    vendor: WordPress, connector: HttpConnector
) -> None:
    del vendor.users[2]["capabilities"]
    done = list(connector.erase(ANN, decide(found(connector))))
    assert {each.why for each in done if each.kind == "user"} == {"WordPress does not tell what the account may do"}
    assert 2 in vendor.users


def test_what_was_published_goes_to_the_account_that_the_settings_name(
    vendor: WordPress, connector: HttpConnector
) -> None:
    vendor.upload(51, 2, page=7)
    done = list(connector.erase(ANN, decide(found(connector))))
    assert {(each.deed, each.count) for each in done if each.kind == "upload"} == {
        (Deed.ERASED, 1),
        (Deed.NEEDS_PERSON, 1),
    }
    assert vendor.media[51]["author"] == 1


@pytest.mark.parametrize("heir", [2, 99])
def test_an_heir_that_cannot_be_is_told(vendor: WordPress, tmp_path: Path, heir: int) -> None:
    connector = open_site(vendor, tmp_path, reassign_to=heir)
    with pytest.raises(NeedsPerson, match=r"look at options\.reassign_to"):
        list(connector.erase(ANN, decide(found(connector))))
    assert 2 in vendor.users


def test_a_network_of_sites_needs_a_person(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.multisite = True
    with pytest.raises(NeedsPerson, match="a network of sites deletes nobody by its API"):
        list(connector.erase(ANN, decide(found(connector))))


def test_an_eraser_that_keeps_something_is_not_believed_to_have_erased(
    vendor: WordPress, connector: HttpConnector
) -> None:
    vendor.retains = {"letters"}
    scope = decide(found(connector))
    for _ in range(2):
        done = {each.kind: each for each in connector.erase(ANN, scope)}
        assert (done["plugin"].deed, done["plugin_item"].deed) == (Deed.NEEDS_PERSON, Deed.NEEDS_PERSON)
        assert done["plugin_item"].count == 2
    assert vendor.held["letters"]["ann@example.com"] == ["Ann 2"]


def test_an_item_that_is_kept_keeps_all_that_its_eraser_would_take(vendor: WordPress, connector: HttpConnector) -> None:
    records = found(connector)
    kept = ("plugin_item", key_of("letters", "Ann 1"))
    list(connector.erase(ANN, decide(records, {kept})))
    assert vendor.held["letters"]["ann@example.com"] == ["Ann 1", "Ann 2"]


def test_a_plugin_without_an_eraser_needs_a_person(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.erasers = {"wordpress-comments"}
    done = list(connector.erase(ANN, decide(found(connector))))
    assert {each.deed for each in done if each.kind.startswith("plugin")} == {Deed.NEEDS_PERSON}
    assert vendor.count("POST", "/erasures") == 0


@pytest.mark.parametrize(
    ("part", "words"),
    [("endless", "there are more than 1000 pages"), ("fails", "an exporter or eraser of a plugin fails")],
)
def test_an_exporter_that_never_ends_or_fails_needs_a_person(
    vendor: WordPress, connector: HttpConnector, part: str, words: str
) -> None:
    setattr(vendor, part, {"letters"})
    vendor.held["letters"].clear()
    with pytest.raises(NeedsPerson, match=f"find_source: {words}"):
        found(connector)


def test_an_eraser_that_never_ends_needs_a_person(vendor: WordPress, connector: HttpConnector) -> None:
    scope = decide(found(connector))
    vendor.endless = {"eraser letters"}
    with pytest.raises(NeedsPerson, match="run_eraser: there are more than 1000 pages"):
        list(connector.erase(ANN, [each for each in scope if each.kind != "user"]))


def test_a_plugin_that_is_not_there_any_more_is_missed(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.lost = True
    with pytest.raises(NeedsPerson, match="is not active any more"):
        found(connector)
    assert any("is not active any more" in each for each in connector.check().problems)


def test_without_the_companion_accounts_comments_and_uploads_are_reached(vendor: WordPress, tmp_path: Path) -> None:
    vendor.companion = False
    with pytest.raises(NeedsPerson, match="install and activate the plugin Habeas"):
        found(open_site(vendor, tmp_path))
    alone = open_site(vendor, tmp_path, companion=False)
    assert alone.check().problems == ()
    assert {each.kind for each in found(alone)} == {"user", "comment", "upload"}
    assert {each.deed for each in alone.erase(ANN, decide(found(alone)))} == {Deed.ERASED}
    assert (vendor.count("GET", "/habeas/"), vendor.count("POST", "/habeas/")) == (1, 0)


def test_an_eraser_without_an_exporter_is_told(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.erasers.add("stamps")
    (told,) = connector.check().problems
    assert "a plugin has an eraser and no exporter of the same name" in told


def test_a_header_that_is_dropped_on_the_way_is_told(vendor: WordPress, connector: HttpConnector) -> None:
    vendor.drops = True
    with pytest.raises(NeedsPerson, match="find_comments: the header X-HTTP-Method-Override"):
        found(connector)
    with pytest.raises(NeedsPerson, match="find_users: the header X-HTTP-Method-Override"):
        list(connector.channels(ANN))


def test_the_plugin_has_our_version_and_wordpress_licence() -> None:
    head = WORDPRESS_PLUGIN.read_text(encoding="utf-8").partition("*/")[0]
    assert f" * Version: {version('habeas')}\n" in head
    assert " * License: GPL-2.0-or-later\n" in head
