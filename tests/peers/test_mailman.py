"""Mailman's connector against a real Mailman 3: its own data, its own idea of erasure."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.account import read_account
from habeas.sdk import Deed, NeedsPerson, Record, Subject, TryLater
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.servers.mailman import ADMINISTRATOR, Mailman
from habeas.testing.servers.server import free_port
from habeas.testing.vendors.switches import ManualClock

pytestmark = pytest.mark.servers

PLANT = (Path(__file__).parent / "mailman" / "plant.py").read_text()
ANN, BOB, JOANN = (Subject({"email": (f"{name}@example.com",)}) for name in ("ann", "bob", "joann"))
READY = {"pre_verified": True, "pre_confirmed": True, "pre_approved": True}


@pytest.fixture(scope="module")
def planted(mailman: Mailman) -> Mailman:
    """Two lists, on which three people are members, want to be, and wrote something that is held."""
    with mailman.ask() as client:
        client.post("/domains", data={"mail_host": "lists.example"})
        for name in ("news", "staff"):
            assert client.post("/lists", data={"fqdn_listname": f"{name}@lists.example"}).status_code == 201
        client.patch("/lists/staff.lists.example/config", data={"subscription_policy": "moderate"})
        for name in ("ann", "bob", "joann"):
            email = f"{name}@example.com"
            client.post("/users", data={"email": email, "display_name": name.title(), "password": "x"})
            client.post(f"/users/{email}/addresses", data={"email": f"{name}.second@example.com"})
            for address in (email, f"{name}.second@example.com"):
                asked = {"list_id": "news.lists.example", "subscriber": address, **READY}
                assert client.post("/members", data=asked).status_code == 201
            waits = {"list_id": "staff.lists.example", "subscriber": email, **READY, "pre_approved": False}
            assert client.post("/members", data=waits).status_code == 202
    mailman.run(PLANT)
    mailman.keep()
    return mailman


@pytest.fixture
def lists(planted: Mailman) -> Mailman:
    planted.bring_back()
    return planted


@pytest.fixture
def connector(lists: Mailman, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect(lists.url, tmp_path, lists.password)
    yield connector
    connector.close()


def connect(url: str, folder: Path, password: str) -> HttpConnector:
    (folder / "password").write_text(password)
    settings = {"vendor": "mailman", "base_url": url, "token_file": "password", "options": {"user": ADMINISTRATOR}}
    clock = ManualClock()
    account = read_account({**settings, "activities": {"default": "newsletter"}}, folder)
    connector = HttpConnector(account, clock=clock, sleep=clock.advance)
    connector.state = folder / "state"
    return connector


def records_of(connector: HttpConnector, subject: Subject = ANN) -> list[Record]:
    return [each for each in connector.export(subject) if isinstance(each, Record)]


def kinds_of(connector: HttpConnector, kind: str) -> set[Item]:
    return {(each.kind, each.key) for each in records_of(connector) if each.kind == kind}


class TestMailman(ConnectorContract):
    against = "Mailman 3.3"

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
    def keepable(self, connector: HttpConnector) -> set[Item]:
        return kinds_of(connector, "held_message") | kinds_of(connector, "subscription_request")

    @pytest.fixture
    def expected(self, connector: HttpConnector, keepable: set[Item]) -> set[Item]:
        users, members = kinds_of(connector, "user"), kinds_of(connector, "membership")
        assert (len(users), len(members), len(keepable)) == (1, 2, 2)
        addresses = {("user_address", each) for each in ("ann@example.com", "ann.second@example.com")}
        return {("address", "ann@example.com"), *users, *addresses, *members, *keepable}

    @pytest.fixture
    def change(self, lists: Mailman, connector: HttpConnector) -> Callable[[], Item]:
        def change() -> Item:
            (user,) = kinds_of(connector, "user")
            with lists.ask() as client:
                client.patch("/users/ann@example.com", data={"display_name": "Anna"})
            return user

        return change

    @pytest.fixture
    def correct(self, connector: HttpConnector) -> tuple[Item, dict[str, Any]]:
        (user,) = kinds_of(connector, "user")
        return user, {"display_name": "Anna Novak"}

    @pytest.fixture
    def suppressed(self, lists: Mailman) -> Callable[[], bool]:
        def look() -> bool:
            with lists.ask() as client:
                told = client.get("/addresses/ann@example.com/preferences").json()
                return bool(told.get("delivery_status") == "by_user")

        return look

    @pytest.fixture
    def secrets(self, lists: Mailman) -> tuple[str, ...]:
        return (lists.password,)


def rows_with(database: Path, text: str) -> list[str]:
    """The rows of every table that hold a text."""
    with sqlite3.connect(database) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [f"{name}: {row}" for name in tables for row in opened.execute(f'SELECT * FROM "{name}"')]
    return [row for row in rows if text in row.lower().replace("joann", "")]


def test_everything_of_hers_goes_and_others_stay_as_they_are(connector: HttpConnector, lists: Mailman) -> None:
    others = [records_of(connector, each) for each in (BOB, JOANN)]
    assert all(others)
    assert rows_with(lists.database, "ann@example.com")
    done = list(connector.erase(ANN, decide(records_of(connector))))
    assert {(each.deed, each.verified) for each in done} == {(Deed.ERASED, True)}
    assert records_of(connector) == []
    assert [records_of(connector, each) for each in (BOB, JOANN)] == others
    assert rows_with(lists.database, "ann@example.com") == []


def test_an_owner_of_a_list_stays(connector: HttpConnector, lists: Mailman) -> None:
    with lists.ask() as client:
        asked = {"list_id": "news.lists.example", "subscriber": "ann@example.com", "role": "owner", **READY}
        assert client.post("/members", data=asked).status_code == 201
    done = list(connector.erase(ANN, decide(records_of(connector))))
    assert {each.kind for each in done if each.deed is Deed.NEEDS_PERSON} >= {"user", "membership", "address"}
    assert len(kinds_of(connector, "user")) == 1


def test_a_digest_of_a_password_is_given_to_nobody(connector: HttpConnector) -> None:
    (user,) = [each for each in records_of(connector) if each.kind == "user"]
    assert user.data.keys() == {"user_id", "display_name", "created_on", "is_server_owner"}


def test_a_ban_is_told(connector: HttpConnector, lists: Mailman) -> None:
    with lists.ask() as client:
        client.post("/lists/news.lists.example/bans", data={"email": "ann@example.com"})
    assert kinds_of(connector, "ban") == {("ban", '["news.lists.example","ann@example.com"]')}


def test_a_wrong_password_and_a_server_that_is_away_are_told_apart(lists: Mailman, tmp_path: Path) -> None:
    with pytest.raises(NeedsPerson, match="token"):
        records_of(connect(lists.url, tmp_path, "not the password"))
    with pytest.raises(TryLater):
        records_of(connect(f"http://127.0.0.1:{free_port()}/3.1", tmp_path, lists.password))
