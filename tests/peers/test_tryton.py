"""Tryton's connector against a real Tryton: its own data, its own idea of erasure."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.account import read_account
from habeas.sdk import Deed, NeedsPerson, Record, Subject, TryLater
from habeas.testing.connector_contract import ConnectorContract, Item, decide
from habeas.testing.servers.server import free_port
from habeas.testing.servers.tryton import DATABASE, USER, Tryton
from habeas.testing.vendors.switches import ManualClock

pytestmark = pytest.mark.servers

NAMES = ("ann", "bob", "joann")
ANN, BOB, JOANN = (Subject({"email": (f"{name}@example.com",)}) for name in NAMES)
Numbers = dict[str, int]
ANY = [["active", "in", [True, False]]]


@pytest.fixture
def numbers(tryton: Tryton) -> Numbers:
    """Three parties, as new ones, with what hangs on them; those of the tests before have other addresses by now."""
    for kind in ("marketing.email", "party.contact_mechanism", "party.address"):
        if old := tryton.ask(f"model.{kind}.search", ANY, 0, None, None):
            tryton.ask(f"model.{kind}.delete", old)
    made = tryton.ask("model.party.party.create", [party(name) for name in NAMES])
    old = tryton.ask("model.party.contact_mechanism.search", [["value", "like", "%.second@%"]], 0, None, None)
    tryton.ask("model.party.contact_mechanism.write", old, {"active": False})
    list_ = tryton.ask("model.marketing.email.list.create", [{"name": "News"}])[0]
    subscribers = [{"email": f"{name}@example.com", "list_": list_} for name in NAMES]
    tryton.ask("model.marketing.email.create", subscribers)
    return dict(zip(NAMES, made, strict=True))


def party(name: str) -> dict[str, Any]:
    contacts = [
        {"type": "email", "value": f"{name.title()}@Example.com"},
        {"type": "phone", "value": "+38631000001"},
        {"type": "email", "value": f"{name}.second@example.com"},
    ]
    address = {"street": f"Street of {name}", "city": "Ljubljana"}
    return {"name": name.title(), "addresses": [["create", [address]]], "contact_mechanisms": [["create", contacts]]}


@pytest.fixture
def connector(tryton: Tryton, numbers: Numbers, tmp_path: Path) -> Iterator[HttpConnector]:
    connector = connect(tryton.url, tmp_path, tryton.password)
    yield connector
    connector.close()


def connect(url: str, folder: Path, password: str) -> HttpConnector:
    (folder / "password").write_text(password)
    settings = {"vendor": "tryton", "base_url": url, "token_file": "password", "activities": {"default": "crm"}}
    clock = ManualClock()
    account = read_account({**settings, "options": {"user": USER, "database": DATABASE}}, folder)
    connector = HttpConnector(account, clock=clock, sleep=clock.advance)
    connector.state = folder / "state"
    return connector


def records_of(connector: HttpConnector, subject: Subject = ANN) -> list[Record]:
    return [each for each in connector.export(subject) if isinstance(each, Record)]


def items_of(connector: HttpConnector, *kinds: str) -> set[Item]:
    return {(each.kind, each.key) for each in records_of(connector) if each.kind in kinds}


class TestTryton(ConnectorContract):
    against = "Tryton 8.2"

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
    def expected(self, connector: HttpConnector, numbers: Numbers) -> set[Item]:
        hanging = items_of(connector, "contact", "address", "subscriber")
        assert len(hanging) == 5
        return {("party", str(numbers["ann"])), *hanging}

    @pytest.fixture
    def keepable(self, connector: HttpConnector) -> set[Item]:
        return items_of(connector, "subscriber")

    @pytest.fixture
    def change(self, tryton: Tryton, numbers: Numbers) -> Callable[[], Item]:
        def change() -> Item:
            tryton.ask("model.party.party.write", [numbers["ann"]], {"name": "Anna"})
            return ("party", str(numbers["ann"]))

        return change

    @pytest.fixture
    def correct(self, numbers: Numbers) -> tuple[Item, dict[str, Any]]:
        return ("party", str(numbers["ann"])), {"name": "Anna Novak"}

    @pytest.fixture
    def restricted(self, tryton: Tryton, numbers: Numbers) -> Callable[[], bool]:
        return lambda: not tryton.ask("model.party.party.read", [numbers["ann"]], ["active"])[0]["active"]

    @pytest.fixture
    def suppressed(self, tryton: Tryton) -> Callable[[], bool]:
        asked = [["email", "=", "ann@example.com"], *ANY]
        return lambda: not tryton.ask("model.marketing.email.search_read", asked, 0, 1, None, ["active"])[0]["active"]

    @pytest.fixture
    def secrets(self, tryton: Tryton) -> tuple[str, ...]:
        return (tryton.password,)


def rows_with(database: Path, *texts: str) -> list[str]:
    """The rows of every table that hold one of these texts."""
    with sqlite3.connect(database) as opened:
        tables = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [f"{name}: {row}" for name in tables for row in opened.execute(f'SELECT * FROM "{name}"')]
    return [row for row in rows if any(text in row.lower().replace("joann", "") for text in texts)]


def test_everything_of_hers_goes_and_others_stay_as_they_are(
    connector: HttpConnector, tryton: Tryton, numbers: Numbers
) -> None:
    others = [records_of(connector, each) for each in (BOB, JOANN)]
    assert all(others)
    assert len(rows_with(tryton.database, "ann@example.com", "street of ann")) >= 3
    done = list(connector.erase(ANN, decide(records_of(connector))))
    told = {(each.kind, each.deed, each.verified) for each in done}
    gone = {(kind, Deed.ANONYMISED, True) for kind in ("party", "contact", "address")}
    assert told == {("subscriber", Deed.ERASED, True), *gone}
    assert records_of(connector) == []
    assert [records_of(connector, each) for each in (BOB, JOANN)] == others
    assert tryton.ask("model.party.party.read", [numbers["ann"]], ["name", "active"])[0]["name"] is None
    assert rows_with(tryton.database, "ann@example.com", "street of ann") == []


def test_tryton_s_own_wizard_alone_would_leave_the_address(tryton: Tryton, numbers: Numbers) -> None:
    """Why contacts are deleted first: beside the stars stays what was typed, as a machine reads it."""
    number = numbers["ann"]
    tryton.ask("model.party.party.write", [number], {"active": False})
    wizard = tryton.ask("wizard.party.erase.create")[0]
    tryton.ask("wizard.party.erase.execute", wizard, {"ask": {"party": number}}, "erase")
    assert rows_with(tryton.database, "ann@example.com")


def test_a_wrong_password_and_a_server_that_is_away_are_told_apart(
    tryton: Tryton, numbers: Numbers, tmp_path: Path
) -> None:
    with pytest.raises(NeedsPerson, match="token"):
        records_of(connect(tryton.url, tmp_path, "not the password"))
    with pytest.raises(TryLater):
        records_of(connect(f"http://127.0.0.1:{free_port()}", tmp_path, tryton.password))
