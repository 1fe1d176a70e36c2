"""Brevo in small: contacts by number or address, and mails that stay when their contact goes.

Behaves as the documents of Brevo's own library said (API v3; read in November 2026).
"""

from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, pages_of, route

_MAY = "all"
_MISSING = Reply(404, {"code": "document_not_found", "message": "Contact does not exist"})


class Brevo(FakeVendor):
    """Two contacts; Ann had two mails. `mails` and `events` are by address, as Brevo keeps them."""

    unauthorized = Reply(401, {"code": "unauthorized", "message": "Key not found"})
    forbidden = Reply(403, {"code": "permission_denied", "message": "no"})

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[int, dict[str, Any]] = {}
        self.mails: dict[str, list[dict[str, Any]]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.add(1, "ann@example.com", FIRSTNAME="Ann", SMS="38631000001")
        self.add(2, "bob@example.com", FIRSTNAME="Bob")
        for number in (1, 2):
            self.send("ann@example.com", f"u-{number}", f"<{number}@smtp.example>")
        self.send("bob@example.com", "u-3", "<3@smtp.example>")

    def add(self, number: int, email: str, **attributes: str) -> None:
        """Lets a contact be there."""
        self.contacts[number] = {
            "id": number,
            "email": email,
            "emailBlacklisted": False,
            "smsBlacklisted": False,
            "createdAt": "2024-05-01T10:00:00.000+02:00",
            "modifiedAt": "2026-01-01T00:00:00.000+01:00",
            "listIds": [4],
            "attributes": {"LASTNAME": "", **attributes},
            "statistics": {},
        }

    def send(self, email: str, uuid: str, message: str) -> None:
        """Sends a mail to an address, which is opened."""
        mail = {
            "uuid": uuid,
            "email": email,
            "subject": "Your order",
            "messageId": message,
            "date": "2026-02-01T10:00:00Z",
        }
        self.mails.setdefault(email, []).append(mail)
        event = {"email": email, "event": "opened", "messageId": message, "date": "2026-02-01T11:00:00Z"}
        self.events.setdefault(email, []).extend([event, dict(event)])

    def refusal(self, asked: Asked) -> Reply | None:
        return None if asked.headers.get("Api-Key") == self.token else self.unauthorized

    def _find(self, asked: Asked) -> dict[str, Any] | None:
        if self.faults.foreign:
            return self.contacts.get(2)
        by, value = asked.one("identifierType"), asked.path["id"]
        if by == "contact_id":
            return self.contacts.get(int(value))
        return next((each for each in self.contacts.values() if each["email"] == value.lower()), None)

    @route("GET", "/contacts/{id}", scope=_MAY)
    def read(self, asked: Asked) -> Reply:
        found = self._find(asked)
        return Reply(200, found) if found else _MISSING

    @route("PUT", "/contacts/{id}", scope=_MAY, lie=Reply(204))
    def change(self, asked: Asked) -> Reply:
        found = self._find(asked)
        if found is None:
            return _MISSING
        found["attributes"] |= asked.json.get("attributes", {})
        found |= {name: value for name, value in asked.json.items() if name.endswith("Blacklisted")}
        return Reply(204)

    @route("DELETE", "/contacts/{id}", scope=_MAY, lie=Reply(204))
    def delete(self, asked: Asked) -> Reply:
        found = self._find(asked)
        return Reply(204) if found and self.contacts.pop(found["id"], None) else _MISSING

    @route("GET", "/contacts/{id}/campaignStats", scope=_MAY)
    def statistics(self, asked: Asked) -> Reply:
        if int(asked.path["id"]) not in self.contacts:
            return _MISSING
        return Reply(200, {"messagesSent": [{"campaignId": 9, "eventTime": "2026-03-01T00:00:00Z"}]})

    @route("GET", "/smtp/emails", scope=_MAY)
    def sent(self, asked: Asked) -> Reply:
        every = self.mails.get(asked.one("email"), [])
        page, _ = pages_of(every, int(asked.one("offset", "0")), int(asked.one("limit", "500")))
        return Reply(200, {"count": len(every), "transactionalEmails": page})

    @route("GET", "/smtp/statistics/events", scope=_MAY)
    def happened(self, asked: Asked) -> Reply:
        every = [row for rows in self.events.values() for row in rows if row["messageId"] == asked.one("messageId")]
        return Reply(200, {"events": every[: int(asked.one("limit", "2500"))]} if every else {})

    @route("DELETE", "/smtp/log/{message}", scope=_MAY, lie=Reply(204))
    def forget(self, asked: Asked) -> Reply:
        message, before = asked.path["message"], sum(map(len, self.mails.values()))
        for known in (self.mails, self.events):
            for rows in known.values():
                rows[:] = [each for each in rows if each["messageId"] != message]
        return Reply(204) if sum(map(len, self.mails.values())) < before else _MISSING
