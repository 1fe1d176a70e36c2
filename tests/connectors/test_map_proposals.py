"""A proposed map misses no table, is refused until a person has finished it, and then fits the database."""

import os
import random
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from company_facts import customers, make_company
from connector_shop import make_shop
from random_schemas import MARK, fill, random_schema

from habeas.connectors.sql import SqlConnector
from habeas.connectors.sql.access import Access
from habeas.connectors.sql.fitting import fit
from habeas.connectors.sql.mapfile import load_map
from habeas.connectors.sql.proposing import Proposal, look, propose, write
from habeas.errors import Faults
from habeas.marked import load_marked
from habeas.sdk import Subject

GIVEN = os.environ.get("HABEAS_CHINOOK", "")
CHINOOK = """
CREATE TABLE Employee (EmployeeId INTEGER PRIMARY KEY, LastName VARCHAR(20) NOT NULL, ReportsTo INTEGER
  REFERENCES Employee (EmployeeId), BirthDate DATETIME, HireDate DATETIME, Phone VARCHAR(24), Email VARCHAR(60));
CREATE TABLE Customer (CustomerId INTEGER PRIMARY KEY, FirstName VARCHAR(40) NOT NULL, LastName VARCHAR(20) NOT NULL,
  Phone VARCHAR(24), Email VARCHAR(60) NOT NULL, SupportRepId INTEGER REFERENCES Employee (EmployeeId));
CREATE TABLE Invoice (InvoiceId INTEGER PRIMARY KEY, CustomerId INTEGER NOT NULL REFERENCES Customer (CustomerId),
  InvoiceDate DATETIME NOT NULL, BillingAddress VARCHAR(70), Total NUMERIC(10,2) NOT NULL);
CREATE TABLE Artist (ArtistId INTEGER PRIMARY KEY, Name VARCHAR(120));
CREATE TABLE Album (AlbumId INTEGER PRIMARY KEY, Title VARCHAR(160), ArtistId INTEGER NOT NULL REFERENCES Artist);
CREATE TABLE Genre (GenreId INTEGER PRIMARY KEY, Name VARCHAR(120));
CREATE TABLE MediaType (MediaTypeId INTEGER PRIMARY KEY, Name VARCHAR(120));
CREATE TABLE Track (TrackId INTEGER PRIMARY KEY, Name VARCHAR(200), Composer VARCHAR(220), AlbumId INTEGER REFERENCES
  Album, MediaTypeId INTEGER NOT NULL REFERENCES MediaType, GenreId INTEGER REFERENCES Genre);
CREATE TABLE Playlist (PlaylistId INTEGER PRIMARY KEY, Name VARCHAR(120));
CREATE TABLE PlaylistTrack (PlaylistId INTEGER NOT NULL REFERENCES Playlist, TrackId INTEGER NOT NULL REFERENCES Track,
  PRIMARY KEY (PlaylistId, TrackId));
CREATE TABLE InvoiceLine (InvoiceLineId INTEGER PRIMARY KEY, InvoiceId INTEGER NOT NULL REFERENCES Invoice (InvoiceId),
  TrackId INTEGER NOT NULL REFERENCES Track (TrackId), Quantity INTEGER NOT NULL);
"""
#: What a person who knows each database says: identifiers, ways, and tables that hold nobody.
TRUTH: dict[str, tuple[set[str], set[str], set[str]]] = {
    "company": (
        {"customers.email", "customers.number"},
        {
            "customers.address_id -> addresses.id", "orders.delivery_address_id -> addresses.id",
            "customers.id -> orders.customer_id", "orders.id -> order_lines.order_id",
            "customers.id -> invoices.customer_id", "invoices.id -> invoice_lines.invoice_id",
            "customers.id -> support_tickets.customer_id", "support_tickets.id -> ticket_messages.ticket_id",
            "customers.id -> logins.customer_id",
        },
        {"products"},
    ),
    "shop": (
        {"customer.email", "customer.id", "ticket.email"},
        {
            "customer.address_id -> address.id", "orders.address_id -> address.id", "customer.id -> card.customer_id",
            "customer.id -> orders.customer_id", "orders.id -> item.order_id", "customer.id -> friend.customer_id",
            "item.order_id, number -> review.order_id, item_number", "customer.id -> audit.customer_id",
        },
        set(),
    ),
    "chinook": (
        {"Customer.Email", "Customer.CustomerId", "Employee.Email", "Employee.EmployeeId"},
        {"Customer.CustomerId -> Invoice.CustomerId", "Invoice.InvoiceId -> InvoiceLine.InvoiceId"},
        {"Album", "Artist", "Genre", "MediaType", "Playlist", "PlaylistTrack", "Track"},
    ),
}  # fmt: skip


