"""Tryton in small: models that are searched by RPC, errors inside of good answers, and a wizard that writes stars.

Behaves as the Tryton 8.2 that the tests drive beside it (`habeas.testing.servers.tryton`).
"""

import fnmatch
from collections.abc import Mapping
from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, basic_of, route

USER, DATABASE = "habeas", "crm"
PARTIES, CONTACTS, ADDRESSES = "party.party", "party.contact_mechanism", "party.address"
IDENTIFIERS, SUBSCRIBERS = "party.identifier", "marketing.email"
_HANGING = {"contact_mechanisms": CONTACTS, "addresses": ADDRESSES, "identifiers": IDENTIFIERS}


class Tryton(FakeVendor):
    """Ann and Bob are parties with two contacts and an address, and get the mailing.

    held: parties of whom the wizard says no, as something is still open; rights: whether the user's groups reach.
    """

    unauthorized = Reply(401)

    def __init__(self) -> None:
        super().__init__()
        kinds = (PARTIES, CONTACTS, ADDRESSES, IDENTIFIERS, SUBSCRIBERS)
        self.models: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in kinds}
        self.held: set[int] = set()
        self.rights = True
        for number, name in ((1, "ann"), (2, "bob")):
            email = f"{name}@example.com"
            self.put(PARTIES, number, name=name.title(), code=str(number), lang=None, active=True)
            self.put(CONTACTS, 10 + number, party=number, type="email", value=email, active=True)
            self.put(CONTACTS, 20 + number, party=number, type="phone", value="+38631000001", active=False)
            self.put(ADDRESSES, 30 + number, party=number, street="Ulica 1", city="Ljubljana", active=True)
            self.put(SUBSCRIBERS, 40 + number, email=email, list_=1, active=True)

    def put(self, model: str, number: int, /, **fields: Any) -> None:
        """Lets a record be there."""
        self.models[model][number] = {"id": number, **fields}

    def refusal(self, asked: Asked) -> Reply | None:
        return None if basic_of(asked) == (USER, self.token) else self.unauthorized

    @route("POST", "/crm/rpc/")
    def call(self, asked: Asked) -> Reply:
        """Answers 200 whatever happens."""
        method, params = asked.json["method"], asked.json["params"]
        if not self.rights:
            return _error("You are not allowed to access")
        if method.startswith("wizard"):
            return self._wizard(method.rpartition(".")[2], params)
        model, _, act = method.removeprefix("model.").rpartition(".")
        if act == "search_read":
            return Reply(200, {"id": 1, "result": self._search(model, params)})
        if not self.faults.lying:
            for number in params[0]:
                if act == "delete":
                    self.models[model].pop(number, None)
                else:
                    self.models[model][number] |= params[1]
        return Reply(200, {"id": 1, "result": None})

    def _search(self, model: str, params: list[Any]) -> list[dict[str, Any]]:
        domain, offset, limit, _, fields, context = params
        rows = [each for each in self.models[model].values() if self._fits(model, each, domain)]
        if self.faults.foreign and model == PARTIES and domain[0][0] == "contact_mechanisms":
            rows.append(self.models[model][2])
        with_inactive = context.get("active_test") is False
        told = [self._told(model, each, fields, with_inactive) for each in rows]
        return told[offset : offset + limit]

    def _told(self, model: str, row: dict[str, Any], fields: list[str], with_inactive: bool) -> dict[str, Any]:
        found: dict[str, Any] = {"id": row["id"]}
        for name in fields:
            root, _, field = name.partition(".")
            if model == PARTIES and root in _HANGING:
                below = [each for each in self._below(row, root) if with_inactive or each.get("active", True)]
                if field:
                    listed = found.setdefault(f"{root}.", [{"id": each["id"]} for each in below])
                    for entry, each in zip(listed, below, strict=True):
                        entry[field] = each[field]
                else:
                    found[root] = [each["id"] for each in below]
            else:
                found[name] = row.get(name)
        return found

    def _below(self, party: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
        return [each for each in self.models[_HANGING[name]].values() if each["party"] == party["id"]]

    def _fits(self, model: str, row: Mapping[str, Any], domain: list[Any]) -> bool:
        """Whether every term of a domain holds; without one about `active` only active records are seen."""
        if "active" in row and not row["active"] and not any(term[0] == "active" for term in domain):
            return False
        for field, operator, value in domain:
            if operator == "where":
                holds = any(self._fits(CONTACTS, each, value) for each in self._below(row, field))
            elif operator == "ilike":
                wanted = value.replace("\\", "").lower()
                holds = fnmatch.fnmatchcase((row.get(field) or "").lower(), _literal(wanted))
            else:
                holds = row.get(field) in value if operator == "in" else row.get(field) == value
            if not holds:
                return False
        return True

    def _wizard(self, act: str, params: list[Any]) -> Reply:
        if act == "create":
            return Reply(200, {"id": 1, "result": [7, "ask", "end"]})
        number = params[1]["ask"]["party"]
        party = self.models[PARTIES][number]
        if party["active"] or number in self.held:
            return _error(f'Party "{party["name"]}" cannot be erased')
        if not self.faults.lying:
            party["name"] = None
            for name in _HANGING:
                for each in self._below(party, name):
                    each |= {"value": "****", "type": "other", "active": False, "street": None, "city": None}
        return Reply(200, {"id": 1, "result": {}})


def _literal(pattern: str) -> str:
    """A pattern of LIKE without wildcards as one that matches nothing but itself."""
    return "".join(f"[{each}]" if each in "*?[" else each for each in pattern)


def _error(message: str) -> Reply:
    return Reply(200, {"id": 1, "error": ["UserError", [message, "", None]]})
