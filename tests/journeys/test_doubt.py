"""An agent has reason to doubt who asks: then two codes are not enough any more, and nothing happens by itself."""

from company_facts import customer
from journeys.steps import text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent

PERSON = 113


def test_a_case_in_doubt_needs_more_than_two_codes(house: House, cy: Agent) -> None:
    """Case 17: somebody may hold a person's mailbox and phone."""
    email = customer(house.company, PERSON)
    codes = house.codes_for(email)
    with house.person("en") as person:
        case = person.ask(["access"], email)
        first = codes("mailbox")
        cy.open(f"/console/case/{case}")
        cy.follow("/agents/who/")
        assert "Needed A2" in text_of(cy.page)
        cy.send(cy.form_with("why"), why="former_employer")
        assert "Needed A3" in text_of(cy.page)
        person.confirm(first)
        page = person.send(person.form_with("code"), code=codes("phone"))
        assert "the company has to be surer still" in text_of(page)
        wait_until(lambda: "Another way to know" in text_of(cy.open(f"/console/case/{case}")), 60, "an agent is told")
        assert "The answer is ready" not in cy.page.html
