"""What agents see of who asks, and that a doubt makes a case need more and nothing marks anybody as verified."""

import pytest
from tests.identity.conftest import BROWSER, PHONE, STORED, Desk

from habeas.clock import random_id
from habeas.errors import Refused
from habeas.events import IdentityProved
from habeas.vocabulary import Assurance
from habeas_identity.challenges import Purpose
from habeas_identity.codes import read_code
from habeas_identity.given import Standing
from habeas_identity.proving import take_code
from habeas_identity.who_asks import Doubt, doubt, look_at_who_asks


def give(desk: Desk, case: str) -> Standing:
    with desk.context.transaction() as tx:
        now = take_code(tx, case, Purpose.PROVE, BROWSER, str(read_code(desk.codes(case)[-1])))
    assert now is not None
    return now


def test_an_agent_sees_how_far_a_case_is_and_no_address(desk: Desk) -> None:
    case = desk.two_channels()
    give(desk, case)
    with desk.context.reading() as tx:
        shown = look_at_who_asks(tx, case)
    assert shown is not None
    assert (shown.state, shown.needed) == ("found", Assurance.A2)
    assert shown.channels == (("mailbox", "shop"), ("phone", "shop"))
    assert [(each.method, each.purpose, each.assurance) for each in shown.given] == [("mailbox", "prove", Assurance.A1)]
    assert STORED not in repr(shown)
    assert PHONE not in repr(shown)


def test_a_doubt_makes_a_case_need_more_and_never_less(desk: Desk) -> None:
    case = desk.two_channels()
    with desk.context.transaction() as tx:
        doubt(tx, case, "agent-1", Doubt.FORMER_EMPLOYER)
    give(desk, case)
    now = give(desk, case)
    assert (now.reached, now.needed, now.enough) == (Assurance.A2, Assurance.A3, False)
    assert desk.said(IdentityProved, case) == []
    with pytest.raises(Refused), desk.context.transaction() as tx:
        doubt(tx, case, "agent-1", Doubt.UNUSUAL)
    [(body,)] = desk.rows("SELECT body FROM ledger_leaf WHERE kind = 'identity.doubted'")
    assert "former_employer" in repr(body)


def test_the_page_is_for_agents_and_says_nothing_of_an_unknown_case(page_desk: Desk) -> None:
    case = page_desk.two_channels()
    page_desk.hire("cy@example.com", "agent")
    visitor = page_desk.visitor()
    page_desk.sign_in(visitor, "cy@example.com")
    page = visitor.get(f"/agents/who/{case}")
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "A code to the stored phone" in text
    assert STORED not in text
    assert visitor.get(f"/agents/who/{random_id()}").status_code == 404
    assert page_desk.visitor().get(f"/agents/who/{case}").status_code == 303


def test_no_form_of_an_agent_marks_anybody_as_verified(page_desk: Desk) -> None:
    """Case 26: there is no such button, whatever is sent."""
    case = page_desk.two_channels()
    page_desk.hire("cy@example.com", "agent", "approver", "officer", "auditor", "administrator")
    visitor = page_desk.visitor()
    page_desk.sign_in(visitor, "cy@example.com")
    for path in (f"/agents/who/{case}", f"/agents/who/{case}/doubt", f"/agents/call/{case}", f"/agents/frozen/{case}"):
        for fields in (
            {"verified": "yes"},
            {"assurance": "A3"},
            {"needed": "A0"},
            {"why": "verified"},
            {"state": "proved"},
        ):
            visitor.post(path, fields, page="/agents/sign-out")
    with page_desk.context.reading() as tx:
        shown = look_at_who_asks(tx, case)
    assert shown is not None
    assert (shown.state, shown.needed, shown.given) == ("found", Assurance.A2, ())
