"""A controller hands requests to the house as its processor: answered, called back, and taken back."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from company_facts import customer
from document_code import run_code_of
from journeys.mothership import DOMAIN_OF_HOUSE, Mothership, is_ours
from journeys.steps import COMPANY, OWN_PAGES, fetch

from habeas.testing.running import House
from habeas.testing.waiting import wait_until

ASKED = 131
make_assertion = run_code_of("acting-for-people.md")["make_assertion"]
Call = Callable[..., httpx.Response]


@pytest.fixture(scope="module")
def mothership() -> Iterator[Mothership]:
    with Mothership() as mothership:
        yield mothership


@pytest.fixture(scope="module")
def call(house: House, mothership: Mothership) -> Call:
    """Calls the house's door as its controller; each answer about a request has to be signed."""
    callback = f"{mothership.url}/opendsr/callbacks"
    key = house.run("api-key", "add", "mothership", "--controller", COMPANY, "--callback", callback, of="intake")

    def call(method: str, path: str, **content: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key.strip()}"}
        answer = httpx.request(method, f"{house.portal}/opendsr/v2{path}", headers=headers, timeout=30, **content)
        assert answer.is_success, answer.text
        assert is_ours(answer.content, answer.headers)
        return answer

    return call


def request_of(mothership: Mothership, email: str, **more: Any) -> dict[str, Any]:
    return {
        "regulation": "gdpr",
        "subject_request_id": str(uuid4()),
        "subject_request_type": "access",
        "submitted_time": datetime.now(UTC).isoformat(),
        "subject_identities": [{"identity_type": "email", "identity_value": email, "identity_format": "raw"}],
        "status_callback_urls": [f"{mothership.url}/opendsr/callbacks"],
        **more,
    }


def case_in(house: House, email: str) -> str:
    """The case that the letters to somebody name."""
    (case,) = {each for letter in house.letters_to(email) for each in re.findall(r"/case/([0-9a-f-]{36})", letter)}
    return str(case)


def test_a_request_is_answered_to_its_person_and_its_controller_is_told_each_step(
    house: House, call: Call, mothership: Mothership, tmp_path: Path
) -> None:
    email = customer(house.company, ASKED)
    assertion = make_assertion(OWN_PAGES, house.portal, COMPANY, {"email": email})
    asked = request_of(mothership, email, extensions={DOMAIN_OF_HOUSE: {"assertion": assertion}})
    number = asked["subject_request_id"]
    assert call("POST", "/requests", json=asked).status_code == 201
    told = mothership.told.setdefault(number, [])
    wait_until(lambda: told[-1:] == ["completed"], 90, "the controller is told that it is completed")
    assert told in (["in_progress", "completed"], ["completed"])
    assert call("GET", f"/requests/{number}").json()["request_status"] == "completed"
    with house.person("en") as person:
        person.case = case_in(house, email)
        codes = house.codes_for(email)
        person.open(f"/prove/{person.case}")
        person.press(f"/prove/{person.case}/code")
        person.send(person.form_with("code"), code=codes("mailbox"))
        file = fetch(house, person, email, tmp_path)
    assert "Everything was proved." in house.run("verify", str(file), of="fulfilment")


def test_a_request_that_is_taken_back_stands_still_and_its_controller_is_told(
    house: House, call: Call, mothership: Mothership
) -> None:
    asked = request_of(mothership, customer(house.company, ASKED), subject_request_type="erasure")
    number = asked["subject_request_id"]
    call("POST", "/requests", json=asked)
    assert call("GET", f"/requests/{number}").json()["request_status"] == "pending"
    assert call("DELETE", f"/requests/{number}").status_code == 202
    told = mothership.told.setdefault(number, [])
    wait_until(lambda: told == ["cancelled"], 60, "the controller is told that it is cancelled")
    assert call("GET", f"/requests/{number}").json()["request_status"] == "cancelled"
