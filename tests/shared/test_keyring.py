"""A keyring makes, keeps, turns and destroys keys, and never guesses."""

import os
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from habeas.clock import FixedClock
from habeas.crypto.canonical import bind
from habeas.crypto.directory import Directory
from habeas.crypto.keyfiles import KeyNotHeld, read_key, write_whole
from habeas.crypto.keyring import Keyring
from habeas.crypto.sealing import (
    CannotOpen,
    CaseKeys,
    Opener,
    PrivateSealingKey,
    SealedPart,
    open_with,
    seal,
    seal_part,
)
from habeas.crypto.signing import BadSignature
from habeas.errors import NeedsPerson, Refused

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVERYBODY = ("intake", "identity", "fulfilment", "notifier", "connect-shop")
INFO = bind("letter", "1")


def make_keyring(folder: Path, owners: tuple[str, ...] = EVERYBODY, at: datetime = NOW) -> tuple[Keyring, FixedClock]:
    """A keyring with a clock that a test can turn."""
    clock = FixedClock(at)
    ring = Keyring(folder, clock)
    ring.init(owners, at)
    return ring, clock


def seal_for(directory: Directory, owner: str) -> SealedPart:
    """Seal a word to an owner as a sender would."""
    key = directory.sealing_key(owner)
    return seal_part(b"hello", owner, key.month, key.public, INFO)


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    """Key files are 0400 in folders 0700."""
    ring, _ = make_keyring(tmp_path / "keys")
    ring.secret("intake", "csrf")
    keys = list((tmp_path / "keys").rglob("*.key"))
    assert len(keys) == len(EVERYBODY) * 3 + 1
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o400}
    folders = {path for path in (tmp_path / "keys").rglob("*") if path.is_dir()} | {tmp_path / "keys"}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}


def test_init_again_changes_nothing(tmp_path: Path) -> None:
    """What is there stays; a new owner is added."""
    ring, _ = make_keyring(tmp_path)
    before = ring.publish()
    stamp = (tmp_path / "public.json").stat().st_mtime_ns
    ring.init(EVERYBODY, NOW)
    assert ring.publish() == before
    assert (tmp_path / "public.json").stat().st_mtime_ns == stamp
    ring.init(["release"], NOW)
    assert ring.publish()["owners"].keys() - before["owners"].keys() == {"release"}


def test_init_publishes_a_key_that_a_crash_left_unpublished(tmp_path: Path) -> None:
    """The private files are the truth; the directory follows them."""
    ring, _ = make_keyring(tmp_path)
    before = ring.publish()
    (tmp_path / "public.json").unlink()
    ring.init([], NOW)
    assert ring.publish() == before


def test_a_month_turns_without_a_gap(tmp_path: Path) -> None:
    """Day by day for 200 days: what was sealed opens, and for at least 35 days more."""
    ring, clock = make_keyring(tmp_path, ("identity",))
    sealed: list[tuple[datetime, SealedPart]] = []
    for _day in range(200):
        ring.rotate(clock.now())
        sealed.append((clock.now(), seal_for(ring.directory(), "identity")))
        for at, part in sealed:
            if clock.now() - at <= timedelta(days=35):
                assert ring.opener("identity").open_part(part, INFO) == b"hello"
        clock.advance(timedelta(days=1))


def test_a_sealing_key_is_destroyed_40_days_after_its_month(tmp_path: Path) -> None:
    """The file, the published key and the copy in memory are gone on that day, and not the day before."""
    ring, clock = make_keyring(tmp_path, ("identity",))
    opener = ring.opener("identity")
    part = seal_for(ring.directory(), "identity")
    assert opener.open_part(part, INFO) == b"hello"
    clock.at = datetime(2026, 12, 1, tzinfo=UTC) + timedelta(days=40) - timedelta(seconds=1)
    ring.rotate(clock.now())
    assert opener.open_part(part, INFO) == b"hello"
    clock.advance(timedelta(seconds=1))
    with pytest.raises(CannotOpen, match="destroyed"):
        opener.open_part(part, INFO)
    ring.rotate(clock.now())
    assert not (tmp_path / "seal" / "identity" / "2026-11.key").exists()
    assert "2026-11" not in ring.publish()["owners"]["identity"]["seal"]
    with pytest.raises(CannotOpen, match="destroyed"):
        Keyring(tmp_path, FixedClock(NOW)).opener("identity").open_part(part, INFO)


def test_next_months_key_is_published_but_not_used(tmp_path: Path) -> None:
    """A sender seals to the newest month that has begun."""
    ring, clock = make_keyring(tmp_path, ("identity",))
    assert sorted(ring.publish()["owners"]["identity"]["seal"]) == ["2026-11", "2026-12"]
    assert ring.directory().sealing_key("identity").month == "2026-11"
    clock.at = datetime(2026, 12, 1, tzinfo=UTC)
    assert ring.directory().sealing_key("identity").month == "2026-12"


