"""A record that leaves the vendor's search before it is gone: it is waited for, gone on with, and never called gone."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from connectors.answering import open_file

from habeas.connectors.http import HttpConnector
from habeas.sdk import Decided, Deed, Done, Subject, TryLater, Waiting
from habeas.testing.connector_contract import decide
from habeas.testing.vendors.switches import ManualClock

ANN = Subject({"email": ("ann@example.com",)})
FILE = """\
calls:
  find:
    get: /people
    query: {email: "{value}"}
    records: people
  read:
    get: /people/{key}
    record: "@"
    answers: {404: nothing}
  trash:
    delete: /people/{key}
    expect: [204]
    answers: {404: nothing}
  destroy:
    delete: /trash/{key}
    expect: [202]
    answers: {404: nothing}
  look:
    get: /trash/{key}
    answers: {404: nothing}
kinds:
  person:
    find: [{by: email, call: find}]
    read: read
    key: id
    match: {email: {field: email, compare: email}}
    leave_out: [trashed]
    erase:
      does: erases
      steps: [trash, destroy]
      read_back: {call: look, expect: gone}
      within: P1D
      every: PT1H
"""


@dataclass
class Vendor:
    """Deletes in two steps: what is in the trash is not found any more, still read, and destroyed when it has time."""

    people: dict[str, dict[str, Any]] = field(default_factory=lambda: {"1": {"id": "1", "email": "ann@example.com"}})
    trash: set[str] = field(default_factory=set)
    breaks: str = ""
    asked: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        what, _, key = request.url.path.strip("/").partition("/")
        self.asked.append(f"{request.method} {what}")
        if self.asked[-1] == self.breaks:
            return httpx.Response(503)
        if not key:
            wanted = request.url.params["email"]
            found = [each for each in self.people.values() if each["email"] == wanted and each["id"] not in self.trash]
            return httpx.Response(200, json={"people": found})
        if key not in self.people or (what == "trash" and key not in self.trash):
            return httpx.Response(404)
        if request.method == "GET":
            return httpx.Response(200, json={**self.people[key], "trashed": key in self.trash})
        self.trash.add(key)
        return httpx.Response(204 if what == "people" else 202)

    def destroy(self) -> None:
        """Do at last what was asked."""
        for key in self.trash:
            self.people.pop(key, None)


@pytest.fixture
def vendor() -> Vendor:
    return Vendor()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@dataclass
class Again:
    """Each try by a new connector, as after a crash: only its folder is left."""

    vendor: Vendor
    clock: ManualClock
    folder: Path

    def connector(self) -> HttpConnector:
        return open_file(FILE, self.vendor, self.folder, self.clock)

    def decided(self) -> list[Decided]:
        return decide(list(self.connector().export(ANN)))

    def erase(self, scope: list[Decided]) -> list[Done]:
        return list(self.connector().erase(ANN, scope))


@pytest.fixture
def again(vendor: Vendor, clock: ManualClock, tmp_path: Path) -> Again:
    return Again(vendor, clock, tmp_path)


def test_what_is_out_of_sight_and_not_destroyed_yet_is_waited_for(again: Again, vendor: Vendor) -> None:
    scope = again.decided()
    for hours in (0, 1, 20):
        again.clock.advance(3600 * hours)
        with pytest.raises(Waiting) as caught:
            again.erase(scope)
        assert caught.value.after is not None
        assert caught.value.after.total_seconds() == 3600
    assert vendor.asked.count("DELETE people") == vendor.asked.count("DELETE trash") == 1, "it is asked for once"
    vendor.destroy()
    assert [(each.deed, each.count, each.verified) for each in again.erase(scope)] == [(Deed.ERASED, 1, True)]


def test_what_is_not_destroyed_in_time_goes_to_a_person(again: Again) -> None:
    scope = again.decided()
    with pytest.raises(Waiting):
        again.erase(scope)
    again.clock.advance(25 * 3600)
    (told,) = again.erase(scope)
    assert (told.deed, told.verified) == (Deed.NEEDS_PERSON, False)
    assert told.why == "the vendor said that it was done, and it is still there"


def test_a_crash_between_the_steps_leaves_nothing_in_the_trash(again: Again, vendor: Vendor) -> None:
    scope = again.decided()
    vendor.breaks = "DELETE trash"
    with pytest.raises(TryLater):
        again.erase(scope)
    assert vendor.trash == {"1"}
    again.clock.advance(3600)
    vendor.breaks = ""
    with pytest.raises(Waiting):
        again.erase(scope)
    assert vendor.asked.count("DELETE trash") == 2, "the second step is taken at last"
    vendor.destroy()
    assert [(each.deed, each.verified) for each in again.erase(scope)] == [(Deed.ERASED, True)]


def test_what_changed_between_the_steps_is_not_destroyed(again: Again, vendor: Vendor) -> None:
    scope = again.decided()
    vendor.breaks = "DELETE trash"
    with pytest.raises(TryLater):
        again.erase(scope)
    again.clock.advance(3600)
    vendor.breaks, vendor.people["1"]["name"] = "", "Somebody else"
    (told,) = again.erase(scope)
    assert told.deed is Deed.NEEDS_PERSON
    assert vendor.asked.count("DELETE trash") == 1


def test_what_left_the_search_without_us_and_still_stands_is_never_told_as_gone(again: Again, vendor: Vendor) -> None:
    """Nothing of it is in the trash, so its read-back alone would say that it is gone."""
    scope = again.decided()
    vendor.people["1"]["email"] = "ann.new@example.com"
    (told,) = again.erase(scope)
    assert (told.deed, told.verified) == (Deed.NEEDS_PERSON, False)
    assert "DELETE people" not in vendor.asked


def test_a_record_that_cannot_be_read_any_more_is_looked_for_where_its_file_says(again: Again, vendor: Vendor) -> None:
    """Gone for one call and not for the other: both steps are taken, and it is waited for."""
    scope = again.decided()

    def hiding(request: httpx.Request) -> httpx.Response:
        if (request.method, request.url.path) == ("GET", "/people/1") and vendor.asked.count("GET people") >= 2:
            vendor.trash.add("1")
            vendor.asked.append("GET people")
            return httpx.Response(404)
        return vendor(request)

    vendor.asked.clear()
    connector = open_file(FILE, hiding, again.folder, again.clock)
    with pytest.raises(Waiting):
        list(connector.erase(ANN, scope))
    assert vendor.asked.count("DELETE trash") == 1


def test_a_rehearsal_says_of_what_is_waited_for_that_it_will_go(again: Again, vendor: Vendor) -> None:
    scope = again.decided()
    with pytest.raises(Waiting):
        again.erase(scope)
    before = list(vendor.asked)
    (told,) = again.connector().rehearse(ANN, scope)
    assert (told.deed, told.count, told.verified) == (Deed.ERASED, 1, False)
    assert not [each for each in vendor.asked[len(before) :] if each.startswith("DELETE")]
