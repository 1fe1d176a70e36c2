"""Mixpanel in small: profiles that are asked for with an expression, and deletions that take days.

Behaves as Mixpanel's document for its GDPR API says (3.0.0, MIT); the queries as its pages were copied elsewhere.
"""

import json
import re
from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, basic_of, route

ACCOUNT = "habeas.1a2b.mp-service-account"
PROJECT, PROJECT_TOKEN = 77, "public-token"
READ, DELETE = "read", "gdpr"
_WHERE = re.compile(r'properties\["\$email"\] == "((?:\\.|[^"\\])*)" or properties\["\$email"\] == "((?:\\.|[^"\\])*)"')


class Mixpanel(FakeVendor):
    """Ann has two profiles and Bob one, with two events each. lags: a deletion is done only after `catch_up`."""

    unauthorized = Reply(401, {"error": "unauthorized", "status": "error"})
    forbidden = Reply(403, {"error": "forbidden", "status": "error"})

    def __init__(self) -> None:
        super().__init__()
        self.profiles: dict[str, dict[str, Any]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.jobs: dict[str, tuple[str, str]] = {}
        self.lags = False
        self.add("ann-1", "ann@example.com", "Ann")
        self.add("ann-2", "ann@example.com", "Ann on her phone")
        self.add("bob-1", "bob@example.com", "Bob")

    def add(self, key: str, email: str | None, name: str) -> None:
        """Lets a profile be there, with two events."""
        named = {"$name": name, **({"$email": email} if email else {})}
        self.profiles[key] = {**named, "$last_seen": "2026-11-01T10:00:00"}
        self.events[key] = [self.event(key, number) for number in (1, 2)]

    def event(self, key: str, number: int) -> dict[str, Any]:
        """Something that somebody did."""
        known = {"time": 1_750_000_000 + number, "distinct_id": key, "$insert_id": f"{key}-{number}"}
        return {"event": "Opened a page", "properties": known}

    def refusal(self, asked: Asked) -> Reply | None:
        if asked.target.startswith("/data-deletions"):
            return super().refusal(asked)
        # one switch spoils both secrets
        return None if basic_of(asked) == (ACCOUNT, self.token) else self.unauthorized

    @route("POST", "/engage", scope=READ)
    def engage(self, asked: Asked) -> Reply:
        """Compares letter by letter."""
        where = _WHERE.fullmatch(asked.form.get("where", [""])[0])
        if where:
            wanted = {re.sub(r"\\(.)", r"\1", each) for each in where.groups()}
            found = [key for key, each in self.profiles.items() if each.get("$email") in wanted]
        elif "distinct_id" in asked.form:
            found = [each for each in asked.form["distinct_id"] if each in self.profiles]
        else:
            return Reply(400, {"error": "bad expression", "status": "error"})
        found += ["bob-1"] if self.faults.foreign else []
        rows = [{"$distinct_id": each, "$properties": self.profiles[each]} for each in found]
        return Reply(200, {"results": rows, "page": 0, "page_size": 1000, "total": len(rows), "status": "ok"})

    @route("GET", "/stream/query", scope=READ)
    def stream(self, asked: Asked) -> Reply:
        rows = [each for key in json.loads(asked.one("distinct_ids")) for each in self.events.get(key, [])]
        return Reply(200, {"status": "ok", "results": {"events": rows}})

    @route("POST", "/data-deletions/v3.0", scope=DELETE, lie=Reply(201, {"status": "ok", "results": {"task_id": "0"}}))
    def begin(self, asked: Asked) -> Reply:
        number = str(len(self.jobs) + 1)
        (key,) = asked.json["distinct_ids"]
        self.jobs[number] = (key, "PENDING")
        if not self.lags:
            self.catch_up()
        return Reply(201, {"status": "ok", "results": {"task_id": number}})

    def catch_up(self, state: str = "SUCCESS") -> None:
        """Lets every deletion that was begun end."""
        for number, (key, _) in self.jobs.items():
            self.jobs[number] = (key, state)
            if state == "SUCCESS":
                self.profiles.pop(key, None)
                self.events.pop(key, None)

    @route("GET", "/data-deletions/v3.0/{id}", scope=DELETE)
    def status(self, asked: Asked) -> Reply:
        key, state = self.jobs.get(asked.path["id"], ("", "SUCCESS"))
        told = {"tracking_id": asked.path["id"], "status": state, "distinct_ids": [key], "compliance_type": "GDPR"}
        return Reply(200, {"status": "ok", "results": told})
