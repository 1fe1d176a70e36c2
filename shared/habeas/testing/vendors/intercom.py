"""Intercom in small: a search that knows neither archived nor new contacts, and deletions that can be undone for days.

Behaves as Intercom's own document (version 2.15, MIT) says, read in November 2026.
"""

from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, pages_of, route

READ, WRITE, READ_TALK, WRITE_TALK = "users.read", "users.write", "conversations.read", "conversations.write"
_MISSING = Reply(404, {"type": "error.list", "errors": [{"code": "not_found"}]})


class Intercom(FakeVendor):
    """Two contacts with a note and a conversation each. `unseen` contacts are there, and no search finds them."""

    unauthorized = Reply(401, {"type": "error.list", "errors": [{"code": "unauthorized"}]})
    forbidden = Reply(403, {"type": "error.list", "errors": [{"code": "forbidden"}]})

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, dict[str, Any]] = {}
        self.conversations: dict[str, dict[str, Any]] = {}
        self.archived: set[str] = set()
        self.unseen: set[str] = set()
        self.page_size = 150
        self.add("c1", "ann@example.com", "Ann")
        self.add("c2", "bob@example.com", "Bob")
        for number, contact in (("1", "c1"), ("2", "c2")):
            self.notes[f"n{number}"] = {
                "type": "note",
                "id": f"n{number}",
                "created_at": 1733932587,
                "body": "<p>Hi</p>",
            }
            self.notes[f"n{number}"]["contact"] = {"type": "contact", "id": contact}
            self.talk(f"51{number}", contact)

    def add(self, number: str, email: str, name: str) -> None:
        """Lets a contact be there."""
        self.contacts[number] = {
            "type": "contact",
            "id": number,
            "role": "user",
            "email": email,
            "phone": None,
            "name": name,
            "unsubscribed_from_emails": False,
            "created_at": 1733932587,
            "updated_at": 1733932587,
            "custom_attributes": {"plan": "pro"},
        }

    def talk(self, number: str, *contacts: str) -> None:
        """Lets contacts have a conversation."""
        self.conversations[number] = {
            "type": "conversation",
            "id": number,
            "created_at": 1734537546,
            "updated_at": 1734537546,
            "open": True,
            "source": {"body": "<p>Where is my order?</p>"},
            "contacts": {"type": "contact.list", "contacts": [{"type": "contact", "id": each} for each in contacts]},
        }

    def _page(self, name: str, rows: list[Any], asked: Asked) -> Reply:
        start = int(asked.json.get("pagination", {}).get("starting_after") or 0)
        page, following = pages_of(rows, start, self.page_size)
        pages = {"type": "pages", **({"next": {"starting_after": str(following)}} if following else {})}
        return Reply(200, {"type": "list", name: page, "total_count": len(rows), "pages": pages})

    @route("POST", "/contacts/search", scope=READ)
    def search(self, asked: Asked) -> Reply:
        query = asked.json["query"]
        if (query["field"], query["operator"]) != ("email", "="):
            return Reply(400, {"type": "error.list", "errors": [{"code": "invalid_field"}]})
        hidden = self.unseen | self.archived
        found = [
            each
            for each in self.contacts.values()
            if each["email"] == query["value"].lower() and each["id"] not in hidden
        ]
        if self.faults.foreign:
            found.append(self.contacts["c2"])
        return self._page("data", found, asked)

    @route("GET", "/contacts/{id}", scope=READ)
    def read(self, asked: Asked) -> Reply:
        found = self.contacts.get(asked.path["id"])
        return Reply(200, found) if found else _MISSING

    @route("PUT", "/contacts/{id}", scope=WRITE, lie=Reply(200, {}))
    def change(self, asked: Asked) -> Reply:
        found = self.contacts.get(asked.path["id"])
        if found is None:
            return _MISSING
        found |= {**asked.json, "updated_at": found["updated_at"] + 1}
        return Reply(200, found)

    @route("DELETE", "/contacts/{id}", scope=WRITE, lie=Reply(200, {"deleted": True}))
    def delete(self, asked: Asked) -> Reply:
        number = asked.path["id"]
        if self.contacts.pop(number, None) is None:
            return _MISSING
        self.notes = {key: each for key, each in self.notes.items() if each["contact"]["id"] != number}
        return Reply(200, {"type": "contact", "id": number, "deleted": True})

    @route("POST", "/contacts/{id}/archive", scope=WRITE)
    def archive(self, asked: Asked) -> Reply:
        self.archived.add(asked.path["id"])
        return Reply(200, {"archived": True})

    @route("GET", "/contacts/{id}/notes", scope=READ)
    def noted(self, asked: Asked) -> Reply:
        if asked.path["id"] not in self.contacts:
            return _MISSING
        found = [each for each in self.notes.values() if each["contact"]["id"] == asked.path["id"]]
        pages = {"type": "pages", "page": 1, "per_page": 50, "total_pages": max(1, -(-len(found) // 50))}
        return Reply(200, {"type": "list", "data": found[:50], "total_count": len(found), "pages": pages})

    @route("POST", "/conversations/search", scope=READ_TALK)
    def find_talks(self, asked: Asked) -> Reply:
        query = asked.json["query"]
        found = [each for each in self.conversations.values() if query["value"] in _people(each)]
        return self._page("conversations", found, asked)

    @route("GET", "/conversations/{id}", scope=READ_TALK)
    def read_talk(self, asked: Asked) -> Reply:
        found = self.conversations.get(asked.path["id"])
        return Reply(200, {"conversation_parts": {"conversation_parts": []}, **found}) if found else _MISSING

    @route("DELETE", "/conversations/{id}", scope=WRITE_TALK, lie=Reply(200, {"deleted": True}))
    def delete_talk(self, asked: Asked) -> Reply:
        return Reply(200, {"deleted": True}) if self.conversations.pop(asked.path["id"], None) else _MISSING


def _people(conversation: dict[str, Any]) -> list[str]:
    return [each["id"] for each in conversation["contacts"]["contacts"]]
