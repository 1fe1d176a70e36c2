"""What stands in a column opens in its place only, and not after it was forgotten."""

import itertools
import os
import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from habeas.clock import FixedClock
from habeas.crypto.datakeys import MONTHS_KEPT, DataKey, DataKeys, KeyForgotten
from habeas.crypto.keyring import Keyring
from habeas.crypto.providers import KeyDestroyed, KeyMissing, LocalKeyProvider
from habeas.crypto.vault import Place, Vault
from habeas.database import Database, House
from habeas.errors import HabeasError, NeedsPerson

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PLACE = Place("person", "email", "7")


class Rig:
    """A service's database and keys, with everything a test may turn."""

    def __init__(self, folder: Path, service: str = "intake") -> None:
        self.clock = FixedClock(NOW)
        self.keyring = Keyring(folder / "keys")
        self.database = Database(f"sqlite:///{folder / 'intake.db'}", service)
        House.metadata.create_all(self.database.engine, tables=[House.metadata.tables["data_key"]])
        self.service = service
        self.fresh()

    def fresh(self) -> None:
        """Forget what the process remembered, as a new process would."""
        self.provider = LocalKeyProvider(self.keyring)
        self.keys = DataKeys(self.provider, self.service)

    def encrypt(self, case: str, retention: str, place: Place, plain: bytes) -> bytes:
        """Encrypt in a transaction of its own."""
        with self.database.session() as session:
            return Vault(session, self.keys, self.clock).encrypt(case, retention, place, plain)

    def decrypt(self, case: str, retention: str, place: Place, sealed: bytes) -> bytes:
        """Decrypt in a transaction of its own."""
        with self.database.session() as session:
            return Vault(session, self.keys, self.clock).decrypt(case, retention, place, sealed)

    def forget(self, case: str, retention: str) -> None:
        """Forget in a transaction of its own."""
        with self.database.session() as session:
            Vault(session, self.keys, self.clock).forget(case, retention)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A rig on SQLite."""
    made = Rig(tmp_path)
    yield made
    made.database.close()


@settings(max_examples=50)
@given(plain=st.binary(max_size=300), row=st.text(max_size=40))
def test_a_value_comes_back(tmp_path_factory: pytest.TempPathFactory, plain: bytes, row: str) -> None:
    """Any bytes, any row name; by the same process and by another."""
    rig = Rig(tmp_path_factory.mktemp("rig"))
    sealed = rig.encrypt("1", "letters", Place("person", "email", row), plain)
    assert len(sealed) == len(plain) + 29
    assert rig.decrypt("1", "letters", Place("person", "email", row), sealed) == plain
    rig.fresh()
    assert rig.decrypt("1", "letters", Place("person", "email", row), sealed) == plain
    rig.database.close()


def test_a_value_in_any_other_place_is_refused(rig: Rig) -> None:
    """All 64 places made of two cases, classes, tables, columns, rows and services: one opens, 63 do not."""
    sealed = rig.encrypt("1", "letters", PLACE, b"ada@example.com")
    for case, retention in itertools.product(("1", "2"), ("letters", "package")):
        rig.encrypt(case, retention, PLACE, b"another")
    tried = opened = 0
    for service, case, retention, table, column, row in itertools.product(
        ("intake", "notifier"), ("1", "2"), ("letters", "package"), ("person", "letter"), ("email", "name"), ("7", "8")
    ):
        rig.keys.service = service
        tried += 1
        try:
            opened += rig.decrypt(case, retention, Place(table, column, row), sealed) == b"ada@example.com"
        except HabeasError:
            continue
    assert (tried, opened) == (64, 1)


def test_the_parts_of_a_place_cannot_be_shifted(rig: Rig) -> None:
    """Table `a`, column `bc` is not table `ab`, column `c`, whatever separators a name holds."""
    places = [Place("a", "bc", "d"), Place("ab", "c", "d"), Place("a|bc", "", "d"), Place("a", "b", "c|d")]
    for one, other in itertools.permutations(places, 2):
        with pytest.raises(NeedsPerson):
            rig.decrypt("1", "letters", other, rig.encrypt("1", "letters", one, b"x"))


def test_every_changed_bit_of_a_value_is_noticed(rig: Rig) -> None:
    """Version, nonce, body and tag; and what is too short to be a value."""
    sealed = rig.encrypt("1", "letters", PLACE, b"ada@example.com")
    for bit in range(len(sealed) * 8):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(NeedsPerson):
            rig.decrypt("1", "letters", PLACE, bytes(changed))
    for length in range(29):
        with pytest.raises(NeedsPerson):
            rig.decrypt("1", "letters", PLACE, sealed[:length])


def test_no_nonce_repeats(rig: Rig) -> None:
    """100,000 encryptions under one key: as many nonces."""
    with rig.database.session() as session:
        vault = Vault(session, rig.keys, rig.clock)
        nonces = {vault.encrypt("1", "letters", PLACE, b"")[1:13] for _ in range(100_000)}
    assert len(nonces) == 100_000


def test_what_was_forgotten_stays_forgotten(rig: Rig) -> None:
    """Forgetting one class of one case leaves the others, and a later use makes a new key that opens nothing old."""
    sealed = {
        (case, retention): rig.encrypt(case, retention, PLACE, b"x")
        for case, retention in itertools.product(("1", "2"), MONTHS_KEPT)
    }
    rig.forget("1", "letters")
    for (case, retention), value in sealed.items():
        if (case, retention) == ("1", "letters"):
            with pytest.raises(KeyForgotten):
                rig.decrypt(case, retention, PLACE, value)
        else:
            assert rig.decrypt(case, retention, PLACE, value) == b"x"
    rig.encrypt("1", "letters", PLACE, b"new")
    with pytest.raises(NeedsPerson):
        rig.decrypt("1", "letters", PLACE, sealed["1", "letters"])


def test_a_forgetting_that_was_rolled_back_forgot_nothing(rig: Rig) -> None:
    """The row decides."""
    sealed = rig.encrypt("1", "letters", PLACE, b"x")
    with pytest.raises(RuntimeError), rig.database.session() as session:  # noqa: PT012
        Vault(session, rig.keys, rig.clock).forget("1", "letters")
        raise RuntimeError("the power went")
    assert rig.decrypt("1", "letters", PLACE, sealed) == b"x"


def test_a_key_that_was_rolled_back_protects_nothing(rig: Rig) -> None:
    """What the next transaction encrypts can be read by every process."""
    with pytest.raises(RuntimeError), rig.database.session() as session:  # noqa: PT012
        Vault(session, rig.keys, rig.clock).encrypt("1", "letters", PLACE, b"lost")
        Vault(session, rig.keys, rig.clock).encrypt("1", "letters", PLACE, b"lost too")
        raise RuntimeError("the power went")
    sealed = rig.encrypt("1", "letters", PLACE, b"kept")
    rig.fresh()
    assert rig.decrypt("1", "letters", PLACE, sealed) == b"kept"


def test_a_key_rolled_back_to_a_savepoint_protects_nothing(rig: Rig) -> None:
    """Neither in the rest of the transaction nor after it."""
    with rig.database.session() as session:
        vault = Vault(session, rig.keys, rig.clock)
        first = vault.encrypt("1", "package", PLACE, b"first")
        inner = session.begin_nested()
        vault.encrypt("1", "letters", PLACE, b"lost")
        inner.rollback()
        assert vault.decrypt("1", "package", PLACE, first) == b"first"
        second = vault.encrypt("1", "letters", PLACE, b"second")
    rig.fresh()
    assert rig.decrypt("1", "package", PLACE, first) == b"first"
    assert rig.decrypt("1", "letters", PLACE, second) == b"second"


def test_a_key_known_again_after_a_savepoint_is_still_uncommitted(rig: Rig) -> None:
    """A key read back within its own transaction is lost with it."""
    with pytest.raises(RuntimeError), rig.database.session() as session:  # noqa: PT012
        vault = Vault(session, rig.keys, rig.clock)
        first = vault.encrypt("1", "package", PLACE, b"first")
        session.begin_nested().rollback()
        assert vault.decrypt("1", "package", PLACE, first) == b"first"
        raise RuntimeError("the power went")
    sealed = rig.encrypt("1", "package", PLACE, b"kept")
    rig.fresh()
    assert rig.decrypt("1", "package", PLACE, sealed) == b"kept"


def test_case_and_class_are_bound_even_under_one_key(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were two cases or classes ever to share a key, their values still could not stand in for each other."""
    shared = AESGCM(bytes(32))
    monkeypatch.setattr(rig.keys, "make", lambda *_: shared)
    monkeypatch.setattr(rig.keys, "find", lambda *_: shared)
    sealed = rig.encrypt("1", "letters", PLACE, b"x")
    assert rig.decrypt("1", "letters", PLACE, sealed) == b"x"
    for case, retention in (("2", "letters"), ("1", "package")):
        with pytest.raises(NeedsPerson):
            rig.decrypt(case, retention, PLACE, sealed)


