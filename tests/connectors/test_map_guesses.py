"""What a proposal makes of names, types and sampled values; each of these is a decision that could harm somebody."""

from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from random_schemas import MARK

from habeas.cli.mapping import propose_map
from habeas.connectors.sql.access import Access
from habeas.connectors.sql.proposing import Proposal, look, propose, write
from habeas.connectors.sql.proposing.names import name_kinds, system_named
from habeas.connectors.sql.proposing.patterns import sample_of
from habeas.connectors.sql.proposing.proposal import Draft
from habeas.connectors.sql.proposing.words import entity_of, is_one_of, kind_named, tokens_of
from habeas.errors import Faults, Refused
from habeas.testing.servers.postgres import Postgres

USERS = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, name TEXT);"


def proposed(folder: Path, script: str) -> Proposal:
    url = f"sqlite:///{folder}/seen.db"
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        for statement in script.split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    with Access(sa.make_url(url)).reading() as connection:
        return propose(look(connection))


def draft(proposal: Proposal, name: str) -> Draft:
    return next(each for each in proposal.drafts if each.name == name)


def ways(each: Draft) -> list[str]:
    return [f"{way.source}.{way.source_columns[0]} -> {way.columns[0]}" for way in each.ways]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("E-Mail", "email"), ("epostadress", "email"), ("e_posta", "email"), ("kundeMail", "email"),
        ("telefonnummer", "phone"), ("mobil", "phone"), ("Handynummer", "phone"), ("gsm", "phone"),
        ("personnummer", "personal_number"), ("fødselsnummer", "personal_number"), ("EMŠO", "personal_number"),
        ("förnamn", "name"), ("etternavn", "name"), ("Nachname", "name"), ("priimek", "name"), ("LastName", "name"),
        ("gatuadress", "address"), ("gateadresse", "address"), ("Straße", "address"), ("naslov", "address"),
        ("födelsedatum", "birth_date"), ("Geburtsdatum", "birth_date"), ("datum_rojstva", "birth_date"),
        ("lösenord", "secret"), ("passord", "secret"), ("Passwort", "secret"), ("geslo", "secret"),
        ("password_hash", "secret"), ("last_login_ip", "ip"), ("iban", "payment"), ("address2", "address"),
        ("email_verified", None), ("email_sent_at", None), ("address_id", None), ("phone_count", None),
        ("reset_token_expires", None), ("price", None), ("name", "weak"), ("namn", "weak"), ("comment", "free_text"),
    ],
)  # fmt: skip
def test_a_column_is_known_by_its_name_in_five_languages(name: str, kind: str | None) -> None:
    assert kind_named(tokens_of(name)) == kind


@pytest.mark.parametrize(
    ("table", "entity"),
    [("Kunder", "customer"), ("uporabniki", "user"), ("Mitarbeiter", "employee"), ("app_users", "user"),
     ("customer_groups", None), ("products", None), ("medlemmar", "member")],
)  # fmt: skip
def test_a_table_of_people_is_known_by_its_last_word(table: str, entity: str | None) -> None:
    assert entity_of(tokens_of(table)) == entity


def test_a_stem_names_a_row_of_its_table_and_of_no_other() -> None:
    for single, table in (("address", "addresses"), ("delivery_address", "addresses"), ("user", "app_users"),
                          ("category", "categories"), ("person", "people"), ("kund", "kunder")):  # fmt: skip
        assert is_one_of(tokens_of(single), tokens_of(table)), (single, table)
    for single, table in (("card", "cardiology"), ("user", "user_groups"), ("", "users"), ("order", "orderings")):
        assert not is_one_of(tokens_of(single), tokens_of(table)), (single, table)


