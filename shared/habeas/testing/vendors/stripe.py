"""Stripe in small: customers that are told for ever as deleted, and books that stay.

Behaves as Stripe's document for its API says (version 2023-08-16, MIT).
"""

from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, route

READ, WRITE = "rak_customer_read", "rak_customer_write"
_WHEN = 1_735_689_600
_MISSING = Reply(404, {"error": {"type": "invalid_request_error", "code": "resource_missing"}})


class Stripe(FakeVendor):
    """Ann and Bob are customers with a card, a payment with its charge, an invoice and a credit note each.

    search_lags: the search knows nobody yet.
    """

    unauthorized = Reply(401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key"}})
    forbidden = Reply(403, {"error": {"type": "invalid_request_error", "code": "more_permissions_required"}})

    def __init__(self) -> None:
        super().__init__()
        self.customers: dict[str, dict[str, Any]] = {}
        self.deleted: set[str] = set()
        self.subscriptions: dict[str, str] = {}
        self.hanging: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("payment_methods", "payment_intents", "charges", "invoices", "credit_notes")
        }
        self.page_size = 100
        self.search_lags = False
        self.add("cus_1", "ann@example.com", "Ann")
        self.add("cus_2", "bob@example.com", "Bob")
        for number in "12":
            self.hang(number, f"cus_{number}")

    def add(self, key: str, email: str, name: str) -> None:
        """Lets a customer be there."""
        known = {"id": key, "object": "customer", "email": email, "name": name, "phone": None, "description": None}
        self.customers[key] = {**known, "balance": 0, "created": _WHEN, "metadata": {}}

    def hang(self, number: str, customer: str) -> None:
        """Lets one of each hang on a customer."""
        for name, start, more in (
            ("payment_methods", "pm", {"card": {"last4": "4242"}}),
            ("payment_intents", "pi", {"amount": 1200, "client_secret": f"pi_{number}_secret"}),
            ("charges", "ch", {"amount": 1200, "receipt_url": "https://pay.example/r"}),
            ("invoices", "in", {"total": 1200, "hosted_invoice_url": None, "invoice_pdf": None}),
            ("credit_notes", "cn", {"total": 100, "pdf": "https://pay.example/cn"}),
        ):
            self.hanging[name].append({"id": f"{start}_{number}", "customer": customer, "created": _WHEN, **more})

    @route("GET", "/v1/customers", scope=READ)
    def find(self, asked: Asked) -> Reply:
        """Wants the very letters of an address."""
        rows = [each for each in self.customers.values() if each["email"] == asked.one("email")]
        return self._page(asked, [*rows, self.customers["cus_2"]] if self.faults.foreign else rows)

    @route("GET", "/v1/customers/search", scope=READ)
    def find_by_search(self, asked: Asked) -> Reply:
        """Takes capitals for small letters, and gives a word to page on with."""
        value = asked.one("query").removeprefix('email:"').removesuffix('"').lower()
        known = () if self.search_lags else self.customers.values()
        rows = [each for each in known if (each["email"] or "").lower() == value]
        start = int(asked.one("page", "0"))
        end = start + self.page_size
        more = end < len(rows)
        return Reply(200, {"data": rows[start:end], "has_more": more, "next_page": str(end) if more else None})

    @route("GET", "/v1/customers/{id}", scope=READ)
    def read(self, asked: Asked) -> Reply:
        key = asked.path["id"]
        if key in self.deleted:
            return Reply(200, {"id": key, "object": "customer", "deleted": True})
        found = self.customers.get(key)
        if found is None:
            return _MISSING
        status = self.subscriptions.get(key)
        running = [{"id": "sub_1", "status": status}] if status else []
        more = {"subscriptions": {"data": running}} if "subscriptions" in asked.query.get("expand[]", []) else {}
        return Reply(200, {**found, **more})

    @route("POST", "/v1/customers/{id}", scope=WRITE, lie=Reply(200, {}))
    def update(self, asked: Asked) -> Reply:
        found = self.customers.get(asked.path["id"])
        if found is None:
            return _MISSING
        found |= {name: values[0] or None for name, values in asked.form.items()}
        return Reply(200, found)

    @route("DELETE", "/v1/customers/{id}", scope=WRITE, lie=Reply(200, {"deleted": True}))
    def delete(self, asked: Asked) -> Reply:
        key = asked.path["id"]
        if self.customers.pop(key, None) is None:
            return _MISSING
        self.deleted.add(key)
        rows = self.hanging["payment_methods"]
        self.hanging["payment_methods"] = [each for each in rows if each["customer"] != key]
        return Reply(200, {"id": key, "object": "customer", "deleted": True})

    @route("GET", "/v1/customers/{id}/payment_methods", scope="rak_payment_method_read")
    def ways_to_pay(self, asked: Asked) -> Reply:
        key = asked.path["id"]
        return self._page(asked, self._of("payment_methods", key)) if key in self.customers else _MISSING

    @route("GET", "/v1/payment_intents", scope="rak_payment_intent_read")
    def payments(self, asked: Asked) -> Reply:
        return self._page(asked, self._of("payment_intents", asked.one("customer")))

    @route("GET", "/v1/charges", scope="rak_charge_read")
    def charges(self, asked: Asked) -> Reply:
        return self._page(asked, self._of("charges", asked.one("customer")))

    @route("GET", "/v1/invoices", scope="rak_invoice_read")
    def invoices(self, asked: Asked) -> Reply:
        return self._page(asked, self._of("invoices", asked.one("customer")))

    @route("GET", "/v1/credit_notes", scope="rak_credit_note_read")
    def credit_notes(self, asked: Asked) -> Reply:
        return self._page(asked, self._of("credit_notes", asked.one("customer")))

    def _of(self, name: str, customer: str) -> list[dict[str, Any]]:
        return [each for each in self.hanging[name] if each["customer"] == customer]

    def _page(self, asked: Asked, rows: list[dict[str, Any]]) -> Reply:
        after = asked.one("starting_after")
        start = [each["id"] for each in rows].index(after) + 1 if after else 0
        page = rows[start : start + self.page_size]
        return Reply(200, {"object": "list", "data": page, "has_more": start + len(page) < len(rows)})
