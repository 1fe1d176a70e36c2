"""Mailchimp in small: members of audiences, a DELETE that only archives, and one for good that closes the address.

Behaves as Mailchimp's own pages say (Marketing API, list members; read in November 2026).
"""

from hashlib import md5
from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, basic_of, pages_of, route

_MEMBER = "/lists/{list}/members/{id}"
_MAY = "lists"
_MISSING = Reply(404, {"title": "Resource Not Found", "status": 404})


def hash_of(email: str) -> str:
    """By which a member is called."""
    return md5(email.lower().encode(), usedforsecurity=False).hexdigest()


class Mailchimp(FakeVendor):
    """Two audiences: Ann is in both, Bob in the first; `closed` addresses cannot be imported again."""

    unauthorized = Reply(401, {"title": "API Key Invalid", "status": 401})
    forbidden = Reply(403, {"title": "Forbidden", "status": 403})

    def __init__(self) -> None:
        super().__init__()
        self.members: dict[tuple[str, str], dict[str, Any]] = {}
        self.hanging: dict[tuple[str, str], dict[str, list[Any]]] = {}
        self.closed: set[tuple[str, str]] = set()
        self.crowded = False
        self.add("a", "ann@example.com", "c1", FNAME="Ann")
        self.add("b", "ann@example.com", "c2", FNAME="Ann")
        self.add("a", "bob@example.com", "c3", FNAME="Bob")

    def add(self, audience: str, email: str, contact: str, **fields: str) -> bool:
        """Imports a member, and says whether that could be done."""
        at = (audience, hash_of(email))
        if at in self.closed:
            return False
        self.members[at] = {
            "id": at[1],
            "contact_id": contact,
            "list_id": audience,
            "email_address": email,
            "status": "subscribed",
            "merge_fields": {"FNAME": "", "LNAME": "", "PHONE": "", **fields},
            "timestamp_signup": "",
            "timestamp_opt": "2024-05-01T10:00:00+00:00",
            "last_changed": "2026-01-01T00:00:00+00:00",
            "_links": [],
        }
        note = {"id": 1, "note": "Asked for a quote", "list_id": audience, "created_at": "2025-01-01T00:00:00+00:00"}
        event = {"name": "viewed", "occurred_at": "2025-02-01T00:00:00+00:00"}
        self.hanging[at] = {
            "notes": [note],
            "tags": [{"id": 7, "name": "customer"}],
            "events": [event, dict(event)],
            "activity": [],
        }
        return True

    def refusal(self, asked: Asked) -> Reply | None:
        if self.crowded:
            return Reply(403, b"Forbidden")
        return None if basic_of(asked)[1] == self.token else self.unauthorized

    @route("GET", "/lists", scope=_MAY)
    def audiences(self, asked: Asked) -> Reply:
        return Reply(200, {"lists": [{"id": "a"}, {"id": "b"}], "total_items": 2})

    @route("GET", _MEMBER, scope=_MAY)
    def read(self, asked: Asked) -> Reply:
        found = self.members.get(_at(asked))
        if self.faults.foreign:
            found = self.members["a", hash_of("bob@example.com")]
        return Reply(200, found) if found else _MISSING

    @route("PATCH", _MEMBER, scope=_MAY, lie=Reply(200, {}))
    def change(self, asked: Asked) -> Reply:
        found = self.members.get(_at(asked))
        if found is None:
            return _MISSING
        found["merge_fields"] |= asked.json.get("merge_fields", {})
        found["status"] = asked.json.get("status", found["status"])
        return Reply(200, found)

    @route("DELETE", _MEMBER, scope=_MAY)
    def archive(self, asked: Asked) -> Reply:
        self.members[_at(asked)]["status"] = "archived"
        return Reply(204)

    @route("POST", f"{_MEMBER}/actions/delete-permanent", scope=_MAY, lie=Reply(204))
    def erase(self, asked: Asked) -> Reply:
        if self.members.pop(_at(asked), None) is None:
            return _MISSING
        self.hanging.pop(_at(asked))
        self.closed.add(_at(asked))
        return Reply(204)

    @route("GET", f"{_MEMBER}/notes", scope=_MAY)
    @route("GET", f"{_MEMBER}/tags", scope=_MAY)
    @route("GET", f"{_MEMBER}/events", scope=_MAY)
    @route("GET", f"{_MEMBER}/activity-feed", scope=_MAY)
    def rows(self, asked: Asked) -> Reply:
        name = asked.target.partition("?")[0].rpartition("/")[2].removesuffix("-feed")
        if _at(asked) not in self.hanging:
            return _MISSING
        every = self.hanging[_at(asked)][name]
        page, _ = pages_of(every, int(asked.one("offset", "0")), int(asked.one("count", "10")))
        return Reply(200, {name: page, "total_items": len(every)})

    @route("DELETE", f"{_MEMBER}/notes/{{note}}", scope=_MAY, lie=Reply(204))
    def erase_note(self, asked: Asked) -> Reply:
        notes = self.hanging[_at(asked)]["notes"]
        notes[:] = [each for each in notes if str(each["id"]) != asked.path["note"]]
        return Reply(204)


def _at(asked: Asked) -> tuple[str, str]:
    return asked.path["list"], asked.path["id"]
