"""Datasets written for Fides become data maps; what a map cannot say is told with its line."""

import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from habeas.cli.mapping import convert_fides, propose_map
from habeas.connectors.sql.access import Access
from habeas.connectors.sql.fides import Converted, convert, read_datasets, write_map
from habeas.connectors.sql.fitting import fit
from habeas.connectors.sql.mapfile import load_map
from habeas.errors import Faults, Refused
from habeas.marked import load_marked

HERE = Path(__file__).parent / "fides"
PAGE = Path(__file__).parents[2] / "docs" / "moving-from-fides.md"
TABLES = """
CREATE TABLE place (place_id INTEGER PRIMARY KEY, street VARCHAR(80));
CREATE TABLE shopper (shopper_id INTEGER PRIMARY KEY, mail VARCHAR(120), full_name VARCHAR(80), handle VARCHAR(80),
  pass VARCHAR(80), loyalty_card VARCHAR(20), place_id INTEGER REFERENCES place);
CREATE TABLE purchase (purchase_id INTEGER PRIMARY KEY, shopper_id INTEGER NOT NULL REFERENCES shopper,
  gift_note VARCHAR(4));
CREATE TABLE purchase_item (item_id INTEGER PRIMARY KEY, purchase_id INTEGER NOT NULL REFERENCES purchase);
CREATE TABLE stock (stock_id INTEGER PRIMARY KEY);
"""


def converted(*names: str, policy: str = "null_rewrite") -> list[Converted]:
    return convert(read_datasets([HERE / name for name in names]), policy)


def map_of(each: Converted, activity: str = "shop") -> dict[str, Any]:
    return dict(load_marked(write_map(each, activity)).data["tables"])


def one_field(meta: str) -> str:
    """A dataset of one collection with one field, and that meta of it on line 4."""
    return (
        "dataset:\n  - fides_key: d\n    collections:\n"
        f"      - {{name: t, fields: [{{name: a, fides_meta: {{{meta}}}}}]}}\n"
    )


def table(name: str, meta: str, more: str = "") -> str:
    """A collection with one field of that meta."""
    return f"      - {{{more}name: {name}, fields: [{{name: a, fides_meta: {{{meta}}}}}]}}\n"


def named(*keys: str) -> str:
    """Datasets of these keys with one collection each."""
    return "dataset:\n" + "".join(
        f"  - fides_key: {key}\n    collections: [{{name: t, fields: [{{name: a}}]}}]\n" for key in keys
    )


def written(text: str, folder: Path) -> list[Converted]:
    """The conversion of a dataset `d` with these collections."""
    file = folder / "d.yml"
    file.write_text("dataset:\n  - fides_key: d_db\n    collections:\n" + text)
    return convert(read_datasets([file]))


def test_a_dataset_becomes_a_map_that_loads_and_fits(tmp_path: Path) -> None:
    (each,) = converted("webshop.yml")
    assert each.open == 0, [table.open for table in each.tables]
    data_map = load_map(write_map(each, "shop"), tmp_path)
    with sqlite3.connect(tmp_path / "shop.db") as database:
        database.executescript(TABLES)
    database.close()
    with Access(sa.make_url(f"sqlite:///{tmp_path}/shop.db")).reading() as connection:
        fit(data_map, connection)


def test_what_a_dataset_says_of_finding_and_erasing_is_kept() -> None:
    (each,) = converted("webshop.yml")
    assert map_of(each) == {
        "shopper": {
            "key": "shopper_id",
            "activity": "shop",
            "identifiers": {"email": {"column": "mail", "match": "email"}},
            "columns": {"leave_out": ["pass"]},
            "erase": {
                "set": {"mail": "erased-{key}@invalid", "full_name": "gone-shopper", "pass": None},
                "columns": {"handle": "hash"},
            },
        },
        "place": {
            "key": "place_id",
            "activity": "shop",
            "reached_from": ["shopper.place_id -> place_id"],
            "shared": True,
            "erase": {"set": {"street": "erased-{key}"}},
        },
        "purchase": {
            "key": "purchase_id",
            "activity": "shop",
            "reached_from": ["shopper.shopper_id -> shopper_id"],
            "erase": {"set": {"gift_note": None}},
        },
        "purchase_item": {
            "key": "item_id",
            "activity": "shop",
            "reached_from": ["purchase.purchase_id -> purchase_id"],
        },
    }
    assert set(each.left_out) == {"stock"}


def test_what_a_map_cannot_say_stands_in_it_with_its_line() -> None:
    (each,) = converted("webshop.yml")
    text = write_map(each)
    file, lines = str(HERE / "webshop.yml"), (HERE / "webshop.yml").read_text().splitlines()
    for said, key in (
        ("erase_after: rows are erased in the order", "erase_after:"),
        ("hmac of handle: here it is keyed", "strategy: hmac"),
        ("loyalty_card is preserved", "strategy: preserve"),
        ("shopper_id is the key", "name: shopper_id"),
    ):
        number = next(number for number, line in enumerate(lines, 1) if key in line)
        assert f"{file}:{number}: {said}" in text, text
    assert f"stock: skip_processing at {file}:" in text
    assert "data uses in Fides: essential.service" in text