def test_two_that_are_first_share_one_key(rig: Rig) -> None:
    """Eight threads, each with a process's memory of its own, use one data key."""
    sealed: list[bytes] = []

    def work() -> None:
        with rig.database.session() as session:
            vault = Vault(session, DataKeys(LocalKeyProvider(rig.keyring), "intake"), rig.clock)
            sealed.append(vault.encrypt("1", "letters", PLACE, b"x"))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [rig.decrypt("1", "letters", PLACE, value) for value in sealed] == [b"x"] * 8


class CountingProvider(LocalKeyProvider):
    """The local provider, counting."""

    unwrapped = 0

    def unwrap(self, kek: str, wrapped: bytes, context: object) -> bytes:
        """Count and unwrap."""
        self.unwrapped += 1
        return super().unwrap(kek, wrapped, context)  # type: ignore[arg-type]


def test_a_key_is_unwrapped_once_and_remembered_for_minutes(rig: Rig) -> None:
    """One unwrap per case and class and process; bounded in time and number."""
    for case in "123":
        rig.encrypt(case, "letters", PLACE, b"x")
    provider = CountingProvider(rig.keyring)
    rig.keys = DataKeys(provider, "intake", remembered=2)
    for _ in range(20):
        rig.encrypt("1", "letters", PLACE, b"x")
    assert provider.unwrapped == 1
    rig.clock.advance(timedelta(minutes=10))
    rig.encrypt("1", "letters", PLACE, b"x")
    assert provider.unwrapped == 2
    for case in "231":
        rig.encrypt(case, "letters", PLACE, b"x")
    assert provider.unwrapped == 5


