"""Salesforce in small: objects that are queried by SOQL, and a bin from which deleted ones can be taken back.

Behaves as Salesforce's pages for developers say of the REST API, where they were read (November 2026).
"""

import re
from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, route

READ, WRITE = "api", "modify"
_WHEN = "2025-01-01T00:00:00.000+0000"
_MISSING = Reply(404, [{"errorCode": "NOT_FOUND", "message": "The requested resource does not exist"}])
_EQUALS = re.compile(r"(\w+) = ('(?:\\.|[^'\\])*'|\w+)(?: AND |$)")
_QUERY = re.compile(r"SELECT (.+?) FROM (\w+)(?: WHERE (.+?))?(?: LIMIT \d+)?", re.DOTALL)
#: What goes with a record, by the field that names it.
_WITH = {
    "Contact": [("CampaignMember", "ContactId"), ("Task", "WhoId"), ("Event", "WhoId")],
    "Lead": [("CampaignMember", "LeadId"), ("Task", "WhoId"), ("Event", "WhoId")],
    "Case": [("CaseComment", "ParentId"), ("EmailMessage", "ParentId")],
}


class Salesforce(FakeVendor):
    """Ann and Bob are contacts and leads with activities, a campaign and two closed cases each, one by mail.

    sees_all: whether the user has View All Data and Modify All Data; held: what cannot be deleted.
    """

    unauthorized = Reply(401, [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}])
    forbidden = Reply(403, [{"errorCode": "API_DISABLED_FOR_ORG", "message": "not enabled"}])

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[str, dict[str, dict[str, Any]]] = {}
        self.bin: set[str] = set()
        self.held: set[str] = set()
        self.sees_all = True
        self.page_size = 2000
        for number, email, name in (("1", "ann@example.com", "Ann"), ("2", "bob@example.com", "Bob")):
            person = {"Email": email, "FirstName": name, "LastName": "N", "HasOptedOutOfEmail": False}
            self.add("Contact", f"003{number}", **person, MobilePhone=None, IsPersonAccount=False)
            self.add("Lead", f"00Q{number}", **person, MobilePhone=None, IsConverted=False)
            self.add("Task", f"00T{number}", WhoId=f"003{number}", Subject="Called", IsDeleted=False, IsArchived=False)
            self.add("Event", f"00U{number}", WhoId=f"00Q{number}", Subject="Met", IsDeleted=False, IsArchived=False)
            self.add("CampaignMember", f"00v{number}", ContactId=f"003{number}", LeadId=None, Status="Sent")
            self.add("CampaignMember", f"00w{number}", ContactId=None, LeadId=f"00Q{number}", Status="Sent")
            self.add(
                "Case", f"500{number}", ContactId=f"003{number}", SuppliedEmail=None, Subject="Lamp", IsClosed=True
            )
            self.add("CaseComment", f"00a{number}", ParentId=f"500{number}", CommentBody="Hello")
            self.add("Case", f"501{number}", ContactId=None, SuppliedEmail=email, Subject="Lamp", IsClosed=True)
            self.add("CaseComment", f"00b{number}", ParentId=f"501{number}", CommentBody="Hello")
            self.add("EmailMessage", f"02s{number}", ParentId=f"500{number}", TextBody="Hello")

    def add(self, kind: str, key: str, **fields: Any) -> None:
        """Lets an object be there."""
        known = {"attributes": {"type": kind}, "Id": key, "CreatedDate": _WHEN, "LastModifiedDate": _WHEN}
        self.rows.setdefault(kind, {})[key] = known | fields

    @route("GET", "/services/data/v62.0/query", scope=READ)
    def query(self, asked: Asked) -> Reply:
        """Gives no archived activities."""
        return self._answer(asked, everything=False)

    @route("GET", "/services/data/v62.0/queryAll", scope=READ)
    def query_all(self, asked: Asked) -> Reply:
        return self._answer(asked, everything=True)

    def _answer(self, asked: Asked, *, everything: bool) -> Reply:
        parsed = _QUERY.fullmatch(asked.one("q"))
        if parsed is None:
            return Reply(400, [{"errorCode": "MALFORMED_QUERY", "message": "unexpected token"}])
        fields, kind, condition = parsed.groups()
        if kind == "UserPermissionAccess":
            rows = [{each.strip(): self.sees_all for each in fields.split(",")}]
            return Reply(200, {"totalSize": 1, "done": True, "records": rows})
        known = [each for each in self.rows[kind].values() if everything or not each.get("IsArchived")]
        rows = [each for each in known if _fits(each, condition)]
        if self.faults.foreign and kind == "Contact":
            rows.append(self.rows["Contact"]["0032"])
        start = int(asked.one("from", "0"))
        page = [
            {"attributes": each["attributes"], **{name.strip(): each.get(name.strip()) for name in fields.split(",")}}
            for each in rows[start : start + self.page_size]
        ]
        end = start + self.page_size
        more = {"nextRecordsUrl": f"{asked.target.partition('&from=')[0]}&from={end}"} if end < len(rows) else {}
        return Reply(200, {"totalSize": len(rows), "done": not more, **more, "records": page})

    @route("GET", "/services/data/v62.0/sobjects/{kind}/{id}", scope=READ)
    def read(self, asked: Asked) -> Reply:
        found = self.rows.get(asked.path["kind"], {}).get(asked.path["id"])
        return Reply(200, found) if found else _MISSING

    @route("PATCH", "/services/data/v62.0/sobjects/{kind}/{id}", scope=WRITE, lie=Reply(204))
    def change(self, asked: Asked) -> Reply:
        found = self.rows[asked.path["kind"]].get(asked.path["id"])
        if found is None:
            return _MISSING
        found |= asked.json
        return Reply(204)

    @route("DELETE", "/services/data/v62.0/sobjects/{kind}/{id}", scope=WRITE, lie=Reply(204))
    def delete(self, asked: Asked) -> Reply:
        """Puts it into the bin, with what hangs on it; a contact with a case is kept."""
        kind, key = asked.path["kind"], asked.path["id"]
        if key in self.held or any(each["ContactId"] == key for each in self.rows["Case"].values()):
            return Reply(400, [{"errorCode": "DELETE_FAILED", "message": "Your attempt to delete Ann failed"}])
        if self.rows[kind].pop(key, None) is None:
            return _MISSING
        self.bin.add(key)
        for below, field in _WITH.get(kind, []):
            self.rows[below] = {name: each for name, each in self.rows[below].items() if each[field] != key}
        return Reply(204)


def _fits(row: dict[str, Any], condition: str) -> bool:
    """Whether fields of a row equal what a WHERE wants, whatever the capitals."""
    wanted = _EQUALS.findall(condition)
    return all(_folded(row.get(field)) == _folded(_literal(value)) for field, value in wanted)


def _literal(text: str) -> Any:
    return {"null": None, "false": False, "true": True}.get(text, re.sub(r"\\(.)", r"\1", text[1:-1]))


def _folded(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value
