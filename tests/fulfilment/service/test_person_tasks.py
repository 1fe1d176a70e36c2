"""A system that no program reaches is a task for a person: found, erased and signed for, in the same plan."""

import hashlib
import io
import json
from datetime import timedelta
from typing import Any

import pytest

from habeas.clock import uuid7
from habeas.events import OrderGiven, SystemFailed, TaskDone, TaskOpened
from habeas.grants import Grant, mint
from habeas.testing.house import parked, said
from habeas.web.cookies import grant_cookie

BROWSER = "b" * 43
FILE = b"name;phone\nAnna;0701\n"


@pytest.fixture
def by_hand(make_desk: Any) -> Any:
    """Fulfilment whose newsletter is in the hands of people."""
    list_ = "connector: sql\n    activities: [newsletter]"
    instructions = "instructions: {sv: Sök, en: Open the tab of contacts and search.}"
    return make_desk(**{list_: f"connector: person\n    {instructions}\n    activities: [newsletter]"})


@pytest.fixture
def colleague(by_hand: Any) -> Any:
    """Give a browser of a colleague."""

    def sign_in(person: str = "person-1") -> Any:
        visitor = by_hand.visitor()
        visitor.hold("habeas_browser", BROWSER)
        now = by_hand.clock.now()
        grant = Grant(
            id=uuid7(),
            kind="agent",
            person=person,
            roles=("agent",),
            controllers=(),
            service="fulfilment",
            purpose="console",
            case="",
            browser=hashlib.sha256(BROWSER.encode()).hexdigest(),
            session=f"s-{person}",
            issued=now,
            expires=now + timedelta(minutes=5),
            once=False,
        )
        text = mint(by_hand.context.keys.signer("identity"), grant)
        visitor.hold(grant_cookie("fulfilment", secure=False), text, path="/plan")
        return visitor

    return sign_in


def task_of(desk: Any, case: str, operation: str) -> str:
    """Give the path of the newest task of an operation."""
    rows = [row for row in desk.rows(case) if row.system == "newsletter" and row.operation == operation]
    return f"/plan/{case}/tasks/{max(rows, key=lambda row: row.id).id}"


def answer_others(desk: Any, case: str, operation: str, held: Any) -> None:
    for order in desk.orders(case, operation):
        desk.answer(order, held[order.event.system])
    desk.work()


def erasing(desk: Any) -> str:
    """Bring a case to where every system is searched: what fills each other is stopped first."""
    case = desk.proved("erasure")
    for order in desk.orders(case, "suppress"):
        desk.answer(order, outcome="not_applicable")
    desk.work()
    return case


def test_no_letter_is_sent_and_the_case_shows_that_it_waits_for_a_person(by_hand, colleague):
    case = by_hand.proved("access")
    assert {each.event.system for each in said(by_hand.context, OrderGiven)} == {"shop", "applications"}
    assert [(each.system, each.operation) for each in by_hand.said(TaskOpened, case)] == [("newsletter", "export")]
    page = colleague().get(f"/plan/{case}")
    assert "Waits for a person" in page.text
    assert task_of(by_hand, case, "export") in page.text


def test_the_task_says_what_to_do_and_whom_to_look_for_and_who_read_it_is_written_down(by_hand, colleague):
    case = by_hand.proved("access")
    page = colleague().get(task_of(by_hand, case, "export"))
    assert page.status_code == 200
    assert "Open the tab of contacts and search." in page.text
    assert "anna.canary@example.com" in page.text
    assert "task.shown" in by_hand.leaves(case)


def test_what_a_person_took_out_is_in_the_package(by_hand, colleague, read_bag):
    case = by_hand.proved("access")
    answer_others(by_hand, case, "export", by_hand.exported)
    path = task_of(by_hand, case, "export")
    files = (io.BytesIO(FILE), "export åäö.csv", "text/csv")
    sent = {"outcome": "found", "activity": "newsletter", "reason": "looked in the contacts", "files": files}
    assert colleague().post(path, sent).status_code == 303
    by_hand.work()
    assert by_hand.said(SystemFailed, case) == []
    assert [each.state for each in by_hand.answers(case)] == ["ready"]
    with read_bag(by_hand, case) as bag:
        [record] = json.loads(bag.read("data/systems/newsletter/document.json"))
        names = [name for name in bag.namelist() if name.startswith("data/systems/newsletter/files/")]
        assert [bag.read(name) for name in names] == [FILE]
    assert record["data"]["name"] == "export åäö.csv"
    assert record["data"]["sha256"] == hashlib.sha256(FILE).hexdigest()
    assert [each.agent for each in by_hand.said(TaskDone, case)] == ["person-1"]


