"""Makes the systems of a made-up company: a shop's database, a newsletter's database and a folder of applications.

    python examples/sample-company/generate.py FOLDER [--people 2000] [--seed 7] [--today 2026-11-22] [--postgres URL]

The profile and the settings of the systems are put beside the data.

Run again, it makes the same again, whatever was erased meanwhile. With --postgres the shop also goes into that
PostgreSQL database (its tables are dropped and made anew), and only then psycopg is needed.
"""

import argparse
import os
import shutil
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random

import pdf
from people import Person, make_people
from stories import Rows, newsletter_rows, shop_rows

HERE = Path(__file__).parent
#: A file that says that this folder is ours to make anew.
MARK = ".sample-company"


def main(arguments: Sequence[str]) -> int:
    """Makes everything; returns the exit code."""
    asked = _parse(arguments)
    folder: Path = asked.folder
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        print(f"{folder} is not empty and was not made by this script: name another folder", file=sys.stderr)
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    random = Random(asked.seed)
    people = list(make_people(random, asked.people))
    shop = shop_rows(random, people, asked.today)
    write_sqlite(folder / "shop.db", tables("shop"), shop)
    write_sqlite(folder / "newsletter.db", tables("newsletter"), newsletter_rows(random, people, asked.today))
    write_applications(folder / "applications", random, [each for each in people if each.applicant], asked.today)
    write_policy(folder)
    if asked.postgres:
        write_postgres(asked.postgres, tables("shop"), shop)
        point_at_postgres(folder / "systems", asked.postgres)
    print(f"sample company: ready in {folder}")
    return 0


def tables(system: str) -> str:
    """The statements that make a system's tables."""
    return (HERE / f"{system}.sql").read_text(encoding="utf-8")


def write_sqlite(path: Path, statements: str, rows: Rows) -> None:
    """Makes a database beside the old one and puts it in its place when it is whole."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with closing(sqlite3.connect(fresh)) as database:
        database.executescript(statements)
        for table, values in rows.items():
            marks = ", ".join("?" * len(values[0])) if values else ""
            database.executemany(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608 -- names from this file
        database.commit()
    for rest in ("-wal", "-shm"):
        path.with_name(path.name + rest).unlink(missing_ok=True)
    fresh.replace(path)
    _say(path.name, rows)


def write_postgres(url: str, statements: str, rows: Rows) -> None:
    """Makes the tables anew in that database."""
    import psycopg

    with psycopg.connect(url) as database, database.cursor() as cursor:
        for table in reversed(rows):
            cursor.execute(f"DROP TABLE IF EXISTS {table} CASCADE")
        cursor.execute(statements)
        for table, values in rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for each in values:
                    copy.write_row(each)
    _say("postgresql", rows)


def write_policy(folder: Path) -> None:
    """Puts the profile and the systems' settings beside the data, so that the folder is all that a demo needs."""
    shutil.copyfile(HERE / "profile.yaml", folder / "profile.yaml")
    shutil.rmtree(folder / "systems", ignore_errors=True)
    shutil.copytree(HERE / "systems", folder / "systems")


def point_at_postgres(systems: Path, url: str) -> None:
    """Lets the shop's settings name the PostgreSQL database, by a file that only its owner can read."""
    secret = systems / "shop.url"
    secret.touch(mode=0o600)
    secret.write_text(url, encoding="utf-8")
    settings = systems / "shop.yaml"
    text = settings.read_text(encoding="utf-8").replace("url: sqlite:///../shop.db", "url_file: shop.url")
    settings.write_text(text, encoding="utf-8")


def write_applications(folder: Path, random: Random, applicants: Sequence[Person], today: date) -> None:
    """Makes a folder an applicant with two PDF files, which were last changed when the application came in."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for person in applicants:
        arrived = datetime.combine(today - timedelta(days=random.randint(5, 600)), time(12), UTC)
        (folder / person.email).mkdir()
        for name, words in _application(person, arrived.date().isoformat()).items():
            path = folder / person.email / name
            path.write_bytes(pdf.page(f"{person.name}: {path.stem}", words))
            os.utime(path, (arrived.timestamp(), arrived.timestamp()))
    print(f"sample company: applications/, {len(applicants)} applicants with 2 files each")


def _application(person: Person, day: str) -> dict[str, list[str]]:
    home = person.address
    top = [person.name, f"{home.street}, {home.postcode} {home.city}", person.email, day, ""]
    return {
        "cv.pdf": [
            *top,
            "2015-2019 Elektriker, Ljus & Kraft i Östergötland",
            "2019-  Butiksansvarig, Lampboden (halvtid)",
        ],
        "letter.pdf": [*top, "Hej!", "Jag vill gärna arbeta hos er. Referens: Gunilla Ek, 070-000 00 01."],
    }


def _say(name: str, rows: Rows) -> None:
    print(f"sample company: {name}, " + ", ".join(f"{len(values)} {table}" for table, values in rows.items()))


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Makes the systems of a made-up company.")
    parser.add_argument("folder", type=Path, help="where to put them; made if it is not there")
    parser.add_argument("--people", type=int, default=2000, help="how many people (at least 4)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same people")
    today = datetime.now().astimezone().date()
    parser.add_argument("--today", type=date.fromisoformat, default=today, help="the day that all dates lie before")
    parser.add_argument("--postgres", metavar="URL", help="also put the shop into this PostgreSQL database")
    asked = parser.parse_args(arguments)
    if asked.people < 4:
        parser.error("--people has to be at least 4")
    return asked


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
