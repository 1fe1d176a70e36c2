"""What a person was handed, read with what anybody has: unzip and a JSON reader, nothing of ours."""

import json
import re
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

Records = dict[str, dict[str, list[dict[str, Any]]]]


def unpack(file: Path, into: Path) -> Path:
    """Unpack a package or a confirmation; return the folder."""
    with zipfile.ZipFile(file) as archive:
        archive.extractall(into)
    return into


def manifest_of(bag: Path) -> dict[str, Any]:
    """The account that came along."""
    manifest: dict[str, Any] = json.loads((bag / "data/manifest.json").read_text(encoding="utf-8"))
    return manifest


def records_in(bag: Path) -> Records:
    """Every record's data, by system and kind."""
    found: Records = defaultdict(lambda: defaultdict(list))
    for path in sorted((bag / "data/systems").glob("*/*.json")):
        for record in json.loads(path.read_text(encoding="utf-8")):
            found[path.parent.name][record["kind"]].append(record["data"])
    return found


def files_in(bag: Path, system: str) -> list[bytes]:
    """The content of every file that a system gave."""
    return sorted(path.read_bytes() for path in (bag / "data/systems" / system / "files").glob("*"))


def in_order(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as text in an order of their own; a moment is written alike by every database."""
    return sorted(_one_moment(json.dumps(row, sort_keys=True, ensure_ascii=False)) for row in rows)


def _one_moment(text: str) -> str:
    return re.sub(r'"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)"', r'"\1 \2"', text)


def words_in(bag: Path) -> bytes:
    """All that can be read in any of its files, one after the other."""
    return b"\n".join(path.read_bytes() for path in sorted(bag.rglob("*")) if path.is_file())


def flip(file: Path, position: int, into: Path) -> Path:
    """Copy the file with one bit of one byte turned over."""
    content = bytearray(file.read_bytes())
    content[position] ^= 0x01
    into.write_bytes(content)
    return into
