"""Odoo in small: models that are searched by a domain, and a partner who stays while the books name them.

Behaves as Odoo's pages say of the JSON-2 API of version 19, where they were read (November 2026).
"""

from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, route

DATABASE = "shop"
READ, WRITE = "read", "write"
_WHEN = "2025-01-01 00:00:00"
_MISSING = Reply(404, {"name": "werkzeug.exceptions.NotFound", "message": "the model does not exist"})
_USED = Reply(422, {"name": "odoo.exceptions.ValidationError", "message": "Ann cannot be deleted: a record needs it"})


class Odoo(FakeVendor):
    """Ann and Bob are partners with a message, and leads. `buy` gives a partner an order and an invoice.

    A model that is taken out of `models` is one that is not installed; held: partners whom some other model names.
    """

    unauthorized = Reply(401, {"name": "werkzeug.exceptions.Unauthorized", "message": "Invalid apikey"})
    forbidden = Reply(403, {"name": "odoo.exceptions.AccessError", "message": "You are not allowed to access"})

    def __init__(self) -> None:
        super().__init__()
        self.held: set[int] = set()
        names = ("res.partner", "mail.message", "sale.order", "account.move", "crm.lead", "mail.blacklist")
        self.models: dict[str, dict[int, dict[str, Any]]] = {name: {} for name in names}
        for number, email, name in ((1, "ann@example.com", "Ann"), (2, "bob@example.com", "Bob")):
            self.add(number, email, name)
            message = {"author_id": [number, name], "date": _WHEN, "email_from": email, "body": "<p>Hello</p>"}
            self.put("mail.message", 40 + number, **message, subject=False, model="res.partner", res_id=number)
            lead = {"contact_name": name, "email_normalized": email, "create_date": _WHEN, "active": True}
            self.put("crm.lead", 50 + number, **lead, name="A lamp", partner_name=False, phone=False, description=False)

    def add(self, number: int, email: str, name: str) -> None:
        """Lets a partner be there."""
        known = {"name": name, "email": email, "email_normalized": email.lower(), "active": True, "is_company": False}
        self.put("res.partner", number, **known, phone=False, user_ids=[], create_date=_WHEN, street=False)

    def buy(self, number: int, partner: int) -> None:
        """Lets a partner have an order and an invoice."""
        named = {"partner_id": [partner, "Somebody"], "amount_total": 12.0}
        self.put("sale.order", number, **named, name=f"S{number}", state="sale", date_order=_WHEN)
        self.put("account.move", number, **named, name=f"INV/{number}", state="posted", invoice_date="2025-01-02")

    def put(self, model: str, number: int, /, **fields: Any) -> None:
        """Lets a record be there."""
        self.models[model][number] = {"id": number, **fields}

    @route("POST", "/json/2/{model}/search_read", scope=READ)
    def search_read(self, asked: Asked) -> Reply:
        """Fields that nobody filled are false; archived records show only where the context asks for them."""
        rows = self._rows(asked)
        if rows is None:
            return _MISSING
        said = asked.json
        with_archived = said.get("context", {}).get("active_test") is False
        found = [
            each
            for each in rows.values()
            if (each.get("active", True) or with_archived) and all(_fits(each, *term) for term in said["domain"])
        ]
        if self.faults.foreign and asked.path["model"] == "res.partner":
            found.append(rows[2])
        start = said.get("offset", 0)
        page = found[start : start + said.get("limit", len(found))]
        return Reply(
            200, [{"id": each["id"], **{name: each.get(name, False) for name in said["fields"]}} for each in page]
        )

    @route("POST", "/json/2/{model}/write", scope=WRITE, lie=Reply(200, True))
    def write(self, asked: Asked) -> Reply:
        rows = self._rows(asked)
        if rows is None:
            return _MISSING
        for number in asked.json["ids"]:
            rows[number] |= asked.json["vals"]
        return Reply(200, True)

    @route("POST", "/json/2/{model}/unlink", scope=WRITE, lie=Reply(200, True))
    def unlink(self, asked: Asked) -> Reply:
        """A partner takes the messages on their own page along, and stays while an order or an invoice names them."""
        rows = self._rows(asked)
        if rows is None:
            return _MISSING
        (number,) = asked.json["ids"]
        if asked.path["model"] == "res.partner":
            books = [*self.models.get("sale.order", {}).values(), *self.models.get("account.move", {}).values()]
            if number in self.held or any(each["partner_id"][0] == number for each in books):
                return _USED
            messages = self.models["mail.message"]
            for key in [key for key, each in messages.items() if each["author_id"] and each["author_id"][0] == number]:
                messages[key]["author_id"] = False
        rows.pop(number, None)
        return Reply(200, True)

    @route("POST", "/json/2/mail.blacklist/create", scope=WRITE)
    def block(self, asked: Asked) -> Reply:
        rows = self.models["mail.blacklist"]
        for each in asked.json["vals_list"]:
            if each["email"] not in {row["email"] for row in rows.values()}:
                self.put("mail.blacklist", len(rows) + 1, **each)
        return Reply(200, list(rows))

    def _rows(self, asked: Asked) -> dict[int, dict[str, Any]] | None:
        return self.models.get(asked.path["model"])


def _fits(row: dict[str, Any], field: str, operator: str, value: Any) -> bool:
    """Whether a term of a domain holds; a reference is compared by its number."""
    assert operator == "=", operator
    found = row.get(field, False)
    return bool((found[0] if isinstance(found, list) and found else found) == value)
