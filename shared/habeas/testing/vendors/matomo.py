"""Matomo in small: visits by the number of a user or of a cookie, of which one answer holds 401 at most.

Behaves as PrivacyManager's code said in November 2026: what goes wrong is told inside of an answer of 200.
"""

import re
from typing import Any
from urllib.parse import unquote

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, route

MOST = 401
_FORBIDDEN = {"result": "error", "message": "You can't access this resource as it requires 'admin' access."}


class Matomo(FakeVendor):
    """Two sites. Ann is a user with two visits, and a cookie; Bob has one visit. profiles: else nothing is found."""

    forbidden = Reply(200, _FORBIDDEN)

    def __init__(self) -> None:
        super().__init__()
        self.visits: dict[tuple[str, str], dict[str, Any]] = {}
        self.live = True
        self.add("1", "10", "ann-7", "c00c1e0000000001")
        self.add("2", "20", "ann-7", "c00c1e0000000001")
        self.add("1", "11", "bob-8", "c00c1e0000000002")

    def add(self, site: str, visit: str, user: str, cookie: str) -> None:
        """Lets somebody visit a site."""
        row = {"idsite": site, "idvisit": visit, "user_id": user, "idvisitor": cookie}
        row |= {"visit_first_action_time": "2026-02-01 10:00:00", "location_ip": "203.0.113.7"}
        self.visits[site, visit] = {"log_visit": [row], "log_link_visit_action": [{"idvisit": visit, "url": "/lamps"}]}

    def refusal(self, asked: Asked) -> Reply | None:
        return None if _one(asked, "token_auth") == self.token else self.forbidden

    @route("POST", "/index.php", scope="admin")
    def call(self, asked: Asked) -> Reply:
        method = _one(asked, "method")
        if method == "Live.getLastVisitsDetails":
            return Reply(200, []) if self.live else Reply(200, {"result": "error", "message": "Live is not enabled"})
        if method == "PrivacyManager.findDataSubjects":
            return Reply(200, self._find(asked)[:MOST])
        at = (_one(asked, "visits[0][idsite]"), _one(asked, "visits[0][idvisit]"))
        if method == "PrivacyManager.exportDataSubjects":
            return Reply(200, self.visits.get(at, {"log_visit": [], "log_link_visit_action": []}))
        if method != "PrivacyManager.deleteDataSubjects":
            return Reply(200, {"result": "error", "message": "no such method"})
        gone = None if self.faults.lying else self.visits.pop(at, None)
        return Reply(200, {"log_visit": 1 if gone or self.faults.lying else 0})

    def _find(self, asked: Asked) -> list[dict[str, Any]]:
        found = re.fullmatch(r"(userId|visitorId)==(.*)", _one(asked, "segment"))
        assert found, "a segment that Matomo does not know"
        field = {"userId": "user_id", "visitorId": "idvisitor"}[found[1]]
        asked_for, site = unquote(found[2]), _one(asked, "idSite")
        rows = [each["log_visit"][0] for (of, _), each in self.visits.items() if of == site]
        rows = [row for row in rows if row[field] == asked_for or self.faults.foreign]
        return [{"idSite": row["idsite"], "idVisit": row["idvisit"], "userId": row["user_id"]} for row in rows]


def _one(asked: Asked, name: str) -> str:
    return asked.form.get(name, [""])[0]