def test_a_sender_with_an_old_directory_still_reaches_the_recipient(tmp_path: Path) -> None:
    """The newest key it knows is taken, and kept long enough."""
    ring, clock = make_keyring(tmp_path, ("identity",))
    old = Directory.of(ring.publish(), clock)
    clock.at = datetime(2027, 1, 20, tzinfo=UTC)
    ring.rotate(clock.now())
    assert ring.opener("identity").open_part(seal_for(old, "identity"), INFO) == b"hello"


def test_a_sealed_part_opens_for_its_recipient_and_purpose_only(tmp_path: Path) -> None:
    """Recipient, month and purpose are bound."""
    ring, _ = make_keyring(tmp_path)
    part = seal_for(ring.directory(), "identity")
    assert SealedPart.from_object(part.to_object()) == part
    for recipient in ("notifier", "connect-shop"):
        with pytest.raises(CannotOpen, match="somebody else"):
            ring.opener(recipient).open_part(part, INFO)
        with pytest.raises(CannotOpen):
            ring.opener(recipient).open_part(SealedPart(recipient, part.key, part.ciphertext), INFO)
    for forged, info in (
        (part, bind("letter", "2")),
        (SealedPart(part.recipient, "2026-12", part.ciphertext), INFO),
        (SealedPart(part.recipient, "../../x", part.ciphertext), INFO),
        (SealedPart(part.recipient, part.key, part.ciphertext[:-1]), INFO),
        (SealedPart(part.recipient, part.key, b""), INFO),
    ):
        with pytest.raises(CannotOpen):
            ring.opener("identity").open_part(forged, info)


def test_recipient_and_month_are_bound_even_under_one_key() -> None:
    """Were two recipients or months ever to share a key, a part still opens for its own only."""
    case = CaseKeys.generate()
    private = PrivateSealingKey(case.private)
    part = seal_part(b"hello", "identity", "2026-11", case.public, INFO)
    assert Opener("identity", lambda _month: private).open_part(part, INFO) == b"hello"
    for recipient, month in (("notifier", "2026-11"), ("identity", "2026-12")):
        with pytest.raises(CannotOpen):
            Opener(recipient, lambda _month: private).open_part(SealedPart(recipient, month, part.ciphertext), INFO)


def test_case_keys_open_what_was_sealed_to_them() -> None:
    """A pair of one case; bytes that are no key are refused, and the private half does not show in print."""
    case, other = CaseKeys.generate(), CaseKeys.generate()
    sealed = seal(b"found", case.public, INFO)
    assert (len(case.private), len(case.public), len(sealed)) == (32, 1216, 5 + 1136)
    assert open_with(case.private, sealed, INFO) == b"found"
    for private, info in ((other.private, INFO), (case.private, b"")):
        with pytest.raises(CannotOpen):
            open_with(private, sealed, info)
    for public in (b"", bytes(1216), case.public[:-32] + bytes(32), b"\xff" * 1216):
        with pytest.raises(Refused):
            seal(b"found", public, INFO)
    with pytest.raises(Refused):
        open_with(b"short", sealed, INFO)
    assert case.private.hex() not in repr(case)


def test_a_keyring_of_one_service_holds_no_other_private_key(tmp_path: Path) -> None:
    """Split mode: own private keys, everybody's public ones; the missing key is a clear error."""
    identity, _ = make_keyring(tmp_path / "identity", ("identity",))
    fulfilment, _ = make_keyring(tmp_path / "fulfilment", ("fulfilment",))
    fulfilment.pin(identity.publish())
    identity.pin(fulfilment.publish())
    assert fulfilment.holds() == ("fulfilment",)
    signed = identity.signer("identity").sign("t", b"x")
    assert fulfilment.directory().verify(signed, owner="identity", payload_type="t") == b"x"
    assert identity.opener("identity").open_part(seal_for(fulfilment.directory(), "identity"), INFO) == b"hello"
    for ask in (fulfilment.signer, fulfilment.opener):
        with pytest.raises(KeyNotHeld, match=r"no .* key of identity"):
            ask("identity")
    with pytest.raises(NeedsPerson, match="no sealing key of notifier"):
        fulfilment.directory().sealing_key("notifier")


def test_a_told_directory_cannot_change_own_keys_or_undo_a_revocation(tmp_path: Path) -> None:
    """Pinning is for others' keys, and a revoked key stays revoked."""
    identity, _ = make_keyring(tmp_path / "identity", ("identity",))
    fulfilment, _ = make_keyring(tmp_path / "fulfilment", ("fulfilment",))
    early = identity.publish()
    impostor, _ = make_keyring(tmp_path / "impostor", ("fulfilment",))
    own = fulfilment.publish()["owners"]["fulfilment"]
    fulfilment.pin(impostor.publish())
    assert fulfilment.publish()["owners"]["fulfilment"] == own
    signed = identity.signer("identity").sign("t", b"x")
    identity.revoke("identity", signed.key_id)
    fulfilment.pin(identity.publish())
    fulfilment.pin(early)
    with pytest.raises(BadSignature, match="revoked"):
        fulfilment.directory().verify(signed, owner="identity", payload_type="t")


