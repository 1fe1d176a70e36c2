"""A letter on paper: an agent opens the case, its time runs from the day it came, and its person gets the answer."""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from company_facts import customer
from journeys.steps import COMPANY, fetch, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent, code_in

PERSON = 41


def test_a_letter_that_came_last_week_is_answered_to_whoever_wrote_it(house: House, cy: Agent, tmp_path: Path) -> None:
    email = customer(house.company, PERSON)
    arrived = datetime.now(ZoneInfo("Europe/Stockholm")).date() - timedelta(days=7)
    day = {"received-day": str(arrived.day), "received-month": str(arrived.month), "received-year": str(arrived.year)}
    cy.open(f"/console/new/{COMPANY}")
    given = {"channel": "letter", "rights": ["access"], "identifier-email": email, "language": "en"}
    missing = cy.send(cy.form_with("received-day"), expect=422, **given)
    assert "the time runs from it" in missing.html
    cy.send(cy.form_with("received-day"), **given, **day)
    case = cy.page.path.split("/")[-1]
    # The house promises 21 days, and a week of them is gone.
    assert "in 14 days" in text_of(cy.page)

    def invited() -> list[str]:
        return [letter for letter in house.letters_to(email) if f"/prove/{case}" in letter]

    wait_until(invited, 60, "the person has been told where to confirm who asks")
    assert not [letter for letter in house.letters_to(email) if code_in(letter)], "no code goes to no browser"
    with house.person("en") as person:
        person.case = case
        codes = house.codes_for(email)
        person.open(f"/prove/{case}")
        person.press(f"/prove/{case}/code")
        person.prove(codes)
        assert person.page.path == f"/case/{case}"
        file = fetch(house, person, email, tmp_path)
    assert "Everything was proved." in house.run("verify", str(file), of="fulfilment")
