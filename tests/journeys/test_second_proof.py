"""A code from the mailbox alone opens nothing that harms: the one from the phone completes it, or a person looks."""

from pathlib import Path

import httpx
import pytest
from company_facts import change, customer, facts_about
from journeys.steps import AT, approve, await_answer, await_plan, prove, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent, LostWay, Page, Person, asked_method

ERASER, READER, GUESSER, UNREACHED = 11, 17, 23, 29
WRONG = "K7MP-4XWR"
MOST_TRIES = 5


def can_be_approved(agent: Agent, case: str) -> bool:
    """Whether there is a plan that somebody could approve."""
    return any("/agents/approve/" in url for _, url in agent.open(f"/plan/{case}").links)


def stands_at_the_phone(page: Page, case: str) -> bool:
    """Whether the page waits for the code from the phone."""
    return page.path.startswith(f"/prove/{case}") and asked_method(page) == "phone"


def test_an_erasure_is_planned_only_after_the_code_from_the_phone(
    house: House, ada: Agent, bo: Agent, tmp_path: Path
) -> None:
    """Cases 7 and 22: whoever reads somebody's mail for a moment destroys nothing."""
    email = customer(house.company, ERASER)
    before = facts_about(house.company, email)
    codes = house.codes_for(email)
    with house.person("en") as person:
        case = person.ask(["erasure"], email)
        assert stands_at_the_phone(person.confirm(codes("mailbox")), case)
        text = codes("phone")  # all that the first code sets off has happened by now
        assert "waits for proof" in queue_line(ada, case)
        assert not can_be_approved(ada, case)
        assert facts_about(house.company, email) == before
        assert person.send(person.form_with("code"), code=text).path == f"/case/{case}"
        await_plan(ada, case)
        approve(ada, f"ada@{AT}", case)
        approve(bo, f"bo@{AT}", case)
        hand_out_by_two_codes(house, person, email, tmp_path)
    assert not facts_about(house.company, email)["shop"]["orders"]


def test_a_copy_is_made_and_handed_out_only_after_the_codes_from_the_phone(house: House, tmp_path: Path) -> None:
    email = customer(house.company, READER)
    with house.person("en") as person:
        prove(house, person, ["access"], email)
        hand_out_by_two_codes(house, person, email, tmp_path)


def hand_out_by_two_codes(house: House, person: Person, email: str, into: Path) -> None:
    """Fetch an answer, and look at what the first of the two codes lets somebody do: nothing."""
    await_answer(person)
    codes = house.codes_for(email)
    person.ask_to_fetch()
    person.send(person.form_with("code"), code=codes("mailbox"))
    assert stands_at_the_phone(person.page, person.case)
    assert "ticket" not in {name for form in person.page.forms for name in form.names}
    assert refuses_to_hand_out(house)
    person.send(person.form_with("code"), code=codes("phone"))
    file = person.fetch(person.form_with("ticket"), into)
    assert "Everything was proved." in house.run("verify", str(file), of="fulfilment")


def refuses_to_hand_out(house: House) -> bool:
    """Whether the download's door wants more than a word."""
    door = house.env("fulfilment")["HABEAS_DOWNLOAD_URL"]
    answer = httpx.post(f"{door}/download", data={"ticket": "mine"}, headers={"Origin": house.portal}, timeout=30)
    return 400 <= answer.status_code < 500


def queue_line(agent: Agent, case: str) -> str:
    """The line of the queue that a case has."""
    return next(each for each in agent.open("/console").html.split("<tr>") if case in each)


def test_a_second_code_is_guessed_five_times_and_then_asked_for_anew(house: House) -> None:
    """Case 6."""
    email = customer(house.company, GUESSER)
    codes = house.codes_for(email)
    with house.person("en") as person:
        case = person.ask(["access"], email)
        person.confirm(codes("mailbox"))
        text = codes("phone")
        for _ in range(MOST_TRIES):
            assert stands_at_the_phone(person.send(person.form_with("code"), expect=422, code=WRONG), case)
        with pytest.raises(LostWay, match="answered 422"):
            person.send(person.form_with("code"), code=text)
        assert stands_at_the_phone(person.press(f"/prove/{case}/code"), case)
        assert person.send(person.form_with("code"), code=codes("phone")).path == f"/case/{case}"


def test_who_has_no_phone_is_told_that_somebody_looks_and_the_console_says_so(house: House, ada: Agent) -> None:
    email = customer(house.company, UNREACHED)
    change(house.company, "shop", "UPDATE customers SET phone = NULL WHERE email = ?", email)
    codes = house.codes_for(email)
    with house.person("en") as person:
        case = person.ask(["access"], email)
        page = person.confirm(codes("mailbox"))
        assert page.path == f"/prove/{case}"
        assert "Somebody at the company looks at it now" in text_of(page)
        assert not [form for form in page.forms if "code" in form.names], "there is nothing to type in"
        wait_until(lambda: "no second way" in text_of(ada.open(f"/console/case/{case}")), 60, "the console says why")
        assert "waits for proof" in queue_line(ada, case)
        assert not can_be_approved(ada, case)
    with house.person("en") as person:
        prove(house, person, ["complaint"], email, words="Why?")  # what harms nobody needs no more than the mailbox
