# long because every check of a file stands in one place, so that nobody has to look for one
"""Proving a package or a confirmation without any server: what `habeas verify FILE` rests on.

In this order, and nothing further after the first that fails: the seal over the whole file, the form of the ZIP, the
bag, the signature over the manifest, the place in the ledger. Memory stays flat in the size of the files inside.
A little over the usual length, so that an auditor finds the whole proof in one file.
"""

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from habeas.crypto.canonical import read_json, read_object
from habeas.crypto.directory import Directory
from habeas.crypto.signing import Signed
from habeas.errors import Refused
from habeas.ledger.inclusion import verify_inclusion
from habeas.seal import CONFIRMATION_TYPE, PACKAGE_TYPE, RELEASE_OWNER, check_seal, read_seal, trust_seal

_BLOCK = 1024 * 1024
_MOST_MEMBERS = 500_000
_MOST_TAG_BYTES = 256 * 1024 * 1024
_MOST_STATEMENT_BYTES = 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_UTF8 = 0x0800
_PLAIN_FILE = 0o100644
_TAGS = {
    "bagit.txt",
    "bag-info.txt",
    "manifest-sha256.txt",
    "signature.json",
    "ledger-proof.json",
    "tagmanifest-sha256.txt",
}
_TYPES = {"package": PACKAGE_TYPE, "confirmation": CONFIRMATION_TYPE}
_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass
class Report:
    """What a verification showed, in plain words; `ok` is true only if everything was proved."""

    ok: bool = False
    lines: list[str] = field(default_factory=list)
    fingerprint: str = ""
    """SHA-256 (hex) of the public key that sealed the file; proved only if `ok`."""
    about: dict[str, Any] = field(default_factory=dict)
    """Kind, case, reference, right, dates and systems as the manifest tells them; empty before it is proved."""

    def to_json(self) -> dict[str, Any]:
        """Give the report as a JSON object."""
        return {"ok": self.ok, "lines": self.lines, "fingerprint": self.fingerprint, "about": self.about}


def verify_file(path: Path, directory: Directory | None = None, *, trust_embedded: bool = False) -> Report:
    """Prove a file against the pinned keys, or say what does not hold.

    Without a directory nothing can be proved, unless `trust_embedded` allows the key that the file brought along: then
    the report says that the fingerprint has to be compared by hand. Raises OSError if the file cannot be read.
    """
    report = Report()
    try:
        with path.open("rb") as file:
            _verify(file, directory, trust_embedded, report)
    except Refused as refused:
        report.lines.append(f"NOT PROVED: {refused.reason}.")
    except (zipfile.BadZipFile, ValueError, EOFError, struct.error, RuntimeError, KeyError, TypeError):
        report.lines.append("NOT PROVED: the file is not a whole archive of ours.")
    else:
        report.ok = True
        report.lines.append("Everything was proved.")
    return report


def _verify(file: BinaryIO, directory: Directory | None, trust_embedded: bool, report: Report) -> None:
    directory = _check_seal(file, directory, trust_embedded, report)
    with zipfile.ZipFile(file) as archive:
        members = _check_form(file, archive)
        digests = {name: _digest(archive, member) for name, member in members.items()}
        _check_bag(archive, members, digests)
        report.lines.append(f"All {len(digests)} files inside are complete and unchanged.")
        manifest = _read_manifest(archive, members, digests)
        _check_statement(archive, members, digests, manifest, directory)
        report.lines.append(f"The manifest is signed by {RELEASE_OWNER}; it accounts for {_count(manifest)}.")
        proved = verify_inclusion(_read(archive, members, "ledger-proof.json", _MOST_STATEMENT_BYTES), directory)
    facts = proved.step["facts"]
    if proved.checkpoint.owner != RELEASE_OWNER:
        raise Refused(f"the ledger proof is not of the ledger of {RELEASE_OWNER}")
    if facts.get("manifest") != digests["data/manifest.json"][0] or proved.step["case"] != manifest["case"]:
        raise Refused("the ledger proof is about something else")
    when = proved.checkpoint.signed_at.isoformat()
    report.lines.append(
        f"It stands in the ledger as step {proved.index} of {proved.checkpoint.size}, as signed {when}."
    )
    names = ("kind", "case", "reference", "right", "language", "controller", "received", "due", "answered", "systems")
    report.about = {name: manifest[name] for name in names}


def _check_seal(file: BinaryIO, directory: Directory | None, trust_embedded: bool, report: Report) -> Directory:
    body, comment = _split_comment(file)
    seal = read_seal(comment)
    if directory is None:
        if not trust_embedded:
            raise Refused("there are no pinned keys to prove it with: fetch the public keys of whom it came from")
        directory = trust_seal(seal)
    check_seal(seal, _digest_body(file, body), directory)
    report.fingerprint = seal.fingerprint
    groups = " ".join(seal.fingerprint[at : at + 8] for at in range(0, 64, 8))
    if trust_embedded and directory.owners() == (seal.signed.owner,) and seal.signed.owner == RELEASE_OWNER:
        report.lines.append("The key came with the file: compare its fingerprint with one you have from elsewhere.")
    report.lines.append(f"No byte was changed since it was sealed with the key {groups}.")
    return directory


def _split_comment(file: BinaryIO) -> tuple[int, bytes]:
    """Find the one end record whose comment reaches exactly to the end of the file."""
    size = file.seek(0, 2)
    start = max(0, size - _END.size - 0xFFFF)
    file.seek(start)
    tail = file.read()
    found = tail.rfind(b"PK\5\6", 0, len(tail) - _END.size + 1)
    if found < 0:
        raise Refused("the file is not a whole archive, or was cut off")
    length = _END.unpack_from(tail, found)[-1]
    if start + found + _END.size + length != size:
        raise Refused("the file does not end where its archive ends")
    return size - length, tail[found + _END.size :]


