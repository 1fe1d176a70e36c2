"""ActiveCampaign in small: contacts and what hangs on them, with unsubscribed states that a delete takes along.

Behaves as transcripts of the vendor's pages say (contacts, contactLists, notes; read in November 2026).
"""

from typing import Any

from habeas.testing.vendors.vendor import Asked, FakeVendor, Reply, pages_of, route

#: What hangs on a contact, by the name of its path.
HANGING = ("fieldValues", "contactLists", "contactTags", "notes", "contactAutomations", "contactLogs", "trackingLogs",
           "bounceLogs", "geoIps", "scoreValues", "deals")  # fmt: skip
ACTIVE, UNSUBSCRIBED = "1", "2"
_RIGHTS = "contacts"


class ActiveCampaign(FakeVendor):
    """An account with three lists and with Ann and Bob, who get the first one."""

    forbidden = Reply(403, {"message": "You do not have permission to access this content"})

    def __init__(self) -> None:
        super().__init__()
        self.lists = ["1", "2", "3"]
        self.contacts: dict[str, dict[str, Any]] = {}
        self.rows: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in HANGING}
        self.page_size = 100
        for id_, email, name in (("1", "ann@example.com", "Ann"), ("2", "bob@example.com", "Bob")):
            self.add(id_, email, firstName=name)
            self.put("fieldValues", f"{id_}1", id_, field="7", value="Celje")
            self.put("notes", f"{id_}2", id_, note="Asked for a quote", cdate="2025-01-01T00:00:00-06:00")
            self.put("contactTags", f"{id_}3", id_, tag="4")
            self.put("trackingLogs", f"{id_}4", id_, type="view", value="https://shop.example/shoes")

    def add(self, id_: str, email: str, **more: str) -> None:
        """A contact that gets list 1, as an import or a form makes it."""
        usual = {"phone": "", "firstName": "", "lastName": "", "cdate": "2024-05-01T10:00:00-05:00"}
        self.contacts[id_] = {"id": id_, "email": email, "links": {}, **usual, **more}
        self.put("contactLists", f"{id_}0", id_, list="1", status=ACTIVE)

    def put(self, name: str, id_: str, contact: str, **more: str) -> None:
        """Something that hangs on a contact."""
        self.rows[name][id_] = {"id": id_, "contact": contact, "links": {}, **more}

    def status(self, contact: str) -> set[str]:
        """The states of a contact on its lists."""
        return {row["status"] for row in self.rows["contactLists"].values() if row["contact"] == contact}

    def refusal(self, asked: Asked) -> Reply | None:
        return None if asked.headers.get("Api-Token") == self.token else self.unauthorized

    def foreign_row(self, asked: Asked) -> Any:
        return self.contacts["2"]

    @route("GET", "/lists", scope=_RIGHTS)
    def every_list(self, asked: Asked) -> Reply:
        return self._page("lists", [{"id": each, "name": f"List {each}"} for each in self.lists], asked)

    @route("GET", "/contacts", scope=_RIGHTS, rows="contacts")
    def search(self, asked: Asked) -> Reply:
        wanted = asked.one("email").lower()
        return self._page("contacts", [each for each in self.contacts.values() if each["email"] == wanted], asked)

    @route("GET", "/contacts/{id}", scope=_RIGHTS)
    def read(self, asked: Asked) -> Reply:
        found = self.contacts.get(asked.path["id"])
        return Reply(200, {"contact": found}) if found else _MISSING

    @route("PUT", "/contacts/{id}", scope=_RIGHTS, lie=Reply(200, {}))
    def change(self, asked: Asked) -> Reply:
        found = self.contacts.get(asked.path["id"])
        if found is None:
            return _MISSING
        found |= asked.json["contact"]
        return Reply(200, {"contact": found})

    @route("DELETE", "/contacts/{id}", scope=_RIGHTS, lie=Reply(200, {}))
    def erase(self, asked: Asked) -> Reply:
        """The contact with everything on it, its unsubscribed states, too; deals stay."""
        if self.contacts.pop(asked.path["id"], None) is None:
            return _MISSING
        for name in HANGING[:-1]:
            kept = {id_: row for id_, row in self.rows[name].items() if row["contact"] != asked.path["id"]}
            self.rows[name] = kept
        return Reply(200, {})

    @route("GET", "/contacts/{id}/{name}", scope=_RIGHTS)
    def hanging(self, asked: Asked) -> Reply:
        name = asked.path["name"]
        if asked.path["id"] not in self.contacts or name not in self.rows:
            return _MISSING
        return self._page(name, [each for each in self.rows[name].values() if each["contact"] == asked.path["id"]],
                          asked, total=False)  # fmt: skip

    @route("DELETE", "/notes/{id}", scope=_RIGHTS, lie=Reply(200, {}))
    @route("DELETE", "/fieldValues/{id}", scope=_RIGHTS, lie=Reply(200, {}))
    @route("DELETE", "/contactTags/{id}", scope=_RIGHTS, lie=Reply(200, {}))
    def erase_row(self, asked: Asked) -> Reply:
        name = asked.target.strip("/").split("/")[0]
        return Reply(200, {}) if self.rows[name].pop(asked.path["id"], None) else _MISSING

    @route("POST", "/contactLists", scope=_RIGHTS, lie=Reply(200, {}))
    def subscribe(self, asked: Asked) -> Reply:
        said = asked.json["contactList"]
        mine = self.rows["contactLists"]
        same = [id_ for id_, row in mine.items() if (row["contact"], row["list"]) == (said["contact"], said["list"])]
        id_ = same[0] if same else f"{said['contact']}0{said['list']}"
        self.put("contactLists", id_, said["contact"], list=said["list"], status=str(said["status"]))
        return Reply(200 if same else 201, {"contactList": mine[id_]})

    def _page(self, name: str, rows: list[Any], asked: Asked, *, total: bool = True) -> Reply:
        size = min(self.page_size, int(asked.one("limit", "20")))
        page, _ = pages_of(rows, int(asked.one("offset", "0")), size)
        return Reply(200, {name: page, **({"meta": {"total": str(len(rows))}} if total else {})})


_MISSING = Reply(404, {"message": "No Result found"})