@pytest.mark.parametrize(
    ("pattern", "fitting", "others"),
    [
        ("email", ["ann@example.com"], ["ann@", "@example.com", "ann at example.com"]),
        ("phone", ["+46 70 123 45 67", "070-1234567"], ["1234567", "2026-11-22", "12"]),
        ("personal_number", ["19811218-9876", "8112189876", "17054026641", "0101006500006"],
         ["8112189877", "8113189876", "17054026642", "0101006500007", "1234567890"]),
        ("ip", ["192.0.2.7", "2001:db8::1", "192.0.2.0/24"], ["1.2", "12:30", "7"]),
        ("payment", ["GB82 WEST 1234 5698 7654 32", "4111 1111 1111 1111"], ["GB82 WEST 1234 5698 7654 33", "4111"]),
        ("secret", ["$2b$12$abc", "pbkdf2_sha256$600000$x$y", "{SSHA}abc"], ["$12", "abc"]),
        ("date", ["2026-11-22", "2026-11-22T10:00:00Z"], ["2026-13-22", "20261122"]),
        ("mentions", ["write to ann@example.com, please"], ["write to ann"]),
    ],
)  # fmt: skip
def test_a_pattern_fits_what_it_is_for_and_little_else(pattern: str, fitting: list[str], others: list[str]) -> None:
    assert [sample_of([text]).share(pattern) for text in fitting] == [1.0] * len(fitting)
    assert [sample_of([text]).share(pattern) for text in others] == [0.0] * len(others)


def test_a_link_by_name_is_taken_only_where_its_values_stand_there(tmp_path: Path) -> None:
    tables = (
        USERS + "CREATE TABLE visits (id INTEGER PRIMARY KEY, user_id INTEGER);INSERT INTO users VALUES (1, NULL, '');"
    )
    (tmp_path / "a").mkdir()
    found = draft(proposed(tmp_path / "a", tables + "INSERT INTO visits VALUES (1, 1)"), "visits")
    assert (ways(found), found.open) == (["users.id -> user_id"], ())
    lost = draft(proposed(tmp_path, tables + "INSERT INTO visits VALUES (1, 1), (2, 77)"), "visits")
    assert (ways(lost), bool(lost.open)) == ([], True)
    assert any("50 % of 2 sampled values" in note for note in lost.notes)


def test_who_worked_on_a_row_is_not_whose_it_is(tmp_path: Path) -> None:
    script = (
        USERS
        + """
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users,
  approved_by INTEGER REFERENCES users);
CREATE TABLE reports (id INTEGER PRIMARY KEY, created_by INTEGER NOT NULL REFERENCES users)"""
    )
    proposal = proposed(tmp_path, script)
    assert ways(draft(proposal, "orders")) == ["users.id -> user_id"]
    assert (draft(proposal, "reports").ways, bool(draft(proposal, "reports").open)) == ((), True)


def test_a_row_of_two_people_is_asked_about(tmp_path: Path) -> None:
    script = (
        USERS
        + """CREATE TABLE messages (id INTEGER PRIMARY KEY,
  sender_id INTEGER NOT NULL REFERENCES users, recipient_id INTEGER NOT NULL REFERENCES users)"""
    )
    assert "keep the ways that make a row this person's" in draft(proposed(tmp_path, script), "messages").open[0]


def test_people_are_not_reached_from_other_people(tmp_path: Path) -> None:
    script = (
        "CREATE TABLE staff (id INTEGER PRIMARY KEY, email TEXT);"
        """
CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT, contact_id INTEGER REFERENCES staff)"""
    )
    proposal = proposed(tmp_path, script)
    assert [each.ways for each in proposal.drafts] == [(), ()]
    assert all(each.is_root for each in proposal.drafts)


def test_a_row_whose_link_may_be_empty_is_looked_for_by_its_address_too(tmp_path: Path) -> None:
    for null, identifiers in (("", ["guest_email"]), ("NOT NULL", [])):
        folder = tmp_path / (null or "null")
        folder.mkdir()
        reference = f"user_id INTEGER {null} REFERENCES users"
        script = f"{USERS}CREATE TABLE orders (id INTEGER PRIMARY KEY, guest_email TEXT, {reference})"
        assert [each.column for each in draft(proposed(folder, script), "orders").identifiers] == identifiers