def test_nothing_found_is_said_with_where_was_looked(by_hand, colleague):
    case = by_hand.proved("access")
    path = task_of(by_hand, case, "export")
    refused = colleague().post(path, {"outcome": "nothing"})
    assert refused.status_code == 422
    assert "say where you looked" in refused.text
    assert colleague().post(path, {"outcome": "nothing", "reason": "contacts and companies"}).status_code == 303
    [row] = [row for row in by_hand.rows(case) if row.system == "newsletter"]
    assert (row.state, row.outcome) == ("answered", "nothing")


@pytest.mark.parametrize(
    ("sent", "said_so"),
    [
        ({}, "nothing is chosen"),
        ({"outcome": "found", "activity": "payroll"}, "none of this system"),
        ({"outcome": "found", "activity": "newsletter"}, "it has 0 lines"),
        ({"outcome": "found", "activity": "newsletter", "records": "contact"}, "line 1: it has no number"),
        ({"outcome": "found", "activity": "newsletter", "records": "contact; 1; May"}, "year-month-day"),
        ({"outcome": "found", "activity": "newsletter", "records": "contact; 1\ncontact; 1"}, "stands there twice"),
        ({"outcome": "found", "activity": "newsletter", "records": "<b>; 1"}, "does not say what it is"),
    ],
)
def test_a_wrong_report_is_refused_by_field_and_loses_nothing(by_hand, colleague, sent, said_so):
    case = erasing(by_hand)
    refused = colleague().post(task_of(by_hand, case, "locate"), {**sent, "reason": "kept words"})
    assert refused.status_code == 422
    assert said_so in refused.text
    assert "kept words" in refused.text


def planned(desk: Any, colleague: Any) -> str:
    case = erasing(desk)
    answer_others(desk, case, "locate", desk.held)
    found = {"outcome": "found", "activity": "newsletter", "records": "contact; 4711; 2024-05-31\ncontact; 4712"}
    assert colleague().post(task_of(desk, case, "locate"), found).status_code == 303
    desk.work()
    desk.approve(case, "p1")
    desk.approve(case, "p2")
    desk.cool_off()
    for order in desk.orders(case, "erase"):
        desk.answer(order, desk.deeds(order.sealed["scope"]))
    desk.work()
    return case


def test_an_erasure_by_hand_counts_only_when_another_person_has_signed(by_hand, colleague, read_bag):
    case = planned(by_hand, colleague)
    path = task_of(by_hand, case, "erase")
    assert "4711" in colleague().get(path).text
    assert colleague().post(path, {"reason": ""}).status_code == 303
    [row] = [row for row in by_hand.rows(case) if row.operation == "erase" and row.system == "newsletter"]
    assert row.state == "given", "nobody has signed yet"
    own = colleague("person-1")
    assert own.post(f"{path}/sign", {}, page=path).status_code == 409
    assert colleague("person-2").post(f"{path}/sign", {}, page=path).status_code == 303
    by_hand.work()
    [row] = [row for row in by_hand.rows(case) if row.operation == "erase" and row.system == "newsletter"]
    assert (row.state, row.counts) == ("answered", {"contact": 2})
    assert parked(by_hand.context) == []


def test_what_could_not_be_erased_keeps_the_confirmation_back(by_hand, colleague):
    case = planned(by_hand, colleague)
    path = task_of(by_hand, case, "erase")
    assert colleague().post(path, {"left-0": "1"}).status_code == 422
    told = {"left-0": "1", "reason": "the page gave an error"}
    assert colleague().post(path, told).status_code == 303
    assert colleague("person-2").post(f"{path}/sign", {}, page=path).status_code == 303
    by_hand.work()
    assert [each.state for each in by_hand.answers(case)] in (["stuck"], [])


def test_a_task_that_is_done_or_replaced_is_gone(by_hand, colleague):
    case = by_hand.proved("access")
    path = task_of(by_hand, case, "export")
    visitor = colleague()
    assert visitor.post(path, {"outcome": "nothing", "reason": "everywhere"}).status_code == 303
    assert visitor.get(path).status_code == 404
    assert visitor.get(f"/plan/{case}/tasks/{uuid7()}").status_code == 404
