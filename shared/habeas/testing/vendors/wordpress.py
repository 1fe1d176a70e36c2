"""WordPress in small: accounts and comments by its REST API, and the companion plugin's routes.

Behaves as a WordPress 6.1 that the tests drive beside it (`habeas.testing.servers.wordpress`).
"""

import re
from hashlib import sha256
from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, basic_of, pages_of, route

ADMINISTRATOR = "warden"
ACCOUNTS, COMMENTS, EXPORTS = "edit_users", "moderate_comments", "export_others_personal_data"
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9-]+(\.[a-z0-9-]+)+", re.ASCII | re.IGNORECASE)
_WHEN = "2025-01-01T00:00:00"


class WordPress(FakeVendor):
    """Ann and Bob have an account with a session, a comment, and an order that a plugin keeps.

    keeps: the eraser of the plugin leaves what it has; fails: an exporter of a plugin gives no answer; plugin: whether
    the companion is active; network: it is one of a network's sites.
    """

    unauthorized = Reply(401, {"code": "rest_forbidden_context", "message": "Sorry, you are not allowed to."})
    forbidden = Reply(403, {"code": "rest_forbidden", "message": "Sorry, you are not allowed to do that."})

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.media: list[dict[str, Any]] = []
        self.orders: dict[str, list[str]] = {}
        self.keeps = self.fails = self.network = False
        self.plugin = True
        self.page_size = 100
        for number, email, name in ((11, "ann@example.com", "Ann"), (12, "bob@example.com", "Bob")):
            self.sign_up(number, email, name)
            self.comment(100 + number, email, name)
            self.orders[email] = [f"order-{number}"]

    def sign_up(self, number: int, email: str, name: str, role: str = "subscriber") -> None:
        """Lets an account be there."""
        known = {"id": number, "username": name.lower(), "name": name, "email": email, "roles": [role]}
        self.users[number] = {**known, "registered_date": f"{_WHEN}+00:00", "avatar_urls": {}, "description": ""}

    def comment(self, number: int, email: str, name: str, status: str = "approved") -> None:
        """Lets a comment be there."""
        known = {"id": number, "author_name": name, "author_email": email, "status": status, "date_gmt": _WHEN}
        self.comments[number] = {**known, "content": {"raw": "Hello"}, "author_ip": "192.0.2.7"}

    def refusal(self, asked: Asked) -> Reply | None:
        return None if basic_of(asked) == (ADMINISTRATOR, self.token) else self.unauthorized

    @route("GET", "/wp/v2/users", scope=ACCOUNTS)
    def find_users(self, asked: Asked) -> Reply:
        """Finds by parts of names and addresses."""
        words = asked.one("search").lower()
        found = [each for each in self.users.values() if words in f"{each['email']} {each['username']}"]
        return self._page(asked, found)

    @route("GET", "/wp/v2/users/{id}", scope=ACCOUNTS)
    def read_user(self, asked: Asked) -> Reply:
        found = self.users.get(int(asked.path["id"]))
        return Reply(200, found) if found else _missing("user")

    @route("POST", "/wp/v2/users/{id}", scope=ACCOUNTS, lie=Reply(200, {}))
    def change_user(self, asked: Asked) -> Reply:
        found = self.users.get(int(asked.path["id"]))
        if found is None:
            return _missing("user")
        found |= asked.json
        return Reply(200, found)

    @route("DELETE", "/wp/v2/users/{id}", scope=ACCOUNTS, lie=Reply(200, {"deleted": True}))
    def delete_user(self, asked: Asked) -> Reply:
        """Wants to know who gets what was published."""
        if self.network:
            return Reply(501, {"code": "rest_cannot_delete", "message": "The user cannot be deleted."})
        if asked.one("force") != "true" or not asked.one("reassign"):
            return Reply(400, {"code": "rest_missing_callback_param", "message": "Missing parameter(s): reassign"})
        if self.users.pop(int(asked.path["id"]), None) is None:
            return _missing("user")
        for each in self.media:
            each["author"] = int(asked.one("reassign"))
        return Reply(200, {"deleted": True})

    @route("GET", "/wp/v2/media", scope=ACCOUNTS)
    def find_media(self, asked: Asked) -> Reply:
        return self._page(asked, [each for each in self.media if each["author"] == int(asked.one("author"))])

    @route("GET", "/wp/v2/comments", scope=COMMENTS)
    def find_comments(self, asked: Asked) -> Reply:
        """Gives only approved ones where it is not asked for any."""
        if trouble := _refuse("author_email", asked.one("author_email")):
            return trouble
        theirs = [
            each for each in self.comments.values() if each["author_email"].lower() == asked.one("author_email").lower()
        ]
        found = [each for each in theirs if asked.one("status") == "any" or each["status"] == "approved"]
        return self._page(asked, [*found, self.comments[112]] if self.faults.foreign else found)

    @route("GET", "/wp/v2/comments/{id}", scope=COMMENTS)
    def read_comment(self, asked: Asked) -> Reply:
        found = self.comments.get(int(asked.path["id"]))
        return Reply(200, found) if found else _missing("comment")

    @route("POST", "/wp/v2/comments/{id}", scope=COMMENTS, lie=Reply(200, {}))
    def change_comment(self, asked: Asked) -> Reply:
        found = self.comments.get(int(asked.path["id"]))
        if found is None:
            return _missing("comment")
        found |= asked.json
        return Reply(200, found)

    @route("DELETE", "/wp/v2/comments/{id}", scope=COMMENTS, lie=Reply(200, {"deleted": True}))
    def delete_comment(self, asked: Asked) -> Reply:
        """Without force it only goes into the bin."""
        number = int(asked.path["id"])
        if number not in self.comments:
            return _missing("comment")
        if asked.one("force") == "true":
            del self.comments[number]
        else:
            self.comments[number]["status"] = "trash"
        return Reply(200, {"deleted": True})

    @route("POST", "/habeas/v1/find", scope=EXPORTS)
    def find_person(self, asked: Asked) -> Reply:
        if trouble := self._trouble() or _refuse("email", asked.json["email"]):
            return trouble
        email = asked.json["email"]
        person = {"key": _key_of(email), "email": email, "parts": {"shop": len(self._of(email))}}
        return Reply(200, {"people": [person] if self._of(email) else []})

    @route("POST", "/habeas/v1/items", scope=EXPORTS)
    def items(self, asked: Asked) -> Reply:
        if trouble := self._trouble():
            return trouble
        email = asked.json["email"]
        known = {"exporter": "shop", "group": "orders", "label": "Orders", "person": _key_of(email)}
        data = [{"name": "Total", "value": "12"}]
        return Reply(200, {"items": [{**known, "item": each, "data": data} for each in self._of(email)]})

    @route("POST", "/habeas/v1/sessions", scope=EXPORTS)
    def sessions(self, asked: Asked) -> Reply:
        if trouble := self._trouble():
            return trouble
        number = asked.json["user"]
        data = [{"name": "IP", "value": "192.0.2.7"}]
        item = {"exporter": "wordpress-user", "group": "session-tokens", "label": "Session Tokens", "user": number}
        rows = [{**item, "item": f"session-tokens-{number}-1", "data": data}] if number in self.users else []
        return Reply(200, {"items": rows})

    @route("POST", "/habeas/v1/erase", scope="erase_others_personal_data", lie=Reply(200, {"removed": True}))
    def erase(self, asked: Asked) -> Reply:
        if trouble := self._trouble():
            return trouble
        removed = None if self.keeps else self.orders.pop(asked.json["email"].lower(), None)
        return Reply(200, {"removed": removed is not None, "retained": self.keeps})

    def _of(self, email: str) -> list[str]:
        return self.orders.get(email.lower(), [])

    def _trouble(self) -> Reply | None:
        if not self.plugin:
            return Reply(404, {"code": "rest_no_route", "message": "No route was found matching the URL."})
        return Reply(500, {"code": "habeas_failed", "message": "shop gave no proper answer"}) if self.fails else None

    def _page(self, asked: Asked, rows: list[Any]) -> Reply:
        number = int(asked.one("page", "1"))
        page, following = pages_of(rows, (number - 1) * self.page_size, self.page_size)
        link = f'<{self.url}{asked.target.partition("&page=")[0]}&page={number + 1}>; rel="next"'
        return Reply(200, page, {"Link": link} if following else {})


def _refuse(name: str, email: str) -> Reply | None:
    """What WordPress says to a text that it takes for no address."""
    if _ADDRESS.fullmatch(email):
        return None
    data = {"status": 400, "params": {name: "Invalid email address."}}
    return Reply(400, {"code": "rest_invalid_param", "message": f"Invalid parameter(s): {name}", "data": data})


def _missing(what: str) -> Reply:
    return Reply(404, {"code": f"rest_{what}_invalid_id", "message": f"Invalid {what} ID."})


def _key_of(email: str) -> str:
    return sha256(f"of the site{email.lower()}".encode()).hexdigest()
