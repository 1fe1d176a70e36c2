"""A data map is refused with the line of every fault: its form first, then against the database."""

from pathlib import Path

import pytest
from connector_shop import MAP, connect, make_shop

from habeas.connectors.sql import SqlConnector
from habeas.sdk import Faults, Subject

ANN = Subject({"email": ("ann@example.com",), "customer_number": ("1",)})
HEAD = "version: 1\nsystem: shop\ntables:\n"
GOOD = "  customer:\n    key: id\n    activity: accounts\n    identifiers: {email: email, customer_number: id}\n"


def form_faults(text: str, folder: Path) -> list[tuple[int, str]]:
    with pytest.raises(Faults) as caught:
        connect(f"sqlite:///{folder}/shop.db", folder, text)
    return [(int(fault.where.rpartition(":")[2]), fault.problem) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[]", 1, "no mapping"),
        ("version: 2\nsystem: shop\ntables:\n" + GOOD, 1, "version"),
        ("version: 1\nsystem: Shop!\ntables:\n" + GOOD, 2, "no name here"),
        ("version: 1\nsystem: shop\ntables: {}\n", 3, "no tables"),
        (HEAD + GOOD + "    colour: red\n", 8, "colour is not known"),
        (HEAD + "  customer:\n    activity: a\n    identifiers: {email: email}\n", 4, "key names no columns"),
        (HEAD + GOOD.replace("    activity: accounts\n", ""), 4, "activity is missing"),
        (HEAD + GOOD.replace("email: email", "E-Mail: email"), 7, "no name here"),
        (HEAD + GOOD.replace("email: email", "email: {column: email, match: like}"), 7, "neither exact nor email"),
        (HEAD + GOOD + "    decides: phone\n", 8, "names no identifier"),
        (HEAD + GOOD + "    shared: maybe\n", 8, "neither yes nor no"),
        (HEAD + GOOD + "    erase: remove\n", 8, "neither delete nor a set"),
        (HEAD + GOOD + "    erase: {set: {}}\n", 8, "sets no column"),
        (HEAD + GOOD + '    erase: {set: {email: "{name}"}}\n', 8, "only {key}"),
        (HEAD + GOOD + "    erase: {set: {email: [1]}}\n", 8, "no single value"),
        (HEAD + GOOD + "    reached_from: [orders -> id]\n", 8, "from where to where"),
        (HEAD + GOOD + "    reached_from: orders.id -> id\n", 8, "no list"),
        (HEAD + GOOD + '    reached_from: ["orders.a, b -> id"]\n', 8, "different numbers"),
        (HEAD + GOOD + "    reached_from: [orders.id -> id]\n", 8, "no table orders"),
        (HEAD + GOOD + "    columns: {hide: [x]}\n", 8, "hide is not known"),
        (HEAD + GOOD + "    files: {root: x}\n", 8, "column is missing"),
        (HEAD + GOOD + "  card:\n    key: id\n    activity: a\n", 8, "nothing reaches it"),
        (HEAD + GOOD + GOOD.replace("customer:", "again:\n    table: customer"), 8, "same table already"),
        (HEAD + GOOD.replace("    identifiers: {email: email, customer_number: id}\n", ""), 3, "nobody could be found"),
        (HEAD + GOOD + GOOD, 8, "stands here twice"),
    ],
)
def test_a_fault_of_form_is_named_with_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    faults = form_faults(text, tmp_path)
    assert any(at == line and words in problem for at, problem in faults), faults