def test_keys_lapse_by_class_and_month(rig: Rig) -> None:
    """Each class is wrapped under the month in which it has lapsed; that month's end makes it due, and no earlier."""
    names = {retention: rig.keys.kek_of(retention, NOW) for retention in MONTHS_KEPT}
    assert names == {
        "identity": "identity-2027-02",
        "package": "package-2027-02",
        "absence": "absence-2027-02",
        "letters": "letters-2030-05",
        "skeleton": "skeleton-2032-05",
    }
    sealed = {retention: rig.encrypt("1", retention, PLACE, b"x") for retention in MONTHS_KEPT}
    assert rig.keys.lapsed(datetime(2027, 2, 28, 23, 59, 59, tzinfo=UTC)) == ()
    due = rig.keys.lapsed(datetime(2027, 3, 1, tzinfo=UTC))
    assert due == ("absence-2027-02", "identity-2027-02", "package-2027-02")
    rig.fresh()
    rig.provider.destroy(due[2])
    with pytest.raises(KeyDestroyed):
        rig.decrypt("1", "package", PLACE, sealed["package"])
    with rig.database.session() as session:
        rig.keys.bury(session, due[2])
    with pytest.raises(KeyForgotten):
        rig.decrypt("1", "package", PLACE, sealed["package"])
    assert rig.decrypt("1", "identity", PLACE, sealed["identity"]) == b"x"
    with pytest.raises(ValueError, match="how long"):
        rig.encrypt("1", "unheard", PLACE, b"x")


def test_a_hold_prolongs_a_key_without_touching_values(rig: Rig) -> None:
    """After the earlier month's key is gone the values still open; a hold never shortens."""
    sealed = rig.encrypt("1", "package", PLACE, b"x")
    with rig.database.session() as session:
        rig.keys.prolong(session, "1", "package", date(2028, 6, 30))
        rig.keys.prolong(session, "1", "package", date(2026, 12, 1))
    rig.provider.destroy("package-2027-02")
    rig.fresh()
    assert rig.decrypt("1", "package", PLACE, sealed) == b"x"
    with rig.database.session() as session:
        assert session.scalars(select(DataKey.kek)).all() == ["package-2028-06"]
        with pytest.raises(KeyForgotten):
            rig.keys.prolong(session, "2", "package", date(2028, 6, 30))


def test_a_lost_key_is_not_silently_replaced(rig: Rig) -> None:
    """New cases wait for the keyring to be restored instead of starting a second key under the same name."""
    rig.encrypt("1", "letters", PLACE, b"x")
    (rig.keyring.folder / "kek" / "letters-2030-05.key").unlink()
    rig.fresh()
    for case in "12":
        with pytest.raises(KeyMissing, match="restore"):
            rig.encrypt(case, "letters", PLACE, b"x")


def test_a_wrapped_key_moved_to_another_row_does_not_unwrap(rig: Rig) -> None:
    """A dump that was edited gives nothing."""
    for case in "12":
        rig.encrypt(case, "letters", PLACE, b"x")
    with rig.database.session() as session:
        taken = session.get_one(DataKey, ("1", "letters")).wrapped
        session.execute(update(DataKey).where(DataKey.case_id == "2").values(wrapped=taken))
    rig.fresh()
    with pytest.raises(HabeasError, match="another place"):
        rig.encrypt("2", "letters", PLACE, b"x")


def test_the_database_file_shows_nothing(rig: Rig, tmp_path: Path) -> None:
    """Neither the data key nor the value is in the file."""
    marked = os.urandom(16).hex().encode()
    sealed = rig.encrypt("1", "letters", PLACE, marked)
    rig.database.close()
    content = b"".join(path.read_bytes() for path in tmp_path.glob("intake.db*"))
    assert marked not in content + sealed
