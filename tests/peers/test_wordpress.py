"""WordPress's connector against a real WordPress with PHP and MariaDB: its own data, its own idea of erasure."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.account import read_account
from habeas.sdk import Deed, NeedsPerson, Record, Subject
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.servers.wordpress import ADMINISTRATOR, WordPress
from habeas.testing.vendors.switches import ManualClock

pytestmark = pytest.mark.servers

HERE = Path(__file__).parent / "wordpress"
COMPANION = Path(read_account.__code__.co_filename).parent / "companions" / "wordpress" / "habeas.php"
ANN, BOB, JOANN = (Subject({"email": (f"{name}@example.com",)}) for name in ("ann", "bob", "joann"))
Numbers = dict[str, Any]


@pytest.fixture(scope="module")
def site(wordpress: WordPress) -> WordPress:
    """The site with the companion, and with a plugin of somebody else's."""
    for plugin in (COMPANION, HERE / "shop.php"):
        shutil.copy(plugin, wordpress.plugins)
        wordpress.activate(plugin.name)
    return wordpress


@pytest.fixture
def numbers(site: WordPress) -> Numbers:
    return dict(site.run((HERE / "plant.php").read_text().removeprefix("<?php")))


@pytest.fixture
def connector(site: WordPress, numbers: Numbers, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect(site, tmp_path, site.password)
    yield connector
    connector.close()


def connect(site: WordPress, folder: Path, password: str, user: str = ADMINISTRATOR) -> HttpConnector:
    (folder / "password").write_text(password)
    settings = {"vendor": "wordpress", "base_url": f"{site.url}/wp-json", "token_file": "password"}
    options = {"user": user, "reassign_to": 1}
    account = read_account({**settings, "options": options, "activities": {"default": "site"}}, folder)
    clock = ManualClock()  # its pace is for sites with visitors
    connector = HttpConnector(account, clock=clock, sleep=clock.advance)
    connector.state = folder / "state"
    return connector


def records_of(connector: HttpConnector, subject: Subject) -> list[Record]:
    return [each for each in connector.export(subject) if isinstance(each, Record)]


class TestWordPress(ConnectorContract):
    against = "WordPress 6.1 with PHP and MariaDB"

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
    def keepable(self, numbers: Numbers) -> set[Item]:
        return {("comment", str(number)) for number in numbers["ann"]["comments"]}

    @pytest.fixture
    def expected(self, connector: HttpConnector, numbers: Numbers, keepable: set[Item]) -> set[Item]:
        user = numbers["ann"]["user"]
        opaque = {(each.kind, each.key) for each in records_of(connector, ANN) if each.kind in ("person", "session")}
        orders = {("item", f'["shop","orders","order-{user}{number}"]') for number in ("01", "02")}
        assert len(opaque) == 2
        return {("user", str(user)), *opaque, *keepable, *orders}

    @pytest.fixture
    def change(self, site: WordPress, numbers: Numbers) -> Callable[[], Item]:
        def change() -> Item:
            user = numbers["ann"]["user"]
            site.run(f"wp_update_user(['ID' => {user}, 'display_name' => 'Anna']);")
            return ("user", str(user))

        return change

    @pytest.fixture
    def correct(self, numbers: Numbers) -> tuple[Item, dict[str, Any]]:
        return ("user", str(numbers["ann"]["user"])), {"name": "Anna Novak", "description": "of Ljubljana"}

    @pytest.fixture
    def secrets(self, site: WordPress) -> tuple[str, ...]:
        return (site.password,)


def test_everything_of_hers_goes_and_others_stay_as_they_are(connector: HttpConnector, site: WordPress) -> None:
    others = [records_of(connector, each) for each in (BOB, JOANN)]
    assert all(others)
    done = list(connector.erase(ANN, decide(records_of(connector, ANN))))
    assert {(each.deed, each.verified) for each in done} == {(Deed.ERASED, True)}
    assert records_of(connector, ANN) == []
    assert [records_of(connector, each) for each in (BOB, JOANN)] == others
    dump = site.run(DUMP)
    assert sum("joann@example.com" in str(row).lower() for row in dump) > 0
    assert [row for row in dump if "ann@example.com" in str(row).lower().replace("joann@example.com", "")] == []


#: Every row of every table.
DUMP = """
global $wpdb;
$rows = [];
foreach ($wpdb->get_col('SHOW TABLES') as $table) {
    foreach ($wpdb->get_results("SELECT * FROM $table", ARRAY_A) as $row) {
        $rows[] = $row;
    }
}
echo json_encode($rows, JSON_INVALID_UTF8_SUBSTITUTE);
"""


@pytest.mark.parametrize(("mood", "words"), [("throws", "failed or never ended"), ("endless", "failed or never ended")])
def test_a_plugin_that_fails_is_told_and_quotes_nobody(
    connector: HttpConnector, site: WordPress, mood: str, words: str
) -> None:
    site.run(f"update_option('shop_mood', '{mood}');")
    with pytest.raises(NeedsPerson, match=words) as caught:
        records_of(connector, ANN)
    assert "ann" not in str(caught.value).lower().replace("cannot", "")
    whole = httpx.post(
        f"{site.url}/wp-json/habeas/v1/find", auth=(ADMINISTRATOR, site.password), json={"email": "ann@example.com"}
    )
    assert "ann" not in whole.text


def test_what_an_eraser_keeps_goes_to_a_person(connector: HttpConnector, site: WordPress) -> None:
    site.run("update_option('shop_mood', 'keeps');")
    done = {each.kind: each.deed for each in connector.erase(ANN, decide(records_of(connector, ANN)))}
    assert (done["person"], done["item"], done["user"]) == (Deed.NEEDS_PERSON, Deed.NEEDS_PERSON, Deed.ERASED)


def test_an_editor_stays(connector: HttpConnector, site: WordPress, numbers: Numbers) -> None:
    site.run(f"get_userdata({numbers['ann']['user']})->set_role('editor');")
    done = list(connector.erase(ANN, decide(records_of(connector, ANN))))
    assert [each.deed for each in done if each.kind == "user"] == [Deed.NEEDS_PERSON]
    assert [each.kind for each in records_of(connector, ANN)] == ["user", "session"]


def test_a_wrong_password_and_a_user_without_rights_are_told_apart(
    site: WordPress, numbers: Numbers, tmp_path: Path
) -> None:
    with pytest.raises(NeedsPerson, match="token"):
        records_of(connect(site, tmp_path, "not the password"), ANN)
    password = site.run(
        "echo json_encode(WP_Application_Passwords::create_new_application_password("
        f"{numbers['bob']['user']}, ['name' => 'x'])[0]);"
    )
    with pytest.raises(NeedsPerson, match="list_users"):
        records_of(connect(site, tmp_path, password, "bob"), ANN)


def test_without_the_companion_it_says_what_to_install(connector: HttpConnector, site: WordPress) -> None:
    site.run("require 'wp-admin/includes/plugin.php'; deactivate_plugins('habeas.php');")
    try:
        with pytest.raises(NeedsPerson, match="install and activate the plugin"):
            records_of(connector, ANN)
        assert any("install and activate" in each for each in connector.check().problems)
    finally:
        site.activate("habeas.php")
    assert connector.check().problems == ()


@pytest.mark.parametrize("route", ["find", "items", "erase", "sessions"])
def test_the_companion_s_routes_are_closed(site: WordPress, numbers: Numbers, route: str) -> None:
    asked = {"email": "ann@example.com", "user": numbers["ann"]["user"]}
    url = f"{site.url}/wp-json/habeas/v1/{route}"
    assert httpx.post(url, json=asked).status_code == 401
    assert httpx.get(url, params=asked, auth=(ADMINISTRATOR, site.password)).status_code == 404
    assert httpx.post(url, json={"email": "ann", "user": "x"}, auth=(ADMINISTRATOR, site.password)).status_code == 400
    assert site.run("echo json_encode(get_option('shop_orders'));").keys() >= {"ann@example.com"}
