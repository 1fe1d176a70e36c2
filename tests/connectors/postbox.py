"""The vendor that `docs/writing-an-http-connector.md` describes, as a fake; its file is read from that page."""

import re
from pathlib import Path
from typing import Any

from habeas.connectors.http import HttpConnector
from habeas.testing.vendors.switches import ManualClock, connect
from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, pages_of, route

PAGE = Path(__file__).parents[2] / "docs" / "writing-an-http-connector.md"
GONE = Reply(404, {"code": "not_found"})


def file_of_the_page() -> str:
    """The whole file that the page shows."""
    found: list[str] = re.findall(r"```yaml\n(version: 1\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return found[0]


class Postbox(FakeVendor):
    """Readers with notes; its search takes a part of an address for the whole."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, list[dict[str, Any]]] = {}
        self.page_size = 1
        self.add("1", "ann@example.com", "Ann", ["likes tea"])
        self.add("2", "bob@example.com", "Bob", ["likes coffee"])

    def add(self, id_: str, email: str | None, name: str, notes: list[str]) -> None:
        reader = {"id": id_, "email": email, "name": name, "number": f"R{id_}", "muted": False}
        self.readers[id_] = {**reader, "joined": "2024-05-01T10:00:00Z", "last_modified": "2026-01-01"}
        self.notes[id_] = [{"id": f"{id_}-{each}", "text": text} for each, text in enumerate(notes, 1)]

    def foreign_row(self, asked: Asked) -> Any:
        return self.readers["2"]

    @route("GET", "/v2/folders/{folder}/readers", scope="readers.read", rows="readers")
    def find(self, asked: Asked) -> Reply:
        wanted = asked.one("search").lower()
        found = [each for each in self.readers.values() if wanted in (each["email"] or "").lower()]
        page, after = pages_of(found, int(asked.one("cursor", "0")), self.page_size)
        return Reply(200, {"readers": page, "next": None if after is None else str(after)})

    @route("GET", "/v2/readers/{id}", scope="readers.read")
    def read(self, asked: Asked) -> Reply:
        reader = self.readers.get(asked.path["id"])
        return Reply(200, reader) if reader else GONE

    @route("PATCH", "/v2/readers/{id}", scope="readers.write", lie=Reply(200, {}))
    def change(self, asked: Asked) -> Reply:
        if asked.path["id"] not in self.readers:
            return GONE
        self.readers[asked.path["id"]] |= asked.json
        return Reply(200, self.readers[asked.path["id"]])

    @route("DELETE", "/v2/readers/{id}", scope="readers.write", lie=Reply(204))
    def delete(self, asked: Asked) -> Reply:
        self.notes.pop(asked.path["id"], None)
        return Reply(204) if self.readers.pop(asked.path["id"], None) else GONE

    @route("GET", "/v2/readers/{id}/notes", scope="readers.read", rows="notes")
    def list_notes(self, asked: Asked) -> Reply:
        page, _ = pages_of(self.notes.get(asked.path["id"], []), int(asked.one("offset", "0")), int(asked.one("limit")))
        return Reply(200, {"notes": page})

    @route("DELETE", "/v2/readers/{id}/notes/{note}", scope="readers.write", lie=Reply(204))
    def delete_note(self, asked: Asked) -> Reply:
        before = len(self.notes[asked.path["id"]])
        self.notes[asked.path["id"]] = [
            each for each in self.notes[asked.path["id"]] if each["id"] != asked.path["note"]
        ]
        return Reply(204) if len(self.notes[asked.path["id"]]) < before else GONE


def open_postbox(
    vendor: Postbox, folder: Path, clock: ManualClock | None = None, file: str | None = None, /, **settings: Any
) -> HttpConnector:
    """A connector on the fake, of the page's file or another."""
    (folder / "postbox.yaml").write_text(file or file_of_the_page())
    usual = {"vendor": None, "vendor_file": "postbox.yaml", "base_url": f"{vendor.url}/v2"}
    return connect("", vendor, folder, clock, **{**usual, **settings})
