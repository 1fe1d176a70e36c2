"""What is written down is proved, and whatever is done to the tables afterwards is seen."""

import base64
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import text
from sqlalchemy.orm import Session

from habeas.crypto.canonical import read_json, write_json
from habeas.crypto.directory import Directory
from habeas.crypto.keyring import Keyring
from habeas.crypto.signing import BadSignature, Signer
from habeas.database import Database, House
from habeas.errors import Refused
from habeas.ledger import (
    Checkpoint,
    CheckpointRow,
    Leaf,
    Node,
    NotYetSequenced,
    append,
    open_note,
    prove,
    sequence,
    verify_inclusion,
    verify_ledger,
)
from habeas.ledger.checkpoint import identify_key
from habeas.testing.servers.postgres import Postgres

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
CASE = "0d0f3a55-5c4f-4f0e-9b93-0d8ed4f7a111"


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    keyring = Keyring(tmp_path_factory.mktemp("keys"))
    keyring.init(["fulfilment", "intake"], NOW)
    return keyring


@pytest.fixture(scope="module")
def directory(keyring: Keyring) -> Directory:
    return keyring.directory()


@pytest.fixture(scope="module")
def signer(keyring: Keyring) -> Signer:
    return keyring.signer("fulfilment")


TABLES = [each.__table__ for each in (Leaf, Node, CheckpointRow)]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path}/ledger.db", "fulfilment")
    House.metadata.create_all(database.engine, tables=TABLES)
    yield database
    database.close()


def test_a_ledger_on_postgresql_is_the_same(postgres: Postgres, signer: Signer, directory: Directory) -> None:
    database = Database(postgres.fresh_database(), "public")
    try:
        House.metadata.create_all(database.engine, tables=TABLES)
        with database.session() as session:
            ids = fill(session, signer, 3, 40, 1)
        with database.session() as session:
            for place, leaf_id in enumerate(ids):
                assert verify_inclusion(prove(session, leaf_id).to_json(), directory).index == place
            report = verify_ledger(session, directory, "fulfilment")
            assert (report.ok, report.leaves, report.checkpoints) == (True, 44, 3)
            session.execute(text("UPDATE ledger_leaf SET kind = 'case.closed' WHERE \"index\" = 7"))
            assert verify_ledger(session, directory, "fulfilment").faults == [
                "leaf 7 does not say what was written down"
            ]
    finally:
        database.close()


def write(session: Session, count: int, start: int = 0) -> list[str]:
    steps = range(start, start + count)
    return [append(session, "order.given", CASE, {"number": n}, NOW + timedelta(seconds=n)) for n in steps]


def fill(session: Session, signer: Signer, *batches: int) -> list[str]:
    """Write leaves with a checkpoint after each batch."""
    ids: list[str] = []
    for count in batches:
        ids += write(session, count, len(ids))
        sequence(session, NOW, signer)
    return ids


def test_a_step_can_be_proved_with_nothing_but_the_keys(
    database: Database, signer: Signer, directory: Directory
) -> None:
    with database.session() as session:
        ids = fill(session, signer, 1, 5, 7, 20)
        for place, leaf_id in enumerate(ids):
            proved = verify_inclusion(prove(session, leaf_id).to_json(), directory)
            assert (proved.index, proved.step["facts"], proved.step["case"]) == (place, {"number": place}, CASE)
            assert (proved.checkpoint.size, proved.checkpoint.owner) == (33, "fulfilment")
        assert verify_ledger(session, directory, "fulfilment").ok


def test_a_proof_that_somebody_holds_stays_true_while_the_ledger_grows(
    database: Database, signer: Signer, directory: Directory
) -> None:
    with database.session() as session:
        (first, *_) = fill(session, signer, 3)
        held = prove(session, first)
        write(session, 50, 3)
        sequence(session, NOW, signer)
        assert verify_inclusion(held.to_json(), directory).checkpoint.size == 3
        report = verify_ledger(session, directory, "fulfilment", held=[held.note])
        assert (report.ok, report.outside) == (True, 1)


def test_a_step_without_personal_data_is_hidden_by_its_salt(database: Database) -> None:
    with database.session() as session:
        for _ in range(2):
            append(session, "case.closed", CASE, {}, NOW)
        session.flush()
        leaves = session.query(Leaf).all()
        assert len({leaf.commitment for leaf in leaves}) == 2
        assert all(len(leaf.salt) == 32 and leaf.index is None for leaf in leaves)


def test_a_leaf_has_no_proof_before_it_has_a_place(database: Database, signer: Signer) -> None:
    with database.session() as session:
        (leaf_id,) = write(session, 1)
        session.flush()
        with pytest.raises(NotYetSequenced):
            prove(session, leaf_id)
        with pytest.raises(Refused):
            prove(session, "no-such-leaf")


