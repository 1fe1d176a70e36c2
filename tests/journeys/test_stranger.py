"""A stranger asks: what they see and what comes to them tells nothing of who is a customer."""

import re

from company_facts import LOOK_ALIKE
from journeys.steps import text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent, Page, Person, code_in

NOBODY = "nobody.at.all@example.com"
TYPED = "typed.by.somebody@example.net"


def shown_to(house: House, email: str, contact: str) -> tuple[Person, list[Page]]:
    """Every page that somebody sees up to the code, and after a code that is wrong."""
    person = house.person("en")
    person.ask(["access"], email, contact=contact)
    pages = [person.page]
    pages.append(person.press(f"/prove/{person.case}/code"))
    pages.append(person.send(person.form_with("code"), code="K7MP-4XWR", expect=422))
    return person, pages


def without_the_case(page: Page, case: str) -> str:
    """The page's text but for what is each request's own: its id and its tokens."""
    html = re.sub(r'name="csrf_token" value="[^"]+"|nonce="[^"]+"', "", page.html)
    return html.replace(case, "CASE")


def test_a_stranger_sees_the_pages_that_a_customer_sees(house: House) -> None:
    stranger, seen = shown_to(house, NOBODY, TYPED)
    customer, known = shown_to(house, LOOK_ALIKE, "another@example.net")
    with stranger, customer:
        assert [page.status for page in seen] == [page.status for page in known]
        for mine, theirs in zip(seen, known, strict=True):
            assert without_the_case(mine, stranger.case) == without_the_case(theirs, customer.case)


def test_a_stranger_gets_one_acknowledgement_and_no_code(house: House, ada: Agent) -> None:
    with house.person("en") as person:
        case = person.ask(["access", "erasure"], "somebody.else.unknown@example.com", contact="one.letter@example.net")
        wait_until(lambda: house.letters_to("one.letter@example.net"), 60, "the acknowledgement has come")
        wait_until(lambda: "no stored address" in text_of(ada.open(f"/console/case/{case}")), 60, "it is unmatched")
        person.press(f"/prove/{case}/code")
        line = next(each for each in rows_of(ada.open("/console")) if case in each)
    assert "no stored address" in line
    assert "waits for proof" in line
    letters = house.letters_to("one.letter@example.net")
    assert len(letters) == 1
    assert code_in(letters[0]) is None
    assert case not in letters[0]
    assert not house.letters_to("somebody.else.unknown@example.com")


def rows_of(page: Page) -> list[str]:
    """The lines of the queue."""
    return page.html.split("<tr>")
