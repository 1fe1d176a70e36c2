"""Every way to page gives each record once and comes to an end."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from connectors.answering import open_file

from habeas.sdk import NeedsPerson, Subject

ANN = Subject({"email": ("ann@example.com",)})
ROWS = [{"id": number, "email": "ann@example.com"} for number in range(1, 8)]
FILE = """\
calls:
  find:
    %(method)s: /people
    %(body)s
    records: %(records)s
    pages: {%(pages)s}
kinds:
  person: {find: [{by: email, call: find}], key: id, match: {email: email}}
"""


def connector_of(pages: str, answer: Any, folder: Path, *, records: str = "rows", body: str = "") -> Any:
    method, inner = ("post", body) if body else ("get", 'query: {email: "{value}"}')
    return open_file(FILE % {"pages": pages, "records": records, "method": method, "body": inner}, answer, folder)


def keys(connector: Any) -> list[str]:
    return [each.key for each in connector.export(ANN)]


ALL = [str(each["id"]) for each in ROWS]


def test_by_offset_until_a_page_is_empty(tmp_path: Path) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append((request.url.params["from"], request.url.params["limit"]))
        start = int(request.url.params["from"])
        return httpx.Response(200, json={"rows": ROWS[start : start + 3]})

    assert keys(connector_of("offset: query.from, size: 3, send_size: query.limit", answer, tmp_path)) == ALL
    assert asked == [("0", "3"), ("3", "3"), ("6", "3"), ("7", "3")]


def test_by_offset_to_a_total_without_another_call(tmp_path: Path) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params["from"])
        start = int(request.url.params["from"])
        return httpx.Response(200, json={"rows": ROWS[start : start + 2], "meta": {"total": "7"}})

    assert keys(connector_of("offset: query.from, size: 3, total: meta.total", answer, tmp_path)) == ALL
    assert asked == ["0", "2", "4", "6"]  # counted by what came, as the vendor gives fewer than it was asked for


def test_by_the_number_of_the_page_in_a_form(tmp_path: Path) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.content.decode())
        page = int(request.content.decode().rpartition("=")[2])
        return httpx.Response(200, json={"rows": ROWS[(page - 1) * 3 : page * 3]})

    assert keys(connector_of("page: form.page", answer, tmp_path, body="form: {module: API}")) == ALL
    assert asked == [f"module=API&page={number}" for number in (1, 2, 3, 4)]


def test_by_the_last_record_until_a_page_is_empty(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        after = int(request.url.params.get("after", "0"))
        return httpx.Response(200, json={"rows": [each for each in ROWS if each["id"] > after][:3]})

    assert keys(connector_of("last: id, send: query.after", answer, tmp_path)) == ALL


def test_by_the_last_record_until_the_vendor_says_that_there_is_no_more(tmp_path: Path) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        after = int(request.url.params.get("after", "0"))
        left = [each for each in ROWS if each["id"] > after]
        return httpx.Response(200, json={"rows": left[:4], "has_more": len(left) > 4})

    assert keys(connector_of("last: id, send: query.after, more: has_more", answer, tmp_path)) == ALL
    assert len(asked) == 2


def test_by_a_cursor_in_a_body(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        start = int(json.loads(request.content)["page"]["after"])
        return httpx.Response(200, json={"rows": ROWS[start : start + 3], "next": str(start + 3) if start < 6 else ""})

    pages = 'cursor: next, send: json.page.after, start: "0"'
    assert keys(connector_of(pages, answer, tmp_path, body='json: {email: "{value}"}')) == ALL


def test_by_a_link_in_the_header(tmp_path: Path) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params.get("page", "1"))
        link = {"Link": f'<https://api.example.com/people?page={page + 1}>; rel="next"'} if page < 3 else {}
        return httpx.Response(200, json=ROWS[(page - 1) * 3 : page * 3], headers=link)

    assert keys(connector_of("link: next", answer, tmp_path, records='"@"')) == ALL


@pytest.mark.parametrize(
    ("pages", "answers", "what"),
    [
        ("offset: query.from, size: 3, most: 4", lambda n: {"rows": [ROWS[0] | {"id": n}]}, "more than 4 pages"),
        ("cursor: next, send: query.c", lambda _: {"rows": ROWS[:1], "next": "x"}, "the same page again"),
        (
            "cursor: next, send: query.c, more: has_more",
            lambda _: {"rows": ROWS[:1], "has_more": True},
            "next is missing",
        ),
        (
            "cursor: next, send: query.c, more: has_more",
            lambda _: {"rows": ROWS[:1], "next": "x"},
            "has_more is missing",
        ),
        ("last: number, send: query.c", lambda _: {"rows": ROWS[:1]}, "number is missing"),
        ("offset: query.from, size: 3, total: total", lambda _: {"rows": ROWS[:1]}, "total is no number"),
    ],
)
def test_what_would_never_end_or_end_too_early_goes_to_a_person(
    pages: str, answers: Any, what: str, tmp_path: Path
) -> None:
    count = iter(range(10_000))
    connector = connector_of(pages, lambda _: httpx.Response(200, json=answers(next(count))), tmp_path)
    with pytest.raises(NeedsPerson, match=f"find: .*{what}"):
        keys(connector)


def test_an_answer_as_long_as_the_vendor_ever_gives_goes_to_a_person(tmp_path: Path) -> None:
    text = FILE.replace("pages: {%(pages)s}", "most_records: 7") % {
        "records": "rows", "method": "get", "body": 'query: {email: "{value}"}',
    }  # fmt: skip
    whole = open_file(text, lambda _: httpx.Response(200, json={"rows": ROWS}), tmp_path)
    with pytest.raises(NeedsPerson, match="no more than 7 records"):
        keys(whole)
    assert keys(open_file(text, lambda _: httpx.Response(200, json={"rows": ROWS[:6]}), tmp_path)) == ALL[:6]


def test_pages_are_given_on_as_they_come(tmp_path: Path) -> None:
    asked = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        start = int(request.url.params["from"])
        return httpx.Response(200, json={"rows": ROWS[start : start + 2]})

    export = connector_of("offset: query.from, size: 2", answer, tmp_path).export(ANN)
    assert [next(export).key, next(export).key] == ["1", "2"]
    assert len(asked) == 1
