"""A person moves their letters to another address: nothing goes there in time, and the old one can stop it."""

from company_facts import customer
from journeys.steps import SECONDS, prove, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Person, code_in

PERSON = 103
NEW = "moved.there@example.net"


def test_letters_go_elsewhere_only_after_three_days_in_which_the_old_address_can_stop_it(house: House) -> None:
    """Case 4: until the hold is over the new address gets a code and one notice, and nothing else."""
    email = customer(house.company, PERSON)
    with house.person("en") as person:
        case = prove(house, person, ["access"], email)
        codes, page = house.codes_for(email), f"/prove/{case}/address"
        person.open(page)
        person.press("/address/code")
        for method in ("mailbox", "phone"):
            person.send(person.form_with("code"), code=codes(method))
        person.send(person.form_with("address"), address=NEW)
        person.send(person.form_with("code"), code=house.await_code(NEW))
        assert "The new address answered" in text_of(person.page)
        wait_until(lambda: len(house.letters_to(NEW)) == 2, SECONDS, "the new address is told")
        told = wait_until(lambda: notice(house, email, page), SECONDS, "the old address is told") or ""
        assert NEW not in told
        wait_until(lambda: "/release" in str(person.open(f"/case/{case}").links), SECONDS, "the answer is ready")
        wait_until(lambda: any(f"/case/{case}" in each for each in house.letters_to(email)), SECONDS, "and told")
        stop_from_the_old_one(house, email, case)
    letters = house.letters_to(NEW)
    assert [code_in(letter) is not None for letter in letters] == [True, False]
    assert not any(f"/case/{case}" in letter or "not-me" in letter for letter in letters)


def notice(house: House, email: str, page: str) -> str | None:
    """The letter that names the page on which a change is stopped."""
    return next((letter for letter in house.letters_to(email) if page in letter), None)


def stop_from_the_old_one(house: House, email: str, case: str) -> None:
    """Stop the change in another browser, by a code to the old mailbox alone."""
    with house.person("en") as another:
        codes, page = house.codes_for(email), f"/prove/{case}/address"
        another.open(page)
        another.press("/address/code")
        another.send(another.form_with("code"), code=codes("mailbox"))
        assert "A change is under way" in text_of(another.page)
        assert NEW not in another.page.html
        another.press("/address/cancel")
        assert "The change is stopped" in text_of(another.page)
        assert isinstance(another, Person)
