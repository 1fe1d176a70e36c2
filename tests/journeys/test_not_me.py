"""Somebody asks in a customer's name: the customer stops it by the letter, and shows that one request was theirs."""

import re
from pathlib import Path

from company_facts import customer
from journeys.steps import SECONDS, approve_thaw, fetch, follow_codes, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent, Person, code_in

PERSON = 101
STOP = re.compile(r"\b((?:[2-9A-HJ-NP-Z]{2}-){3}[2-9A-HJ-NP-Z]{2})\b")


def stop_code(house: House, email: str, case: str) -> str:
    """The stop code of the newest letter about a case."""

    def newest() -> str | None:
        about = [letter for letter in house.letters_to(email) if f"/prove/{case}/not-me" in letter]
        return STOP.findall(about[-1])[-1] if about else None

    return wait_until(newest, SECONDS, "a letter names the page that stops it") or ""


def test_a_customer_stops_what_somebody_asked_in_their_name(
    house: House, ada: Agent, bo: Agent, tmp_path: Path
) -> None:
    """Case 17: the code of the letter stops everything; codes, proofs and answers are good for nothing until a thaw."""
    email = customer(house.company, PERSON)
    with house.person("en") as stranger, house.person("en") as victim:
        case = stranger.ask(["access", "erasure"], email)
        code, stop = house.await_code(email), stop_code(house, email, case)
        stop_it(victim, case, stop)
        stranger.open(f"/prove/{case}")
        stranger.send(stranger.form_with("code"), code=code, expect=422)
        wait_until(lambda: any("is stopped" in each for each in house.letters_to(email)), SECONDS, "word came of it")
        wait_until(lambda: "This case is stopped" in text_of(ada.open(f"/console/case/{case}")), SECONDS, "agents see")
        own = victim.ask(["access"], email)
        wait_until(lambda: "This case is stopped" in text_of(ada.open(f"/console/case/{own}")), SECONDS, "so does it")
        contest(house, victim, own, email)
        wait_until(lambda: "two people have to decide" in text_of(ada.open(f"/console/case/{own}")), SECONDS, "seen")
        approve_thaw(ada, bo, own)
        wait_until(
            lambda: "This case is stopped" not in text_of(ada.open(f"/console/case/{own}")), SECONDS, "it goes on"
        )
        assert "This case is stopped" in text_of(ada.open(f"/console/case/{case}")), "and the stranger's does not"
        follow_codes(house, victim, own, email)
        fetch(house, victim, email, tmp_path)


def stop_it(victim: Person, case: str, stop: str) -> None:
    """Follow the letter's link, and type its stop code in."""
    victim.open(f"/prove/{case}/not-me")
    victim.send(victim.form_with("code"), code="AA-AA-AA-AA", expect=422)
    assert "Everything is stopped" in text_of(victim.send(victim.form_with("code"), code=stop))


def contest(house: House, victim: Person, case: str, email: str) -> None:
    """Show on the mailbox and the phone that it was oneself."""
    codes = house.codes_for(email)
    victim.open(f"/prove/{case}/contest")
    victim.press("/contest/code")
    for method in ("mailbox", "phone"):
        victim.send(victim.form_with("code"), code=codes(method))
    assert "Two people at the company decide now" in text_of(victim.page)
    assert code_in(victim.page.html) is None
