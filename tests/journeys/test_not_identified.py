"""Somebody whom nobody knows: they see where their request stands, learn what would help, and tell more."""

import re

from company_facts import customer
from journeys.steps import SECONDS, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent, Person

PERSON = 107
FORMER = "an.address.of.long.ago@example.com"


def test_who_cannot_be_identified_learns_what_would_help_and_is_known_by_it(house: House, cy: Agent) -> None:
    """Law: GDPR Art. 11(2), 12(2) and 12(6)."""
    email = customer(house.company, PERSON)
    with house.person("en") as person, house.person("en") as elsewhere:
        reference, secret = ask(person, FORMER)
        shown = look(elsewhere, reference, secret)
        assert "not yet" in shown
        assert "could not make sure" not in shown
        case = person.case
        wait_until(lambda: "no stored address" in text_of(cy.open(f"/console/case/{case}")), SECONDS, "it is unmatched")
        cy.follow("/unidentified")
        cy.send(cy.form_with("reason"), reason="nothing_fits")
        assert "Nothing that the company holds fits" in text_of(cy.page)
        shown = look(elsewhere, reference, secret)
        assert "could not make sure that it is you" in shown
        assert "Integritetsskyddsmyndigheten" in shown
        assert "Nothing that the company holds" not in shown
        before = house.codes_to(email)
        elsewhere.send(elsewhere.form_with("identifier-email"), **{"identifier-email": email})
        assert "We search again with what you told" in text_of(elsewhere.page)
        person.confirm(house.await_code(email, before))
        assert FORMER not in person.page.html


def ask(person: Person, email: str) -> tuple[str, str]:
    """Ask by the portal's form; return the number and the secret of the page after it."""
    person.open("/")
    person.send(person.form_with("rights"), rights=["access"], **{"identifier-email": email})
    reference = re.search(r"H-[0-9A-Z]{4}-[0-9A-Z]{4}", person.page.html)
    secret = re.search(r"<strong>([0-9A-Z]{4}-[0-9A-Z]{4})</strong>", person.page.html)
    assert reference
    assert secret
    person.follow("/prove/")
    person.case = person.page.path.split("/")[2]
    return reference[0], secret[1]


def look(person: Person, reference: str, secret: str) -> str:
    """Look where a request stands, in a browser that knows nothing of it; what does not fit shows nothing."""
    person.open("/status")
    person.send(person.form_with("secret"), reference=reference, secret="AAAA-AAAA", expect=422)
    return text_of(person.send(person.form_with("secret"), reference=reference, secret=secret))