def test_a_map_without_activities_is_refused_in_each_table(tmp_path: Path) -> None:
    (each,) = converted("webshop.yml")
    with pytest.raises(Faults) as refused:
        load_map(write_map(each), tmp_path)
    assert [fault.problem for fault in refused.value.faults] == ["activity is missing"] * 4


def test_a_reference_to_another_dataset_is_an_identifier_which_that_one_gives() -> None:
    shop, desk = converted("webshop.yml", "helpdesk.yml")
    assert map_of(shop)["shopper"]["gives"] == {"shopper_shopper_id": "shopper_id"}
    assert map_of(desk)["question"]["identifiers"] == {"shopper_shopper_id": "asked_by"}
    assert desk.open == 0
    (alone,) = converted("helpdesk.yml")
    assert alone.open
    assert "the dataset webshop_db was not given" in write_map(alone)


def test_an_identity_is_not_given_again_under_another_name(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yml", tmp_path / "other.yml"
    one.write_text(
        "dataset:\n  - fides_key: one\n    collections:\n      - name: person\n        fields:\n"
        "          - {name: mail, fides_meta: {identity: email, primary_key: true}}\n"
    )
    other.write_text(
        "dataset:\n  - fides_key: other\n    collections:\n      - name: letter\n        fields:\n"
        "          - {name: id, fides_meta: {primary_key: true}}\n          - name: to_mail\n            fides_meta:\n"
        "              references: [{dataset: one, field: person.mail, direction: from}]\n"
    )
    first, second = convert(read_datasets([one, other]))
    assert "gives" not in map_of(first)["person"]
    assert second.tables[0].identifiers[0].name == "email"
    assert second.tables[0].identifiers[0].fold


@pytest.mark.parametrize(
    ("strategy", "value", "told"),
    [
        ("null_rewrite", None, ""),
        ("string_rewrite, configuration: {rewrite_value: x}", "x", ""),
        ("string_rewrite, configuration: {rewrite_value: '{x}'}", None, "braces"),
        ("string_rewrite", None, "no rewrite_value"),
        ("hash, configuration: {algorithm: SHA-512}", "hash", "hash of name: here it is keyed"),
        ("hmac", "hash", "hmac of name: here it is keyed"),
        ("hash}, length: 40, x: {", "erased-{key}", "hash of name: a fixed text"),
        ("aes_encrypt, configuration: {mode: GCM}", "erased-{key}", "aes_encrypt of name"),
        ("random_string_rewrite, configuration: {length: 9, format_preservation: {suffix: '@e.example'}}",
         "erased-{key}@e.example", "random_string_rewrite of name"),
        ("preserve", "kept", "name is preserved"),
        ("ip_mask", None, "is not known here"),
    ],
)  # fmt: skip
def test_a_masking_strategy_has_its_counterpart(tmp_path: Path, strategy: str, value: str | None, told: str) -> None:
    (each,) = written(
        "      - name: t\n        fields:\n"
        "          - {name: id, fides_meta: {primary_key: true}}\n"
        "          - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email}}\n"
        "          - name: name\n            data_categories: [user.name]\n            fides_meta: {data_type: string,"
        f" masking_strategy_override: {{strategy: {strategy}}}}}\n",
        tmp_path,
    )
    (table,) = each.tables
    assert ("hash" if "name" in table.hashed else table.erase.get("name", "kept")) == value
    assert told in " ".join([*table.open, *table.notes])
    assert bool(table.open) == (told in ("braces", "no rewrite_value", "is not known here"))


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("{name: x, fides_meta: {custom_request_field: tenant}}", "x takes tenant from the request"),
        ("{name: x, fields: [{name: y, fides_meta: {identity: email}}]}", "x.y finds rows"),
        ("{name: x, fields: [{name: y, fides_meta: {masking_strategy_override: {strategy: hash}}}]}", "x.y is masked"),
        ("{name: x, fides_meta: {identity: email}}", "x holds email, too"),
        ("{name: x, masking_strategy_override: {strategy: hash}}", "masking_strategy_override is not known"),
        ("{name: x, data_categories: [user], fides_meta: {read_only: true}}", "x is read_only"),
        ("{name: x, fides_meta: {references: [{dataset: d_db, field: t.id, direction: to}]}}", "other people's rows"),
        ("{name: x, fides_meta: {references: [{dataset: gone, field: t.id}]}}", "the dataset gone was not given"),
    ],
)
def test_what_finds_or_erases_in_a_way_that_a_map_has_not_is_left_to_a_person(
    tmp_path: Path, field: str, told: str
) -> None:
    (each,) = written(
        "      - name: t\n        fields:\n"
        "          - {name: id, fides_meta: {primary_key: true}}\n"
        "          - {name: mail, data_categories: [user.contact.email], fides_meta: {identity: email}}\n"
        f"          - {field}\n",
        tmp_path,
    )
    assert told in " ".join(each.tables[0].open), each.tables[0]
    assert f"{tmp_path}/d.yml:8: " in " ".join(each.tables[0].open)
    with pytest.raises(Faults, match="activity is missing"):
        load_map(write_map(each, "shop"), tmp_path)


