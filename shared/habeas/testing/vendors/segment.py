"""Segment in small: it takes regulations for users, works on them for days, and shows nobody.

Behaves as the documents of Segment's own library said (Public API; read in November 2026).
"""

from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, route

_MAY = "workspace-owner"


class Segment(FakeVendor):
    """A workspace with users by number. quick: regulations are finished when they come."""

    unauthorized = Reply(401, {"errors": [{"type": "unauthorized"}]})
    forbidden = Reply(403, {"errors": [{"type": "forbidden"}]})

    def __init__(self) -> None:
        super().__init__()
        self.quick = True
        self.users = {"ann-7", "bob-8"}
        self.suppressed: set[str] = set()
        self.regulations: dict[str, dict[str, Any]] = {}

    @route("POST", "/regulations", scope=_MAY)
    def regulate(self, asked: Asked) -> Reply:
        told = asked.json
        if told.get("subjectType") != "USER_ID" or not 0 < len(told.get("subjectIds", [])) <= 5000:
            return Reply(400, {"errors": [{"type": "bad-request"}]})
        number = f"reg_{len(self.regulations) + 1}"
        self.regulations[number] = {**told, "id": number, "overallStatus": "RUNNING"}
        if told["regulationType"].startswith("SUPPRESS"):
            self.suppressed.update(told["subjectIds"])
        if self.quick:
            self.finish(number)
        return Reply(200, {"data": {"regulateId": number}})

    @route("GET", "/regulations/{id}", scope=_MAY)
    def look(self, asked: Asked) -> Reply:
        return Reply(200, {"data": {"regulation": self.regulations[asked.path["id"]]}})

    @route("GET", "/suppressions", scope=_MAY)
    def list_suppressed(self, asked: Asked) -> Reply:
        return Reply(200, {"data": {"suppressed": [], "pagination": {"current": "MA=="}}})

    def finish(self, number: str, status: str = "FINISHED") -> None:
        """Ends a regulation."""
        told = self.regulations[number]
        told["overallStatus"] = status
        if status == "FINISHED" and told["regulationType"].endswith("DELETE"):
            self.users -= set(told["subjectIds"])
