"""An erasure does exactly what was decided, and shared, needed, changed and new rows come out as they have to."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from connector_shop import ANN, BOB, DATABASES, PHOTO, connect, fresh_url, make_shop, shop_map

from habeas.connectors.sql import SqlConnector
from habeas.sdk import Decided, Done, Guard, NeedsPerson, Refused, Subject, TryLater
from habeas.testing.servers.postgres import Postgres

Ask = Callable[[str], list[Any]]


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh_url(request, tmp_path)


@pytest.fixture
def engine(url: str) -> sa.Engine:
    return make_shop(url)


@pytest.fixture
def shop(engine: sa.Engine, url: str, tmp_path: Path) -> SqlConnector:
    return connect(url, tmp_path, shop_map("sqlite" in url))


@pytest.fixture
def ask(engine: sa.Engine) -> Ask:
    def fetch(statement: str) -> list[Any]:
        with engine.begin() as connection:
            result = connection.exec_driver_sql(statement)
            return [tuple(row) for row in result] if result.returns_rows else []

    return fetch


def scope_of(shop: SqlConnector, subject: Subject, *kept: str) -> list[Decided]:
    return [
        Decided(each.kind, each.key, each.digest, each.kind in kept, "tax" if each.kind in kept else None)
        for each in shop.locate(subject)
    ]


def erase(shop: SqlConnector, subject: Subject, scope: list[Decided]) -> dict[tuple[str, str], Done]:
    done = list(Guard(subject).done(shop.erase(subject, scope), scope))
    return {(each.kind, str(each.deed)): each for each in done}


def test_everything_goes_but_what_others_share(shop: SqlConnector, ask: Ask) -> None:
    done = erase(shop, ANN, scope_of(shop, ANN))
    assert {key: (each.count, each.verified) for key, each in done.items()} == {
        ("customer", "erased"): (1, True), ("address", "erased"): (1, True), ("address", "kept"): (1, True),
        ("card", "erased"): (1, True), ("orders", "erased"): (2, True), ("item", "erased"): (3, True),
        ("review", "erased"): (1, True), ("ticket", "erased"): (1, True), ("friend", "erased"): (2, True),
    }  # fmt: skip
    assert done["address", "kept"].ground == "shared"
    assert ask("SELECT id FROM customer ORDER BY id") == [(2,), (3,), (4,)]
    assert ask("SELECT id FROM address ORDER BY id") == [(1,), (2,)]
    assert ask("SELECT street FROM address WHERE id = 1") == [("High Street 1",)]
    assert ask("SELECT id FROM review ORDER BY id") == [(2,), (3,)]


def test_when_the_last_who_shares_it_goes_the_shared_row_goes(shop: SqlConnector, ask: Ask) -> None:
    erase(shop, ANN, scope_of(shop, ANN))
    done = erase(shop, BOB, scope_of(shop, BOB))
    assert done["address", "erased"].count == 1
    assert ask("SELECT id FROM address") == [(2,)]


def test_rows_that_kept_rows_need_are_blanked_and_nothing_else_of_them_stays(shop: SqlConnector, ask: Ask) -> None:
    done = erase(shop, ANN, scope_of(shop, ANN, "orders", "item"))
    assert done["orders", "kept"].count == 2
    assert done["orders", "kept"].ground == "tax"
    assert (done["customer", "anonymised"].count, done["customer", "anonymised"].why) == (1, "kept rows refer to it")
    assert done["address", "kept"].count == 1  # Bob lives there, too
    assert done["address", "anonymised"].count == 1  # only Ann's kept order went there
    blank = (1, "erased-1@invalid", None, None, None, None, None)
    assert ask("SELECT id, email, name, secret, created, address_id, card_id FROM customer WHERE id = 1") == [blank]
    assert ask("SELECT street FROM address WHERE id = 3") == [("erased-3",)]
    assert ask("SELECT count(*) FROM card WHERE customer_id = 1") == [(0,)]
    assert ask("SELECT count(*) FROM orders WHERE customer_id = 1") == [(2,)]
    assert list(shop.channels(ANN)) == []


def test_an_order_that_came_after_the_plan_keeps_what_it_needs(shop: SqlConnector, ask: Ask) -> None:
    scope = scope_of(shop, ANN)
    ask("INSERT INTO orders VALUES (12, 1, '2026-01-01 00:00:00', 3, 1.00)")
    done = erase(shop, ANN, scope)
    assert done["orders", "needs_person"].count == 1
    assert done["orders", "erased"].count == 2
    assert done["customer", "needs_person"].why == "other rows refer to it"
    assert ask("SELECT name FROM customer WHERE id = 1") == [("Ann",)]
    assert ask("SELECT id FROM orders WHERE customer_id = 1") == [(12,)]
    assert ask("SELECT street FROM address WHERE id = 3") == [("Only Ann 3",)]


def test_a_row_that_changed_after_the_plan_stays_with_what_it_needs(shop: SqlConnector, ask: Ask) -> None:
    scope = scope_of(shop, ANN)
    ask("UPDATE orders SET total = 1 WHERE id = 11")
    done = erase(shop, ANN, scope)
    assert done["orders", "needs_person"].why == "it changed after the plan was made"
    assert ask("SELECT id FROM orders WHERE customer_id = 1") == [(11,)]
    assert ask("SELECT name FROM customer WHERE id = 1") == [("Ann",)]


def test_a_kept_row_that_is_gone_goes_to_a_person(shop: SqlConnector, ask: Ask) -> None:
    scope = scope_of(shop, ANN, "ticket")
    ask("DELETE FROM ticket WHERE id = 1")
    assert erase(shop, ANN, scope)["ticket", "needs_person"].why == "it was to be kept and is gone"


def test_a_row_that_is_not_tied_to_the_person_any_more_goes_to_a_person(shop: SqlConnector, ask: Ask) -> None:
    scope = scope_of(shop, ANN)
    ask("UPDATE orders SET address_id = NULL WHERE id = 11")  # changed, and address 3 is nobody's now
    done = erase(shop, ANN, scope)
    assert done["address", "needs_person"].why == "nothing ties it to the person any more"
    assert ask("SELECT id FROM address WHERE id = 3") == [(3,)]


def test_rows_of_a_table_that_the_map_does_not_know_stop_a_deletion(
    shop: SqlConnector, ask: Ask, engine: sa.Engine
) -> None:
    ask("CREATE TABLE session (id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customer (id) ON DELETE CASCADE)")
    ask("INSERT INTO session VALUES (1, 1)")
    done = erase(shop, ANN, scope_of(shop, ANN))
    assert done["customer", "needs_person"].why == "other rows refer to it"
    assert ask("SELECT id FROM session") == [(1,)]


def test_an_order_for_unknown_or_double_or_impossible_records_is_refused(shop: SqlConnector, ask: Ask) -> None:
    good = scope_of(shop, ANN)
    for scope in (
        [*good, Decided("sqlite_master", "1", "0", keep=False)],
        [*good, good[0]],
        [*good, Decided("customer", "1 OR 1=1", "0", keep=False)],
        [*good, Decided("item", '["10"]', "0", keep=False)],
        [*good, Decided("item", '{"10": "1"}', "0", keep=False)],
    ):
        with pytest.raises(Refused):
            list(shop.erase(ANN, scope))
    assert ask("SELECT count(*) FROM customer") == [(4,)]


def test_a_change_that_the_database_forbids_changes_nothing(
    shop: SqlConnector, ask: Ask, url: str, tmp_path: Path
) -> None:
    ask("CREATE UNIQUE INDEX one_street ON address (street)")
    ask("INSERT INTO address VALUES (9, 'erased-3')")
    scope = scope_of(shop, ANN, "orders", "item")
    with pytest.raises(NeedsPerson, match="nothing was changed") as caught:
        list(shop.erase(ANN, scope))
    assert "erased-3" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert ask("SELECT count(*) FROM card WHERE customer_id = 1") == [(1,)]


def test_a_database_that_undoes_what_was_done_is_found_out(url: str, tmp_path: Path) -> None:
    if not url.startswith("sqlite"):
        url = f"sqlite:///{tmp_path}/undo.db"  # one trigger language is enough for this
    engine = make_shop(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER undo AFTER DELETE ON ticket BEGIN"
            " INSERT INTO ticket VALUES (old.id, old.email, old.body, old.photo); END"
        )
    shop = connect(url, tmp_path, shop_map(sqlite=True))
    with pytest.raises(NeedsPerson, match="reading back"):
        list(shop.erase(ANN, scope_of(shop, ANN)))
    assert {each.kind for each in shop.locate(ANN)} >= {"customer", "card", "orders"}


def test_bytes_in_a_row_are_an_attachment_with_their_digest(shop: SqlConnector, ask: Ask) -> None:
    (ticket,) = [each for each in shop.export(ANN) if each.kind == "ticket"]
    (photo,) = ticket.attachments
    with photo.open() as file:
        assert file.read() == PHOTO
    assert (photo.size, photo.media_type) == (len(PHOTO), "image/png")
    ask("UPDATE ticket SET photo = NULL WHERE id = 1")
    with pytest.raises(NeedsPerson):
        photo.open()


def test_what_is_left_out_does_not_leave(shop: SqlConnector) -> None:
    (customer,) = [each for each in shop.export(ANN) if each.kind == "customer"]
    assert "secret" not in customer.data
    assert customer.data["created"] == "2024-01-31"
    assert str(customer.dated) == "2024-01-31"
    assert shop.descriptions["customer"] == {"card_id": "The card that is used first"}


@pytest.mark.servers
def test_a_row_that_somebody_holds_is_tried_later(
    postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("habeas.connectors.sql.access.LOCK_WAIT_SECONDS", 1)
    url = postgres.fresh_database()
    engine = make_shop(url)
    shop = connect(url, tmp_path, shop_map(sqlite=False))
    scope = scope_of(shop, ANN)
    with engine.begin() as other:
        other.exec_driver_sql("UPDATE customer SET name = 'Anna' WHERE id = 1")
        with pytest.raises(TryLater, match="55P03"):
            list(shop.erase(ANN, scope))
    done = erase(shop, ANN, scope)
    assert done["customer", "needs_person"].count == 1


@pytest.mark.servers
def test_an_export_sees_one_state_of_the_database(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.fresh_database()
    engine = make_shop(url)
    records = connect(url, tmp_path, shop_map(sqlite=False)).export(ANN)
    first = next(records)
    with engine.begin() as other:
        other.exec_driver_sql("DELETE FROM review")
        other.exec_driver_sql("DELETE FROM item")
    kinds = {first.kind, *(each.kind for each in records)}
    assert kinds >= {"item", "review"}


FILE_MAP = """
version: 1
system: letters
tables:
  letter:
    key: id
    activity: letters
    identifiers: {email: mail}
    files: {column: path, root: letters, media_type: text/plain}