def company_url(folder: Path) -> str:
    make_company(folder, people=60)
    return f"sqlite:///{folder}/shop.db"


def shop_url(folder: Path) -> str:
    make_shop(f"sqlite:///{folder}/shop.db")
    return f"sqlite:///{folder}/shop.db"


def chinook_url(folder: Path) -> str:
    script = Path(GIVEN, "chinook_sqlite.sql").read_text(encoding="utf-8-sig") if GIVEN else CHINOOK
    with sqlite3.connect(folder / "chinook.db") as database:
        database.executescript(script)
    database.close()
    return f"sqlite:///{folder}/chinook.db"


KNOWN: dict[str, Callable[[Path], str]] = {"company": company_url, "shop": shop_url, "chinook": chinook_url}


def proposed(url: str) -> Proposal:
    with Access(sa.make_url(url)).reading() as connection:
        return propose(look(connection))


def finish(proposal: Proposal) -> dict[str, Any]:
    """The map with every decision made as a hasty person would: by identifiers, or by leaving the table out."""
    said = load_marked(write(proposal, "tried")).data
    tables = said["tables"] or {}
    for draft in proposal.drafts:
        table = tables[draft.kind]
        table["activity"] = "anything"
        asked = " ".join(draft.open)
        if not draft.key or "circle" in asked or "a dot" in asked:
            del tables[draft.kind]
        elif not draft.identifiers and not draft.ways:
            usable = [name for name, category in draft.table.live.categories.items() if category in ("text", "number")]
            table.pop("when_kept_rows_need_it", None)
            table["identifiers"] = {"answer": usable[0]} if usable else {}
    while lost := [kind for kind, table in tables.items() if not _still_reached(table, tables)]:
        for kind in lost:
            del tables[kind]
    return dict(said)


def _still_reached(table: dict[str, Any], tables: dict[str, Any]) -> bool:
    ways = [way for way in table.get("reached_from", []) if way.partition(".")[0] in tables]
    table.pop("reached_from", None)
    if ways:
        table["reached_from"] = ways
    return bool(ways or table.get("identifiers"))


def tables_refused(text: str) -> set[str]:
    """The tables in which a map is refused; of what is between tables, nothing is looked at before these are done."""
    try:
        load_map(text, Path())
    except Faults as refused:
        lines = load_marked(text).lines
        starts = {line: str(at[1]) for at, line in lines.items() if len(at) == 2 and at[0] == "tables"}
        found = [int(fault.where.rpartition(":")[2]) for fault in refused.faults]
        return {starts[max(start for start in starts if start <= line)] for line in found if starts}
    return set()


