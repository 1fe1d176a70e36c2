"""When something goes wrong: a calm page, one shape for programs, and nothing of the person or the code in either."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
import structlog
from flask import Blueprint, abort, request

from habeas.errors import Fault, Faults, HabeasError, NeedsPerson, Refused, TryLater
from habeas.testing.visitor import Visitor, make_room
from habeas.web import create_app, everyone, open_to

MARK = "kurt.olof@person.example"
WAYS: dict[str, Callable[[], None]] = {}


def goes_wrong(name: str, error: Exception) -> None:
    def fail() -> None:
        raise error

    WAYS[name] = fail


goes_wrong("bug", RuntimeError(f"SELECT * FROM person WHERE mail = '{MARK}'"))
goes_wrong("key", KeyError(MARK))
goes_wrong("refused", Refused("the case is closed"))
goes_wrong("person", NeedsPerson("two records match"))
goes_wrong("later", TryLater("the store is away", timedelta(seconds=90)))
goes_wrong("faults", Faults([Fault("email", "is no address", "name@example.com"), Fault("since", "lies ahead")]))
goes_wrong("other", HabeasError("odd"))
STATUS = {"other": 409, "bug": 500, "key": 500, "refused": 409, "person": 409, "later": 503, "faults": 422}


def make_pages() -> Blueprint:
    pages = Blueprint("pages", __name__)

    def fail(way: str) -> str:
        if way.isdigit():
            abort(int(way))
        WAYS[way]()
        return "fine"

    pages.add_url_rule("/page/<way>", "page", open_to(everyone)(fail))
    pages.add_url_rule("/api/<way>", "api", open_to(everyone)(fail))

    @pages.post("/large")
    @open_to(everyone)
    def large() -> str:
        return request.get_data(as_text=True)

    return pages


@pytest.fixture
def visitor() -> Visitor:
    return Visitor(create_app(make_room(make_pages())))


@pytest.mark.parametrize("way", WAYS)
def test_a_page_that_fails_is_calm_and_tells_nothing(
    visitor: Visitor, way: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Not on the page, not in our log, and not in the log that Flask would write a traceback to."""
    with structlog.testing.capture_logs() as log:
        answer = visitor.get(f"/page/{way}")
    assert answer.status_code == STATUS[way]
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.text.count("<h1>") == 1
    for secret in (MARK, "SELECT", "Traceback", "Error", ".py", "the case is closed", "two records", "store is away"):
        assert secret not in answer.text
    (line,) = log
    assert line["reference"] in answer.text
    assert set(line) == {"event", "log_level", "error", "reference", "status"}
    assert MARK not in json.dumps(line)
    assert caplog.records == []


@pytest.mark.parametrize("way", WAYS)
def test_a_program_gets_a_problem_in_one_shape(visitor: Visitor, way: str) -> None:
    answer = visitor.get(f"/api/{way}")
    assert (answer.status_code, answer.content_type) == (STATUS[way], "application/problem+json")
    body = answer.json
    assert body is not None
    assert body["type"] == "about:blank"
    assert body["status"] == STATUS[way]
    assert set(body) <= {"type", "title", "status", "detail", "reference", "errors"}
    assert MARK not in answer.text


def test_every_wrong_field_is_named_at_once(visitor: Visitor) -> None:
    body = visitor.get("/api/faults").json
    assert body is not None
    assert body["errors"] == [
        {"field": "email", "problem": "is no address", "expected": "name@example.com"},
        {"field": "since", "problem": "lies ahead", "expected": ""},
    ]
    page = visitor.get("/page/faults").text
    assert "email" in page
    assert "lies ahead" in page


def test_a_program_is_told_why_it_was_refused_and_when_to_come_back(visitor: Visitor) -> None:
    refused, later = visitor.get("/api/refused"), visitor.get("/api/later")
    assert refused.json is not None
    assert refused.json["detail"] == "the case is closed"
    assert later.headers["Retry-After"] == "90"


def test_why_a_person_has_to_look_is_told_to_nobody_outside(visitor: Visitor) -> None:
    assert "two records" not in visitor.get("/api/person").text


def test_a_page_that_is_not_there_answers_the_same_whatever_was_asked(visitor: Visitor) -> None:
    """Byte for byte, so that nobody learns from it what exists."""
    routed, unrouted = visitor.get("/page/404"), visitor.get("/nothing/of/this/name?a=b")
    assert routed.status_code == unrouted.status_code == 404
    assert routed.data == unrouted.data
    assert visitor.get("/api/404").data == visitor.get("/api/no/such").data


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 418, 421, 422, 429, 500, 502, 503]
)
def test_every_status_has_words_in_every_language(visitor: Visitor, status: int) -> None:
    english = visitor.get(f"/page/{status}").text
    swedish = visitor.get(f"/page/{status}", Accept_Language="sv").text
    assert english.count("<h1>") == swedish.count("<h1>") == 1
    assert english != swedish


def test_a_form_that_is_too_large_is_refused(visitor: Visitor) -> None:
    sent = visitor.send("POST", "/large", data={"words": "x" * 2_000_000}, headers={"Sec-Fetch-Site": "same-origin"})
    assert sent.status_code == 413


def test_the_reference_can_be_read_out(visitor: Visitor) -> None:
    body = visitor.get("/api/bug").json
    assert body is not None
    reference = body["reference"]
    assert len(reference) == 9
    assert not set(reference) & set("01OILU")
