"""A passport says what was proved and nothing else, is believed only when it is signed, and grows stale."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from habeas.cli.passports import passport as command
from habeas.clock import SYSTEM_CLOCK
from habeas.connect.proofs import Proof, read_proof
from habeas.crypto.canonical import read_json, write_json
from habeas.crypto.directory import Directory
from habeas.crypto.signing import Signed, Signer
from habeas.errors import Faults, Refused
from habeas.passports import (
    COUNTS,
    Passport,
    is_stale,
    passport_fact,
    publish_key,
    read_keys,
    read_passport,
    sign_passport,
    why_stale,
)
from habeas.provenance import name_of, origin_of

TESTS = Path(__file__).parents[1]
DAY = date(2026, 11, 20)
KEY_ID = "0000-00-0123456789abcdef"
PRIVATE = Ed25519PrivateKey.generate()
PUBLIC = PRIVATE.public_key().public_bytes_raw()
GOOD = Passport(
    connector="shelf",
    python="shelf:ShelfConnector",
    system="",
    distribution="",
    version="",
    sdk="0.1.0",
    against="a shelf in memory",
    day=DAY,
    promises={"export": "passed", "rectify": "not offered"},
    failed=(),
    counts={"tried": 9, "refused": 9, "accepted": 0, "skipped": 0},
)


def write(folder: Path, passport: Passport = GOOD, private: Ed25519PrivateKey = PRIVATE) -> Path:
    file = folder / "shelf.passport.json"
    file.write_bytes(sign_passport(passport, Signer(passport.owner, KEY_ID, private)).to_json())
    return file


def pinned(owner: str = "connector-shelf") -> Directory:
    return Directory.of(publish_key(owner, KEY_ID, PUBLIC))


def test_a_passport_is_read_as_it_was_signed(tmp_path: Path) -> None:
    assert read_passport(write(tmp_path), PUBLIC) == GOOD
    assert read_passport(write(tmp_path), pinned()) == GOOD
    assert GOOD.holds


def test_a_runner_signs_for_its_own_system(tmp_path: Path) -> None:
    mine = replace(GOOD, system="shop")
    assert read_passport(write(tmp_path, mine), pinned("connect-shop")) == mine


@pytest.mark.parametrize(
    "trust", [pinned("connector-other"), Ed25519PrivateKey.generate().public_key()], ids=["directory", "key"]
)
def test_a_passport_of_somebody_else_s_key_is_not_believed(tmp_path: Path, trust: object) -> None:
    key = trust if isinstance(trust, Directory) else trust.public_bytes_raw()  # type: ignore[attr-defined]
    with pytest.raises(Refused):
        read_passport(write(tmp_path), key)


def test_a_passport_signed_under_another_connector_s_name_is_refused(tmp_path: Path) -> None:
    file = write(tmp_path)
    payload = Signed.from_json(file.read_bytes()).payload
    file.write_bytes(Signer("connector-other", KEY_ID, PRIVATE).sign(Passport.TYPE, payload).to_json())
    with pytest.raises(Refused, match="signed by another"):
        read_passport(file, pinned("connector-other"))


@pytest.mark.parametrize(
    "change",
    [
        {"day": "2026-02-30"},
        {"day": "20261120"},
        {"promises": {"export": "perhaps"}},
        {"promises": {"export": ["passed"]}},
        {"failed": [1]},
        {"counts": {"tried": 1}},
        {"counts": dict.fromkeys(COUNTS, -1)},
        {"colour": "blue"},
    ],
)
def test_a_passport_of_another_form_is_refused(tmp_path: Path, change: dict[str, object]) -> None:
    file = write(tmp_path)
    payload = write_json({**read_json(Signed.from_json(file.read_bytes()).payload), **change})
    file.write_bytes(Signer(GOOD.owner, KEY_ID, PRIVATE).sign(Passport.TYPE, payload).to_json())
    with pytest.raises(Refused):
        read_passport(file, PUBLIC)


def test_no_byte_of_a_passport_can_be_another(tmp_path: Path) -> None:
    file = write(tmp_path)
    good = file.read_bytes()
    accepted = 0
    for place in range(0, len(good), 7):
        file.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        try:
            read_passport(file, pinned())
        except Refused:
            continue
        accepted += 1
    print(f"\nchanged passports: tried {len(range(0, len(good), 7))}, accepted {accepted}")
    assert accepted == 0


@pytest.mark.parametrize(
    "broken",
    [
        {"promises": {"export": "failed"}},
        {"promises": {}},
        {"promises": {"export": "not offered"}},
        {"failed": ("test_x",)},
        {"counts": {**GOOD.counts, "skipped": 1}},
    ],
)
def test_what_was_not_proved_does_not_hold(broken: dict[str, object]) -> None:
    assert not replace(GOOD, **broken).holds


@pytest.mark.parametrize(
    ("today", "days", "stale"),
    [
        (DAY, 1, False),
        (date(2026, 12, 20), 30, False),
        (date(2026, 12, 21), 30, True),
        (date(2026, 11, 22), 1, True),
        (date(2026, 11, 19), 30, True),
    ],
)
def test_a_passport_is_fresh_for_so_many_days(today: date, days: int, stale: bool) -> None:
    assert is_stale(GOOD, today, days) is stale
    assert bool(why_stale(GOOD, today, days)) is stale


@pytest.mark.parametrize(
    ("passport", "key", "today", "state"),
    [
        (GOOD, PUBLIC, DAY, "fresh"),
        (GOOD, PUBLIC, date(2027, 1, 20), "stale"),
        (replace(GOOD, promises={"export": "failed"}), PUBLIC, date(2027, 1, 20), "failed"),
        (GOOD, b"\1" * 32, DAY, "broken"),
    ],
    ids=["fresh", "stale", "failed", "broken"],
)
def test_the_runner_is_told_plain_facts(
    tmp_path: Path, passport: Passport, key: bytes, today: date, state: str
) -> None:
    fact = passport_fact(write(tmp_path, passport), key, today)
    told = (
        {"proved_on": "2026-11-20", "against": GOOD.against} if state != "broken" else {"proved_on": "", "against": ""}
    )
    assert fact == {**told, "state": state}


def test_a_passport_that_is_not_there_is_none(tmp_path: Path) -> None:
    assert passport_fact(None, PUBLIC, DAY)["state"] == "none"
    assert passport_fact(tmp_path / "nothing", PUBLIC, DAY)["state"] == "none"
    (tmp_path / "text").write_text("{}")
    assert passport_fact(tmp_path / "text", PUBLIC, DAY)["state"] == "broken"


def test_settings_say_where_a_passport_is_and_for_how_long_it_counts(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "keys.json").write_text(json.dumps(pinned().publish()))
    named = {"passport": "shelf.passport.json", "passport_days": 7, "passport_keys": "keys.json"}
    proof = read_proof("shop", named, tmp_path)
    nobody = Directory.of({"owners": {}})
    assert proof.fact(nobody, DAY)["state"] == "fresh"
    assert proof.fact(nobody, date(2026, 11, 28))["state"] == "stale"
    assert read_proof("shop", {"passport": "shelf.passport.json"}, tmp_path).fact(pinned(), DAY)["state"] == "fresh"
    assert read_proof("shop", {"canary": True}, tmp_path).passport == tmp_path / "shop.passport.json"
    assert read_proof("shop", {}, tmp_path) == Proof()
    assert Proof().fact(nobody, DAY) == {}
    assert replace(proof, keys=tmp_path / "none.json").fact(nobody, DAY)["state"] == "broken"


def test_every_fault_of_these_settings_is_told_at_once(tmp_path: Path) -> None:
    wrong = {"passport": 1, "passport_keys": "", "passport_days": 0, "canary": "yes"}
    with pytest.raises(Faults) as caught:
        read_proof("shop", wrong, tmp_path)
    assert {fault.where for fault in caught.value.faults} == set(wrong)


def test_a_passport_is_shown_in_plain_words(tmp_path: Path) -> None:
    today = datetime.now(UTC).date()
    (tmp_path / "keys.json").write_text(json.dumps(pinned().publish()))
    arguments = ["show", str(write(tmp_path, replace(GOOD, day=today))), "--keys", str(tmp_path / "keys.json")]
    shown = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert shown.return_value == 0
    for words in ("a shelf in memory", str(today), "passed: export", "not offered: rectify", "it holds"):
        assert words in shown.output
    as_json = CliRunner().invoke(command, [*arguments, "--json"], standalone_mode=False)
    assert json.loads(as_json.output)["promises"] == dict(GOOD.promises)
    write(tmp_path, replace(GOOD, day=date(2026, 1, 1)))
    old = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert old.return_value == (1 if is_stale(replace(GOOD, day=date(2026, 1, 1)), SYSTEM_CLOCK.now().date()) else 0)
    write(tmp_path, replace(GOOD, day=today), Ed25519PrivateKey.generate())
    forged = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert (forged.return_value, forged.output[:11]) == (1, "NOT PROVED:")


def test_a_connector_is_named_by_its_entry_point() -> None:
    from shelf import ShelfConnector

    from habeas.connectors.files import FilesConnector
    from habeas.connectors.sql import SqlConnector

    assert [name_of(each) for each in (ShelfConnector, FilesConnector, SqlConnector)] == ["shelf", "files", "sql"]
    assert origin_of(SqlConnector)[0] == "habeas"


KIT = """
from shelf_contract import OnShelf, OnFailingShelf
from shelf import ShelfConnector
from habeas.sdk import Health