def test_a_revoked_key_is_destroyed_and_succeeded(tmp_path: Path) -> None:
    """Nothing it signed counts any more, in every directory that was given out before; signing goes on."""
    ring, _ = make_keyring(tmp_path)
    directory, signer = ring.directory(), ring.signer("identity")
    old = signer.sign("t", b"x")
    assert directory.verify(old, owner="identity", payload_type="t") == b"x"
    ring.revoke("identity", old.key_id)
    with pytest.raises(BadSignature, match="revoked"):
        directory.verify(old, owner="identity", payload_type="t")
    assert not (tmp_path / "sign" / "identity" / f"{old.key_id}.key").exists()
    new = ring.signer("identity").sign("t", b"x")
    assert new.key_id != old.key_id
    assert directory.verify(new, owner="identity", payload_type="t") == b"x"
    ring.init(["identity"], NOW)
    assert ring.signer("identity").key_id == new.key_id
    with pytest.raises(Refused):
        ring.revoke("identity", "2026-11-0000000000000000")


def test_a_revocation_in_another_process_counts_at_once(tmp_path: Path) -> None:
    """The directory is re-read when its file changed."""
    ring, _ = make_keyring(tmp_path)
    signed = ring.signer("identity").sign("t", b"x")
    directory = ring.directory()
    directory.verify(signed, owner="identity", payload_type="t")
    Keyring(tmp_path).revoke("identity", signed.key_id)
    with pytest.raises(BadSignature, match="revoked"):
        directory.verify(signed, owner="identity", payload_type="t")
    assert ring.signer("identity").key_id != signed.key_id


def test_a_private_key_is_read_once(tmp_path: Path) -> None:
    """Signing and opening go on from memory when the disk is gone."""
    ring, _ = make_keyring(tmp_path)
    part = seal_for(ring.directory(), "identity")
    opener = ring.opener("identity")
    ring.signer("identity")
    opener.open_part(part, INFO)
    for path in tmp_path.rglob("*.key"):
        path.unlink()
    assert ring.signer("identity").sign("t", b"x").payload == b"x"
    assert opener.open_part(part, INFO) == b"hello"


TELL_SECRET = """
import sys
from pathlib import Path
from habeas.crypto.keyring import Keyring
print(Keyring(Path(sys.argv[1])).secret("intake", "pepper").hex())
"""


def test_two_processes_agree_on_a_secret(tmp_path: Path) -> None:
    """Whoever asks first makes it; everybody gets the same 32 bytes."""
    command = [sys.executable, "-c", TELL_SECRET, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = [bytes.fromhex(process.communicate(timeout=60)[0]) for process in running]
    with ThreadPoolExecutor(8) as threads:
        told += threads.map(lambda folder: Keyring(folder).secret("intake", "pepper"), [tmp_path] * 8)
    assert len(set(told)) == 1
    assert len(told[0]) == 32
    assert Keyring(tmp_path).secret("intake", "csrf") != told[0]
    assert Keyring(tmp_path).secret("identity", "pepper") != told[0]


@pytest.mark.parametrize("owner", ["", "x", "../up", "Up", "a/b", "a" * 42, "a.b", "é-e"])
def test_a_name_that_could_leave_the_folder_is_refused(tmp_path: Path, owner: str) -> None:
    """Owners' names become paths, so they are checked first."""
    ring, _ = make_keyring(tmp_path, ("identity",))
    for ask in (ring.signer, ring.opener, lambda name: ring.init([name], NOW), lambda name: ring.secret(name, "csrf")):
        with pytest.raises(Refused):
            ask(owner)
    with pytest.raises(ValueError, match="secret"):
        ring.secret("identity", "../../x")


def test_a_key_file_that_all_can_read_is_not_used(tmp_path: Path) -> None:
    """Fail closed, and say what to do."""
    ring, _ = make_keyring(tmp_path)
    path = next((tmp_path / "sign" / "identity").iterdir())
    path.chmod(0o444)
    with pytest.raises(NeedsPerson, match="chmod 0400"):
        ring.signer("identity")


def test_a_torn_key_file_is_not_used(tmp_path: Path) -> None:
    """A key of another length is no key."""
    path = tmp_path / "x.key"
    write_whole(path, b"short", 0o400)
    with pytest.raises(NeedsPerson, match="damaged"):
        read_key(path)


def test_a_broken_off_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a part of a key nor a temporary file stays behind."""

    def fail(_descriptor: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="full"):
        write_whole(tmp_path / "x.key", b"0" * 32, 0o400)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_folder_is_not_taken_for_a_keyring(tmp_path: Path) -> None:
    """Verification without a directory says what is missing."""
    with pytest.raises(KeyNotHeld, match="habeas keys init"):
        Keyring(tmp_path).directory().owners()
