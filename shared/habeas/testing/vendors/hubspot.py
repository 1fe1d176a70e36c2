"""HubSpot in small: contacts, their notes and subscriptions, and the traps of its delete.

Behaves as HubSpot's own pages say: a search needs all of its fields and lags behind, DELETE only archives, gdpr-delete
by e-mail blocks an address that is not known. Sources: developers.hubspot.com, CRM search, contacts, communication
preferences, read in November 2026.
"""

from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, pages_of, route

_READ, _WRITE = "crm.objects.contacts.read", "crm.objects.contacts.write"
_PREFERENCES_READ, _PREFERENCES_WRITE = "communication_preferences.read", "communication_preferences.write"
_SEARCH_NEEDS = {"filterGroups", "properties", "limit", "after", "sorts"}
_PROPERTIES = ("email", "hs_additional_emails", "firstname", "lastname", "phone", "mobilephone", "city",
               "lastmodifieddate")  # fmt: skip
_NOTE_PROPERTIES = ("hs_note_body", "hs_timestamp", "hs_lastmodifieddate")
_NEWSLETTERS = ("101", "102")


def _missing(what: str) -> Reply:
    return Reply(404, {"status": "error", "message": f"{what} not found", "category": "OBJECT_NOT_FOUND"})


class HubSpot(FakeVendor):
    """An account with Ann, who has notes, and Bob; `unindexed` ids are read but not yet, or still, found by search."""

    forbidden = Reply(403, {"status": "error", "category": "MISSING_SCOPES"})

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, dict[str, Any]] = {}
        self.archived: set[str] = set()
        self.blocklist: set[str] = set()
        self.unsubscribed: set[str] = set()
        self.ghosts: dict[str, dict[str, Any]] = {}
        self.page_size = 100
        self.search_lags = False
        self.add("1", "ann@example.com", firstname="Ann", mobilephone="+38631000001")
        self.add("2", "bob@example.com", firstname="Bob")
        self.add_note("11", "1", "Asked for a quote")
        self.add_note("12", "1", "Called back")
        self.add_note("21", "2", "Wants a refund")

    def add(self, id_: str, email: str | None, **properties: str) -> None:
        """A contact."""
        known = dict.fromkeys(_PROPERTIES) | {"email": email, "lastmodifieddate": "2026-01-01T00:00:00Z"} | properties
        self.contacts[id_] = {
            "id": id_,
            "properties": known,
            "createdAt": "2024-05-01T10:00:00.000Z",
            "archived": False,
        }

    def add_note(self, id_: str, contact: str, body: str) -> None:
        """A note on a contact."""
        properties = {"hs_note_body": body, "hs_timestamp": "2025-01-01T00:00:00Z", "hs_lastmodifieddate": None}
        self.notes[id_] = {"id": id_, "properties": properties, "createdAt": "2025-01-01T00:00:00Z", "contact": contact}

    def foreign_row(self, asked: Asked) -> Any:
        return {"id": "2", "properties": self.contacts["2"]["properties"]}

    @route("GET", "/crm/v3/properties/contacts", scope="crm.schemas.contacts.read")
    def contact_properties(self, asked: Asked) -> Reply:
        return Reply(200, {"results": [{"name": name, "type": "string"} for name in _PROPERTIES]})

    @route("GET", "/crm/v3/properties/notes", scope=_READ)
    def note_properties(self, asked: Asked) -> Reply:
        return Reply(200, {"results": [{"name": name, "type": "string"} for name in _NOTE_PROPERTIES]})

    @route("POST", "/crm/v3/objects/contacts/search", scope=_READ, rows="results")
    def search(self, asked: Asked) -> Reply:
        body = asked.json
        if not isinstance(body, dict) or not body.keys() >= _SEARCH_NEEDS or not 0 < body["limit"] <= 200:
            return Reply(400, {"status": "error", "category": "VALIDATION_ERROR"})
        (wanted,) = body["filterGroups"][0]["filters"]
        known = {**self.ghosts, **self.contacts} if self.search_lags else self.contacts
        found = [each for id_, each in known.items() if id_ not in self.archived and _fits(each, wanted)]
        page, after = pages_of(found, int(body["after"]), min(self.page_size, body["limit"]))
        rows = [
            {**each, "properties": {name: each["properties"][name] for name in body["properties"]}} for each in page
        ]
        more = {} if after is None else {"paging": {"next": {"after": str(after)}}}
        return Reply(200, {"total": len(found), "results": rows, **more})

    @route("GET", "/crm/v3/objects/contacts/{id}", scope=_READ)
    def read(self, asked: Asked) -> Reply:
        return self._one(self.contacts, asked)

    @route("PATCH", "/crm/v3/objects/contacts/{id}", scope=_WRITE, lie=Reply(200, {}))
    def change(self, asked: Asked) -> Reply:
        contact = self.contacts.get(asked.path["id"])
        if contact is None:
            return _missing("contact")
        contact["properties"] |= asked.json["properties"]
        return Reply(200, contact)

    @route("DELETE", "/crm/v3/objects/contacts/{id}", scope=_WRITE)
    def archive(self, asked: Asked) -> Reply:
        self.archived.add(asked.path["id"])
        return Reply(204)

    @route("POST", "/crm/v3/objects/contacts/gdpr-delete", scope=_WRITE, lie=Reply(204))
    def erase(self, asked: Asked) -> Reply:
        """For good, with everything that hangs on the contact."""
        id_ = asked.json["objectId"]
        if asked.json.get("idProperty") == "email":
            found = [key for key, each in self.contacts.items() if each["properties"]["email"] == id_]
            if not found:
                self.blocklist.add(id_)
                return Reply(204)
            id_ = found[0]
        if id_ not in self.contacts:
            return _missing("contact")
        self.ghosts[id_] = self.contacts.pop(id_)
        self.notes = {key: note for key, note in self.notes.items() if note["contact"] != id_}
        return Reply(204)

    @route("GET", "/crm/v3/objects/contacts/{id}/associations/notes", scope=_READ)
    def notes_of(self, asked: Asked) -> Reply:
        if asked.path["id"] not in self.contacts:
            return _missing("contact")
        mine = [
            {"id": key, "type": "contact_to_note"}
            for key, note in self.notes.items()
            if note["contact"] == asked.path["id"] and key not in self.archived
        ]
        page, after = pages_of(mine, int(asked.one("after", "0")), self.page_size)
        more = {} if after is None else {"paging": {"next": {"after": str(after)}}}
        return Reply(200, {"results": page, **more})

    @route("GET", "/crm/v3/objects/notes/{id}", scope=_READ)
    def read_note(self, asked: Asked) -> Reply:
        return self._one(self.notes, asked)

    @route("DELETE", "/crm/v3/objects/notes/{id}", scope=_WRITE, lie=Reply(204))
    def archive_note(self, asked: Asked) -> Reply:
        self.archived.add(asked.path["id"])
        return Reply(204)

    @route("GET", "/communication-preferences/v4/statuses/{email}", scope=_PREFERENCES_READ)
    def statuses(self, asked: Asked) -> Reply:
        status = "UNSUBSCRIBED" if asked.path["email"] in self.unsubscribed else "SUBSCRIBED"
        rows = [{"subscriptionId": each, "channel": "EMAIL", "status": status} for each in _NEWSLETTERS]
        return Reply(200, {"status": "COMPLETE", "results": rows})

    @route(
        "POST", "/communication-preferences/v4/statuses/{email}/unsubscribe-all", scope=_PREFERENCES_WRITE,
        lie=Reply(200, {}),
    )  # fmt: skip
    def unsubscribe(self, asked: Asked) -> Reply:
        self.unsubscribed.add(asked.path["email"])
        return Reply(200, {"status": "COMPLETE"})

    def _one(self, known: dict[str, dict[str, Any]], asked: Asked) -> Reply:
        found = known.get(asked.path["id"])
        if found is None or asked.path["id"] in self.archived:
            return _missing("object")
        names = asked.one("properties").split(",")
        shown = {name: found["properties"].get(name) for name in names}
        return Reply(200, {"id": found["id"], "properties": shown, "createdAt": found["createdAt"], "archived": False})


def _fits(contact: dict[str, Any], wanted: dict[str, str]) -> bool:
    """HubSpot compares e-mail addresses without regard to case; a token is a part of a text between signs."""
    stored = (contact["properties"].get(wanted["propertyName"]) or "").lower()
    value = wanted["value"].lower()
    if wanted["operator"] == "EQ":
        return bool(stored == value)
    return bool(stored) and any(value in part or part in value for part in stored.split(";"))