@pytest.mark.parametrize(
    ("collections", "told"),
    [
        (table("t", "primary_key: true"), "nothing reaches it"),
        (table("t", "identity: email"), "no field is a primary_key"),
        (table("t", "identity: email, primary_key: true"), "masks nothing"),
        (
            table("s", "identity: email, primary_key: true", "fides_meta: {skip_processing: true}, ")
            + table("t", "primary_key: true, references: [{dataset: d_db, field: s.a, direction: from}]"),
            "a collection that is skipped",
        ),
        (
            table("s", "identity: email, references: [{dataset: d_db, field: p.a, direction: to}]")
            + table("p", "primary_key: true")
            + table("t", "references: [{dataset: d_db, field: p.a, direction: from}]"),
            "p.a -> a leads from rows that people share",
        ),
        (
            table("s", "identity: email, primary_key: true")
            + table("t", "primary_key: true, identity: email, references: [{dataset: d_db, field: s.a}]"),
            "say which leads to which",
        ),
    ],
)
def test_a_collection_that_nothing_explains_is_left_to_a_person(tmp_path: Path, collections: str, told: str) -> None:
    (each,) = written(collections, tmp_path)
    assert told in " ".join(remark for table in each.tables for remark in table.open)


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("saas_config: {}\n", 1, "there is no dataset"),
        ("dataset: []\n", 1, "dataset is no list"),
        ("dataset:\n  - collections: [{name: t, fields: [{name: a}]}]\n", 2, "fides_key is missing"),
        ("dataset:\n  - fides_key: d\n    collections:\n      - name: t\n", 4, "fields is no list"),
        (named("<instance_fides_key>"), 2, "template"),
        (named("d_db", "d-db"), 4, "called like d_db"),
        (named("d_db", "d_db"), 4, "the dataset d_db stands at"),
        (one_field("references: [{dataset: d, field: u.b}]"), 4, "d has no collection u"),
        (one_field("references: [{dataset: d, field: t.b}]"), 4, "t has no field b"),
        (one_field("references: [{dataset: d, field: t}]"), 4, "names no field of a collection"),
        (one_field("references: [{dataset: d, field: t.a, direction: up}]"), 4, "neither from nor to"),
        (one_field("length: long"), 4, "no number of characters"),
        (one_field("primary_key: perhaps"), 4, "neither yes nor no"),
    ],
)  # fmt: skip
def test_a_dataset_that_is_not_right_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, problem: str
) -> None:
    file = tmp_path / "d.yml"
    file.write_text(text)
    with pytest.raises(Faults) as refused:
        convert(read_datasets([file]))
    told = [(fault.where.rpartition(":")[2], fault.problem) for fault in refused.value.faults]
    assert any(where == str(line) and problem in words for where, words in told), told


def test_what_else_a_file_holds_is_told(tmp_path: Path) -> None:
    (each,) = written(table("t", "identity: email, primary_key: true") + "policy:\n  - fides_key: p\n", tmp_path)
    assert f"# {tmp_path}/d.yml:5: policy is no dataset" in write_map(each)


def test_the_page_on_moving_says_what_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = PAGE.read_text(encoding="utf-8")
    (tmp_path / "crm.yml").write_text(page.partition("```yaml\n")[2].partition("```")[0])
    (tmp_path / "crm.url").write_text("sqlite:///crm.db")
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.execute("CREATE TABLE client (client_id INTEGER PRIMARY KEY, email TEXT, notes TEXT)")
    database.close()
    monkeypatch.chdir(tmp_path)
    commands = {"fides": convert_fides, "map": propose_map}
    for line in re.findall(r"(?m)^habeas connect (.*)$", page):
        name, *arguments = line.split()
        assert CliRunner().invoke(commands[name], arguments, catch_exceptions=False).exit_code == 0
    text = (tmp_path / "systems/crm-db.map.yaml").read_text()
    assert "notes: hash\n" in text
    assert "crm.yml:16: hash of notes: here it is keyed" in text
    assert "system: crm-db" in (tmp_path / "crm-db.seen.yaml").read_text()


def test_the_command_writes_a_map_for_each_dataset_and_never_over_one(tmp_path: Path) -> None:
    call = [
        str(HERE / "webshop.yml"),
        str(HERE / "helpdesk.yml"),
        "--out",
        str(tmp_path / "maps"),
        "--masking",
        "delete",
    ]
    result = CliRunner().invoke(convert_fides, call, catch_exceptions=False)
    assert result.exit_code == 0
    names = sorted(each.name for each in (tmp_path / "maps").iterdir())
    assert names == ["helpdesk-db.map.yaml", "webshop-db.map.yaml"]
    before = (tmp_path / "maps" / names[0]).read_text()
    assert "erase:" not in before
    with pytest.raises(Refused, match="nothing is overwritten"):
        CliRunner().invoke(convert_fides, call, catch_exceptions=False)
    assert (tmp_path / "maps" / names[0]).read_text() == before
