"""The console's page of the holding pen, and what a person in a flood is told in the end."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.intake.conftest import state
from tests.intake.test_holding import flood, groups, held, narrow, post, propose, refuse

from habeas.clock import uuid7
from habeas.errors import Refused
from habeas.grants import Grant, mint
from habeas.service import Context
from habeas.testing.visitor import Visitor
from habeas.vocabulary import CaseState
from habeas.web.application import create_app
from habeas.web.cookies import grant_cookie
from habeas_intake.holding import count_held, let_through, propose_refusal, refuse_some, withdraw_refusal

__all__ = ["narrow"]


def sign_in(app: Any, context: Context, person: str, *roles: str, controllers: tuple[str, ...] = ()) -> Visitor:
    visitor, browser = Visitor(app), hashlib.sha256(person.encode()).hexdigest()[:43]
    visitor.hold("habeas_browser", browser)
    grant = Grant(
        id=uuid7(), kind="agent", person=person, roles=roles or ("agent",), controllers=controllers, service="intake",
        purpose="console",
        case="", browser=hashlib.sha256(browser.encode()).hexdigest(), session=person,
        issued=context.clock.now(), expires=context.clock.now() + timedelta(minutes=5), once=False,
    )  # fmt: skip
    visitor.hold(grant_cookie("intake", secure=False), mint(context.keys.signer("identity"), grant), path="/console")
    return visitor


@pytest.mark.parametrize(("role", "status"), [("agent", 200), ("approver", 200), ("officer", 200), ("auditor", 403)])
def test_the_pen_is_shown_to_those_who_work_on_cases(intake: Context, narrow: None, role: str, status: int) -> None:
    flood(intake, 1)
    assert sign_in(create_app(intake), intake, "person-1", role).get("/console/holding").status_code == status


def test_two_agents_refuse_a_flood_on_the_page(intake: Context, narrow: None) -> None:
    app = create_app(intake)
    first, second = (sign_in(app, intake, f"person-{number}") for number in (1, 2))
    [case] = flood(intake, 1)
    assert "1 case waits in the holding pen" in first.get("/console").text
    assert "too many from one network" in first.get(f"/console/case/{case}").text
    page, seen = first.get("/console/holding").text, {"seen": datetime.now(UTC).isoformat()}
    refuse_page = "/console/holding/refuse/" + page.split("/console/holding/refuse/")[1][:16]
    assert first.post(refuse_page, seen).status_code == 422
    assert first.post(refuse_page, {"why": "repeated", "seen": "yesterday"}).status_code == 400
    assert first.post(refuse_page, {"why": "repeated", **seen}).status_code == 303
    with_proposal = first.get("/console/holding").text
    assert "another person has to look at it" in with_proposal
    assert "/console/holding/confirm" not in with_proposal
    proposal = {"refusal": with_proposal.split('name="refusal" value="')[1][:36]}
    assert first.post("/console/holding/confirm", proposal, page="/console/holding").status_code == 409
    assert "Refuse 1 case" in second.get("/console/holding").text
    assert second.post("/console/holding/confirm", proposal, page="/console/holding").status_code == 303
    assert "It was refused as part of a flood" in first.get(f"/console/case/{case}").text
    assert "Nothing waits here" in first.get("/console/holding").text


def test_an_agent_lets_cases_through_on_the_page(intake: Context, narrow: None) -> None:
    agent, (one, *rest) = sign_in(create_app(intake), intake, "person-1"), flood(intake, 3)
    answer = agent.post(f"/console/holding/case/{one}", {}, page=f"/console/case/{one}")
    assert (answer.status_code, held(intake, one)) == (303, "")
    page = agent.get("/console/holding").text
    fields = {name: page.split(f'name="{name}" value="')[1].split('"')[0] for name in ("group", "seen")}
    answer = agent.post("/console/holding/let-through", fields, page="/console/holding")
    assert (answer.status_code, [held(intake, case) for case in rest]) == (303, ["", ""])
    assert agent.post("/console/holding/let-through", fields, page=f"/console/case/{one}").status_code == 409


def test_an_agent_of_another_company_sees_nothing_of_a_flood_and_does_nothing_about_it(
    intake: Context, narrow: None
) -> None:
    app, cases = create_app(intake), flood(intake, 2)
    [group], refusal = groups(intake), propose(intake)
    stranger = sign_in(app, intake, "person-3", "agent", controllers=("another-company",))
    assert group.references[0] not in stranger.get("/console/holding").text
    assert group.references[0] in sign_in(app, intake, "person-2").get("/console/holding").text
    mine = frozenset({"another-company"})
    for act in (
        lambda tx: let_through(tx, groups(intake)[0].id, tx.now, "person-3", mine),
        lambda tx: propose_refusal(tx, groups(intake)[0].id, tx.now, "repeated", "person-3", mine),
        lambda tx: refuse_some(tx, refusal, "person-3", mine),
        lambda tx: withdraw_refusal(tx, refusal, "person-3", mine),
    ):
        with pytest.raises(Refused), intake.transaction() as tx:
            act(tx)
    with intake.reading() as tx:
        assert (count_held(tx, mine)[0], count_held(tx)[0]) == (0, 2)
    assert {state(intake, case) for case in cases} == {CaseState.RECEIVED}


def test_whoever_asked_is_told_that_and_why_it_was_refused(intake: Context, narrow: None) -> None:
    app = create_app(intake)
    for number in range(3):
        _, visitor = post(app, "203.0.113.9", number)
    assert "GDPR Article 12(5)" not in visitor.get("/received").text
    refuse(intake, propose(intake), "person-2")
    told = visitor.get("/received").text
    assert "GDPR Article 12(5)" in told
    assert "/prove/" not in told
