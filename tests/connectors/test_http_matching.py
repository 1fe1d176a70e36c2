"""A record is the person's by its own fields only; what could be somebody else's goes to a person."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from connectors.answering import open_file

from habeas.sdk import Deed, Guard, NeedsPerson, Subject
from habeas.testing.connector_contract import decide, items

BOTH = Subject({"email": ("ann@example.com",), "number": ("7",)})
FILE = """\
options: {lists: {type: list, default: [x, y]}}
each: {lists: {option: lists}}
calls:
  find: {get: "/{each}/people", query: {q: "{value}"}, records: people}
  orders: {get: "/{each}/people/{parent.id}/orders", records: orders}
  block: {post: "/{each}/people/{record.id}/block", json: {blocked: true}}
  unblock: {post: "/{each}/people/{record.id}/block", json: {blocked: false}}
  erase: {delete: "/{each}/people/{record.id}", expect: [204]}
kinds:
  person:
    find: [{by: email, call: find, each: lists, fuzzy: yes}]
    key: [list, id]
    match: {email: {field: "emails[].address", compare: email}, number: {field: number, optional: yes}}
%s    erase: {does: erases, steps: [erase], not_if: [{when: "role == 'agent'", say: it is an agent's own account}]}
    restrict: {steps: [block], lift: [unblock]}
  order:
    under: person
    list: orders
    key: id
    key_within: yes
    fuzzy: yes
    belongs: {field: person, to: id}
    dated: placed
    erase: {does: keeps, ground: accounting}
"""


def person(id_: str, email: str | None, **more: Any) -> dict[str, Any]:
    return {"id": id_, "list": "x", "emails": [{"address": email}], **more}


class Vendor:
    def __init__(self, *people: dict[str, Any]) -> None:
        self.people = list(people)
        self.orders = [{"id": 1, "person": "1", "placed": 1_700_000_000}, {"id": 2, "person": "99", "placed": 0}]
        self.asked: list[tuple[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((request.method, request.url.path))
        if request.method == "DELETE":
            self.people = [each for each in self.people if each["id"] != request.url.path.rpartition("/")[2]]
            return httpx.Response(204)
        if request.url.path.endswith("/orders"):
            return httpx.Response(200, json={"orders": self.orders})
        mine = [each for each in self.people if request.url.path == f"/{each['list']}/people"]
        return httpx.Response(200, json={"people": mine})


def found(folder: Path, *people: dict[str, Any], decides: str = "", subject: Subject = BOTH) -> set[tuple[str, str]]:
    text = FILE % (f"    decides: {decides}\n" if decides else "")
    connector = open_file(text, Vendor(*people), folder)
    return items([each for each in Guard(subject).records(connector.export(subject)) if each.kind == "person"])  # type: ignore[union-attr,misc]


ONE = {("person", '["x","1"]')}


def test_letters_are_folded_from_a_to_z_and_no_others(tmp_path: Path) -> None:
    assert found(tmp_path, person("1", "ANN@Example.com"), person("2", "\u0430nn@example.com")) == ONE
    assert found(tmp_path, person("1", "ann@example.com"), person("2", "ann@example.com.evil.example")) == ONE
    kelvin = Subject({"email": ("kim@example.com",)})
    assert found(tmp_path, person("1", "\u212aim@example.com"), subject=kelvin) == set()


def test_one_identifier_of_the_person_and_another_of_somebody_else_goes_to_a_person(tmp_path: Path) -> None:
    with pytest.raises(NeedsPerson, match="one identifier of the person, and another one of somebody else"):
        found(tmp_path, person("1", "ann@example.com", number=8))


def test_the_one_that_decides_wins(tmp_path: Path) -> None:
    mine, theirs = person("1", "ann@example.com", number=7), person("2", "ann@example.com", number=8)
    assert found(tmp_path, mine, theirs, decides="number") == ONE


def test_a_shared_address_alone_is_nobody_s_for_certain(tmp_path: Path) -> None:
    theirs, unclear = person("2", "ann@example.com", number=8), person("3", "ann@example.com")
    with pytest.raises(NeedsPerson, match="something that others share"):
        found(tmp_path, theirs, unclear, decides="number")


def test_two_people_at_one_proved_address_go_to_a_person(tmp_path: Path) -> None:
    by_mail = Subject({"email": ("ann@example.com",)})
    people = person("1", "ann@example.com", number=7), person("2", "ann@example.com", number=8)
    with pytest.raises(NeedsPerson, match="something that others share"):
        found(tmp_path, *people, decides="number", subject=by_mail)


def test_every_list_is_gone_through_and_what_hangs_on_a_record_is_tied_by_its_chain(tmp_path: Path) -> None:
    vendor = Vendor(person("1", "ann@example.com"), person("1", "ann@example.com") | {"list": "y"})
    records = list(open_file(FILE % "", vendor, tmp_path).export(BOTH))
    assert items(records) == {
        ("person", '["x","1"]'), ("person", '["y","1"]'),
        ("order", '["[\\"x\\",\\"1\\"]","1"]'), ("order", '["[\\"y\\",\\"1\\"]","1"]'),
    }  # fmt: skip
    (chain,) = {tuple(each.matches.items()) for each in records if each.kind == "order"}
    assert chain == (("email > person > order", "ann@example.com"),)
    assert {str(each.dated) for each in records if each.kind == "order"} == {"2023-11-14"}
    assert ("GET", "/y/people/1/orders") in vendor.asked


def test_what_belongs_to_another_stops_the_order_where_the_list_is_not_fuzzy(tmp_path: Path) -> None:
    exact = (FILE % "").replace("    key_within: yes\n    fuzzy: yes\n", "    key_within: yes\n")
    with pytest.raises(NeedsPerson, match="orders: the vendor gave a record of order that belongs to another"):
        list(open_file(exact, Vendor(person("1", "ann@example.com")), tmp_path).export(BOTH))


def test_an_exception_of_the_file_stays_untouched(tmp_path: Path) -> None:
    vendor = Vendor(person("1", "ann@example.com", role="agent"))
    connector = open_file(FILE % "", vendor, tmp_path)
    done = list(connector.erase(BOTH, decide(list(connector.export(BOTH)))))
    assert ("person", Deed.NEEDS_PERSON, "it is an agent's own account") in {(d.kind, d.deed, d.why) for d in done}
    assert not any(method == "DELETE" for method, _ in vendor.asked)


def test_what_the_vendor_keeps_is_told_with_its_ground(tmp_path: Path) -> None:
    vendor = Vendor(person("1", "ann@example.com"))
    connector = open_file(FILE % "", vendor, tmp_path)
    scope = decide(list(connector.export(BOTH)))
    first = list(connector.erase(BOTH, scope))
    assert {(each.kind, each.deed, each.ground, each.verified) for each in first} == {
        ("person", Deed.ERASED, None, True),
        ("order", Deed.KEPT, "accounting", False),
    }
    assert list(connector.erase(BOTH, scope)) == first
    assert [path for method, path in vendor.asked if method == "DELETE"] == ["/x/people/1"]


def test_a_restriction_is_laid_on_each_record_and_lifted(tmp_path: Path) -> None:
    vendor = Vendor(person("1", "ann@example.com"))
    connector = open_file(FILE % "", vendor, tmp_path)
    assert [(each.kind, each.count, each.verified) for each in connector.restrict(BOTH)] == [("person", 1, False)]
    assert [each.count for each in connector.restrict(BOTH, lift=True)] == [1]
    assert [path for method, path in vendor.asked if method == "POST"] == ["/x/people/1/block"] * 2
