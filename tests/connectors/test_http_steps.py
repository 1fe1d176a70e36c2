"""Steps that have pages, records that a vendor keeps back, kinds that are chosen, keys that two records share."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from connectors.answering import HEAD, open_file

from habeas.connectors.http import HttpConnector
from habeas.connectors.http.loading import load_vendor
from habeas.sdk import Decided, Deed, Done, Faults, NeedsPerson, Refused, Subject
from habeas.testing.connector_contract import decide

ANN = Subject({"email": ("ann@example.com",)})
FILE = """\
options:
  notes: {about: Whether notes are looked at, type: flag, default: yes}
calls:
  find:
    get: /people
    query: {email: "{value}"}
    records: people
  list_notes:
    get: /people/{parent.id}/notes
    records: notes
  erase:
    post: /people/{record.id}/erasure
    json: {page: 1}
    records: "[@]"
    pages: {cursor: next, send: json.page}
kinds:
  person:
    find: [{by: email, call: find}]
    key: id
    match: {email: email}
    erase:
      does: erases
      steps: [{call: erase, kept_if: retained}]
      also_removes: [note]
  note:
    only_with: notes
    under: person
    list: list_notes
    key: id
check:
  - {call: find, with: nobody@habeas.invalid, only_with: notes, where: "people", say: there are no notes}
"""


@dataclass
class Vendor:
    """Erases one note a page, and then the person; `retains` names what it keeps back and says so."""

    people: set[str] = field(default_factory=lambda: {"1"})
    notes: list[dict[str, str]] = field(default_factory=lambda: [{"id": each, "text": each} for each in "abc"])
    retains: set[str] = field(default_factory=set)
    pages: list[int] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return self._erase(json.loads(request.content)["page"])
        if request.url.path.endswith("/notes"):
            return httpx.Response(200, json={"notes": self.notes})
        mine = request.url.params["email"] == "ann@example.com"
        found = [{"id": each, "email": "ann@example.com"} for each in self.people if mine]
        return httpx.Response(200, json={"people": found})

    def _erase(self, page: int) -> httpx.Response:
        self.pages.append(page)
        going = [each for each in self.notes if each["id"] not in self.retains]
        if going:
            self.notes.remove(going[0])
        elif "1" not in self.retains:
            self.people.clear()
        done = len(going) == 0
        retained = done and bool(self.retains)
        return httpx.Response(200, json={"page": page, "retained": retained, "next": None if done else page + 1})


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


def connect(vendor: Vendor, folder: Path, **settings: object) -> HttpConnector:
    return open_file(FILE, vendor, folder, None, **settings)


def fates(done: list[Done]) -> set[tuple[str, Deed, int, bool]]:
    return {(each.kind, each.deed, each.count, each.verified) for each in done}


def test_a_step_with_pages_is_taken_to_its_end(vendor: Vendor, tmp_path: Path) -> None:
    connector = connect(vendor, tmp_path)
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert fates(done) == {("person", Deed.ERASED, 1, True), ("note", Deed.ERASED, 3, True)}
    assert vendor.pages == [1, 2, 3, 4]


@pytest.mark.parametrize("retains", [{"1"}, {"1", "b"}, {"b"}])
def test_what_is_kept_back_goes_to_a_person_each_time_be_it_still_shown_or_not(
    vendor: Vendor, tmp_path: Path, retains: set[str]
) -> None:
    connector = connect(vendor, tmp_path)
    scope = decide(list(connector.export(ANN)))
    vendor.retains = retains
    expected = {("person", Deed.NEEDS_PERSON, 1, False), ("note", Deed.NEEDS_PERSON, 3, False)}
    first = list(connector.erase(ANN, scope))
    assert fates(first) == expected
    assert {each.why for each in first} == {"the vendor says that it keeps something of it"}
    assert list(connect(vendor, tmp_path).erase(ANN, scope)) == first


def test_what_was_kept_back_is_erased_once_the_vendor_lets_it_go(vendor: Vendor, tmp_path: Path) -> None:
    connector = connect(vendor, tmp_path)
    vendor.retains = {"1"}
    list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    vendor.retains = set()
    done = list(connector.erase(ANN, decide(list(connector.export(ANN)))))
    assert fates(done) == {("person", Deed.ERASED, 1, True)}


def test_a_kind_that_is_not_chosen_is_not_asked_for_and_not_ordered(vendor: Vendor, tmp_path: Path) -> None:
    connector = connect(vendor, tmp_path, options={"notes": False})
    assert {each.kind for each in connector.locate(ANN)} == {"person"}  # type: ignore[union-attr]
    assert connector.check().problems == ()
    assert connect(vendor, tmp_path).check().problems == ("find: there are no notes",)
    with pytest.raises(Refused, match="the vendor's file does not have: note"):
        list(connector.erase(ANN, [Decided("note", "a", "0" * 64, False)]))


@pytest.mark.parametrize(
    ("old", "new", "count"),
    [
        ("only_with: notes\n", "only_with: others\n", 1),
        ("only_with: notes, where", "only_with: others, where", 1),
        ("type: flag, default: yes", "default: x", 2),
    ],
)
def test_only_an_option_that_is_a_flag_chooses_kinds_and_checks(old: str, new: str, count: int) -> None:
    assert old in FILE
    with pytest.raises(Faults) as caught:
        load_vendor(HEAD + FILE.replace(old, new))
    assert str(caught.value).count("of the type flag") == count


def test_two_records_with_one_key_and_other_content_go_to_a_person(vendor: Vendor, tmp_path: Path) -> None:
    vendor.notes[2] = {"id": "a", "text": "another"}
    with pytest.raises(NeedsPerson, match="list_notes: two records of note have the same key"):
        list(connect(vendor, tmp_path).export(ANN))
    vendor.notes[2] = vendor.notes[0]
    assert [each.key for each in connect(vendor, tmp_path).locate(ANN)] == ["1", "a", "b"]  # type: ignore[union-attr]
