"""WordPress in small: accounts, comments, uploads, and the plugin Habeas over the exporters and erasers of others.

Behaves as WordPress 6.1 and the plugin did when `tests/peers/test_wordpress.py` drove them in November 2026.
"""

from hashlib import sha256
from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, basic_of, pages_of, route

ADMINISTRATOR = "admin"
_MAY = "administrator"
_WHEN = "2025-01-01T00:00:00"
_NOBODY = Reply(404, {"code": "rest_user_invalid_id", "data": {"status": 404}})
_NO_COMMENT = Reply(404, {"code": "rest_comment_invalid_id", "data": {"status": 404}})
_NO_POST = Reply(404, {"code": "rest_post_invalid_id", "data": {"status": 404}})
_NO_ROUTE = Reply(404, {"code": "rest_no_route", "data": {"status": 404}})
_DELETED = Reply(200, {"deleted": True, "previous": {}})
_WRITES = {"read": True, "edit_posts": True}
_ADMINISTERS = ("list_users", "edit_users", "delete_users", "moderate_comments", "edit_others_posts")


class WordPress(FakeVendor):
    """Ann and Bob have an account, a comment and two letters in a plugin each; Ann has a picture.

    held: what each exporter holds under an address, which it gives a page at a time; erasers: the names of those that
    are registered. fails: what throws; retains: erasers that keep the last of it; endless: exporters that are never
    done, and erasers, as `eraser letters`; lost: an exporter is not registered any more; drops: a POST stands for no
    GET; companion, multisite: whether there is the plugin, and a network of sites.
    """

    unauthorized = Reply(401, {"code": "incorrect_password"})
    forbidden = Reply(403, {"code": "rest_forbidden"})

    def __init__(self) -> None:
        super().__init__()
        self.users: dict[int, dict[str, Any]] = {}
        self.comments: dict[int, dict[str, Any]] = {}
        self.media: dict[int, dict[str, Any]] = {}
        self.held: dict[str, dict[str, list[str]]] = {"wordpress-user": {}, "wordpress-comments": {}, "letters": {}}
        self.erasers = {"wordpress-comments", "letters"}
        self.fails: set[str] = set()
        self.retains: set[str] = set()
        self.endless: set[str] = set()
        self.lost = self.drops = self.multisite = False
        self.companion = True
        self.add(1, "admin@example.com", "Admin", "administrator", _WRITES | dict.fromkeys(_ADMINISTERS, True))
        for number, name in ((2, "Ann"), (3, "Bob")):
            email = f"{name.lower()}@example.com"
            self.add(number, email, name)
            self.comment(number * 10, email, number)
            self.held["letters"][email] = [f"{name} 1", f"{name} 2"]
            self.held["wordpress-user"][email] = [f"a session of {name}"]
        self.upload(50, 2)

    def add(
        self, number: int, email: str, name: str, role: str = "subscriber", may: dict[str, bool] | None = None
    ) -> None:
        """Lets an account be there."""
        known = {"id": number, "username": name.lower(), "name": name, "email": email, "roles": [role]}
        account = {**known, "first_name": "", "capabilities": may or {"read": True}, "registered_date": _WHEN}
        self.users[number] = {**account, "avatar_urls": {}, "_links": {}}

    def comment(self, number: int, email: str, author: int = 0, content: str = "Hello") -> None:
        """Lets a comment be there, of an account or of a guest."""
        known = {"id": number, "author": author, "author_email": email, "author_name": "A", "parent": 0}
        self.comments[number] = {**known, "date_gmt": _WHEN, "content": {"raw": content}, "_links": {}}

    def upload(self, number: int, author: int, page: int | None = None) -> None:
        """Lets an account have uploaded a picture, for a page or for itself."""
        self.media[number] = {"id": number, "author": author, "post": page, "date_gmt": _WHEN, "_links": {}}

    def refusal(self, asked: Asked) -> Reply | None:
        return None if basic_of(asked) == (ADMINISTRATOR, self.token) else self.unauthorized

    def foreign_row(self, asked: Asked) -> Any:
        return {"id": "of bob", "exporter": "letters", "email": "bob@example.com", "erasable": True}

    @route("POST", "/wp-json/wp/v2/users", scope=_MAY)
    def find_users(self, asked: Asked) -> Reply:
        if self.drops or asked.headers.get("X-Http-Method-Override") != "GET":
            return Reply(400, {"code": "rest_missing_callback_param"})
        wanted = asked.json["search"].lower()
        return Reply(200, [each for each in self.users.values() if wanted in each["email"].lower()])

    @route("GET", "/wp-json/wp/v2/users/{id}", scope=_MAY)
    def read_user(self, asked: Asked) -> Reply:
        number = 1 if asked.path["id"] == "me" else int(asked.path["id"])
        return Reply(200, self.users[number]) if number in self.users else _NOBODY

    @route("POST", "/wp-json/wp/v2/users/{id}", scope=_MAY)
    def change_user(self, asked: Asked) -> Reply:
        self.users[int(asked.path["id"])] |= asked.json
        return Reply(200, self.users[int(asked.path["id"])])

    @route("DELETE", "/wp-json/wp/v2/users/{id}", scope=_MAY, lie=_DELETED)
    def delete_user(self, asked: Asked) -> Reply:
        number, heir = int(asked.path["id"]), int(asked.one("reassign", "0"))
        if self.multisite or asked.one("force") != "true":
            return Reply(501, {"code": "rest_cannot_delete"})
        if number not in self.users:
            return _NOBODY
        if heir == number or heir not in self.users:
            return Reply(400, {"code": "rest_user_invalid_reassign"})
        self.held["wordpress-user"].pop(self.users.pop(number)["email"], None)
        for each in self.media.values():
            each["author"] = heir if each["author"] == number else each["author"]
        return _DELETED

    @route("GET", "/wp-json/wp/v2/media", scope=_MAY)
    def list_media(self, asked: Asked) -> Reply:
        rows = [each for each in self.media.values() if each["author"] == int(asked.one("author"))]
        return Reply(200, pages_of(rows, int(asked.one("offset")), int(asked.one("per_page")))[0])

    @route("GET", "/wp-json/wp/v2/media/{id}", scope=_MAY)
    def read_media(self, asked: Asked) -> Reply:
        found = self.media.get(int(asked.path["id"]))
        return Reply(200, found) if found else _NO_POST

    @route("DELETE", "/wp-json/wp/v2/media/{id}", scope=_MAY, lie=_DELETED)
    def delete_media(self, asked: Asked) -> Reply:
        return _DELETED if self.media.pop(int(asked.path["id"]), None) else _NO_POST

    @route("POST", "/wp-json/wp/v2/comments", scope=_MAY)
    def find_comments(self, asked: Asked) -> Reply:
        body = asked.json
        if self.drops or asked.headers.get("X-Http-Method-Override") != "GET":
            return Reply(403, {"code": "rest_comment_invalid_post_id"})
        if not _is_address(body["author_email"]):
            return Reply(400, {"code": "rest_invalid_param", "data": {"params": {"author_email": "Invalid."}}})
        if (body["status"], body["type"]) != ("any", "all"):
            return Reply(200, [])
        wanted = body["author_email"].lower()
        rows = [each for each in self.comments.values() if each["author_email"].lower() == wanted]
        return Reply(200, pages_of(rows, body["offset"], body["per_page"])[0])

    @route("GET", "/wp-json/wp/v2/comments/{id}", scope=_MAY)
    def read_comment(self, asked: Asked) -> Reply:
        found = self.comments.get(int(asked.path["id"]))
        return Reply(200, found) if found else _NO_COMMENT

    @route("POST", "/wp-json/wp/v2/comments/{id}", scope=_MAY)
    def change_comment(self, asked: Asked) -> Reply:
        self.comments[int(asked.path["id"])] |= asked.json
        return Reply(200, self.comments[int(asked.path["id"])])

    @route("DELETE", "/wp-json/wp/v2/comments/{id}", scope=_MAY, lie=_DELETED)
    def delete_comment(self, asked: Asked) -> Reply:
        return _DELETED if self.comments.pop(int(asked.path["id"]), None) else _NO_COMMENT

    @route("GET", "/wp-json/habeas/v1/exporters", scope=_MAY)
    def list_exporters(self, asked: Asked) -> Reply:
        if not self.companion or self.lost:
            return Reply(409, {"code": "habeas_lost"}) if self.companion else _NO_ROUTE
        told = [{"key": each, "name": each} for each in self.held]
        return Reply(200, {"exporters": told, "erasers_alone": sorted(self.erasers - self.held.keys())})

    @route("POST", "/wp-json/habeas/v1/sources", scope=_MAY, rows="sources")
    def find_source(self, asked: Asked) -> Reply:
        reply = self.list_items(asked)
        if reply.status != 200 or not reply.body["items"]:
            return reply if reply.status != 200 else Reply(200, {"sources": [], "next": reply.body["next"]})
        name, email = asked.json["exporter"], asked.json["email"]
        source = {"id": key_of(name, email.lower()), "exporter": name, "email": email}
        return Reply(200, {"sources": [{**source, "erasable": name in self.erasers}], "next": None})

    @route("POST", "/wp-json/habeas/v1/items", scope=_MAY)
    def list_items(self, asked: Asked) -> Reply:
        name, email, page = asked.json["exporter"], asked.json["email"], asked.json["page"]
        if not self.companion:
            return _NO_ROUTE
        if name in self.fails:
            return Reply(500, {"code": "habeas_failed"})
        held = self.held[name].get(email.lower(), []) if _is_address(email) else []
        item = {"exporter": name, "email": email, "group_id": name, "group": name}
        items = [
            {**item, "id": key_of(name, text), "item_id": text, "data": [{"name": "Text", "value": text}]}
            for text in held[page - 1 : page]
        ]
        more = page < len(held) or name in self.endless
        return Reply(200, {"items": items, "next": page + 1 if more else None})

    @route("POST", "/wp-json/habeas/v1/erasures", scope=_MAY, lie=Reply(200, {"items_retained": False, "next": None}))
    def erase(self, asked: Asked) -> Reply:
        name, email, page = asked.json["exporter"], asked.json["email"], asked.json["page"]
        if name not in self.erasers or name in self.fails:
            return Reply(500, {"code": "habeas_failed"}) if name in self.fails else _NO_ROUTE
        held = self.held[name].get(email.lower(), [])
        kept = name in self.retains and len(held) == 1
        if held and not kept:
            held.pop(0)
        done = (kept or not held) and f"eraser {name}" not in self.endless
        told = {"email": email, "page": page, "items_removed": not kept, "items_retained": kept}
        return Reply(200, {**told, "next": None if done else page + 1})


def _is_address(text: str) -> bool:
    local, _, host = text.rpartition("@")
    return bool(local) and text.isascii() and host.replace(".", "").replace("-", "").isalnum()


def key_of(*parts: str) -> str:
    """The key of a source (exporter, address), or of an item in it (exporter, text)."""
    return sha256("\0".join(parts).encode()).hexdigest()