def test_every_fault_is_named_at_once_in_the_order_of_lines(tmp_path: Path) -> None:
    text = HEAD + "  customer:\n    key: 7\n    colour: red\n    identifiers: {email: 7}\n    shared: 7\n"
    lines = [line for line, _ in form_faults(text, tmp_path)]
    assert len(lines) == 5
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("  card:\n", "  card:\n    table: cards\n", "is it card?"),
        ("    key: [order_id, number]", "    key: [order_id, nummer]", "is it number?"),
        ("    key: [order_id, number]", "    key: order_id", "two rows of item may have the same key"),
        ("    dated_by: placed", "    dated_by: total", None),
        ("    dated_by: placed", "    dated_by: customer_id", "holds no dates"),
        ("      email: email\n", "      email: created\n", None),
        ("leave_out: [secret]", "leave_out: [sekret]", "no column sekret"),
        ("{card_id: The card", "{kard_id: The card", "no column kard_id"),
        ("    channel: {email: email}", "    channel: {email: address_id}", "holds no text, so no addresses"),
        ("match: email}", "match: exact, }", None),
        ("{email: {column: email, match: email}}", "{email: {column: id, match: email}}", "no e-mail addresses"),
        ("files: {column: photo,", "files: {column: body,", "holds no bytes"),
        ("files: {column: photo,", "files: {root: x, column: id,", "holds no paths"),
        ("    shared: yes\n", "", "say shared: yes"),
        ("name: null, secret", "id: 7, secret", "part of the key"),
        ('set: {street: "erased-{key}"}', "set: {street: 7}", "holds text"),
        ('set: {street: "erased-{key}"}', f'set: {{street: "{"x" * 61}"}}', "60 characters at most"),
        ("address_id: null, card_id: null}", "address_id: gone, card_id: null}", "holds numbers"),
        ('set: {email: "erased-{key}@invalid", ', "set: {", "still be found by its email"),
        ("[orders.id -> order_id]", "[orders.nr -> order_id]", "no column nr"),
        ("  card:\n    key: id\n", "  card:\n    key: id\n    erase: {set: {customer_id: null}}\n", "cannot be null"),
    ],
)
def test_a_map_that_does_not_fit_the_database_is_refused(tmp_path: Path, old: str, new: str, words: str | None) -> None:
    assert old in MAP
    make_shop(f"sqlite:///{tmp_path}/shop.db")
    connector = connect(f"sqlite:///{tmp_path}/shop.db", tmp_path, MAP.replace(old, new))
    health = connector.check()
    if words is None:
        assert health.ok
        return
    assert any(words in problem and "map.yaml:" in problem for problem in health.problems), health.problems
    with pytest.raises(Faults):
        list(connector.export(ANN))


def test_a_circle_that_nothing_opens_is_refused(tmp_path: Path) -> None:
    tables = """
CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT, card INTEGER NOT NULL REFERENCES card (id));
CREATE TABLE card (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customer (id))"""
    make_shop(f"sqlite:///{tmp_path}/shop.db", tables, "")
    text = HEAD + GOOD + "  card:\n    key: id\n    activity: a\n    reached_from: [customer.id -> customer_id]\n"
    connector = connect(f"sqlite:///{tmp_path}/shop.db", tmp_path, text)
    assert sum("circle" in problem for problem in connector.check().problems) == 2


def test_a_reference_between_types_that_cannot_be_equal_is_refused(tmp_path: Path) -> None:
    tables = """CREATE TABLE customer (id INTEGER PRIMARY KEY, email TEXT);
CREATE TABLE card (id INTEGER PRIMARY KEY, owner TEXT)"""
    make_shop(f"sqlite:///{tmp_path}/shop.db", tables, "")
    text = HEAD + GOOD + "  card:\n    key: id\n    activity: a\n    reached_from: [customer.id -> owner]\n"
    assert "types differ" in connect(f"sqlite:///{tmp_path}/shop.db", tmp_path, text).check().problems[0]


def test_settings_name_every_fault_and_no_secret(tmp_path: Path) -> None:
    settings = {"url": "oracle://root:pa55@host/db", "max_rows": 0, "map": "none.yaml", "colour": "red"}
    with pytest.raises(Faults) as caught:
        SqlConnector.from_settings(settings, tmp_path)
    assert len(caught.value.faults) == 4
    assert "pa55" not in str(caught.value)
    for settings in ({"map": 7}, {"url": "no url at all"}, {"url": "sqlite://"}, {"url_env": "NOT_SET_ANYWHERE"}):
        with pytest.raises(Faults):
            SqlConnector.from_settings(settings, tmp_path)


def test_a_database_that_is_away_is_tried_later_and_not_made(tmp_path: Path) -> None:
    connector = connect(f"sqlite:///{tmp_path}/none.db", tmp_path, MAP)
    assert connector.check().problems == ("the database's file is not there",)
    assert not (tmp_path / "none.db").exists()
    away = connect("postgresql://nobody@127.0.0.1:1/none", tmp_path, MAP)
    assert "the database is away" in away.check().problems[0]
