"""A complaint goes from the portal to an agent, and its answer to the person; nothing is searched for it."""

from company_facts import customer
from journeys.steps import prove, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent

PERSON = 57
WORDS = "We have looked into it, and you are right: it took us too long."


def test_a_complaint_is_answered_and_closed(house: House, cy: Agent) -> None:
    email = customer(house.company, PERSON)
    with house.person("en") as person:
        case = prove(house, person, ["complaint"], email, words="You took too long.")
        page = f"/console/case/{case}"
        wait_until(lambda: f"{page}/complaint" in cy.open(page).html, 60, "intake knows who complains")
        cy.follow(f"{page}/complaint")
        assert "error-summary" in cy.send(cy.form_with("told"), expect=422, told=WORDS).html
        cy.send(cy.form_with("told"), outcome="upheld", told=WORDS)
        assert cy.page.path == page
        wait_until(lambda: any(WORDS in each for each in house.letters_to(email)), 60, "the person has the answer")
        wait_until(lambda: "the complaint is closed" in text_of(cy.open(page)), 60, "the case is closed")
        shown = person.open(f"/case/{case}")
        assert "This is answered." in text_of(shown)
        assert not [url for _, url in shown.links if "/release" in url], "there is no file to fetch"
        assert "A complaint" in text_of(cy.open(f"/plan/{case}")), "nothing is searched: a person does what it needs"
