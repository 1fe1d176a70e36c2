"""A stranger's row never gets in: wildcards, quotes, look-alikes, empty values, NULL joins, shared rows (case 44)."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from connector_shop import ANN, DATABASES, MAP, connect, fresh_url, make_shop, shop_map

from habeas.connectors.sql import SqlConnector
from habeas.sdk import Faults, Guard, NeedsPerson, Record, Subject
from habeas.testing.servers.postgres import Postgres

# Every one of these is stored, as a row of its own; whoever asks for one must see that one only.
ALIKE = (
    "ann@example.com", "ANN@example.com", "Ann@example.com", "ann@EXAMPLE.com", "ann@example.co", "nn@example.com",
    "ann@example.comm", "aann@example.com", "a_n@example.com", "a__@example.com", "_nn@example.com", "an?@example.com",
    "ann+shop@example.com", "a.nn@example.com", "ann@exampIe.com", "ann@examp1e.com", "аnn@example.com",
    "ann@exаmple.com", "ａnn@example.com", "ann@example.com.", "ann@xn--exmple-cua.com", "ann@exämple.com",
    "ánn@example.com", "a\u0301nn@example.com", "ann@example\u3002com", "\u017fann@example.com", "sann@example.com",
    "ann@example.com'", "'ann@example.com", "ann'--@example.com", "' OR '1'='1", "ann@example.com' OR '1'='1",
    'ann"@example.com', "ann;DROP TABLE t@example.com", "ann\\@example.com", "ann@example.com\\", "[a]nn@example.com",
    "(ann)@example.com", "ann@example.com#", "ann|bob@example.com", "^ann@example.com$", "ann@example.com,b@x.org",
    "kelvin@example.com", "\u212aelvin@example.com", "ITALY@example.com", "\u0130taly@example.com",
    "\u0131taly@example.com",
    "strasse@example.com", "straße@example.com", "001", "01", "1", "1.0", "+1", "1e0", "0x1", "true1", "１",
)  # fmt: skip

TABLES = """
CREATE TABLE exact (id INTEGER PRIMARY KEY, mail VARCHAR(120));
CREATE TABLE folded (id INTEGER PRIMARY KEY, mail VARCHAR(120));
CREATE TABLE numbered (id INTEGER PRIMARY KEY, number INTEGER);
"""
ONE_TABLE = """
version: 1
system: letters
tables:
  {table}:
    key: id
    activity: letters
    identifiers: {{email: {identifier}}}
