"""What the sample company holds about somebody, found by plain SQL that knows nothing of data maps or connectors.

Kept apart from everything it is compared with: the statements are written for the tables by hand.
"""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

SCRIPT = Path(__file__).parents[1] / "examples/sample-company/generate.py"
TODAY = date(2026, 11, 22)
#: The last day whose invoices the bookkeeping act lets go on TODAY.
LAST_FREE_DAY = date(TODAY.year - 8, 12, 31)

DEMO = "astrid_bergstrom@example.com"
LOOK_ALIKE = "astrid.bergstrom@example.com"
READER = "vera.lindholm@example.org"
APPLICANT = "omer.yilmaz@example.net"

SHOP = {
    "customers": "SELECT * FROM customers WHERE email = ?",
    "addresses": """SELECT * FROM addresses WHERE id IN (SELECT address_id FROM customers WHERE email = :1 UNION
        SELECT delivery_address_id FROM orders, customers WHERE customer_id = customers.id AND email = :1)""",
    "orders": "SELECT o.* FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = ?",
    "order_lines": """SELECT l.* FROM order_lines l JOIN orders o ON o.id = l.order_id
        JOIN customers c ON c.id = o.customer_id WHERE c.email = ?""",
    "invoices": "SELECT i.* FROM invoices i JOIN customers c ON c.id = i.customer_id WHERE c.email = ?",
    "invoice_lines": """SELECT l.* FROM invoice_lines l JOIN invoices i ON i.id = l.invoice_id
        JOIN customers c ON c.id = i.customer_id WHERE c.email = ?""",
    "support_tickets": "SELECT t.* FROM support_tickets t JOIN customers c ON c.id = t.customer_id WHERE c.email = ?",
    "ticket_messages": """SELECT m.* FROM ticket_messages m JOIN support_tickets t ON t.id = m.ticket_id
        JOIN customers c ON c.id = t.customer_id WHERE c.email = ?""",
    "logins": "SELECT l.* FROM logins l JOIN customers c ON c.id = l.customer_id WHERE c.email = ?",
}
NEWSLETTER = {
    "subscribers": "SELECT * FROM subscribers WHERE email = ?",
    "opens": "SELECT o.* FROM opens o JOIN subscribers s ON s.id = o.subscriber_id WHERE s.email = ?",
}


def make_company(folder: Path, *more: str, people: int = 200) -> str:
    """Runs the generator into `folder` and returns what it printed."""
    command = [sys.executable, str(SCRIPT), str(folder), "--people", str(people), "--today", TODAY.isoformat(), *more]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout


def facts_about(folder: Path, email: str, *systems: str) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Every row and file about the person with that address: system, then kind, then rows with their columns.

    A file is a row of `path`, `size` and `sha256`. Kinds without rows are there, and empty. Where the company keeps
    its shop in PostgreSQL, that is what is read. Without `systems`, all of them are.
    """
    look: dict[str, Callable[[], dict[str, list[dict[str, Any]]]]] = {
        "shop": lambda: {kind: _rows(folder, "shop", sql, email) for kind, sql in SHOP.items()},
        "newsletter": lambda: {kind: _rows(folder, "newsletter", sql, email) for kind, sql in NEWSLETTER.items()},
        "applications": lambda: {"files": _files(folder / "applications", email)},
    }
    return {system: look[system]() for system in systems or look}


def every_row(folder: Path) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """All rows of all tables, by system and table, for telling what has changed."""
    return {
        (system, table): _rows(folder, system, f"SELECT * FROM {table}")
        for system, tables in (("shop", (*SHOP, "products")), ("newsletter", (*NEWSLETTER, "sendings")))
        for table in tables
    }


def stopped(rows: dict[tuple[str, str], list[dict[str, Any]]], email: str) -> dict[Any, list[dict[str, Any]]]:
    """The same rows after the newsletter was stopped for somebody, as it is before the systems that fill it erase."""
    readers = rows["newsletter", "subscribers"]
    muted = [{**row, "muted": 1} if row["email"] == email else row for row in readers]
    return {**rows, ("newsletter", "subscribers"): muted}


@cache
def customers(folder: Path) -> tuple[str, ...]:
    """The addresses of all customers as they were when first asked for, in alphabetical order."""
    return tuple(sorted(row["email"] for row in every_row(folder)["shop", "customers"] if row["email"]))


def customer(folder: Path, nth: int) -> str:
    """The address of one customer; the same one whoever was erased meanwhile."""
    return customers(folder)[nth]


def change(folder: Path, system: str, sql: str, *values: Any) -> None:
    """Change something in a system's database, as the company itself would."""
    if url := _postgres_of(folder, system):
        with psycopg.connect(url) as connection:
            connection.execute(sql.replace("?", "%s").encode(), values)
        return
    with closing(sqlite3.connect(folder / f"{system}.db")) as connection, connection:
        connection.execute(sql, values)


def _postgres_of(folder: Path, system: str) -> str:
    secret = folder / "systems" / f"{system}.url"
    return secret.read_text(encoding="utf-8").replace("+psycopg", "") if secret.exists() else ""


def _rows(folder: Path, system: str, sql: str, *values: str) -> list[dict[str, Any]]:
    if url := _postgres_of(folder, system):
        return _postgres_rows(url, sql, values)
    with closing(sqlite3.connect(folder / f"{system}.db")) as connection:
        connection.row_factory = sqlite3.Row
        found = connection.execute(sql, {"1": values[0]} if ":1" in sql else values)
        return [dict(row) for row in found]


def _postgres_rows(url: str, sql: str, values: Sequence[str]) -> list[dict[str, Any]]:
    statement = sql.replace("?", "%s").replace(":1", "%(email)s")
    given = {"email": values[0]} if ":1" in sql else values
    with psycopg.connect(url, row_factory=dict_row) as connection:
        found = connection.execute(statement.encode(), given).fetchall()
    return [{name: str(cell) if isinstance(cell, date) else cell for name, cell in row.items()} for row in found]


def _files(folder: Path, email: str) -> list[dict[str, Any]]:
    return [_file(folder, path.relative_to(folder).as_posix()) for path in sorted((folder / email).glob("*"))]


def _file(folder: Path, path: str) -> dict[str, Any]:
    content = (folder / path).read_bytes()
    return {"path": path, "size": len(content), "sha256": sha256(content).hexdigest()}
