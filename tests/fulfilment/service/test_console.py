"""The console's part of a case that is fulfilment's: for agents only, with all that a person decides by."""

import hashlib
from datetime import timedelta

import pytest

from habeas.clock import random_id, uuid7
from habeas.events import SessionEnded
from habeas.grants import Grant, mint
from habeas.ledger import Leaf
from habeas.testing.house import deliver, run
from habeas.web.cookies import grant_cookie

BROWSER = "b" * 43


@pytest.fixture
def agent(small):
    """Give a browser whose agent holds some roles."""

    def sign_in(*roles, session="s1", **changes):
        visitor = small.visitor()
        visitor.hold("habeas_browser", BROWSER)
        now = small.clock.now()
        facts = {
            "id": uuid7(),
            "kind": "agent",
            "person": "person-1",
            "roles": roles or ("agent",),
            "controllers": (),
            "service": "fulfilment",
            "purpose": "console",
            "case": "",
            "browser": hashlib.sha256(BROWSER.encode()).hexdigest(),
            "session": session,
            "issued": now,
            "expires": now + timedelta(minutes=5),
            "once": False,
        }
        text = mint(small.context.keys.signer("identity"), Grant(**{**facts, **changes}))
        visitor.hold(grant_cookie("fulfilment", secure=False), text, path="/plan")
        return visitor

    return sign_in


def test_the_plan_says_in_numbers_what_is_erased_and_what_stays(small, agent):
    case = small.planned()
    page = agent().get(f"/plan/{case}")
    assert page.status_code == 200
    assert "Erase 4 records" in page.text
    assert "Keep 1 record of invoices until Wed 31 December 2031" in page.text
    assert f"/agents/approve/{case}/{small.plan(case).digest}" in page.text
    assert small.plan(case).digest[:12] in page.text
    assert page.text.count("button-primary") == 1


def test_a_failed_system_is_shown_with_its_reason_and_tried_again(small, agent):
    case = small.proved("access")
    shop = next(each for each in small.orders(case) if each.event.system == "shop")
    small.fail(shop, reason="the database did not answer")
    small.work()
    visitor = agent()
    page = visitor.get(f"/plan/{case}")
    assert "the database did not answer" in page.text
    path = f"/plan/{case}/orders/{shop.event.order}/again"
    assert visitor.post(path, {}, page=f"/plan/{case}").status_code == 303
    assert len(small.orders(case)) == 4
    with small.context.database.reading() as session:
        leaf = session.query(Leaf).filter_by(kind="order.retried").one()
    assert leaf.body["by"] == "person-1"


def test_a_retry_that_comes_too_late_changes_nothing(small, agent):
    case = small.proved("access")
    shop, *_ = small.orders(case)
    small.fail(shop)
    small.work()
    visitor = agent()
    visitor.get(f"/plan/{case}")
    path = f"/plan/{case}/orders/{shop.event.order}/again"
    assert visitor.post(path, {}, page=f"/plan/{case}").status_code == 303
    second = next(each for each in small.orders(case)[1:] if each.event.order != shop.event.order)
    small.fail(second)
    small.work()
    assert visitor.post(path, {}, page=f"/plan/{case}").status_code == 409
    assert len(small.orders(case)) == 4


def test_a_plan_is_made_again_and_an_erasure_called_back(small, agent):
    case = small.planned()
    small.approve(case, "p1")
    small.approve(case, "p2")
    visitor = agent("approver")
    assert visitor.post(f"/plan/{case}/call-back", {}, page=f"/plan/{case}").status_code == 303
    assert "called back" in visitor.get(f"/plan/{case}").text
    assert visitor.post(f"/plan/{case}/again", {}, page=f"/plan/{case}").status_code == 303
    small.pass_over(case)
    assert len(small.orders(case, "locate")) == 6


@pytest.mark.parametrize("state", ["opened", "searched", "empty", "approved", "erased", "stuck", "by hand", "both"])
def test_every_stage_of_a_case_has_its_page_in_both_languages(small, agent, state):
    case = {
        "opened": lambda: small.open("access", "erasure"),
        "searched": lambda: small.proved("erasure"),
        "empty": lambda: small.planned(held={"shop": [], "newsletter": [], "applications": []}),
        "approved": lambda: small.approved(),
        "erased": lambda: small.approved(),
        "stuck": lambda: small.approved(),
        "by hand": lambda: small.proved("rectification", "objection"),
        "both": lambda: small.packaged("access", "portability"),
    }[state]()
    if state == "erased":
        small.erase_all(case)
    if state == "stuck":
        for order in small.orders(case, "erase"):
            small.answer(order, outcome="not_applicable")
            small.work()
        newest = small.orders(case, "erase")[-1]
        small.answer(newest, small.deeds(newest.sealed["scope"]))
        small.work()
        small.look(case)
    for language in ("en", "sv"):
        visitor = agent("auditor")
        page = visitor.get(f"/plan/{case}?language={language}")
        assert page.status_code == 200
        assert f'lang="{language}"' in page.text
        assert "<form" not in page.text.split('id="main"')[1], "an auditor only looks"


def test_a_person_without_a_grant_is_led_to_sign_in(small):
    case = small.planned()
    led = small.visitor().get(f"/plan/{case}")
    assert led.status_code == 303
    assert led.headers["Location"] == f"/agents/sign-in?for=fulfilment&next=/plan/{case}"


@pytest.mark.parametrize(
    "changes",
    [{"service": "intake"}, {"purpose": "case"}, {"browser": "0" * 64}, {"kind": "subject"}],
    ids=lambda changes: next(iter(changes)),
)
def test_another_grant_shows_nothing(small, agent, changes):
    case = small.planned()
    assert agent(**changes).get(f"/plan/{case}").status_code == 303


def test_an_agent_without_a_role_that_may_look_is_refused(small, agent):
    assert agent("nobody").get(f"/plan/{small.planned()}").status_code == 403


def test_an_auditor_looks_and_changes_nothing(small, agent):
    case = small.planned()
    visitor = agent("auditor")
    token = agent().get(f"/plan/{case}").text.split('name="csrf_token" value="')[1].split('"')[0]
    refused = visitor.send(
        "POST",
        f"/plan/{case}/again",
        data={"csrf_token": token},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert refused.status_code == 403
    assert len(small.orders(case, "locate")) == 3


def test_an_ended_session_shows_nothing_more(small, agent):
    case = small.planned()
    visitor = agent(session="s9")
    assert visitor.get(f"/plan/{case}").status_code == 200
    deliver(small.context, SessionEnded(session="s9"), source="identity")
    run(small.context)
    assert visitor.get(f"/plan/{case}").status_code == 303


def test_an_unknown_case_is_no_page(small, agent):
    assert agent().get(f"/plan/{random_id()}").status_code == 404


def test_a_look_at_the_plan_changes_nothing(small, agent):
    case = small.planned()
    before = small.leaves(case)
    visitor = agent()
    for _ in range(20):
        visitor.get(f"/plan/{case}")
        for path in ("again", "call-back"):
            assert visitor.get(f"/plan/{case}/{path}").status_code in (404, 405)
    assert small.leaves(case) == before