class Ailing(ShelfConnector):
    def check(self):
        return Health(problems=("the shelf is old",))

class TestGood(OnFailingShelf):
    against = "a shelf that fails"
    can_fail = ("server_error",)

class TestBad(OnShelf):
    makes = Ailing
    against = "an old shelf"

class TestUnsaid(OnShelf):
    name = "unsaid"

class TestOwn(OnShelf):
    name, against = "own", "a shelf"

    def test_an_export_twice_gives_the_same(self):
        pass

class TestHalf(OnShelf):
    name, against = "half", "a shelf"

class TestLacking(OnShelf):
    name, against = "lacking", "a shelf"
    test_no_secret_shows = None
"""


def prove(folder: Path, *chosen: str) -> tuple[int, str]:
    (folder / "kit.py").write_text(KIT)
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "--tb=no", "-p", "no:cacheprovider"]
    plugin = ["-p", "habeas.testing.passports", "--passport", "out", "--passport-key", "key"]
    place = [f"--rootdir={folder}", "-c", "/dev/null", "-o", f"pythonpath={TESTS}"]
    ran = subprocess.run([*command, *plugin, *place, *chosen], capture_output=True, text=True, cwd=folder, check=False)
    return ran.returncode, ran.stdout


def test_the_plug_in_writes_what_it_saw_the_bad_too(tmp_path: Path) -> None:
    code, told = prove(tmp_path, "kit.py", "-k", "TestGood or TestBad or test_no_secret_shows or activity")
    assert code == 1
    keys = read_keys(tmp_path / "out" / "passport-keys.json")
    good, bad = (read_passport(tmp_path / "out" / f"{each}.passport.json", keys) for each in ("shelf", "ailing"))
    assert good.holds
    assert good.day == datetime.now(UTC).date()
    assert good.promises["faults.server_error"] == "passed"
    assert good.promises["faults.slow"] == "not offered"
    assert good.counts["tried"] == good.counts["refused"] > 50
    assert not bad.holds
    assert bad.failed == ("test_it_answers_that_it_works",)
    assert bad.promises["check"] == "failed"
    assert bad.promises["export"] == "passed"
    assert "no passport for TestUnsaid: it does not say what it was proved against" in told
    assert "no passport for TestOwn: test_an_export_twice_gives_the_same is not the kit's own test" in told
    assert "no passport for TestHalf: not every test of the kit was run" in told
    assert "no passport for TestLacking: test_no_secret_shows is not the kit's own test" in told
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "ailing.passport.json",
        "passport-keys.json",
        "shelf.passport.json",
    ]


def test_one_test_of_the_kit_gives_no_passport(tmp_path: Path) -> None:
    code, told = prove(tmp_path, "kit.py::TestGood::test_no_secret_shows")
    assert code == 1
    assert "not every test of the kit was run" in told
    assert not (tmp_path / "out").exists()
