"""A person whose every value is unlike anything else, through both rights: afterwards no machine of ours shows a trace.

Looked into are the logs, every table, the raw database files, a dump, the letters on their way and on the broker's
disk, and the store; in clear, as base64, hex, URL, UTF-16 and more.
"""

import base64
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from answers import unpack, words_in
from company_facts import TODAY, change, facts_about
from journeys.steps import AT, approve, fetch, fetch_one_of_several, prove
from kombu import Connection, Exchange, Queue
from marks import Marks, base64_forms, plain_forms

from habeas.testing.running import House, SplitHouse
from habeas.testing.servers.packages import find_program
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent

EMAIL = "zebulonia.kvistfeldt@example.com"
CONTACT = "qvx.kontakt.zeb@example.net"
NAME, STREET, PHONE, NUMBER = "Zebulonia Kvistfeldt-Öqvarn", "Xylofongränden 77 Q", "070-918 27 36", "NL-QX77Z31"
ORDER, INVOICE, IP, TICKET = (
    "B-ZQX-900177",
    "F-ZQX-900177",
    "2001:db8:7a7a::9",
    "Min sköldpadda Plutonius åt upp lampan",
)
LETTER, WISH = "Jag kan jonglera med elva glaskupor samtidigt", "Det var i butiken bredvid Glashyttekvarnen"
TOLD_BY_SYSTEMS = (EMAIL, NAME, STREET, PHONE, NUMBER, ORDER, INVOICE, IP, TICKET, LETTER)
DIALLED = "+46709182736"
MARKS = Marks((*TOLD_BY_SYSTEMS, CONTACT, WISH, DIALLED))
PLACE, DAY = 900_177, TODAY.replace(year=TODAY.year - 1).isoformat()


OWN_TABLES = """SELECT schemaname, tablename FROM pg_tables
    WHERE schemaname != 'information_schema' AND schemaname != 'pg_catalog'"""


def settle(company: Path) -> None:
    """Let the person be in every system, with an invoice that the law keeps."""
    shop: list[tuple[str, tuple[Any, ...]]] = [
        ("addresses", (PLACE, STREET, "602 00", "Norrköping", "SE")),
        ("customers", (PLACE, NUMBER, EMAIL, NAME, PHONE, PLACE, DAY)),
        ("orders", (PLACE, ORDER, PLACE, PLACE, DAY, "levererad")),
        ("invoices", (PLACE, INVOICE, PLACE, ORDER, DAY, NAME, STREET, 12300)),
        ("support_tickets", (PLACE, PLACE, DAY, TICKET, "stängt")),
        ("logins", (PLACE, PLACE, f"{DAY} 10:11:12", IP, "Chromium")),
    ]
    for table, values in shop:
        change(company, "shop", f"INSERT INTO {table} VALUES ({', '.join('?' * len(values))})", *values)
    subscriber = (PLACE, EMAIL, NAME, "sv", DAY, "Ja", 0)
    change(company, "newsletter", "INSERT INTO subscribers VALUES (?, ?, ?, ?, ?, ?, ?)", *subscriber)
    (company / "applications" / EMAIL).mkdir()
    (company / "applications" / EMAIL / "letter.txt").write_text(f"{NAME}\n{LETTER}\n", encoding="utf-8")


@dataclass
class Tap:
    """Listens in on a broker: every letter, as whoever has the broker would see it."""

    url: str
    bodies: list[bytes] = field(default_factory=list)

    def open(self) -> None:
        with Connection(self.url) as connection:
            self._queue(connection).declare()

    def read(self) -> None:
        with Connection(self.url) as connection:
            queue = self._queue(connection)
            while (letter := queue.get(no_ack=True)) is not None:
                told = repr((letter.headers, letter.properties, letter.delivery_info)).encode()
                self.bodies += [told, letter.body if isinstance(letter.body, bytes) else letter.body.encode()]

    def _queue(self, connection: Connection) -> Queue:
        exchange = Exchange("habeas", type="topic", durable=True)
        return Queue("tap", exchange, routing_key="#", durable=True).bind(connection.channel())


