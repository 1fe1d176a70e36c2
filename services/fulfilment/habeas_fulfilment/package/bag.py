"""The bag around the data (BagIt 1.0, RFC 8493): what lists and vouches for every file of a package."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Iterator

from habeas_fulfilment.package.archive import Archive
from habeas_fulfilment.package.facts import Facts
from habeas_fulfilment.package.scratch import Deflated, Scratch

_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_NOT_SAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_STEM = 70
_LONGEST_ENDING = 10


class Bag:
    """The files as they go into the archive, and the account of them."""

    def __init__(self, archive: Archive, payload: Scratch) -> None:
        self._archive = archive
        self._payload = payload
        self._tags: dict[str, str] = {}
        self.payload_bytes = 0
        self.payload_files = 0

    def add_payload(self, path: str, content: Deflated) -> Iterator[bytes]:
        """Yield a file below `data/`; `path` is ours and holds nothing that BagIt would have to escape."""
        content.finish()
        self._payload.write(f"{content.sha256} {content.plain_size} data/{path}\n".encode())
        self.payload_bytes += content.plain_size
        self.payload_files += 1
        yield from self._archive.add(f"data/{path}", content)

    def add_tag(self, name: str, data: bytes) -> Iterator[bytes]:
        """Yield a file beside `data/`."""
        self._tags[name] = hashlib.sha256(data).hexdigest()
        with Deflated() as content:
            content.write(data)
            yield from self._archive.add(name, content.finish())

    def files(self) -> Iterator[tuple[str, int, str]]:
        """Yield path, size and SHA-256 (hex) of every payload file so far."""
        for line in self._payload.lines():
            sha256, size, path = line.split(" ", 2)
            yield path, int(size), sha256

    def finish(self, facts: Facts) -> Iterator[bytes]:
        """Yield declaration, description and manifests, the one over the tag files last."""
        yield from self.add_tag("bagit.txt", _DECLARATION)
        yield from self.add_tag("bag-info.txt", self._describe(facts))
        with Deflated() as manifest:
            for path, _, sha256 in self.files():
                manifest.write(f"{sha256}  {path}\n".encode())
            self._tags["manifest-sha256.txt"] = manifest.finish().sha256
            yield from self._archive.add("manifest-sha256.txt", manifest)
        lines = (f"{sha256}  {name}\n" for name, sha256 in sorted(self._tags.items()))
        with Deflated() as tags:
            tags.write("".join(lines).encode())
            yield from self._archive.add("tagmanifest-sha256.txt", tags.finish())

    def _describe(self, facts: Facts) -> bytes:
        entries = {
            "Source-Organization": facts.controller.name,
            "Contact-Email": facts.controller.contact,
            "External-Identifier": facts.reference,
            "Bagging-Date": facts.answered.isoformat(),
            "Payload-Oxum": f"{self.payload_bytes}.{self.payload_files}",
            "Bag-Software-Agent": "Habeas",
        }
        return "".join(f"{name}: {' '.join(text.split())}\n" for name, text in entries.items()).encode()


def name_attachment(number: int, original: str) -> str:
    """Give a file name that every system can write: our number first, then what the original one allows."""
    last = re.split(r"[/\\]", original)[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode()
    stem, dot, ending = plain.rpartition(".")
    if not dot:
        stem, ending = plain, ""
    stem = _NOT_SAFE.sub("_", stem).strip("._-")[:_LONGEST_STEM] or "file"
    ending = re.sub(r"[^A-Za-z0-9]", "", ending)[:_LONGEST_ENDING]
    return f"{number:06d}-{stem}" + (f".{ending}" if ending else "")


def write_json(value: object) -> bytes:
    """Write JSON for people and programs: indented, UTF-8."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