def test_leaves_are_sequenced_in_batches_and_once(database: Database, signer: Signer, directory: Directory) -> None:
    with database.session() as session:
        write(session, 25)
        sizes = []
        while checkpoint := sequence(session, NOW, signer, limit=10):
            sizes.append(checkpoint.size)
        assert sizes == [10, 20, 25]
        write(session, 3)
        report = verify_ledger(session, directory, "fulfilment")
        session.flush()
        assert report.ok
        assert (report.leaves, report.checkpoints) == (25, 3)
        assert verify_ledger(session, directory, "fulfilment").waiting == 3


def test_a_fact_that_is_not_plain_cannot_be_written_down(database: Database) -> None:
    with database.session() as session, pytest.raises(TypeError):
        append(session, "case.closed", CASE, {"share": 0.5}, NOW)


# What a hand in the database would do

COLUMNS = {
    "ledger_leaf": ["id", "written_at", "kind", "case_id", "body", "salt", "commitment", "index"],
    "ledger_node": ["level", "index", "hash"],
    "ledger_checkpoint": ["size", "previous", "note"],
}


def _changed(value: Any, chance: random.Random) -> Any:
    if isinstance(value, bytes):
        at = chance.randrange(len(value))
        return value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :]
    if isinstance(value, int):
        return value + 100_000 * chance.choice([1, -1]) if chance.random() < 0.5 else None
    at = chance.randrange(len(value))
    if value[at] == " ":  # between date and time the driver reads any sign as the same moment
        at = 0
    other = chance.choice([c for c in "0123456789abcdefx" if c != value[at]])
    return value[:at] + other + value[at + 1 :]


def _rows(session: Session, table: str) -> list[tuple[int, Any]]:
    waiting = ' WHERE "index" IS NOT NULL' if table == "ledger_leaf" else ""
    return [(row[0], row) for row in session.execute(text(f"SELECT rowid, * FROM {table}{waiting}"))]


def _edit(session: Session, chance: random.Random) -> str:
    """Do one random thing to one random row, or to a pair, and say what."""
    table = chance.choice(list(COLUMNS))
    rows = _rows(session, table)
    rowid, row = chance.choice(rows)
    column = chance.choice(COLUMNS[table])
    act = chance.choice(["change", "change", "change", "delete", "swap", "truncate"])
    if act == "delete":
        session.execute(text(f"DELETE FROM {table} WHERE rowid = :r"), {"r": rowid})
    elif act == "truncate":
        session.execute(text(f"DELETE FROM {table} WHERE rowid >= :r"), {"r": rowid})
    elif act == "swap":
        other_id, other = chance.choice([each for each in rows if each[0] != rowid])
        column = {"ledger_leaf": "index", "ledger_node": "hash", "ledger_checkpoint": "note"}[table]
        here, there = getattr(row, column), getattr(other, column)
        for rid, value in ((rowid, None if column == "index" else there), (other_id, here), (rowid, there)):
            session.execute(text(f'UPDATE {table} SET "{column}" = :v WHERE rowid = :r'), {"v": value, "r": rid})
    else:
        value = _changed(getattr(row, column), chance)
        if value is None and column != "index":
            value = 77
        if value is None and table == "ledger_node":
            value = 77
        session.execute(text(f'UPDATE {table} SET "{column}" = :v WHERE rowid = :r'), {"v": value, "r": rowid})
    return f"{act} {table}.{column} of row {rowid}"


def test_a_thousand_random_edits_are_all_detected(database: Database, signer: Signer, directory: Directory) -> None:
    chance = random.Random(1000)
    with database.session() as session:
        fill(session, signer, 4, 5, 6, 2)
        assert verify_ledger(session, directory, "fulfilment").ok
    tried, missed = 0, []
    while tried < 1000:
        with database.engine.connect() as connection, connection.begin() as transaction:
            session = Session(connection)
            said = _edit(session, chance)
            if verify_ledger(session, directory, "fulfilment").ok:
                missed.append(said)
            session.close()
            transaction.rollback()
        tried += 1
    assert missed == []


def test_an_edit_that_mends_the_commitment_is_detected_by_the_root(
    database: Database, signer: Signer, directory: Directory
) -> None:
    from habeas.ledger.leaves import commit, describe_leaf

    with database.session() as session:
        ids = fill(session, signer, 8)
        leaf = session.get(Leaf, ids[3])
        assert leaf is not None
        leaf.body = {"number": 99}
        leaf.commitment = commit(leaf.salt, describe_leaf(leaf))
        session.flush()
        report = verify_ledger(session, directory, "fulfilment")
        assert any("another content" in fault for fault in report.faults)


