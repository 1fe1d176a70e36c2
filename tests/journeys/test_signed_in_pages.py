"""The company's own signed-in page opens a case, and says who is signed in there."""

import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest
from company_facts import customer
from document_code import run_code_of
from journeys.steps import COMPANY, OWN_PAGES, fetch, text_of

from habeas.testing.running import House
from habeas.testing.waiting import wait_until
from habeas.testing.walk import Agent

SIGNED_IN = 179
make_assertion = run_code_of("acting-for-people.md")["make_assertion"]


@pytest.fixture(scope="module")
def shop(house: House) -> dict[str, str]:
    """What the company's site calls with."""
    return {"Authorization": f"Bearer {house.run('api-key', 'add', 'own-pages', of='intake').strip()}"}


def ask(house: House, shop: dict[str, str], email: str, assertion: str) -> str:
    body = {"controller": COMPANY, "rights": ["access"], "identifiers": {"email": email}, "assertion": assertion}
    headers = {**shop, "Idempotency-Key": secrets.token_hex(8)}
    answer = httpx.post(f"{house.portal}/api/cases", json=body, headers=headers, timeout=30)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def state(house: House, shop: dict[str, str], case: str) -> Any:
    return httpx.get(f"{house.portal}/api/cases/{case}", headers=shop, timeout=30).json()["state"]


def test_whoever_is_signed_in_proves_nothing_twice_and_fetches_by_the_stored_channels(
    house: House, shop: dict[str, str], tmp_path: Path
) -> None:
    email = customer(house.company, SIGNED_IN)
    case = ask(house, shop, email, make_assertion(OWN_PAGES, house.portal, COMPANY, {"email": email}))
    wait_until(lambda: state(house, shop, case) in ("proved", "answered"), 60, "it is proved at once")
    with house.person("en") as person:
        person.case = case
        codes = house.codes_for(email)
        person.open(f"/prove/{case}")
        person.press(f"/prove/{case}/code")
        person.send(person.form_with("code"), code=codes("mailbox"))
        file = fetch(house, person, email, tmp_path)
    assert "Everything was proved." in house.run("verify", str(file), of="fulfilment")


def test_an_assertion_that_was_used_leaves_the_case_open_and_the_timeline_says_why(
    house: House, shop: dict[str, str], ada: Agent
) -> None:
    email = customer(house.company, SIGNED_IN)
    assertion = make_assertion(OWN_PAGES, house.portal, COMPANY, {"email": email})
    first, second = ask(house, shop, email, assertion), ask(house, shop, email, assertion)
    wait_until(lambda: state(house, shop, first) != "received", 60, "the first is proved")

    def told() -> bool:
        return "the assertion was used before" in text_of(ada.open(f"/console/case/{second}"))

    wait_until(told, 60, "the second says why it is not")
    assert state(house, shop, second) == "received"