def _digest_body(file: BinaryIO, size: int) -> bytes:
    digest = hashlib.sha256()
    file.seek(0)
    while size:
        block = file.read(min(size, _BLOCK))
        if not block:
            raise Refused("the file was cut off while it was read")
        digest.update(block)
        size -= len(block)
    return digest.digest()


def _check_form(file: BinaryIO, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """Check that the members fill the file from its first byte on without gap or overlap, under harmless names."""
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        raise Refused("the archive has too many members")
    members: dict[str, zipfile.ZipInfo] = {}
    position = 0
    for info in infos:
        name = info.filename
        if name in members:
            raise Refused("the archive has two members of one name")
        if not _is_harmless(name):
            raise Refused("a member of the archive has a name that leads elsewhere")
        if info.external_attr >> 16 != _PLAIN_FILE or info.flag_bits != _UTF8 or info.compress_type != 8:
            raise Refused("a member of the archive is not a plain compressed file")
        if info.header_offset != position:
            raise Refused("the members of the archive do not follow one another")
        file.seek(position)
        head = _LOCAL.unpack(file.read(_LOCAL.size))
        if file.read(head[-2]) != name.encode():
            raise Refused("a member of the archive goes by two names")
        position += _LOCAL.size + head[-2] + head[-1] + info.compress_size
        members[name] = info
    if archive.start_dir != position:
        raise Refused("there is something between the members of the archive and their directory")
    return members


def _is_harmless(name: str) -> bool:
    parts = name.split("/")
    plain = all(part not in ("", ".", "..") for part in parts) and not any(c in name for c in '\\:\0"<>|?*')
    return plain and name.isprintable() and (name in _TAGS or parts[0] == "data")


def _digest(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> tuple[str, int]:
    """Digest a member; what inflates to more or less than it declares is refused, so a bomb stops at its own word."""
    digest = hashlib.sha256()
    size = 0
    with _opened(archive, info) as member:
        while block := member.read(_BLOCK):
            digest.update(block)
            size += len(block)
    if size != info.file_size:
        raise Refused("a member of the archive has another size than it says")
    return digest.hexdigest(), size


@contextmanager
def _opened(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[BinaryIO]:
    try:
        with archive.open(info) as member:
            yield member  # type: ignore[misc]
    except zlib.error as error:
        raise Refused("a member of the archive cannot be read") from error


def _read(archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], name: str, most: int) -> bytes:
    info = members.get(name)
    if info is None:
        raise Refused(f"{name} is missing")
    if info.file_size > most:
        raise Refused(f"{name} is too large to be true")
    with _opened(archive, info) as member:
        return member.read()


def _check_bag(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], digests: dict[str, tuple[str, int]]
) -> None:
    if _read(archive, members, "bagit.txt", 1024) != _DECLARATION:
        raise Refused("it is not a bag of a kind we know")
    for manifest, payload in (("manifest-sha256.txt", True), ("tagmanifest-sha256.txt", False)):
        listed = {}
        for line in _read(archive, members, manifest, _MOST_TAG_BYTES).decode().splitlines():
            sha256, _, name = line.partition("  ")
            listed[name] = sha256
        present = {name for name in digests if name.startswith("data/") == payload and name != "tagmanifest-sha256.txt"}
        if listed.keys() - present:
            raise Refused("a file that the bag lists is missing")
        if present - listed.keys():
            raise Refused("there is a file that the bag does not list")
        if any(digests[name][0] != sha256 for name, sha256 in listed.items()):
            raise Refused("a file is not what the bag says it is")


def _read_manifest(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], digests: dict[str, tuple[str, int]]
) -> dict[str, Any]:
    value = json.loads(_read(archive, members, "data/manifest.json", _MOST_TAG_BYTES))
    if not isinstance(value, dict) or value.get("format") != "habeas-package/1" or value.get("kind") not in _TYPES:
        raise Refused("the manifest is of an unknown kind")
    listed = {entry["path"]: (entry["sha256"], entry["size"]) for entry in value["files"]}
    payload = {
        name: each for name, each in digests.items() if name.startswith("data/") and name != "data/manifest.json"
    }
    if listed != payload:
        raise Refused("the manifest does not account for every file as it is")
    return value


def _check_statement(
    archive: zipfile.ZipFile,
    members: dict[str, zipfile.ZipInfo],
    digests: dict[str, tuple[str, int]],
    manifest: dict[str, Any],
    directory: Directory,
) -> None:
    signed = Signed.from_json(_read(archive, members, "signature.json", _MOST_STATEMENT_BYTES))
    payload = directory.verify(signed, owner=RELEASE_OWNER, payload_type=_TYPES[manifest["kind"]])
    shape = {"case": str, "reference": str, "right": str, "manifest": dict}
    statement = read_object(read_json(payload), shape, "the signed statement")
    sha256, size = digests["data/manifest.json"]
    if statement["manifest"] != {"sha256": sha256, "size": size}:
        raise Refused("the signature is over another manifest")
    if any(statement[name] != manifest[name] for name in ("case", "reference", "right")):
        raise Refused("the signature is about another case")


def _count(manifest: dict[str, Any]) -> str:
    systems, names = len(manifest["systems"]), len(manifest["files"])
    return f"{systems} {'system' if systems == 1 else 'systems'} and {names} files"
