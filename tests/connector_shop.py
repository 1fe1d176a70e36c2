"""A small shop in a database, with everything that makes erasing hard: shared rows, composite keys, circles, bytes."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from habeas.connectors.sql import SqlConnector
from habeas.sdk import Subject

ANN = Subject({"email": ("ann@example.com",), "customer_number": ("1",)})
BOB = Subject({"email": ("bob@example.com",), "customer_number": ("2",)})

TABLES = """
CREATE TABLE address (id INTEGER PRIMARY KEY, street VARCHAR(60));
CREATE TABLE customer (id INTEGER PRIMARY KEY, email VARCHAR(120), name VARCHAR(60), secret VARCHAR(60), created DATE,
  address_id INTEGER REFERENCES address(id), card_id INTEGER, blocked INTEGER DEFAULT 0, newsletter INTEGER DEFAULT 1,
  loyalty VARCHAR(20));
CREATE TABLE card (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer(id), number VARCHAR(20));
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer(id), placed TIMESTAMP,
  address_id INTEGER REFERENCES address(id), total NUMERIC(10,2));
CREATE TABLE item (order_id INTEGER NOT NULL REFERENCES orders(id), number INTEGER NOT NULL, product VARCHAR(40),
  PRIMARY KEY (order_id, number));
CREATE TABLE review (id INTEGER PRIMARY KEY, order_id INTEGER, item_number INTEGER, body VARCHAR(200),
  FOREIGN KEY (order_id, item_number) REFERENCES item (order_id, number));
CREATE TABLE ticket (id INTEGER PRIMARY KEY, email VARCHAR(120), body VARCHAR(200), photo {bytes});
CREATE TABLE friend (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer(id),
  brought_by INTEGER REFERENCES friend(id));
CREATE TABLE audit (id INTEGER PRIMARY KEY, customer_id INTEGER);
"""
ROWS = """
INSERT INTO address VALUES (1, 'High Street 1'), (2, 'Mill Lane 2'), (3, 'Only Ann 3');
INSERT INTO customer (id, email, name, secret, created, address_id, card_id) VALUES
  (1, 'ann@example.com', 'Ann', 'pa55', '2024-01-31', 1, NULL),
  (2, 'bob@example.com', 'Bob', 'pa56', '2024-02-29', 1, NULL), (3, NULL, 'Nobody', NULL, NULL, NULL, NULL),
  (4, '', 'Empty', NULL, NULL, 2, NULL);
INSERT INTO card VALUES (1, 1, '4111'), (2, 2, '4222');
UPDATE customer SET card_id = 1, loyalty = 'L-1' WHERE id = 1;
UPDATE customer SET card_id = 2, loyalty = 'L-2' WHERE id = 2;
INSERT INTO orders VALUES (10, 1, '2025-03-01 10:00:00', 1, 19.90), (11, 1, '2025-04-01 10:00:00', 3, 5.00),
  (20, 2, '2025-05-01 10:00:00', 1, 7.50), (30, 3, '2025-05-01 10:00:00', NULL, 1.00);
INSERT INTO item VALUES (10, 1, 'cup'), (10, 2, 'plate'), (11, 1, 'fork'), (20, 1, 'cup'), (30, 1, 'cup');
INSERT INTO review VALUES (1, 10, 2, 'fine'), (2, 20, 1, 'poor'), (3, 10, NULL, 'of no item');
INSERT INTO ticket VALUES (1, 'ann@example.com', 'where is it', {photo}), (2, 'bob@example.com', 'broken', NULL),
  (3, NULL, 'anonymous', NULL), (4, '', 'empty', NULL);
INSERT INTO friend VALUES (1, 1, NULL), (2, 1, 1), (3, 2, NULL);
"""
MAP = """\
version: 1
system: shop
tables:
  customer:
    key: id
    activity: accounts
    dated_by: created
    identifiers:
      customer_number: id
      email: email
    decides: customer_number
    channel: {email: email}
    columns: {leave_out: [secret], describe: {card_id: The card that is used first}}
    when_kept_rows_need_it:
      set: {email: "erased-{key}@invalid", name: null, secret: null, created: null, address_id: null, card_id: null}
    gives: {loyalty: loyalty}
    correctable: [name, created]
    restrict: {set: {blocked: 1}, lift: {blocked: 0}}
    suppress: {set: {newsletter: 0}, lift: {newsletter: 1}}
  address:
    key: id
    activity: accounts
    shared: yes
    reached_from: [customer.address_id -> id, orders.address_id -> id]
    when_kept_rows_need_it:
      set: {street: "erased-{key}"}
  card:
    key: id
    activity: payments
    reached_from: [customer.id -> customer_id]
  orders:
    key: id
    activity: orders
    dated_by: placed
    reached_from: [customer.id -> customer_id]
  item:
    key: [order_id, number]
    activity: orders
    reached_from: [orders.id -> order_id]
  review:
    key: id
    activity: reviews
    reached_from: ["item.order_id, number -> order_id, item_number"]
  ticket:
    key: id
    activity: support
    identifiers: {email: {column: email, match: email}}
    files: {column: photo, media_type: image/png}
  friend:
    key: id
    activity: accounts
    reached_from: [customer.id -> customer_id]
"""
PHOTO = b"\x89PNG of a broken cup"
ALL_OF_ANN = {
    ("customer", "1"), ("address", "1"), ("address", "3"), ("card", "1"), ("orders", "10"), ("orders", "11"),
    ("item", '["10","1"]'), ("item", '["10","2"]'), ("item", '["11","1"]'), ("review", "1"), ("ticket", "1"),
    ("friend", "1"), ("friend", "2"),
}  # fmt: skip


DATABASES = [
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.servers),
    pytest.param("mariadb", marks=pytest.mark.servers),
]
"""What a test that is the same for every database is parametrized with; `fresh_url` gives the address."""


def fresh_url(request: pytest.FixtureRequest, folder: Path, database: str | None = None) -> str:
    """The address of a database that nobody else has."""
    database = database or request.param
    if database == "sqlite":
        return f"sqlite:///{folder}/shop.db"
    return str(request.getfixturevalue(database).fresh_database())


def make_shop(url: str, tables: str = TABLES, rows: str = ROWS) -> sa.Engine:
    """Makes the shop in an empty database and gives an engine on it."""
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    name = engine.dialect.name
    photo = f"'\\x{PHOTO.hex()}'" if name == "postgresql" else f"x'{PHOTO.hex()}'"
    with engine.begin() as connection:
        for statement in (tables + rows).split(";\n"):
            if statement.strip():
                filled = statement.replace("{bytes}", "BYTEA" if name == "postgresql" else "BLOB")
                connection.exec_driver_sql(filled.replace("{photo}", photo))
        if name != "sqlite" and tables is TABLES:  # SQLite cannot add one, so there the map alone knows of the circle
            connection.exec_driver_sql("ALTER TABLE customer ADD FOREIGN KEY (card_id) REFERENCES card (id)")
    return engine


def shop_map(sqlite: bool) -> str:
    """The map; where the database does not say that a customer refers to a card, the map does."""
    if not sqlite:
        return MAP
    return MAP.replace(
        "    reached_from: [customer.id -> customer_id]\n  orders:",
        "    shared: no\n    reached_from: [customer.id -> customer_id, customer.card_id -> id]\n  orders:",
    )


def connect(url: str, folder: Path, text: str, **settings: object) -> SqlConnector:
    """A connector on that database with that map."""
    (folder / "map.yaml").write_text(text)
    return SqlConnector.from_settings({"url": url, "map": "map.yaml", **settings}, folder)
