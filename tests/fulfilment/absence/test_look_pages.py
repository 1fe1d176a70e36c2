"""What the console shows of the looks after an erasure, and what an agent can do about what they found."""

import hashlib
from datetime import timedelta

import pytest
from fulfilment.service.conftest import HELD

from habeas.clock import uuid7
from habeas.grants import Grant, mint
from habeas.ledger import Leaf
from habeas.web.cookies import grant_cookie

BROWSER = "b" * 43
RESIDUE = {"shop": [each for each in HELD["shop"] if each["key"] in ("2024-1", "1")]}


@pytest.fixture
def agent(small):
    """Give a browser whose agent holds some roles."""

    def sign_in(*roles):
        visitor = small.visitor()
        visitor.hold("habeas_browser", BROWSER)
        grant = Grant(
            id=uuid7(),
            kind="agent",
            person="person-1",
            roles=roles or ("agent",),
            controllers=(),
            service="fulfilment",
            purpose="console",
            case="",
            browser=hashlib.sha256(BROWSER.encode()).hexdigest(),
            session="s1",
            issued=small.clock.now(),
            expires=small.clock.now() + timedelta(minutes=5),
            once=False,
        )
        text = mint(small.context.keys.signer("identity"), grant)
        visitor.hold(grant_cookie("fulfilment", secure=False), text, path="/plan")
        return visitor

    return sign_in


@pytest.fixture
def found(small, kept):
    """A case in which a system still holds something, and another holds something again."""
    case = small.erased()
    small.look(case, RESIDUE)
    small.next_look(case, RESIDUE, minutes=15)
    back = {**RESIDUE, "newsletter": [small.located("subscribers", "9", "newsletter")]}
    small.next_look(case, back, days=1)
    return case


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Whether it is gone", "At once", "After 1 day", "Never went", "There again", "Searched, and gone")),
        (
            "sv",
            ("Om det är borta", "Genast", "Efter 1 dag", "Försvann aldrig", "Finns där igen", "Genomsökt, och borta"),
        ),
    ],
)
def test_each_system_stands_in_the_table_at_each_look_in_both_languages(agent, found, language, words):
    page = agent("auditor").get(f"/plan/{found}?language={language}")
    assert page.status_code == 200
    for each in words:
        assert each in page.text, each
    table = page.text.split('aria-labelledby="looks" tabindex')[1].split("</table>")[0]
    assert table.count('scope="row"') == 3
    assert "<form" not in page.text.split('id="main"')[1], "an auditor only looks"


def test_before_an_erasure_nothing_is_said_of_looks(small, agent):
    assert 'id="looks"' not in agent().get(f"/plan/{small.approved()}").text


def test_looks_are_no_orders_that_an_agent_could_give_again(small, agent):
    case = small.erased()
    look = small.orders(case, "locate")[-1].event.order
    visitor = agent()
    visitor.get(f"/plan/{case}")
    assert visitor.post(f"/plan/{case}/orders/{look}/again", {}, page=f"/plan/{case}").status_code == 409


def test_an_agent_lets_stay_what_is_a_new_relationship(small, agent, found):
    visitor = agent()
    page = visitor.get(f"/plan/{found}")
    assert page.text.count("a new relationship</button>") == 1, "what never went is none"
    assert visitor.post(f"/plan/{found}/looks/newsletter/stay", {}, page=f"/plan/{found}").status_code == 303
    page = visitor.get(f"/plan/{found}")
    assert "It may stay</p>" in page.text
    assert page.text.count("a new relationship</button>") == 0
    for system in ("newsletter", "shop"):
        assert visitor.post(f"/plan/{found}/looks/{system}/stay", {}, page=f"/plan/{found}").status_code == 409
    with small.context.database.reading() as session:
        leaf = session.query(Leaf).filter_by(kind="residue.known").one()
    assert (leaf.body["by"], leaf.body["system"]) == ("person-1", "newsletter")


def test_an_agent_has_what_never_went_erased_again(small, agent, found):
    visitor = agent()
    assert visitor.post(f"/plan/{found}/looks/again", {}, page=f"/plan/{found}").status_code == 303
    small.pass_over(found)
    assert len(small.orders(found, "locate")) == 13
    page = visitor.get(f"/plan/{found}")
    assert "Erased again" in page.text
    assert visitor.post(f"/plan/{found}/looks/again", {}, page=f"/plan/{found}").status_code == 409


def test_a_case_that_nobody_has_has_no_looks(agent):
    unknown = "00000000-0000-4000-8000-000000000000"
    visitor = agent()
    for path in (f"/plan/{unknown}/looks/shop/stay", f"/plan/{unknown}/looks/again"):
        assert visitor.send("POST", path, headers={"Sec-Fetch-Site": "same-origin"}).status_code in (400, 403, 404)
