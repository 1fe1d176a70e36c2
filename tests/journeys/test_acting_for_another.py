"""A company acts for people: each is asked on the stored channel whether it does, and what they say is done."""

import json
import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest
from company_facts import customer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from document_code import run_code_of
from journeys.steps import COMPANY, fetch, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Person

sign_call = run_code_of("acting-for-people.md")["sign_call"]
KEY = Ed25519PrivateKey.generate()
NAME, REFERENCE = "right-hand", "RH-2026-0017"
AGREES, REFUSES, CHILD = 161, 167, 173


class RightHand:
    """The agent's program."""

    def __init__(self, house: House, bearer: str) -> None:
        self.house, self.bearer = house, {"Authorization": f"Bearer {bearer}"}

    def ask(self, email: str, **more: Any) -> httpx.Response:
        """Open a case for somebody."""
        body = {
            "controller": COMPANY,
            "rights": ["access"],
            "identifiers": {"email": email},
            "on_behalf": {"agent_reference": REFERENCE, "mandate": "attested"},
            **more,
        }
        return self.send(json.dumps(body).encode())

    def send(self, body: bytes, *, signed_for: bytes | None = None) -> httpx.Response:
        """Send a body, signed for itself or for another."""
        url = f"{self.house.portal}/api/cases"
        headers = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
        signed = sign_call(NAME, KEY, url, body if signed_for is None else signed_for, headers)
        return httpx.post(url, content=body, headers={**signed, **self.bearer}, timeout=30)

    def look(self, case: str) -> httpx.Response:
        """See where a case stands."""
        return httpx.get(f"{self.house.portal}/api/cases/{case}", headers=self.bearer, timeout=30)


@pytest.fixture(scope="module")
def agent(house: House, tmp_path_factory: pytest.TempPathFactory) -> RightHand:
    """An authorised agent with a key of its own."""
    pem = tmp_path_factory.mktemp("agent") / "agent.pem"
    pem.write_bytes(KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    added = house.run("api-key", "add", NAME, "--acts-for-others", "--public-key", str(pem), of="intake")
    return RightHand(house, added.strip())


def await_question(house: House, case: str, email: str) -> str:
    """Wait for the letter that asks, and return it."""

    def letters() -> list[str]:
        return [each for each in house.letters_to(email) if f"/prove/{case}/mandate" in each]

    wait_until(letters, 60, "the person is asked whether somebody acts for them")
    return letters()[0]


def show_channels(house: House, person: Person, case: str, email: str, *, all_of_them: bool) -> None:
    """Follow the letter and show one stored channel, or all that the case needs."""
    person.case = case
    codes = house.codes_for(email)
    person.open(f"/prove/{case}/mandate")
    person.press(f"/prove/{case}/code")
    person.send(person.form_with("code"), code=codes("mailbox"))
    if all_of_them and "code" in {name for form in person.page.forms for name in form.names}:
        person.send(person.form_with("code"), code=codes("phone"))
    person.open(f"/prove/{case}/mandate")


def test_a_person_approves_who_acts_for_them_and_gets_the_answer_themselves(
    house: House, agent: RightHand, tmp_path: Path
) -> None:
    """Case 20."""
    email = customer(house.company, AGREES)
    case = agent.ask(email).json()["id"]
    letter = await_question(house, case, email)
    assert NAME not in letter
    assert REFERENCE not in letter
    with house.person("en") as person:
        show_channels(house, person, case, email, all_of_them=True)
        shown = text_of(person.page)
        assert NAME in shown
        assert REFERENCE in shown
        assert agent.look(case).json()["state"] == "received"
        person.send(person.form_with("answer"), answer="yes")
        file = fetch(house, person, email, tmp_path)
    assert "Everything was proved." in house.run("verify", str(file), of="fulfilment")
    assert agent.look(case).json()["state"] in ("answered", "closed")


def test_a_no_takes_the_mailbox_alone_and_closes_the_case_to_the_agent(house: House, agent: RightHand) -> None:
    """Case 20."""
    email = customer(house.company, REFUSES)
    case = agent.ask(email).json()["id"]
    await_question(house, case, email)
    with house.person("sv") as person:
        show_channels(house, person, case, email, all_of_them=False)
        page = person.send(person.form_with("answer"), answer="no")
        assert "ingenting händer" in text_of(page)
    wait_until(lambda: agent.look(case).status_code == 404, 60, "the agent sees the case no more")


def test_a_call_that_was_changed_on_the_way_opens_nothing(house: House, agent: RightHand) -> None:
    body = {"controller": COMPANY, "rights": ["access"], "identifiers": {"email": "nobody@example.com"}}
    answer = agent.send(json.dumps(body).encode(), signed_for=b"{}")
    assert answer.status_code == 401


def test_a_guardian_s_case_waits_for_a_person_and_nothing_is_sent(house: House, agent: RightHand, ada: Any) -> None:
    """Case 19."""
    email = customer(house.company, CHILD)
    before = len(house.letters_to(email))
    case = agent.ask(email, capacity="guardian").json()["id"]

    def waits() -> bool:
        return "a person has to see" in text_of(ada.open(f"/console/case/{case}"))

    wait_until(waits, 60, "the agents are told")
    assert len(house.letters_to(email)) == before
    assert agent.look(case).json()["state"] == "received"
