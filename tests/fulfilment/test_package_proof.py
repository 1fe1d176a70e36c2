# long because every way to bend a file is refused in one place
"""Whoever holds a package can prove it, and whatever was done to it is seen."""

import hashlib
import io
import json
import os
import random
import stat
import struct
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from habeas.crypto.canonical import read_json, write_json
from habeas.crypto.directory import Directory
from habeas.crypto.keyring import Keyring
from habeas.seal import CONFIRMATION_TYPE, PACKAGE_TYPE, make_seal
from habeas.verify import Report, verify_file
from habeas.vocabulary import Outcome
from habeas_fulfilment.package import PackageStream, Part

Members = dict[str, bytes]


@pytest.fixture
def prove(release: Any, tmp_path: Path) -> Callable[[bytes], Report]:
    """Verify bytes as a file against the pinned keys."""

    def verify(data: bytes) -> Report:
        path = tmp_path / "file.zip"
        path.write_bytes(data)
        return verify_file(path, release.directory)

    return verify


def members_of(data: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def seal(body: bytes, signer: Any) -> bytes:
    """Seal an archive without a comment the way a thief of nothing but the seal could."""
    length = len(make_seal(signer, bytes(32)))
    body = body[:-2] + struct.pack("<H", length)
    return body + make_seal(signer, hashlib.sha256(body).digest())


class Utf8Info(zipfile.ZipInfo):
    """A member whose name is marked as UTF-8 even where ASCII would do, as ours are."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802 -- the library's own hook
        return self.filename.encode(), self.flag_bits | 0x0800


def rebuilt(
    members: Members | list[tuple[str, bytes]], signer: Any, change: Callable[[Any], None] | None = None
) -> bytes:
    """Write an archive of these members as ours are written, and seal it again with the true key."""
    out = io.BytesIO()
    pairs = list(members.items()) if isinstance(members, dict) else members
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in pairs:
            info = Utf8Info(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o100644 << 16
            if change is not None:
                change(info)
            archive.writestr(info, content)
    return seal(out.getvalue(), signer)


def listing(members: Members, *, payload: bool) -> bytes:
    names = [name for name in members if name.startswith("data/") == payload and name != "tagmanifest-sha256.txt"]
    return "".join(f"{hashlib.sha256(members[name]).hexdigest()}  {name}\n" for name in names).encode()


def rebag(members: Members) -> Members:
    """Make the bag's own manifests fit again."""
    members["manifest-sha256.txt"] = listing(members, payload=True)
    members["tagmanifest-sha256.txt"] = listing(members, payload=False)
    return members


def account(members: Members) -> Members:
    """Make manifest.json fit again."""
    manifest = json.loads(members["data/manifest.json"])
    manifest["files"] = [
        {"path": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members.items()
        if name.startswith("data/") and name != "data/manifest.json"
    ]
    members["data/manifest.json"] = json.dumps(manifest).encode()
    return members


def sign(members: Members, signer: Any, kind: str = PACKAGE_TYPE, **changes: Any) -> Members:
    """Sign the manifest anew."""
    manifest = json.loads(members["data/manifest.json"])
    content = members["data/manifest.json"]
    statement = {name: manifest[name] for name in ("case", "reference", "right")}
    statement["manifest"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    members["signature.json"] = signer.sign(kind, write_json(statement | changes)).to_json()
    return members


@pytest.mark.parametrize("kind", ["package", "confirmation"])
def test_what_was_released_is_proved(release: Any, prove: Callable[[bytes], Report], kind: str) -> None:
    report = prove(getattr(release, kind)())
    assert report.ok, report.lines
    assert report.about["kind"] == kind
    assert report.about["reference"] == "HB-2026-0042"
    assert report.fingerprint == hashlib.sha256(release.signer.public()).hexdigest()
    assert report.fingerprint[:8] in report.lines[0]
    assert json.dumps(report.to_json())


@pytest.mark.parametrize("kind", ["package", "confirmation"])
def test_one_changed_byte_anywhere_is_refused(release: Any, tmp_path: Path, kind: str) -> None:
    data = getattr(release, kind)()
    path = tmp_path / "file.zip"
    path.write_bytes(data)
    chance = random.Random(8493)
    accepted = []
    handle = os.open(path, os.O_RDWR)
    try:
        for position in range(len(data)):
            os.pwrite(handle, bytes([data[position] ^ 1 << chance.randrange(8)]), position)
            if verify_file(path, release.directory).ok:
                accepted.append(position)
            os.pwrite(handle, data[position : position + 1], position)
    finally:
        os.close(handle)
    assert len(data) > 5000
    assert accepted == []
    assert verify_file(path, release.directory).ok


def test_every_other_value_of_every_byte_of_the_end_is_refused(release: Any, tmp_path: Path) -> None:
    data = release.confirmation()
    path = tmp_path / "file.zip"
    end = len(data) - len(make_seal(release.signer, bytes(32))) - 22
    path.write_bytes(data)
    accepted = 0
    with path.open("r+b", buffering=0) as file:
        for position in range(end, end + 22 + 20):
            for value in range(256):
                if value != data[position]:
                    file.seek(position)
                    file.write(bytes([value]))
                    accepted += verify_file(path, release.directory).ok
            file.seek(position)
            file.write(data[position : position + 1])
    assert accepted == 0


def test_every_truncation_is_refused(release: Any, prove: Callable[[bytes], Report]) -> None:
    data = release.confirmation()
    cuts = [*range(0, len(data), 97), *range(len(data) - 300, len(data))]
    assert not any(prove(data[:cut]).ok for cut in cuts)
    assert not any(prove(data[cut:]).ok for cut in cuts if cut)


@pytest.mark.parametrize("extra", [b"\0", b"PK\5\6" + bytes(18), b"anything"])
def test_bytes_before_or_after_are_refused(release: Any, prove: Callable[[bytes], Report], extra: bytes) -> None:
    data = release.confirmation()
    assert not prove(extra + data).ok
    assert not prove(data + extra).ok


def test_spellings_of_the_seal_that_mean_the_same_are_refused(release: Any, prove: Callable[[bytes], Report]) -> None:
    data = release.confirmation()
    length = len(make_seal(release.signer, bytes(32)))
    body, comment = data[:-length], data[-length:]
    for other in (
        comment.replace(b'","', b'", "'),
        comment + b" ",
        comment.replace(b"/", b"\\/"),
        comment.replace(b"habeas-seal/1 ", b"habeas-seal/1  "),
        comment.replace(b'"keyid"', b'"\\u006beyid"'),
    ):
        assert other != comment
        assert not prove(body[:-2] + struct.pack("<H", len(other)) + other).ok


def test_parts_of_two_packages_cannot_be_mixed(release: Any, prove: Callable[[bytes], Report]) -> None:
    one, other = release.package(), release.package(reference="HB-2026-0043", asked="Something else.")
    ours, theirs = members_of(one), members_of(other)
    assert prove(rebuilt(ours, release.signer)).ok
    for name in ours:
        if ours[name] != theirs[name]:
            report = prove(rebuilt(ours | {name: theirs[name]}, release.signer))
            assert not report.ok, name
            if name.startswith("data/") or name in ("signature.json", "ledger-proof.json"):
                mixed = rebag(ours | {name: theirs[name]})
                assert not prove(rebuilt(mixed, release.signer)).ok, name
    length = len(make_seal(release.signer, bytes(32)))
    assert not prove(one[:-length] + other[-length:]).ok


def test_the_order_of_members_may_differ_only_under_a_new_seal(release: Any, prove: Callable[[bytes], Report]) -> None:
    pairs = list(members_of(release.package()).items())
    report = prove(rebuilt(pairs[::-1], release.signer))
    assert report.ok, report.lines  # the order means nothing: what counts is that the key sealed it


BROKEN = b'{"format":"habeas-package/1","kind":"package","files":[7]}'
CHANGES: dict[str, tuple[str, Callable[[Members, Any, Any], Any]]] = {
    "a changed file": ("not what the bag says", lambda m, s, o: m.update({"data/index.html": b"changed"})),
    "a changed tag file": ("not what the bag says", lambda m, s, o: m.update({"bag-info.txt": b"changed"})),
    "a missing file": ("lists is missing", lambda m, s, o: m.pop("data/systems/shop/orders.json")),
    "an added file": ("does not list", lambda m, s, o: m.update({"data/more.txt": b"more"})),
    "no declaration": ("bagit.txt is missing", lambda m, s, o: m.pop("bagit.txt")),
    "another declaration": ("a kind we know", lambda m, s, o: rebag(m | {"bagit.txt": b"BagIt-Version: 0.97\n"})),
    "no list of tag files": ("tagmanifest-sha256.txt is missing", lambda m, s, o: m.pop("tagmanifest-sha256.txt")),
    "a changed file in a mended bag": (
        "account for every file",
        lambda m, s, o: rebag(m | {"data/index.html": b"changed"}),
    ),
    "an added file in a mended bag": ("account for every file", lambda m, s, o: rebag(m | {"data/more.txt": b"more"})),
    "a removed file in a mended bag": (
        "account for every file",
        lambda m, s, o: rebag({n: c for n, c in m.items() if n != "data/index.html"}),
    ),
    "a changed file in a mended manifest": (
        "over another manifest",
        lambda m, s, o: rebag(account(m | {"data/index.html": b"changed"})),
    ),
    "a manifest signed by somebody else": (
        "not signed by fulfilment",
        lambda m, s, o: rebag(sign(account(m | {"data/index.html": b"changed"}), o)),
    ),
    "a manifest signed anew": (
        "ledger proof is about something else",
        lambda m, s, o: rebag(sign(account(m | {"data/index.html": b"changed"}), s)),
    ),
    "a signature of the other kind": (
        "no statement of the type",
        lambda m, s, o: rebag(sign(m, s, CONFIRMATION_TYPE)),
    ),
    "a signature about another case": ("about another case", lambda m, s, o: rebag(sign(m, s, case="another"))),
    "a signature with more in it": ("unknown key", lambda m, s, o: rebag(sign(m, s, more=1))),
    "no signature": (
        "signature.json is missing",
        lambda m, s, o: rebag({n: c for n, c in m.items() if n != "signature.json"}),
    ),
    "no ledger proof": (
        "ledger-proof.json is missing",
        lambda m, s, o: rebag({n: c for n, c in m.items() if n != "ledger-proof.json"}),
    ),
    "an empty ledger proof": ("ledger proof lacks", lambda m, s, o: rebag(m | {"ledger-proof.json": b"{}"})),
    "a manifest that is none": (
        "unknown kind",
        lambda m, s, o: rebag(m | {"data/manifest.json": b"[]"}),
    ),
    "a manifest that is broken": (
        "not a whole archive",
        lambda m, s, o: rebag(m | {"data/manifest.json": BROKEN}),
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_under_a_true_seal_every_other_check_still_counts(
    release: Any, release_keys: Keyring, prove: Callable[[bytes], Report], name: str
) -> None:
    says, change = CHANGES[name]
    members = members_of(release.package())
    assert prove(rebuilt(members, release.signer)).ok
    result = change(members, release.signer, release_keys.signer("identity"))
    members = result if isinstance(result, dict) and "data/manifest.json" in result else members
    report = prove(rebuilt(members, release.signer))
    assert not report.ok
    assert says in report.lines[-1]
    assert report.about == {}


def test_a_proof_from_another_service_s_ledger_is_refused(
    release: Any, release_keys: Keyring, prove: Callable[[bytes], Report]
) -> None:
    ours = release.signer
    release.signer = release_keys.signer("identity")
    members = members_of(_with_signer(release, ours))
    report = prove(rebuilt(members, ours))
    assert "not of the ledger of fulfilment" in report.lines[-1]


def _with_signer(release: Any, signer: Any) -> bytes:
    parts = [Part(name, name, Outcome.NOTHING) for name in ("shop", "newsletter")]
    return b"".join(PackageStream(release.facts, parts, signer=signer, prove=release.prove))


def _symlink(info: zipfile.ZipInfo) -> None:
    if info.filename == "data/link":
        info.external_attr = (stat.S_IFLNK | 0o777) << 16


def _stored(info: zipfile.ZipInfo) -> None:
    info.compress_type = zipfile.ZIP_STORED


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("/etc/passwd", None, "leads elsewhere"),
        ("data/../../x", None, "leads elsewhere"),
        ("data/./x", None, "leads elsewhere"),
        ("data//x", None, "leads elsewhere"),
        ("data/a\\b", None, "leads elsewhere"),
        ("data/C:x", None, "leads elsewhere"),
        ("data/x\n", None, "leads elsewhere"),
        ("data/\u202egpj.exe", None, "leads elsewhere"),
        ("other.txt", None, "leads elsewhere"),
        ("data/link", _symlink, "not a plain compressed file"),
        ("data/x", _stored, "not a plain compressed file"),
        ("data/index.html", None, "two members of one name"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_tricks_with_members_are_refused(
    release: Any, prove: Callable[[bytes], Report], name: str, change: Any, says: str
) -> None:
    pairs = [*members_of(release.package()).items(), (name, b"../../etc/passwd")]
    report = prove(rebuilt(pairs, release.signer, change))
    assert not report.ok
    assert says in report.lines[-1]


def _patched(body: bytes, signature: bytes, offset: int, old: bytes, new: bytes, which: int = 0) -> bytes:
    at = -1
    for _ in range(which + 1):
        at = body.index(signature, at + 1)
    assert body[at + offset : at + offset + len(old)] == old
    return body[: at + offset] + new + body[at + offset + len(new) :]


def test_a_member_that_inflates_to_more_than_it_declares_is_refused(
    release: Any, prove: Callable[[bytes], Report]
) -> None:
    bomb = bytes(50_000_000)
    data = rebuilt({"data/bomb": bomb, **members_of(release.package())}, release.signer)
    length = len(make_seal(release.signer, bytes(32)))
    size = struct.pack("<L", len(bomb))
    body = _patched(data[:-length], b"PK\1\2", 24, size, struct.pack("<L", 100))
    body = _patched(body, b"PK\3\4", 22, size, struct.pack("<L", 100))
    tracemalloc.start()
    report = prove(seal(body, release.signer))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not report.ok
    assert peak < 16_000_000


def test_members_that_overlap_or_leave_gaps_are_refused(release: Any, prove: Callable[[bytes], Report]) -> None:
    data = rebuilt(members_of(release.package()), release.signer)
    length = len(make_seal(release.signer, bytes(32)))
    body = data[:-length]
    start = struct.unpack("<L", body[-6:-2])[0]
    gap = body[:start] + b"hidden" + body[start:-6] + struct.pack("<L", start + 6) + body[-2:]
    assert "between the members" in prove(seal(gap, release.signer)).lines[-1]
    second = body.index(b"PK\1\2", body.index(b"PK\1\2", start) + 1)
    offset = body[second + 42 : second + 46]
    overlap = body[: second + 42] + bytes(4) + body[second + 46 :]
    assert offset != bytes(4)
    assert "do not follow one another" in prove(seal(overlap, release.signer)).lines[-1]


def test_a_member_that_goes_by_two_names_is_refused(release: Any, prove: Callable[[bytes], Report]) -> None:
    data = rebuilt(members_of(release.package()), release.signer)
    length = len(make_seal(release.signer, bytes(32)))
    body = data[:-length].replace(b"data/index.html", b"data/index.htm_", 1)
    assert "two names" in prove(seal(body, release.signer)).lines[-1]


def test_a_large_package_is_proved_in_flat_memory(release: Any, prove: Callable[[bytes], Report]) -> None:
    def records() -> Any:
        for n in range(40_000):
            yield {"kind": "letters", "key": str(n), "activity": None, "data": {"text": "x" * 1000}, "attachments": []}

    data = release.package(records)
    tracemalloc.start()
    assert prove(data).ok
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12_000_000


# Keys


def test_without_keys_nothing_is_proved_unless_the_embedded_one_is_trusted(release: Any, tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    path.write_bytes(release.package())
    assert "no pinned keys" in verify_file(path).lines[-1]
    report = verify_file(path, trust_embedded=True)
    assert report.ok, report.lines
    assert "compare its fingerprint" in report.lines[0]


def test_the_embedded_key_is_not_used_where_keys_are_pinned(
    release: Any, tmp_path: Path, release_keys: Keyring
) -> None:
    path = tmp_path / "file.zip"
    path.write_bytes(release.package())
    stranger = Keyring(tmp_path / "stranger")
    stranger.init(["fulfilment"], datetime(2026, 11, 22, tzinfo=UTC))
    report = verify_file(path, stranger.directory(), trust_embedded=True)
    assert not report.ok
    assert "no such key" in report.lines[-1]


def test_a_revoked_key_proves_nothing(release: Any, tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    path.write_bytes(release.package())
    keys = release.directory.publish()
    keys["owners"]["fulfilment"]["revoked"] = [release.signer.key_id]
    report = verify_file(path, Directory.of(keys))
    assert "revoked" in report.lines[-1]


def test_a_seal_of_another_owner_is_refused(
    release: Any, release_keys: Keyring, prove: Callable[[bytes], Report]
) -> None:
    data = rebuilt(members_of(release.package()), release_keys.signer("identity"))
    assert "not signed by fulfilment" in prove(data).lines[-1]


def test_a_seal_that_names_another_key_than_it_brings_is_refused(release: Any, tmp_path: Path) -> None:
    length = len(make_seal(release.signer, bytes(32)))
    data = release.package()
    envelope = read_json(data[-length:].removeprefix(b"habeas-seal/1 "))
    owner, key_id = envelope["signatures"][0]["keyid"].split("/")
    other = key_id[:-1] + ("0" if key_id[-1] != "0" else "1")
    envelope["signatures"][0]["keyid"] = f"{owner}/{other}"
    path = tmp_path / "file.zip"
    path.write_bytes(data[:-length] + b"habeas-seal/1 " + write_json(envelope))
    assert "not the one that it names" in verify_file(path, trust_embedded=True).lines[-1]


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\5\6" + bytes(18), b"\0" * 100_000, b"<html></html>"])
def test_what_is_no_archive_of_ours_is_refused(prove: Callable[[bytes], Report], data: bytes) -> None:
    report = prove(data)
    assert not report.ok
    assert report.lines[-1].startswith("NOT PROVED: ")
