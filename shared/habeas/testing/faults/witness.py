"""Witnesses inside the company's systems: triggers that note every row that is deleted or changed.

A connector's own account says what it did; the triggers say what really happened, and how often.
"""

import re
import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg

_SEEN = "habeas_seen"
_MAIL = re.compile(r"[a-z0-9.]+@[a-z.]+")
_SQLITE = """
CREATE TRIGGER {seen}_{table}_{deed} AFTER {deed}{of} ON {table} FOR EACH ROW
BEGIN INSERT INTO {seen} (kind, place, deed) VALUES ('{table}', OLD.rowid, '{deed}'); END
"""
_POSTGRES = """
CREATE FUNCTION {seen}.note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO {seen}.{seen} (kind, place, deed) VALUES (TG_TABLE_NAME, OLD::text, TG_OP);
  RETURN NULL;
END $$
"""


@dataclass(frozen=True)
class Seen:
    """What the triggers of one system saw since the last look: how many rows were deleted and how many changed."""

    deleted: int
    changed: int
    twice: tuple[str, ...]
    """Rows that the same was done to more than once."""


class SqliteWitness:
    """Stands in a system that is a SQLite file.

    stop: a column by which somebody is stopped and let go on; that may be done more than once, and is not noted.
    """

    def __init__(self, path: Path, *, stop: str = "") -> None:
        self._path = path
        with closing(sqlite3.connect(path)) as database:
            tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            database.execute(f"CREATE TABLE {_SEEN} (id INTEGER PRIMARY KEY, kind TEXT, place TEXT, deed TEXT)")
            for table in tables:
                columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] != stop]
                for deed, of in (("DELETE", ""), ("UPDATE", f" OF {', '.join(columns)}")):
                    database.execute(_SQLITE.format(seen=_SEEN, table=table, deed=deed, of=of))
            database.commit()

    def look(self) -> Seen:
        """Tell what happened since the last look."""
        with closing(sqlite3.connect(self._path, timeout=15)) as database:
            rows = database.execute(f"SELECT kind, place, deed FROM {_SEEN}").fetchall()  # noqa: S608 - our own name
            database.execute(f"DELETE FROM {_SEEN}")  # noqa: S608 - our own name
            database.commit()
        return _sum(rows)

    def ask(self, question: str, *values: object) -> int:
        """Ask the system a question that has a number for an answer; `%s` stands for each value."""
        with closing(sqlite3.connect(self._path, timeout=15)) as database:
            return int(database.execute(question.replace("%s", "?"), values).fetchone()[0])


class PostgresWitness:
    """Stands in a system that is a PostgreSQL database, in a schema of its own."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("+psycopg", "")
        with psycopg.connect(self._url) as database:
            found = database.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            tables = [row[0] for row in found]
            database.execute(f"CREATE SCHEMA {_SEEN}".encode())
            database.execute(
                f"CREATE TABLE {_SEEN}.{_SEEN} (id bigserial PRIMARY KEY, kind text, place text, deed text)".encode()
            )
            database.execute(_POSTGRES.format(seen=_SEEN).encode())
            for table in tables:
                trigger = f"CREATE TRIGGER note AFTER DELETE OR UPDATE ON {table} FOR EACH ROW"
                database.execute(f"{trigger} EXECUTE FUNCTION {_SEEN}.note()".encode())

    def look(self) -> Seen:
        """Tell what happened since the last look."""
        with psycopg.connect(self._url) as database:
            gone = f"DELETE FROM {_SEEN}.{_SEEN} RETURNING kind, place, deed"  # noqa: S608 - our own name
            return _sum(database.execute(gone.encode()).fetchall())

    def ask(self, question: str, *values: object) -> int:
        """Ask the system a question that has a number for an answer; `%s` stands for each value."""
        with psycopg.connect(self._url) as database:
            found = database.execute(question.encode(), values).fetchone()
        assert found is not None
        return int(found[0])


def _sum(rows: list[tuple[str, ...]]) -> Seen:
    counts = Counter(tuple(row) for row in rows)
    deeds = Counter(row[2] for row in rows)
    twice = tuple(f"{kind}: {deed} {count} times" for (kind, _, deed), count in counts.items() if count > 1)
    return Seen(deeds["DELETE"], deeds["UPDATE"], twice)


class Company:
    """The company's systems with their witnesses, and the people who can ask it for something."""

    def __init__(self, folder: Path, *, shop: str = "") -> None:
        self.folder = folder
        self._people = _find_people(folder)
        self._papers = folder / "papers"
        shutil.copytree(next((folder / "applications").iterdir()), self._papers)
        self.shop = PostgresWitness(shop) if shop else SqliteWitness(folder / "shop.db")
        self.newsletter = SqliteWitness(folder / "newsletter.db", stop="muted")

    def next_person(self) -> str:
        """Name somebody by address who has not asked for anything yet: a customer with orders and an application."""
        email, applications = self._people.pop(0), self.folder / "applications"
        if not (applications / email).exists():
            shutil.copytree(self._papers, applications / email)
        return email

    def orders_of(self, email: str) -> int:
        """Count a person's orders in the shop."""
        question = "SELECT count(*) FROM orders o JOIN customers c ON c.id = o.customer_id WHERE c.email = %s"
        return self.shop.ask(question, email)

    def files_of(self, email: str) -> int:
        """Count a person's files among the applications."""
        return len(list((self.folder / "applications" / email).glob("*")))

    def traces_of(self, email: str) -> list[str]:
        """Name the systems that still know a person by address."""
        found = {
            "shop": self.shop.ask("SELECT count(*) FROM customers WHERE email = %s", email),
            "newsletter": self.newsletter.ask("SELECT count(*) FROM subscribers WHERE email = %s", email),
            "applications": self.files_of(email),
        }
        return [system for system, count in found.items() if count]


def _find_people(folder: Path) -> list[str]:
    """Find the customers with orders whose address cannot be mistaken; first those who get the newsletter."""
    with closing(sqlite3.connect(folder / "shop.db")) as shop:
        found = shop.execute(
            "SELECT email FROM customers c WHERE email IS NOT NULL "
            "AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id) ORDER BY id"
        )
        customers = [row[0] for row in found if _MAIL.fullmatch(row[0])]
    with closing(sqlite3.connect(folder / "newsletter.db")) as newsletter:
        subscribers = {row[0] for row in newsletter.execute("SELECT email FROM subscribers")}
    return sorted(customers, key=lambda email: email not in subscribers)