def test_nothing_is_reached_through_rows_that_people_share(tmp_path: Path) -> None:
    script = """CREATE TABLE districts (id INTEGER PRIMARY KEY, postcode TEXT);
CREATE TABLE addresses (id INTEGER PRIMARY KEY, street TEXT, district_id INTEGER REFERENCES districts);
CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, address_id INTEGER REFERENCES addresses);
CREATE TABLE keyholders (id INTEGER PRIMARY KEY, address_id INTEGER NOT NULL REFERENCES addresses)"""
    proposal = proposed(tmp_path, script)
    assert (draft(proposal, "addresses").shared, ways(draft(proposal, "districts"))) == (True, [])
    assert "looks personal: postcode" in draft(proposal, "districts").open[0]
    assert "reached only through addresses" in draft(proposal, "keyholders").open[0]


def test_a_second_address_is_asked_about(tmp_path: Path) -> None:
    script = "CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, recovery_email TEXT)"
    assert "recovery_email identifies, too" in draft(proposed(tmp_path, script), "users").open[0]


def test_a_number_of_people_who_are_kept_elsewhere_is_asked_about(tmp_path: Path) -> None:
    script = USERS + "CREATE TABLE events (id INTEGER PRIMARY KEY, customer_no INTEGER, at TEXT)"
    events = draft(proposed(tmp_path, script), "events")
    assert [(each.name, each.column) for each in events.identifiers] == [("customer_number", "customer_no")]
    assert "proved elsewhere" in events.open[0]


def test_what_a_lookup_describes_holds_nobody_and_what_hangs_nowhere_is_asked_about(tmp_path: Path) -> None:
    script = (
        USERS
        + """CREATE TABLE colours (id INTEGER PRIMARY KEY, label TEXT);
CREATE TABLE shades (id INTEGER PRIMARY KEY, colour_id INTEGER REFERENCES colours);
CREATE TABLE switches (id INTEGER PRIMARY KEY, label TEXT);
CREATE TABLE alembic_version (version_num TEXT PRIMARY KEY);
CREATE TABLE visitors_seen (id INTEGER PRIMARY KEY, ip_address TEXT)"""
    )
    proposal = proposed(tmp_path, script)
    assert set(proposal.nobody) == {"colours", "shades", "alembic_version"}
    assert "hangs on no other table" in draft(proposal, "switches").open[0]
    assert "looks personal: ip_address (ip)" in draft(proposal, "visitors_seen").open[0]


def test_a_text_that_names_an_address_makes_a_lookup_somebodys(tmp_path: Path) -> None:
    script = (
        USERS
        + """CREATE TABLE topics (id INTEGER PRIMARY KEY, label TEXT);
CREATE TABLE remarks_of_topics (id INTEGER PRIMARY KEY, topic_id INTEGER REFERENCES topics, line TEXT);"""
        + "".join(
            f"INSERT INTO remarks_of_topics VALUES ({number}, NULL, 'asked by {MARK}{number}@example.com');"
            for number in range(9)
        )
    )
    proposal = proposed(tmp_path, script)
    assert "looks personal: line (mentions)" in draft(proposal, "remarks_of_topics").open[0]
    assert MARK not in write(proposal, "tried")


def test_sampled_values_refute_a_name_and_make_up_for_one(tmp_path: Path) -> None:
    rows = "".join(
        f"INSERT INTO users VALUES ({n}, '{MARK}{n}@example.com', 'digest {n}', '$2b$12${n}');" for n in range(8)
    )
    script = f"CREATE TABLE users (id INTEGER PRIMARY KEY, adr TEXT, mail TEXT, pw TEXT);{rows}"
    users = draft(proposed(tmp_path, script), "users")
    assert [each.column for each in users.identifiers] == ["adr", "id"]
    assert (users.leave_out, users.open) == (("pw",), ())


def test_what_kept_rows_need_is_blanked_so_that_no_rule_of_the_table_is_broken(tmp_path: Path) -> None:
    script = """CREATE TABLE users (id INTEGER PRIMARY KEY, nickname TEXT NOT NULL UNIQUE, email VARCHAR(120) NOT NULL,
  first_name VARCHAR(4) NOT NULL, phone TEXT, password_hash TEXT);
CREATE TABLE bills (id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES users)"""
    assert draft(proposed(tmp_path, script), "users").kept == {
        "nickname": "erased-{key}", "email": "erased", "first_name": "-", "phone": None, "password_hash": None,
    }  # fmt: skip


