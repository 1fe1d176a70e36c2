"""The copy of the tombstones that lies outside the backups: lines that are only ever added, signed after each addition.

    {"activity": …, "case": …, "controller": …, "digest": …, "erased_on": …, …}    a tombstone, or one that was lifted
    {"sealed": …}                                                                  fulfilment's signature over the above

A line counts once it is followed by a seal over every byte before it. Nothing in the file is personal, and nothing in
it can be tried against addresses without the keys, which lie in the keyring.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from habeas.crypto.canonical import read_json, read_object, write_json
from habeas.crypto.directory import Directory
from habeas.crypto.signing import Signed, Signer
from habeas.errors import Refused

SEAL_TYPE = "application/vnd.habeas.tombstones+json"
OWNER = "fulfilment"
_LONGEST_LINE = 64 * 1024
_SHAPE = {
    "activity": str,
    "case": str,
    "controller": str,
    "digest": str,
    "erased_on": str,
    "lifted_on": str,
    "reference": str,
    "system": str,
    "year": int,
}


@dataclass(frozen=True)
class Line:
    """One tombstone as it stands in the file; `lifted_on` is empty while it holds."""

    controller: str
    digest: str
    year: int
    system: str
    activity: str
    case: str
    reference: str
    erased_on: str
    lifted_on: str

    @property
    def name(self) -> tuple[str, str, str, str, str]:
        """Tell it from all others; a later line of the same name replaces an earlier one."""
        return (self.controller, self.digest, self.system, self.activity, self.case)

    def facts(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return {name: getattr(self, name) for name in _SHAPE}


def read_file(path: Path, directory: Directory) -> Iterator[Line]:
    """Yield the lines of a file whose every byte is sealed; raises Refused at the first thing that is not so.

    Use nothing of it before it was read to its end.
    """
    digest, size, sealed = hashlib.sha256(), 0, False
    with path.open("rb") as file:
        for number, raw in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
            value = _read(raw, number)
            sealed = "sealed" in value
            if sealed:
                _check(value, directory, digest.hexdigest(), size, number)
            else:
                yield Line(**read_object(value, _SHAPE, f"line {number}"))
            digest.update(raw)
            size += len(raw)
    if not sealed:
        raise Refused(f"{path.name} ends without a seal: lines were added to it, or its end was cut off")


def _read(raw: bytes, number: int) -> Mapping[str, Any]:
    value = read_json(raw.removesuffix(b"\n")) if raw.endswith(b"\n") else None
    if not isinstance(value, dict):
        raise Refused(f"line {number} is not whole: the file was cut off or changed")
    return value


def _check(value: Mapping[str, Any], directory: Directory, digest: str, size: int, number: int) -> None:
    payload = directory.verify(Signed.from_object(value["sealed"]), owner=OWNER, payload_type=SEAL_TYPE)
    if read_json(payload) != {"bytes": size, "sha256": digest}:
        raise Refused(f"the seal in line {number} is over other lines: the file was changed")


def add_lines(path: Path, lines: Iterable[Line], signer: Signer, directory: Directory) -> int:
    """Add to a file what is not in it yet, and seal it; returns how many lines were added.

    The file is verified first: nothing is added to one that was changed. Memory grows with the number of tombstones,
    about 100 bytes each.
    """
    is_new, added = not path.exists(), 0
    known = {} if is_new else {_key(line): line.lifted_on for line in read_file(path, directory)}
    with path.open("ab+") as file:
        digest, size = _digest(path)
        for line in lines:
            if known.get(_key(line)) != line.lifted_on:
                raw = write_json(line.facts()) + b"\n"
                file.write(raw)
                digest.update(raw)
                size += len(raw)
                added += 1
        if added or is_new:
            payload = write_json({"bytes": size, "sha256": digest.hexdigest()})
            file.write(write_json({"sealed": signer.sign(SEAL_TYPE, payload).to_object()}) + b"\n")
    return added


def _key(line: Line) -> bytes:
    return hashlib.sha256("\0".join(line.name).encode()).digest()


def _digest(path: Path) -> tuple[Any, int]:
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256")
        return found, file.tell()
