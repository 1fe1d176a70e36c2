"""Zendesk in small: users and tickets that are deleted in two steps, of which the first only hides them.

Behaves as Zendesk's pages for developers were copied elsewhere (read in November 2026).
"""

from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, basic_of, pages_of, route

AGENT = "agent@shop.example"
_MAY = "read write"
_MISSING = Reply(404, {"error": "RecordNotFound"})
_WHEN = "2025-01-01T00:00:00Z"


class Zendesk(FakeVendor):
    """Ann and Bob are users with a ticket each. lags: what is destroyed is complete only after `catch_up`."""

    unauthorized = Reply(401, {"error": "Couldn't authenticate you"})
    forbidden = Reply(403, {"error": "Forbidden"})

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[int, dict[str, Any]] = {}
        self.tickets: dict[int, dict[str, Any]] = {}
        self.hidden: dict[int, dict[str, Any]] = {}
        self.hidden_tickets: set[int] = set()
        self.destroyed: dict[int, str] = {}
        self.lags = False
        self.page_size = 100
        self.add(1, "ann@example.com", "Ann")
        self.add(2, "bob@example.com", "Bob")
        self.ask_for_help(31, 1)
        self.ask_for_help(32, 2)

    def add(self, number: int, email: str, name: str, role: str = "end-user") -> None:
        """Lets a user be there."""
        url = f"https://shop.zendesk.com/api/v2/users/{number}.json"
        known = {"id": number, "url": url, "email": email, "name": name, "phone": None, "role": role, "active": True}
        self.users[number] = {**known, "created_at": _WHEN, "updated_at": _WHEN, "last_login_at": None}

    def ask_for_help(self, number: int, user: int, status: str = "closed") -> None:
        """Lets a user have a ticket with two comments."""
        ticket = {"id": number, "requester_id": user, "subject": "My lamp", "status": status}
        self.tickets[number] = {**ticket, "created_at": _WHEN, "updated_at": _WHEN}

    def refusal(self, asked: Asked) -> Reply | None:
        return None if basic_of(asked) == (f"{AGENT}/token", self.token) else self.unauthorized

    @route("GET", "/users/search", scope=_MAY)
    def find(self, asked: Asked) -> Reply:
        """Finds by parts of names and addresses."""
        words = asked.one("query").lower()
        found = [each for each in self.users.values() if words in f"{each['email']} {each['name']}".lower()]
        if self.faults.foreign:
            found.append(self.users[2])
        return Reply(200, {"users": found, "next_page": None, "count": len(found)})

    @route("GET", "/users/{id}", scope=_MAY)
    def read(self, asked: Asked) -> Reply:
        number = int(asked.path["id"])
        found = self.users.get(number) or self.hidden.get(number)
        return Reply(200, {"user": found}) if found else _MISSING

    @route("PUT", "/users/{id}", scope=_MAY, lie=Reply(200, {}))
    def change(self, asked: Asked) -> Reply:
        found = self.users.get(int(asked.path["id"]))
        if found is None:
            return _MISSING
        found |= asked.json["user"]
        return Reply(200, {"user": found})

    @route("DELETE", "/users/{id}", scope=_MAY, lie=Reply(200, {}))
    def hide(self, asked: Asked) -> Reply:
        number = int(asked.path["id"])
        if number not in self.users:
            return _MISSING
        self.hidden[number] = {**self.users.pop(number), "active": False}
        return Reply(200, {"user": self.hidden[number]})

    @route("DELETE", "/deleted_users/{id}", scope=_MAY, lie=Reply(200, {}))
    def destroy(self, asked: Asked) -> Reply:
        number = int(asked.path["id"])
        if self.hidden.pop(number, None) is None:
            return _MISSING
        self.destroyed[number] = "started" if self.lags else "complete"
        return Reply(200, {"deleted_user": {"id": number}})

    def catch_up(self) -> None:
        """Lets every product have deleted what was destroyed."""
        self.destroyed = dict.fromkeys(self.destroyed, "complete")

    @route("GET", "/users/{id}/compliance_deletion_statuses", scope=_MAY)
    def deletions(self, asked: Asked) -> Reply:
        state = self.destroyed.get(int(asked.path["id"]))
        rows = [] if state is None else [{"action": each, "application": "all"} for each in ("request", state)]
        return Reply(200, {"compliance_deletion_statuses": rows, "count": len(rows)})

    @route("GET", "/users/{id}/identities", scope=_MAY)
    def identities(self, asked: Asked) -> Reply:
        user = self.users.get(int(asked.path["id"]))
        rows = (
            [{"id": 900 + user["id"], "user_id": user["id"], "type": "email", "value": user["email"]}] if user else []
        )
        return Reply(200, {"identities": rows, "next_page": None})

    @route("GET", "/users/{id}/tickets/requested", scope=_MAY)
    def requested(self, asked: Asked) -> Reply:
        rows = [each for each in self.tickets.values() if each["requester_id"] == int(asked.path["id"])]
        page, following = pages_of(rows, int(asked.one("page[after]", "0")), self.page_size)
        path = asked.target.partition("?")[0]
        links = {"next": f"{self.url}{path}?page[size]=100&page[after]={following}" if following else None}
        return Reply(200, {"tickets": page, "links": links, "meta": {"has_more": following is not None}})

    @route("GET", "/tickets/{id}", scope=_MAY)
    def read_ticket(self, asked: Asked) -> Reply:
        found = self.tickets.get(int(asked.path["id"]))
        return Reply(200, {"ticket": found}) if found else _MISSING

    @route("GET", "/tickets/{id}/comments", scope=_MAY)
    def comments(self, asked: Asked) -> Reply:
        number = int(asked.path["id"])
        rows = [{"id": number * 10 + each, "body": "Hello", "created_at": _WHEN} for each in (1, 2)]
        return Reply(200, {"comments": rows, "links": {"next": None}, "meta": {"has_more": False}})

    @route("DELETE", "/tickets/{id}", scope=_MAY, lie=Reply(204))
    def hide_ticket(self, asked: Asked) -> Reply:
        number = int(asked.path["id"])
        if self.tickets.pop(number, None) is None:
            return _MISSING
        self.hidden_tickets.add(number)
        return Reply(204)

    @route("DELETE", "/deleted_tickets/{id}", scope=_MAY, lie=Reply(200, {}))
    def destroy_ticket(self, asked: Asked) -> Reply:
        number = int(asked.path["id"])
        if number not in self.hidden_tickets:
            return _MISSING
        self.hidden_tickets.discard(number)
        return Reply(200, {"job_status": {"id": "j", "status": "queued"}})