def test_what_kept_rows_need_and_cannot_be_blanked_is_told(tmp_path: Path) -> None:
    script = """CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, customer_no INTEGER NOT NULL UNIQUE, email TEXT);
CREATE TABLE bills (id INTEGER PRIMARY KEY, customer_no INTEGER NOT NULL REFERENCES users (customer_no))"""
    users = draft(proposed(tmp_path, script.replace("users", "customers")), "customers")
    assert (users.kept, "customer_no cannot be emptied" in " ".join(users.notes)) == ({}, True)


def test_secrets_stay_out_and_retention_begins_with_the_first_date(tmp_path: Path) -> None:
    script = """CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, password_hash TEXT, totp_secret TEXT,
  updated_at DATE, birth_date DATE, created_at DATE, last_seen_at DATE)"""
    users = draft(proposed(tmp_path, script), "users")
    assert (users.leave_out, users.dated_by) == (("password_hash", "totp_secret"), "created_at")


def test_names_in_a_map_have_the_form_that_it_wants() -> None:
    assert name_kinds(["a b", "a.b", "b", "1st", "å"]) == {
        "a b": "a_b", "a.b": "b", "b": "b_2", "1st": "t_1st", "å": "table",
    }  # fmt: skip
    assert [system_named(name) for name in ("Shop_DB", "9", "x", "")] == ["shop-db", "system-9", "x-database", "system"]


def call(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(propose_map, arguments, env=environment, catch_exceptions=False)


def test_the_command_writes_a_new_file_and_never_over_one(tmp_path: Path) -> None:
    proposed(tmp_path, USERS)
    url, out = f"sqlite:///{tmp_path}/seen.db", tmp_path / "seen.map.yaml"
    (tmp_path / "url").write_text(url)
    assert call("--url-file", str(tmp_path / "url"), "--out", str(out), "--activity", "accounts").exit_code == 0
    assert "system: seen\n" in (before := out.read_text())
    with pytest.raises(Refused, match="nothing is overwritten"):
        call(url, "--out", str(out))
    assert out.read_text() == before
    told = call("--url-env", "SEEN_URL", "--system", "other", SEEN_URL=url)
    assert "system: other\n" in told.output
    with pytest.raises(Refused, match="there is no schema lost"):
        call(url, "--schema", "lost")


def test_the_command_never_tells_the_address(tmp_path: Path) -> None:
    for arguments in (
        ("nothing://u:pa55@h/d",),
        ("no url, pa55",),
        ("sqlite:///x", "--system", "pa55!"),
        ("a", "--url-env", "B"),
    ):
        with pytest.raises(Faults) as refused:
            call(*arguments)
        assert "pa55" not in str(refused.value)


@pytest.mark.servers
def test_another_schema_is_looked_at_and_what_cannot_be_read_is_asked_about(postgres: Postgres) -> None:
    url = postgres.fresh_database()
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as database:
        database.execute("CREATE SCHEMA crm")
        database.execute("CREATE TABLE crm.users (id uuid PRIMARY KEY, email text NOT NULL, seen inet, kind jsonb)")
        database.execute(
            "CREATE TABLE crm.visits (id serial PRIMARY KEY, user_id uuid REFERENCES crm.users, raw bytea)"
        )
        database.execute("CREATE TABLE alone (id int PRIMARY KEY)")
        database.execute("CREATE FOREIGN DATA WRAPPER nothing")  # whoever reads such a table gets an error
        database.execute("CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing")
        database.execute("CREATE FOREIGN TABLE crm.far_away (id int) SERVER nowhere")
    with Access(sa.make_url(url)).reading() as connection:
        proposal = propose(look(connection, "crm"))
    assert [each.name for each in proposal.drafts] == ["crm.users", "crm.visits", "crm.far_away"]
    assert ways(draft(proposal, "crm.visits")) == ["crm.users.id -> user_id"]
    assert "could not be read" in draft(proposal, "crm.far_away").open[0]
    assert draft(proposal, "crm.visits").file == "raw"
    assert "      - users.id -> user_id" in write(proposal, "tried")