"""


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh_url(request, tmp_path)


@pytest.fixture(scope="module", params=DATABASES)
def letters(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("letters")
    address = fresh_url(request, folder)
    engine = make_shop(address, TABLES, "")
    with engine.begin() as connection:
        for number, value in enumerate([*ALIKE, "", None, "%", "_", "NULL"]):
            for table in ("exact", "folded"):
                connection.execute(sa.text(f"INSERT INTO {table} VALUES (:id, :mail)"), {"id": number, "mail": value})
        connection.exec_driver_sql("INSERT INTO numbered VALUES (1, 1), (2, 10), (3, NULL), (4, 0), (5, -1)")
    return address, folder


def found(connector: SqlConnector, subject: Subject) -> list[Record]:
    return list(Guard(subject).records(connector.export(subject)))


@pytest.mark.parametrize("value", ALIKE)
def test_an_identifier_finds_its_own_row_only(letters: tuple[str, Path], value: str) -> None:
    connector = connect(*letters, ONE_TABLE.format(table="exact", identifier="mail"))
    assert [each.data["mail"] for each in found(connector, Subject({"email": (value,)}))] == [value]


@pytest.mark.parametrize("value", ALIKE)
def test_an_email_differs_in_the_case_of_ascii_letters_only(letters: tuple[str, Path], value: str) -> None:
    connector = connect(*letters, ONE_TABLE.format(table="folded", identifier="{column: mail, match: email}"))
    lower = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")
    same = {each for each in ALIKE if each.translate(lower) == value.translate(lower)}
    assert {each.data["mail"] for each in found(connector, Subject({"email": (value,)}))} == same


@pytest.mark.parametrize("value", ["01", "1.0", "+1", "１", "1e0", "0x1", "1 OR 1=1", "-1", "99999999999999999999"])
def test_a_number_is_found_by_its_own_digits_only(letters: tuple[str, Path], value: str) -> None:
    connector = connect(*letters, ONE_TABLE.format(table="numbered", identifier="number"))
    assert [each.key for each in found(connector, Subject({"email": ("1",)}))] == ["1"]
    expected = ["5"] if value == "-1" else []
    assert [each.key for each in found(connector, Subject({"email": (value,)}))] in (expected, [])


def test_rows_without_a_value_belong_to_nobody(url: str, tmp_path: Path) -> None:
    engine = make_shop(url)
    connector = connect(url, tmp_path, shop_map(sqlite="sqlite" in url))
    keys = {(each.kind, each.key) for each in found(connector, ANN)}
    assert not keys & {("customer", "3"), ("customer", "4"), ("ticket", "3"), ("ticket", "4"), ("review", "3")}
    with engine.begin() as connection:  # an order that refers to nothing must not join with other nothings
        connection.exec_driver_sql("UPDATE customer SET address_id = NULL WHERE id = 1")
        connection.exec_driver_sql("UPDATE orders SET address_id = NULL WHERE customer_id = 1")
    assert not [each for each in found(connector, ANN) if each.kind == "address"]


def test_a_shared_address_does_not_lead_to_who_shares_it(url: str, tmp_path: Path) -> None:
    make_shop(url)
    connector = connect(url, tmp_path, shop_map(sqlite="sqlite" in url))
    records = found(connector, ANN)
    assert ("address", "1") in {(each.kind, each.key) for each in records}
    assert not any("bob" in str(each.data).lower() for each in records)


def test_a_map_that_leads_from_a_shared_row_to_other_people_is_refused(tmp_path: Path) -> None:
    leaky = MAP.replace(
        "    reached_from: [customer.id -> customer_id]\n  item:",
        "    reached_from: [customer.id -> customer_id, address.id -> address_id]\n  item:",
    )
    assert leaky != MAP
    with pytest.raises(Faults, match="lead to other people"):
        connect(f"sqlite:///{tmp_path}/shop.db", tmp_path, leaky)


def test_two_people_with_one_mailbox_are_told_apart_by_what_decides(url: str, tmp_path: Path) -> None:
    engine = make_shop(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE customer SET email = 'ann@example.com' WHERE id = 2")
        connection.exec_driver_sql("DELETE FROM ticket")
    connector = connect(url, tmp_path, shop_map(sqlite="sqlite" in url))
    assert {each.key for each in found(connector, ANN) if each.kind == "customer"} == {"1"}
    both = Subject({"email": ANN.values("email"), "customer_number": ("2",)})
    assert {each.key for each in found(connector, both) if each.kind == "customer"} == {"2"}


def test_a_shared_mailbox_alone_tells_nobody_apart(url: str, tmp_path: Path) -> None:
    engine = make_shop(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE customer SET email = 'ann@example.com' WHERE id = 2")
    connector = connect(url, tmp_path, shop_map(sqlite="sqlite" in url))
    with pytest.raises(NeedsPerson, match="customer"):
        found(connector, Subject({"email": ANN.values("email")}))
    with pytest.raises(NeedsPerson, match="ticket"):  # the ticket has nothing but the shared address
        found(connector, ANN)


def test_a_row_that_contradicts_the_person_goes_to_a_person(url: str, tmp_path: Path) -> None:
    make_shop(url)
    connector = connect(url, tmp_path, shop_map(sqlite="sqlite" in url).replace("    decides: customer_number\n", ""))
    with pytest.raises(NeedsPerson, match="customer"):
        found(connector, Subject({"email": ("ann@example.com",), "customer_number": ("2",)}))


def test_a_table_that_cannot_be_searched_is_not_taken_for_empty(url: str, tmp_path: Path) -> None:
    make_shop(url)
    connector = connect(url, tmp_path, shop_map(sqlite="sqlite" in url))
    with pytest.raises(NeedsPerson, match="ticket cannot be searched: email"):
        found(connector, Subject({"customer_number": ("1",)}))


def test_too_many_rows_stop_the_order(url: str, tmp_path: Path) -> None:
    make_shop(url)
    connector = connect(url, tmp_path, shop_map(sqlite="sqlite" in url), max_rows=3)
    with pytest.raises(NeedsPerson, match="more than 3"):
        list(connector.export(ANN))


def test_a_column_that_folds_case_by_itself_finds_its_own_spelling_only(tmp_path: Path) -> None:
    make_shop(
        f"sqlite:///{tmp_path}/a.db",
        "CREATE TABLE mail (id INTEGER PRIMARY KEY, mail TEXT COLLATE NOCASE)",
        ";\nINSERT INTO mail VALUES (1, 'ann@example.com'), (2, 'ANN@example.com')",
    )
    connector = connect(f"sqlite:///{tmp_path}/a.db", tmp_path, ONE_TABLE.format(table="mail", identifier="mail"))
    assert [each.key for each in found(connector, Subject({"email": ("ann@example.com",)}))] == ["1"]


@pytest.mark.servers
def test_a_char_column_is_found_without_the_spaces_that_fill_it(postgres: Postgres, tmp_path: Path) -> None:
    url = postgres.fresh_database()
    with sa.create_engine(url, poolclass=sa.pool.NullPool).begin() as connection:
        connection.exec_driver_sql("CREATE TABLE mail (id integer PRIMARY KEY, mail char(30))")
        connection.exec_driver_sql("INSERT INTO mail VALUES (1, 'ann@example.com'), (2, 'ann@example.com x')")
    connector = connect(url, tmp_path, ONE_TABLE.format(table="mail", identifier="mail"))
    assert [each.key for each in found(connector, Subject({"email": ("ann@example.com",)}))] == ["1"]


def test_an_empty_value_contradicts_nobody(url: str, tmp_path: Path) -> None:
    make_shop(url)
    connector = connect(url, tmp_path, shop_map(sqlite="sqlite" in url).replace("    decides: customer_number\n", ""))
    empty = Subject({"email": ("empty@example.com",), "customer_number": ("4",)})
    assert {(each.kind, each.key) for each in found(connector, empty)} == {("customer", "4"), ("address", "2")}


CODES = """
CREATE TABLE person (id INTEGER PRIMARY KEY, mail TEXT, code TEXT);
CREATE TABLE visit (id INTEGER PRIMARY KEY, code TEXT COLLATE NOCASE, owner TEXT)"""
CODE_MAP = """
version: 1
system: visits
tables:
  person:
    key: id
    activity: visits
    identifiers: {email: mail}
  visit:
    key: id
    activity: visits
    identifiers: {email: owner}
    decides: email
    reached_from: [person.code -> code]
"""


def test_a_reference_that_the_database_takes_for_another_goes_to_a_person(tmp_path: Path) -> None:
    rows = ";\nINSERT INTO person VALUES (1, 'ann@example.com', 'Aa');\nINSERT INTO visit VALUES (1, 'aa', NULL)"
    make_shop(f"sqlite:///{tmp_path}/a.db", CODES, rows)
    connector = connect(f"sqlite:///{tmp_path}/a.db", tmp_path, CODE_MAP)
    with pytest.raises(NeedsPerson, match="for the same"):
        list(connector.export(Subject({"email": ("ann@example.com",)})))


def test_a_reference_to_a_row_that_somebody_else_owns_goes_to_a_person(tmp_path: Path) -> None:
    rows = ";\nINSERT INTO person VALUES (1, 'ann@example.com', 'a')"
    rows += ";\nINSERT INTO visit VALUES (1, 'a', 'bob@example.com')"
    make_shop(f"sqlite:///{tmp_path}/a.db", CODES, rows)
    connector = connect(f"sqlite:///{tmp_path}/a.db", tmp_path, CODE_MAP)
    with pytest.raises(NeedsPerson, match="another email owns"):
        list(connector.export(Subject({"email": ("ann@example.com",)})))