@dataclass
class Trail:
    """Everything that the machines kept of the journey, by place."""

    case: str
    places: dict[str, bytes]
    package: bytes
    mails: list[tuple[str, str]]


@pytest.fixture(scope="module")
def trail(
    house: House, ada: Agent, bo: Agent, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Trail:
    """Both rights, from the form to both files, with an agent who looks at everything."""
    settle(house.company)
    began, tap = time.time(), Tap(house.broker) if isinstance(house, SplitHouse) else None
    if tap:
        tap.open()
    folder = tmp_path_factory.mktemp("marked")
    told = {"contact": CONTACT, "words": WISH, "identifier-customer_number": NUMBER}
    with house.person("sv") as person:
        case = prove(house, person, ["access", "erasure"], EMAIL, **told)
        approve(ada, f"ada@{AT}", case)
        ada.open(f"/console/case/{case}")
        assert WISH in ada.send(ada.form_with("reason"), reason="covering").html
        approve(bo, f"bo@{AT}", case)
        package = fetch(house, person, EMAIL, folder / "package")
        stored = dict(objects_of(house, request)) | (files_of_broker(request, began) if tap else {})
        wait_until(lambda: not facts_about(house.company, EMAIL)["shop"]["orders"], 60, "the erasure is carried out")
        wait_until(lambda: person.open(f"/case/{case}").html.count("Det här är besvarat") == 2, 60, "both are done")
        fetch_one_of_several(house, person, EMAIL, folder / "confirmation", "erasure")
    if tap:
        tap.read()
        stored["letters on their way"] = b"\n".join(tap.bodies)
        stored |= files_of_broker(request, began)
    places = stored | dict(files_of(house)) | dict(tables_of(house))
    return Trail(case, places, words_in(unpack(package, folder / "bag")), mails_of(house))


def objects_of(house: House, request: pytest.FixtureRequest) -> Iterator[tuple[str, bytes]]:
    """What lies in the store of a split house; that of an embedded one is a folder among its files."""
    if isinstance(house, SplitHouse):
        read: Callable[[House], dict[str, bytes]] = request.getfixturevalue("in_bucket")
        yield from (((f"store {name}"), name.encode() + b"\n" + content) for name, content in read(house).items())


def files_of(house: House) -> Iterator[tuple[str, bytes]]:
    """Every file that the house keeps, but for the company's own systems: logs, databases with WAL, store, keys."""
    for path in sorted(house.folder.rglob("*")):
        if path.is_file() and house.company not in path.parents:
            yield f"file {path.relative_to(house.folder)}", path.as_posix().encode() + b"\n" + path.read_bytes()


def tables_of(house: House) -> Iterator[tuple[str, bytes]]:
    """Every cell of every table, and a dump as an operator makes it."""
    yield from sqlite_tables(house.folder / "data")
    if not isinstance(house, SplitHouse):
        return
    url = house.database.replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        for schema, table in connection.execute(OWN_TABLES).fetchall():
            rows = connection.execute(f'SELECT * FROM "{schema}"."{table}"'.encode()).fetchall()
            yield f"table {schema}.{table}", b"\n".join(map(as_bytes, (cell for row in rows for cell in row)))
    dumped = subprocess.run([str(find_program("pg_dump")), url], capture_output=True, check=True, timeout=60)
    yield "dump", dumped.stdout


def sqlite_tables(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The same of SQLite files."""
    import sqlite3
    from contextlib import closing

    for path in sorted(folder.rglob("*.db")):
        with closing(sqlite3.connect(path)) as connection:
            for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                rows = connection.execute(f'SELECT * FROM "{table}"').fetchall()
                content = b"\n".join(map(as_bytes, (cell for row in rows for cell in row)))
                yield f"table {path.stem}.{table}", content


def as_bytes(cell: Any) -> bytes:
    """A cell as it would be read."""
    return bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode()


def files_of_broker(request: pytest.FixtureRequest, since: float) -> dict[str, bytes]:
    """What the broker wrote onto its disk since then."""
    folder = Path(request.getfixturevalue("rabbitmq").ctl("eval", "rabbit_mnesia:dir().").strip('"'))
    written = [path for path in folder.rglob("*") if path.is_file() and path.stat().st_mtime >= since - 1]
    return {f"broker {os.path.relpath(path, folder)} {time.time():.0f}": path.read_bytes() for path in written}


def mails_of(house: House) -> list[tuple[str, str]]:
    """Whom each mail and each text went to, and all of it but for that line."""
    if isinstance(house, SplitHouse):
        assert house.smtp is not None
        assert house.sms is not None
        texts = [(text.to, text.text) for text in house.sms.texts]
        mails = [(mail.message["To"], mail.content.decode()) for mail in house.smtp.mails]
        return [*texts, *((to, text.replace(f"To: {to}", "")) for to, text in mails)]
    return [(to, text) for to in (EMAIL, CONTACT, DIALLED) for text in house.letters_to(to)]


def test_no_place_holds_a_mark_in_any_form(trail: Trail) -> None:
    found = {place: marks for place, content in trail.places.items() if (marks := MARKS.found_in(content))}
    assert not found


def test_the_search_looks_where_the_case_is(house: House, trail: Trail) -> None:
    """The case's number is no secret: where the person would have to be found, it is found."""
    held = {place for place, content in trail.places.items() if trail.case.encode() in content}
    kinds = {"file", "table"} if not isinstance(house, SplitHouse) else {"broker", "dump", "letters", "store", "table"}
    assert {place.split()[0] for place in held} >= kinds
    for service in ("intake", "identity", "fulfilment", "notifier", "connect_shop", "connect-shop"):
        if service != ("connect_shop" if any("connect-shop.inbox" in place for place in held) else "connect-shop"):
            assert f"table {service}.inbox" in held, service
    logs = [place for place in trail.places if place.endswith(".log")]
    assert len(logs) == len(house.processes())


def test_the_marks_are_in_what_the_person_was_handed(trail: Trail) -> None:
    told = " ".join(MARKS.found_in(trail.package))
    assert not [word for word in TOLD_BY_SYSTEMS if f"{word} (utf-8)" not in told]


def test_nothing_that_is_kept_is_an_archive_that_anybody_can_open(trail: Trail) -> None:
    """A compressed copy would hide its marks from the search."""
    kept = {place: content for place, content in trail.places.items() if "store" in place}
    assert kept
    assert not [place for place, content in kept.items() if b"PK\x03\x04" in content or content[:2] == b"\x1f\x8b"]


def test_a_mail_or_a_text_holds_no_mark_but_whom_it_goes_to(trail: Trail) -> None:
    mine = [(to, text) for to, text in trail.mails if to in (EMAIL, CONTACT, DIALLED)]
    assert len(mine) >= 9
    assert len([to for to, _ in mine if to == DIALLED]) == 3, "one to prove, one for each answer"
    assert not [MARKS.found_in(text.encode()) for _, text in mine if MARKS.found_in(text.encode())]
    assert len([to for to, _ in mine if to == CONTACT]) == 1


@pytest.mark.parametrize("word", MARKS.words)
def test_the_search_finds_a_mark_in_every_form_it_may_be_planted_in(house: House, word: str) -> None:
    log = next(path.read_bytes() for path in sorted(house.folder.glob("*.log")))
    assert not MARKS.found_in(log)
    for name, form in [*plain_forms(word), *base64_forms(word)]:
        assert MARKS.found_in(log + b'{"event": "' + form + b'"}\n'), name
    for before in ("", "a", "ab", "abc"):
        whole = base64.b64encode(f"{before}{word} and more".encode())
        assert MARKS.found_in(log + whole), before
