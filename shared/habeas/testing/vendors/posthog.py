"""PostHog in small: persons by address or number, and events that go days after their person.

Behaves as PostHog's documents and schema said in November 2026.
"""

import re
from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, pages_of, route

PROJECT = "7"
READ, WRITE, QUERY = "person:read", "person:write", "query:read"
_PERSONS = f"/api/projects/{PROJECT}/persons"


class PostHog(FakeVendor):
    """Ann is two persons, one of each device; Bob is one. lags: events stay for now when their person goes."""

    unauthorized = Reply(401, {"type": "authentication_error", "code": "not_authenticated"})
    forbidden = Reply(403, {"type": "authentication_error", "code": "permission_denied"})

    def __init__(self) -> None:
        super().__init__()
        self.persons: dict[str, dict[str, Any]] = {}
        self.events: dict[str, dict[str, Any]] = {}
        self.burnt: set[str] = set()
        self.lags = False
        self.page_size = 100
        self.add("u-1", "ann@example.com", "d-1", "d-2")
        self.add("u-2", "ann@example.com", "d-3")
        self.add("u-3", "bob@example.com", "d-4")
        for number, person in enumerate(("u-1", "u-1", "u-2", "u-3")):
            self.happen(f"e-{number}", person)

    def add(self, uuid: str, email: str, *distinct_ids: str) -> None:
        """Lets a person be there."""
        properties = {"email": email, "$os": "Linux"} if email else {"$os": "Linux"}
        self.persons[uuid] = {
            "id": len(self.persons) + 1,
            "uuid": uuid,
            "name": email,
            "distinct_ids": list(distinct_ids),
            "properties": properties,
            "created_at": "2025-01-01T00:00:00Z",
        }

    def happen(self, uuid: str, person: str) -> None:
        """Lets something happen."""
        known = self.persons[person]["distinct_ids"][0]
        self.events[uuid] = {
            "person": person,
            "row": [uuid, "$pageview", "2026-02-01T10:00:00Z", known, '{"$ip": "x"}'],
        }

    @route("GET", _PERSONS, scope=READ)
    def find(self, asked: Asked) -> Reply:
        email, distinct_id = asked.one("email"), asked.one("distinct_id")
        found = [
            each
            for each in self.persons.values()
            if (distinct_id and distinct_id in each["distinct_ids"])
            or (email and each["properties"].get("email", "").lower() == email.lower())
        ]
        if self.faults.foreign:
            found.append(self.persons["u-3"])
        page, following = pages_of(found, int(asked.one("offset", "0")), self.page_size)
        path = asked.target.partition("&offset")[0]
        return Reply(200, {"results": page, "next": f"{self.url}{path}&offset={following}" if following else None})

    @route("DELETE", f"{_PERSONS}/{{uuid}}", scope=WRITE, lie=Reply(202))
    def delete(self, asked: Asked) -> Reply:
        gone = self.persons.pop(asked.path["uuid"], None)
        if gone is None:
            return Reply(404, {"type": "invalid_request", "code": "not_found"})
        self.burnt.update(gone["distinct_ids"])
        if asked.one("delete_events") == "true" and not self.lags:
            self.catch_up()
        return Reply(202)

    def catch_up(self) -> None:
        """Lets the events of persons that went go, too."""
        self.events = {key: each for key, each in self.events.items() if each["person"] in self.persons}

    @route("POST", f"/api/projects/{PROJECT}/query", scope=QUERY)
    def query(self, asked: Asked) -> Reply:
        text = asked.json["query"]["query"]
        (uuid,) = set(re.findall(r"= '([^']*)'", text))
        rows = [each["row"] for each in self.events.values() if each["person"] == uuid]
        if "FROM persons" in text:
            rows = ([[uuid]] if uuid in self.persons else []) + [[each[0]] for each in rows]
            rows = rows[:1]
        return Reply(200, {"columns": [], "results": rows[: int(re.findall(r"LIMIT (\d+)$", text)[0])]})
