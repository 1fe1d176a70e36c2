"""What is wrong in a form or a call is told field by field, at once, and nothing of what was written is lost."""

import re
import secrets
from collections.abc import Iterator

import httpx
import pytest
from journeys.steps import COMPANY, text_of

from habeas.testing.running import House

GOOD = {"controller": COMPANY, "rights": ["access"], "identifiers": {"email": "nobody@example.com"}}


@pytest.fixture(scope="module")
def key(house: House) -> str:
    """A key of a program that opens cases."""
    return house.run("api-key", "add", "till", of="intake").strip()


@pytest.fixture
def program(house: House, key: str) -> Iterator[httpx.Client]:
    """That program."""
    with httpx.Client(base_url=house.portal, headers={"Authorization": f"Bearer {key}"}, timeout=30) as client:
        yield client


def test_a_form_names_every_field_that_is_wrong_and_keeps_what_was_written(house: House) -> None:
    with house.person("sv") as person:
        person.open("/")
        page = person.send(
            person.form_with("rights"),
            expect=422,
            rights=[],
            **{"identifier-email": "astrid.example.com", "identifier-customer_number": "%"},
            contact="not an address",
            words="Det gäller butiken i Norrköping & <b>två</b> ordrar.",
        )
    summary = page.html[page.html.index('class="error-summary"') : page.html.index("<h1")]
    linked = set(re.findall(r'href="#([^"]+)"', summary))
    assert linked == {"rights", "identifier-email", "identifier-customer_number", "contact"}
    for field in linked:
        assert f'id="{field}"' in page.html, field
    for label in ("Vad vill du?", "Din e-postadress", "Ditt kundnummer"):
        assert label in text_of(page)
    assert 'value="astrid.example.com"' in page.html
    assert "Norrköping &amp; &lt;b&gt;två&lt;/b&gt; ordrar." in page.html
    assert page.title.startswith("Fel")


def test_a_program_is_told_every_field_as_problem_details(program: httpx.Client) -> None:
    body = {"controller": COMPANY, "rights": ["everything"], "identifiers": {"email": 7}, "status": "proved"}
    answer = program.post("/api/cases", json=body, headers={"Idempotency-Key": secrets.token_hex(8)})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    told = answer.json()
    assert {"status", "title"} <= told.keys()
    assert told["status"] == 422
    fields = " ".join(each["field"] for each in told["errors"])
    for name in ("rights", "identifiers", "status"):
        assert name in fields, told


def test_a_program_is_told_what_the_policy_finds_wrong(program: httpx.Client) -> None:
    body = GOOD | {"identifiers": {"shoe_size": "43"}, "contact": "nowhere", "language": "sl"}
    answer = program.post("/api/cases", json=body, headers={"Idempotency-Key": secrets.token_hex(8)})
    assert answer.status_code == 422
    fields = {each["field"] for each in answer.json()["errors"]}
    assert fields == {"identifiers.shoe_size", "identifiers.email", "contact", "language"}


@pytest.mark.parametrize("text", ["", "{", "[]", '"text"', '{"controller": 1, "controller": 2}', "\x00"])
def test_what_is_no_json_object_is_refused_in_the_same_shape(program: httpx.Client, text: str) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
    answer = program.post("/api/cases", content=text.encode(), headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_call_that_is_sent_twice_opens_one_case(program: httpx.Client) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    first, second = (program.post("/api/cases", json=GOOD, headers=headers) for _ in range(2))
    assert (first.status_code, first.json()) == (201, second.json())


@pytest.mark.parametrize("key", ["", "Bearer hk_" + "x" * 43, "Basic aGs6aGs="])
def test_a_call_without_a_known_key_is_told_nothing(house: House, key: str) -> None:
    headers = {"Idempotency-Key": "12345678", **({"Authorization": key} if key else {})}
    answer = httpx.post(f"{house.portal}/api/cases", json=GOOD, headers=headers, timeout=30)
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "errors" not in answer.json()
