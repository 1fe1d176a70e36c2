"""The data map of the documentation, on a shop of Chinook's shape with rows of our own, and on Chinook itself if given.

HABEAS_CHINOOK names a folder with chinook_sqlite.sql and chinook_postgresql.sql. Without it the made rows stand for it:
the same number of customers, the same columns, the same questions.
"""

import os
import random
import re
import sqlite3
from collections import Counter
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from habeas.connectors.sql import SqlConnector
from habeas.marked import load_marked
from habeas.sdk import Channel, Decided, Deed, Guard, Record, Subject
from habeas.testing.servers.postgres import Postgres

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-data-map.md"
GIVEN = os.environ.get("HABEAS_CHINOOK", "")
SHAPE = """
CREATE TABLE Employee (EmployeeId INTEGER PRIMARY KEY, LastName VARCHAR(20) NOT NULL);
CREATE TABLE Customer (CustomerId INTEGER PRIMARY KEY, FirstName VARCHAR(40) NOT NULL, LastName VARCHAR(20) NOT NULL,
  Company VARCHAR(80), Address VARCHAR(70), City VARCHAR(40), State VARCHAR(40), Country VARCHAR(40),
  PostalCode VARCHAR(10), Phone VARCHAR(24), Fax VARCHAR(24), Email VARCHAR(60) NOT NULL,
  SupportRepId INTEGER REFERENCES Employee (EmployeeId));
CREATE TABLE Invoice (InvoiceId INTEGER PRIMARY KEY, CustomerId INTEGER NOT NULL REFERENCES Customer (CustomerId),
  InvoiceDate TIMESTAMP NOT NULL, BillingCity VARCHAR(40), Total NUMERIC(10,2) NOT NULL);
CREATE TABLE Track (TrackId INTEGER PRIMARY KEY, Name VARCHAR(200) NOT NULL);
CREATE TABLE InvoiceLine (InvoiceLineId INTEGER PRIMARY KEY, InvoiceId INTEGER NOT NULL REFERENCES Invoice (InvoiceId),
  TrackId INTEGER NOT NULL REFERENCES Track (TrackId), UnitPrice NUMERIC(10,2) NOT NULL, Quantity INTEGER NOT NULL);
"""
EMAIL = "hholy@gmail.com" if GIVEN else "customer6@example.com"
PERSON = Subject({"email": (EMAIL,)})


def page_map() -> str:
    """The map that the page shows."""
    blocks: list[str] = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return next(block for block in blocks if block.startswith("version:"))


def snake(text: str) -> str:
    """The map for the spelling that Chinook has on PostgreSQL."""
    return re.sub(
        r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)*\b",
        lambda found: re.sub(r"(?<=[a-z])(?=[A-Z])", "_", found[0]).lower(),
        re.sub(r"describe: \{.*\}", "describe: {}", text),
    )


def make_rows() -> str:
    chance = random.Random(42)
    rows = ["INSERT INTO Employee VALUES (1, 'Peacock');", "INSERT INTO Track VALUES (1, 'A song');"]
    invoice = line = 0
    for customer in range(1, 60):
        rows.append(
            f"INSERT INTO Customer VALUES ({customer}, 'First{customer}', 'Last{customer}', NULL, 'Street {customer}',"
            f" 'Prague', NULL, 'Land', '1', NULL, NULL, 'customer{customer}@example.com', 1);"
        )
        for month in range(1, 8):
            invoice += 1
            prices = [Decimal("0.99") * chance.randint(1, 2) for _ in range(chance.randint(1, 9))]
            rows.append(
                f"INSERT INTO Invoice VALUES ({invoice}, {customer}, '2025-{month:02}-01', 'P', {sum(prices)});"
            )
            for price in prices:
                line += 1
                rows.append(f"INSERT INTO InvoiceLine VALUES ({line}, {invoice}, 1, {price}, 1);")
    return "\n".join(rows)


def shop_on_sqlite(folder: Path) -> SqlConnector:
    script = Path(GIVEN, "chinook_sqlite.sql").read_text(encoding="utf-8-sig") if GIVEN else SHAPE + make_rows()
    database = sqlite3.connect(folder / "shop.db")
    database.executescript(script)
    database.commit()
    database.close()
    (folder / "map.yaml").write_text(page_map(), encoding="utf-8")
    return SqlConnector.from_settings({"url": "sqlite:///shop.db", "map": "map.yaml"}, folder)


def shop_on_postgres(url: str, folder: Path) -> SqlConnector:
    script = snake(SHAPE) + re.sub(r"(?<=INSERT INTO )\w+", lambda found: snake(found[0]), make_rows())
    if GIVEN:
        script = Path(GIVEN, "chinook_postgresql.sql").read_text(encoding="utf-8-sig")
        script = re.sub(r"(?m)^(DROP DATABASE|CREATE DATABASE|\\c).*$", "", script)
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as database:
        database.execute(script.encode())
    (folder / "map.yaml").write_text(snake(page_map()), encoding="utf-8")
    return SqlConnector.from_settings({"url": url, "map": "map.yaml"}, folder)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.servers)])
def shop(request: pytest.FixtureRequest, tmp_path: Path) -> SqlConnector:
    if request.param == "sqlite":
        return shop_on_sqlite(tmp_path)
    server: Postgres = request.getfixturevalue("postgres")
    return shop_on_postgres(server.fresh_database(), tmp_path)


def total(records: list[Record]) -> Decimal:
    given = [each.data.get("Total", each.data.get("total")) for each in records if each.kind == "invoice"]
    return sum((Decimal(str(each)) for each in given), Decimal())


def test_the_map_of_the_page_fits(shop: SqlConnector) -> None:
    assert shop.check().problems == ()


def test_a_customer_comes_with_their_invoices_and_lines(shop: SqlConnector) -> None:
    records = list(Guard(PERSON).records(shop.export(PERSON)))
    counts = Counter(each.kind for each in records)
    assert (counts["customer"], counts["invoice"]) == (1, 7)
    lines = [each for each in records if each.kind == "invoice_line"]
    prices = [Decimal(str(each.data.get("UnitPrice", each.data.get("unit_price")))) for each in lines]
    assert total(records) == sum(prices)
    if GIVEN:
        assert (total(records), len(lines)) == (Decimal("49.62"), 38)
    numbers = {str(each.data.get("CustomerId", each.data.get("customer_id"))) for each in records[:8]}
    assert numbers == {"6"}


def test_the_contact_of_record_is_found(shop: SqlConnector) -> None:
    assert list(shop.channels(PERSON)) == [Channel("email", EMAIL, {"email": EMAIL, "customer_number": "6"})]


def test_an_erasure_keeps_the_invoices_and_blanks_the_customer(shop: SqlConnector) -> None:
    scope = [
        Decided(each.kind, each.key, each.digest, each.kind != "customer", "bookkeeping")
        for each in shop.locate(PERSON)
    ]
    for _ in range(2):
        done = {(each.kind, each.deed): each.count for each in Guard(PERSON).done(shop.erase(PERSON, scope), scope)}
        assert done == {
            ("customer", Deed.ANONYMISED): 1,
            ("invoice", Deed.KEPT): 7,
            ("invoice_line", Deed.KEPT): len(scope) - 8,
        }
    assert list(shop.locate(PERSON)) == []
    assert {each.kind for each in shop.locate(Subject({"customer_number": ("6",)}))} == {"invoice", "invoice_line"}


def test_the_settings_of_the_page_are_known() -> None:
    block = re.findall(r"```yaml\n(system:.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    assert load_marked(block).data.keys() == {"system", "connector", "url_file", "map", "max_rows"}
