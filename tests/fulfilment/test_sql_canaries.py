"""A synthetic person is planted in a database by its map, proved with, and gone again; nobody else is touched."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from habeas.connect.canaries import Round, make_canary
from habeas.connectors.sql import SqlConnector
from habeas.sdk import Faults, Record, Subject

DAY = date(2026, 11, 20)
CANARY = make_canary("shop", DAY)
TABLES = (
    """CREATE TABLE person (id INTEGER PRIMARY KEY, email VARCHAR(120) NOT NULL UNIQUE,
    number VARCHAR(60) NOT NULL UNIQUE, name VARCHAR(60) NOT NULL, born DATE NOT NULL, note VARCHAR(60))""",
    "CREATE TABLE reader (id INTEGER PRIMARY KEY, address VARCHAR(120) NOT NULL, since DATE)",
    "CREATE TABLE visit (id INTEGER PRIMARY KEY, person_id INTEGER NOT NULL REFERENCES person (id))",
)
ROWS = (
    "INSERT INTO person VALUES (1, 'ann@example.com', 'N-1', 'Ann', '1980-02-29', NULL)",
    "INSERT INTO reader VALUES (1, 'ann@example.com', '2024-01-01')",
    "INSERT INTO visit VALUES (1, 1)",
)
MAP = """\
version: 1
system: shop
tables:
  person:
    key: id
    activity: accounts
    identifiers:
      email: {column: email, match: email}
      customer_number: number
    decides: customer_number
    correctable: [name]
    canary: {id: -1, name: Canary, born: "2000-01-01", note: null}
  reader:
    key: id
    activity: letters
    identifiers:
      email: {column: address, match: email}
    canary: {id: -1}
  visit:
    key: id
    activity: accounts
    reached_from: [person.id -> person_id]
"""


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.servers),
        pytest.param("mariadb", marks=pytest.mark.servers),
    ]
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/shop.db"
    made: str = request.getfixturevalue(request.param).fresh_database()
    return made


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        for statement in (*TABLES, *ROWS):
            connection.exec_driver_sql(statement)
    yield engine
    engine.dispose()


def connect(url: str, folder: Path, said: str = MAP) -> SqlConnector:
    (folder / "shop.map.yaml").write_text(said)
    return SqlConnector.from_settings({"url": url, "map": "shop.map.yaml"}, folder)


def rows_of(engine: sa.Engine) -> list[list[Any]]:
    with engine.connect() as connection:
        return [
            list(connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY id"))
            for name in ("person", "reader", "visit")
        ]


def test_a_round_proves_a_map_and_leaves_the_database_as_it_was(engine: sa.Engine, url: str, tmp_path: Path) -> None:
    before = rows_of(engine)
    proved = Round("shop", connect(url, tmp_path), DAY).run()
    assert proved.holds, proved.failed
    assert proved.promises == dict.fromkeys(("check", "export", "locate", "rectify", "erase"), "passed")
    assert rows_of(engine) == before


def test_what_is_planted_is_the_canary_alone_and_never_doubled(engine: sa.Engine, url: str, tmp_path: Path) -> None:
    connector, before = connect(url, tmp_path), rows_of(engine)
    for _ in range(2):
        assert connector.plant(CANARY)
    found = [each for each in connector.export(CANARY) if isinstance(each, Record)]
    assert sorted((each.kind, each.key) for each in found) == [("person", "-1"), ("reader", "-1")]
    (person,) = [each.data for each in found if each.kind == "person"]
    assert (person["name"], person["born"], person["note"]) == ("Canary", "2000-01-01", None)
    for _ in range(2):
        connector.unplant(CANARY)
    assert rows_of(engine) == before


def test_a_canary_that_a_round_left_behind_is_taken_out_before_the_next(
    engine: sa.Engine, url: str, tmp_path: Path
) -> None:
    connector, before = connect(url, tmp_path), rows_of(engine)
    connector.plant(CANARY)
    assert Round("shop", connector, DAY).run().holds
    assert rows_of(engine) == before
    connector.plant(make_canary("shop", DAY - timedelta(days=1)))
    left = rows_of(engine)
    assert not Round("shop", connector, DAY).run().holds, "the key is taken by yesterday's: that is for a person"
    assert rows_of(engine) == left


def test_a_map_that_tells_of_no_canary_says_how_to_write_one(engine: sa.Engine, url: str, tmp_path: Path) -> None:
    without = "\n".join(line for line in MAP.splitlines() if "canary" not in line)
    proved = Round("shop", connect(url, tmp_path, without), DAY).run()
    assert not proved.holds
    assert "write canary: {column: value}" in proved.failed[0]


def test_whoever_is_known_by_none_of_the_tables_is_not_in(engine: sa.Engine, url: str, tmp_path: Path) -> None:
    assert not connect(url, tmp_path).plant(Subject({"phone": ("canary-1.invalid",)}))


FAULTS = {
    'canary: {id: -1, email: x, name: C, born: "2000-01-01", colour: red}': [
        "person has no column colour",
    ],
    "canary: {id: -1, email: x, name: null, born: 7}": [
        "email is the canary's own email",
        "name cannot be null",
    ],
    'canary: {id: "x", name: "{key}"}': ["id holds numbers", "{key} is not known before the row is there"],
}


@pytest.mark.parametrize("said", FAULTS)
def test_a_canary_that_the_table_cannot_take_is_told_with_its_line(said: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in TABLES:
            connection.exec_driver_sql(statement)
    engine.dispose()
    wrong = MAP.replace('canary: {id: -1, name: Canary, born: "2000-01-01", note: null}', said)
    try:
        problems = connect(url, tmp_path, wrong).check().problems
    except Faults as faults:
        problems = tuple(map(str, faults.faults))
    assert [each for each in FAULTS[said] if not any(each in problem for problem in problems)] == []
    assert all("shop.map.yaml:12" in each for each in problems)


def test_a_table_without_identifiers_has_no_canary(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/shop.db"
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in TABLES:
            connection.exec_driver_sql(statement)
    engine.dispose()
    (problem,) = connect(url, tmp_path, MAP + "    canary: {id: -1}\n").check().problems
    assert "nobody is known by a row here" in problem
