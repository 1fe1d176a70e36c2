"""Mailman 3 in small: users with several addresses, memberships of lists, held messages, requests and bans.

Behaves as the Mailman 3.3 that the tests drive beside it (`habeas.testing.servers.mailman`).
"""

import fnmatch
from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, basic_of, route

ADMINISTRATOR = "warden"
_MISSING = Reply(404, {"title": "404 Not Found", "description": "404 Not Found"})
_WHEN = "2025-01-01T00:00:00"


class Mailman(FakeVendor):
    """Two lists. Ann and Bob take part in `news`, have a message held, and want to join `staff`."""

    unauthorized = Reply(401, {"title": "401 Unauthorized", "description": "REST API authorization failed"})
    forbidden = Reply(403, {"title": "403 Forbidden"})

    def __init__(self) -> None:
        super().__init__()
        self.lists = ["news.lists.example", "staff.lists.example"]
        self.users: dict[str, dict[str, Any]] = {}
        self.addresses: dict[str, dict[str, Any]] = {}
        self.members: dict[str, dict[str, Any]] = {}
        self.held: dict[int, dict[str, Any]] = {}
        self.requests: dict[str, dict[str, Any]] = {}
        self.bans: list[tuple[str, str]] = []
        self.muted: set[str] = set()
        for number, name in ((1, "ann"), (2, "bob")):
            email = f"{name}@example.com"
            self.sign_up(f"u{number}", email, name.title())
            self.join(f"m{number}", email)
            self.held[number] = {"request_id": number, "sender": email, "subject": "Hi", "list": self.lists[0]}
            self.requests[f"t{number}"] = {"token": f"t{number}", "email": email, "list_id": self.lists[1]}

    def sign_up(self, user: str, email: str, name: str) -> None:
        """Lets a user be there, or have one more address."""
        known = {"user_id": user, "display_name": name, "created_on": _WHEN, "is_server_owner": False}
        self.users.setdefault(user, {**known, "password": "$6$digest"})
        self.addresses[email] = {"email": email, "original_email": email, "registered_on": _WHEN, "user": f"/{user}"}

    def join(self, number: str, email: str, role: str = "member") -> None:
        """Lets an address take part in the first list."""
        user = self.addresses[email]["user"]
        known = {"member_id": number, "email": email, "list_id": self.lists[0], "role": role, "user": user}
        self.members[number] = {**known, "delivery_mode": "regular"}

    def refusal(self, asked: Asked) -> Reply | None:
        return None if basic_of(asked) == (ADMINISTRATOR, self.token) else self.unauthorized

    @route("GET", "/lists")
    def all_lists(self, asked: Asked) -> Reply:
        return _page(asked, [{"list_id": each} for each in self.lists])

    @route("GET", "/addresses/{email}")
    def read_address(self, asked: Asked) -> Reply:
        return _one(self.addresses.get("bob@example.com" if self.faults.foreign else asked.path["email"].lower()))

    @route("DELETE", "/addresses/{email}", lie=Reply(204))
    def delete_address(self, asked: Asked) -> Reply:
        return Reply(204) if self.addresses.pop(asked.path["email"], None) else _MISSING

    @route("GET", "/addresses/{email}/user")
    def user_of(self, asked: Asked) -> Reply:
        address = self.addresses.get(asked.path["email"])
        return _one(self.users.get(address["user"].strip("/")) if address else None)

    @route("GET", "/addresses/{email}/preferences")
    def preferences(self, asked: Asked) -> Reply:
        if (email := asked.path["email"].lower()) not in self.addresses:
            return _MISSING
        return Reply(200, {"delivery_status": "by_user" if email in self.muted else "enabled"})

    @route("PATCH", "/addresses/{email}/preferences", lie=Reply(204))
    def prefer(self, asked: Asked) -> Reply:
        if (email := asked.path["email"].lower()) not in self.addresses:
            return _MISSING
        self.muted = self.muted | {email} if asked.form["delivery_status"] == ["by_user"] else self.muted - {email}
        return Reply(204)

    @route("GET", "/users/{id}")
    def read_user(self, asked: Asked) -> Reply:
        return _one(self.users.get(asked.path["id"]))

    @route("PATCH", "/users/{id}", lie=Reply(204))
    def change_user(self, asked: Asked) -> Reply:
        if asked.path["id"] not in self.users:
            return _MISSING
        self.users[asked.path["id"]] |= {name: values[0] for name, values in asked.form.items()}
        return Reply(204)

    @route("DELETE", "/users/{id}", lie=Reply(204))
    def delete_user(self, asked: Asked) -> Reply:
        """Takes every address and membership along; a ban stays."""
        user = asked.path["id"]
        if self.users.pop(user, None) is None:
            return _MISSING
        self.addresses = {key: each for key, each in self.addresses.items() if each["user"] != f"/{user}"}
        self.members = {key: each for key, each in self.members.items() if each["user"] != f"/{user}"}
        return Reply(204)

    @route("GET", "/users/{id}/addresses")
    def addresses_of(self, asked: Asked) -> Reply:
        if asked.path["id"] not in self.users:
            return _MISSING
        return _page(asked, [each for each in self.addresses.values() if each["user"] == f"/{asked.path['id']}"])

    @route("GET", "/members/find")
    def find_members(self, asked: Asked) -> Reply:
        """Takes a star for anything."""
        wanted = asked.one("subscriber").lower()
        found = [each for each in self.members.values() if fnmatch.fnmatch(each["email"], wanted)]
        return _page(asked, [self._named(each) for each in found])

    @route("GET", "/members/{id}")
    def read_member(self, asked: Asked) -> Reply:
        found = self.members.get(asked.path["id"])
        return _one(self._named(found) if found else None)

    def _named(self, member: dict[str, Any]) -> dict[str, Any]:
        """A membership has the name of its user."""
        return {**member, "display_name": self.users[member["user"].strip("/")]["display_name"]}

    @route("DELETE", "/members/{id}", lie=Reply(204))
    def delete_member(self, asked: Asked) -> Reply:
        return Reply(204) if self.members.pop(asked.path["id"], None) else _MISSING

    @route("GET", "/lists/{list}/held")
    def held_messages(self, asked: Asked) -> Reply:
        return _page(asked, [_held(each) for each in self.held.values() if each["list"] == asked.path["list"]])

    @route("GET", "/lists/{list}/held/{id}")
    def read_held(self, asked: Asked) -> Reply:
        found = self.held.get(int(asked.path["id"]))
        return _one(_held(found) if found else None)

    @route("POST", "/lists/{list}/held/{id}", lie=Reply(204))
    def decide_held(self, asked: Asked) -> Reply:
        assert asked.form == {"action": ["discard"]}
        return Reply(204) if self.held.pop(int(asked.path["id"]), None) else _MISSING

    @route("GET", "/lists/{list}/requests")
    def list_requests(self, asked: Asked) -> Reply:
        rows = [each for each in self.requests.values() if each["list_id"] == asked.path["list"]]
        return _page(asked, [{**each, "type": "subscription", "when": _WHEN} for each in rows])

    @route("POST", "/lists/{list}/requests/{token}", lie=Reply(204))
    def decide_request(self, asked: Asked) -> Reply:
        assert asked.form == {"action": ["discard"]}
        return Reply(204) if self.requests.pop(asked.path["token"], None) else _MISSING

    @route("GET", "/lists/{list}/bans/{email}")
    def banned(self, asked: Asked) -> Reply:
        found = (asked.path["list"], asked.path["email"].lower()) in self.bans
        return _one({"list_id": asked.path["list"], "email": asked.path["email"].lower()} if found else None)

    @route("GET", "/bans/{email}")
    def banned_everywhere(self, asked: Asked) -> Reply:
        return _one({"email": asked.path["email"].lower()} if ("", asked.path["email"].lower()) in self.bans else None)


def _one(found: dict[str, Any] | None) -> Reply:
    return Reply(200, {**found, "http_etag": '"x"'}) if found else _MISSING


def _page(asked: Asked, rows: list[dict[str, Any]]) -> Reply:
    """A page, in which `entries` is left out where there are none."""
    size, number = int(asked.one("count", "1000")), int(asked.one("page", "1"))
    page = rows[(number - 1) * size : number * size]
    return Reply(200, {"start": 0, "total_size": len(rows), **({"entries": page} if page else {}), "http_etag": '"x"'})


def _held(found: dict[str, Any]) -> dict[str, Any]:
    told = {name: each for name, each in found.items() if name != "list"}
    return {**told, "message_id": f"<{found['request_id']}>", "msg": "Hello", "hold_date": _WHEN}