def check_proposal(url: str) -> str:
    """Holds one proposal against all that is promised of it, and tells whether it could be finished."""
    proposal = proposed(url)
    text = write(proposal, "tried")
    with sa.create_engine(url, poolclass=sa.pool.NullPool).connect() as connection:
        tables = set(sa.inspect(connection).get_table_names())
    assert {draft.name for draft in proposal.drafts} | proposal.nobody.keys() == tables
    assert all(f"#   {name}: " in text and reason for name, reason in proposal.nobody.items())
    assert MARK not in text
    assert text.count("TO FINISH:") == sum(max(1, len(draft.open)) for draft in proposal.drafts)
    assert tables_refused(text) == {draft.kind for draft in proposal.drafts} or not proposal.drafts
    refused = tables_refused(write(proposal, "tried", activity="anything"))
    assert refused == {draft.kind for draft in proposal.drafts if draft.open} or not proposal.drafts
    finished = finish(proposal)
    if not finished["tables"] or not any("identifiers" in each for each in finished["tables"].values()):
        return "nothing to finish"
    data_map = load_map(yaml.safe_dump(finished, sort_keys=False, allow_unicode=True), Path())
    with Access(sa.make_url(url)).reading() as connection:
        fit(data_map, connection)
    return "finished"


@pytest.mark.parametrize("name", KNOWN)
def test_a_proposal_for_a_known_schema_is_refused_until_it_is_finished(name: str, tmp_path: Path) -> None:
    assert check_proposal(KNOWN[name](tmp_path)) == "finished"


@pytest.mark.parametrize("name", KNOWN)
def test_a_proposal_finds_what_a_person_knows_of_a_schema(name: str, tmp_path: Path) -> None:
    proposal = proposed(KNOWN[name](tmp_path))
    identifiers = {f"{draft.name}.{each.column}" for draft in proposal.drafts for each in draft.identifiers}
    ways = {
        f"{way.source}.{', '.join(way.source_columns)} -> {draft.name}.{', '.join(way.columns)}"
        for draft in proposal.drafts
        for way in draft.ways
    }
    for what, found, true in zip(
        ("identifiers", "ways", "tables of nobody"),
        (identifiers, ways, set(proposal.nobody)),
        TRUTH[name],
        strict=True,
    ):
        print(f"{name}, {what}: {len(found & true)} of {len(true)} found, {len(found - true)} more")
        assert (found - true, true - found) == (set(), set()), (name, what)


def test_a_proposal_finds_the_same_rows_as_the_map_that_a_person_wrote(tmp_path: Path) -> None:
    url = company_url(tmp_path)
    text = write(proposed(url), "shop", activity="anything")
    ours = SqlConnector(sa.make_url(url), load_map(text, tmp_path))
    theirs = SqlConnector(sa.make_url(url), load_map(tmp_path / "systems/shop.map.yaml", tmp_path))
    found = 0
    for email in customers(tmp_path)[:20]:
        person = Subject({"email": (email,)})
        rows = [{(each.kind, each.key, each.dated) for each in one.export(person)} for one in (ours, theirs)]
        assert rows[0] == rows[1]
        found += len(rows[0])
    assert found > 100


def test_a_finished_proposal_fits_whatever_the_schema(tmp_path: Path, counts: Callable[[int, int], int]) -> None:
    outcomes: dict[str, int] = {}
    for seed in range(counts(25, 600)):
        chance = random.Random(seed)
        metadata = random_schema(chance)
        file = tmp_path / f"{seed}.db"
        engine = sa.create_engine(f"sqlite:///{file}", poolclass=sa.pool.NullPool)
        with engine.begin() as connection:
            metadata.create_all(connection)
            fill(connection, metadata, chance, chance.choice((0, 1, 8)))
        outcome = check_proposal(f"sqlite:///{file}")
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        file.unlink()
    print(outcomes)
    assert outcomes["finished"] > outcomes.get("nothing to finish", 0) * 5


@pytest.mark.servers
@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_a_finished_proposal_fits_on_a_server(
    server: str, request: pytest.FixtureRequest, counts: Callable[[int, int], int]
) -> None:
    url = request.getfixturevalue(server).fresh_database()
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    finished = 0
    for seed in range(counts(4, 100)):
        chance = random.Random(seed)
        metadata = random_schema(chance, short_texts=server == "mariadb")
        with engine.begin() as connection:
            metadata.create_all(connection)
            fill(connection, metadata, chance, chance.choice((0, 1, 8)))
        finished += check_proposal(url) == "finished"
        with engine.begin() as connection:
            metadata.drop_all(connection)
    assert finished