"""


def make_letters(folder: Path, *paths: str) -> SqlConnector:
    rows = "".join(f";\nINSERT INTO letter VALUES ({n}, 'ann@example.com', '{path}')" for n, path in enumerate(paths))
    make_shop(f"sqlite:///{folder}/l.db", "CREATE TABLE letter (id INTEGER PRIMARY KEY, mail TEXT, path TEXT)", rows)
    (folder / "letters").mkdir()
    (folder / "letters" / "1.txt").write_text("dear Ann")
    (folder / "secret.txt").write_text("of the company")
    return connect(f"sqlite:///{folder}/l.db", folder, FILE_MAP)


MAIL = Subject({"email": ("ann@example.com",)})


def test_a_file_that_a_row_names_is_attached_and_goes_with_the_row(tmp_path: Path) -> None:
    letters = make_letters(tmp_path, "1.txt")
    (record,) = letters.export(MAIL)
    with record.attachments[0].open() as file:
        assert file.read() == b"dear Ann"
    assert erase(letters, MAIL, scope_of(letters, MAIL))["letter", "erased"].count == 1
    assert not (tmp_path / "letters" / "1.txt").exists()


def test_a_file_that_another_row_names_too_stays(tmp_path: Path) -> None:
    letters = make_letters(tmp_path, "1.txt", "1.txt")
    scope = scope_of(letters, MAIL)
    kept = Decided("letter", scope[0].key, scope[0].digest, keep=True)
    erase(letters, MAIL, [kept, scope[1]])
    assert (tmp_path / "letters" / "1.txt").exists()


@pytest.mark.parametrize("path", ["../secret.txt", "../../etc/passwd", "x/../../secret.txt", "/etc/passwd", "."])
def test_a_path_out_of_the_folder_goes_to_a_person(tmp_path: Path, path: str) -> None:
    letters = make_letters(tmp_path, path)
    with pytest.raises(NeedsPerson, match="outside"):
        list(letters.export(MAIL))
    scope = [Decided("letter", "0", "0" * 64, keep=False)]
    assert erase(letters, MAIL, scope)["letter", "needs_person"].count == 1
    assert (tmp_path / "secret.txt").exists()
