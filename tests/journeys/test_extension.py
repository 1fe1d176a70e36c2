"""More time: decided by an agent, told to the person with its reason, and only then a later day for everybody."""

import re

from company_facts import customer
from journeys.steps import prove, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent

PERSON = 73
WORDS = "Old letters on paper have to be read one by one."


def latest_day(text: str) -> str:
    """The day that a case's page names as the last one."""
    found = re.search(r"At the latest it is (.*?) \(", text)
    assert found, text
    return found.group(1)


def test_a_case_gets_more_time_once_its_person_was_told(house: House, cy: Agent) -> None:
    email = customer(house.company, PERSON)
    with house.person("en") as person:
        case = prove(house, person, ["erasure"], email)
        before = latest_day(text_of(person.open(f"/case/{case}")))
        page = f"/console/case/{case}"
        wait_until(lambda: f"{page}/extend" in cy.open(page).html, 60, "intake knows who asks")
        cy.follow(f"{page}/extend")
        empty = cy.send(cy.form_with("told"), expect=422, told="")
        assert "error-summary" in empty.html
        cy.send(cy.form_with("told"), reason="complexity", told=WORDS)
        assert cy.page.path == page

        def told() -> list[str]:
            return [letter for letter in house.letters_to(email) if WORDS in letter]

        wait_until(told, 60, "the person has been told")
        wait_until(
            lambda: latest_day(text_of(person.open(f"/case/{case}"))) != before, 60, "the person's page has the new day"
        )
        [letter] = told()
        assert "your request is complex" in letter
        assert "court" in letter
        timeline = text_of(cy.open(page))
        assert "The person was told in time: the dates moved" in timeline
        assert f"{page}/extend" not in cy.page.html, "a law gives one extension"
        day = latest_day(text_of(person.page))
        wait_until(lambda: day in text_of(cy.open(f"/plan/{case}")), 60, "fulfilment knows the new day")