def test_a_ledger_rolled_back_as_a_whole_is_detected_by_a_note_from_outside(
    database: Database, signer: Signer, directory: Directory
) -> None:
    with database.session() as session:
        fill(session, signer, 8)
        ids = write(session, 4)
        sequence(session, NOW, signer)
        held = prove(session, ids[0]).note
        for statement in ('DELETE FROM ledger_leaf WHERE "index" >= 8', "DELETE FROM ledger_checkpoint WHERE size > 8"):
            session.execute(text(statement))
        session.execute(text('DELETE FROM ledger_node WHERE ("index" + 1) << level > 8'))
        assert verify_ledger(session, directory, "fulfilment").ok
        assert not verify_ledger(session, directory, "fulfilment", held=[held]).ok


def test_a_checkpoint_of_a_revoked_key_counts_only_under_a_later_one(database: Database, tmp_path: Path) -> None:
    keyring = Keyring(tmp_path / "keys")
    keyring.init(["fulfilment"], NOW)
    with database.session() as session:
        signer = keyring.signer("fulfilment")
        fill(session, signer, 4)
        keyring.revoke("fulfilment", signer.key_id)
        report = verify_ledger(session, keyring.directory(), "fulfilment")
        assert report.faults == ["the leaves from 0 on are under no checkpoint of a key that is valid today"]
        write(session, 1, 4)
        sequence(session, NOW, keyring.signer("fulfilment"))
        assert verify_ledger(session, keyring.directory(), "fulfilment").ok


# Forged proofs


@pytest.fixture
def proof(database: Database, signer: Signer) -> dict[str, Any]:
    with database.session() as session:
        ids = fill(session, signer, 5, 6)
        value = read_json(prove(session, ids[4]).to_json())
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    "forge",
    [
        lambda p: p.update(format="habeas-inclusion/2"),
        lambda p: p.update(index=5),
        lambda p: p.update(index=-1),
        lambda p: p.update(index=True),
        lambda p: p.update(salt=base64.b64encode(bytes(32)).decode()),
        lambda p: p["path"].reverse(),
        lambda p: p["path"].pop(),
        lambda p: p["path"].append(p["path"][0]),
        lambda p: p["path"].append(7),
        lambda p: p["path"].extend(p["path"][:1] * 100),
        lambda p: p["step"].update(kind="case.closed"),
        lambda p: p["step"].update(id="other"),
        lambda p: p["step"].update(at="2026-11-22T12:00:05.123456+00:00"),
        lambda p: p["step"].update(case="other"),
        lambda p: p["step"].update(case=7),
        lambda p: p["step"].pop("case"),
        lambda p: p["step"].update(facts={"number": 5}),
        lambda p: p["step"].update(more=1),
        lambda p: p.update(more=1),
        lambda p: p.pop("salt"),
        lambda p: p.update(checkpoint=p["checkpoint"].replace("\n11\n", "\n12\n")),
        lambda p: p.update(checkpoint=p["checkpoint"].replace("habeas/fulfilment", "habeas/intake")),
        lambda p: p.update(checkpoint=p["checkpoint"].replace("signed 2026", "signed 2025")),
        lambda p: p.update(checkpoint=p["checkpoint"].rstrip("\n")),
        lambda p: p.update(checkpoint=""),
    ],
)
def test_a_forged_proof_is_refused(proof: dict[str, Any], directory: Directory, forge: Any) -> None:
    verify_inclusion(write_json(proof), directory)
    forge(proof)
    with pytest.raises(Refused):
        verify_inclusion(write_json(proof), directory)


def test_a_checkpoint_of_another_signer_is_refused(keyring: Keyring, directory: Directory) -> None:
    checkpoint = Checkpoint("habeas/fulfilment", 1, bytes(32), NOW.replace(microsecond=0))
    note = checkpoint.sign(keyring.signer("intake"))
    with pytest.raises(BadSignature):
        open_note(note, directory.signing_keys("fulfilment").values())
    good = checkpoint.sign(keyring.signer("fulfilment"))
    assert open_note(good, directory.signing_keys("fulfilment").values()) == checkpoint
    witnessed = good + "— witness.example/w1 " + base64.b64encode(bytes(76)).decode() + "\n"
    assert open_note(witnessed, directory.signing_keys("fulfilment").values()) == checkpoint


def test_notes_are_signed_as_other_tools_sign_them() -> None:
    # The published example of the C2SP signed-note form (golang.org/x/mod/sumdb/note).
    seed = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
    signer = Signer("fulfilment", "2026-11-0000000000000000", Ed25519PrivateKey.from_private_bytes(seed))
    note = b"If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    signature = identify_key("PeterNeumann", signer.public()) + signer.sign_note(note)
    assert (
        base64.b64encode(signature).decode()
        == "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    with pytest.raises(ValueError, match="signed statement"):
        signer.sign_note(b"DSSEv1 4 type 4 body")
