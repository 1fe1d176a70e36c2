"""Values change what is asked for, never what a request is: every slot encodes for its place."""

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

import httpx
import pytest
from connectors.answering import open_file
from connectors.postbox import Postbox, open_postbox
from hypothesis import given, settings
from hypothesis import strategies as st

from habeas.connectors.http.account import read_account
from habeas.connectors.http.filters import Unsearchable, to_e164
from habeas.connectors.http.requests import Outgoing, build
from habeas.connectors.http.templates import Slots, Unplaceable, parse
from habeas.sdk import Correction, Faults, NeedsPerson, Subject

FILE = """\
version: 1
vendor: everything
about: Every place that a value can stand in
base_url: https://api.example.com/base
options: {folder: {type: path, default: /a/b}, lists: {type: list, default: [x, y]}}
calls:
  find:
    post: "{options.folder}/people/mail:{value}/found"
    query: {q: "{value}", list: "{options.lists}", soql: "SELECT Id FROM Contact WHERE Email = '{value|single_quoted}'"}
    json:
      exact: "{value}"
      where: 'properties["$email"] == "{value|double_quoted}"'
      hashed: ["{value|trim|lower|sha256}"]
      deep: [{a: {b: "{value}"}}]
      braces: "{{not a slot}}"
    headers: {X-Folder: "{options.folder}"}
    records: rows
  look: {get: "/people/{value}/traits", records: rows}
  form:
    post: /form
    form: {segment: "userId=={value|url};visitCount>0", plain: "{value}", module: API}
    records: rows
  erase:
    delete: /people/{key}
    expect: [204]
    idempotency: Idempotency-Key
kinds:
  person:
    find: [{by: email, call: find}, {by: user_id, call: form}, {by: user_id, call: look}]
    key: id
    match: {email: email, user_id: user_id}
    erase: {does: erases, steps: [erase]}
"""
NASTY = [
    "ann'@example.com", 'ann"@example.com', "ann\\@example.com", "a/../../admin@example.com", "a%2Fb@example.com",
    "a%252e%252e@example.com", "a\r\nX-Evil: yes@example.com", "a?x=1&y=2#z@example.com", "' OR '1'='1",
    "x' OR Name LIKE '", '" || `true` || "', '"}],"evil":[{"a":"', "{value}", "{{value}}", "ann+tag@example.com",
    "ann;b,c@example.com", "\u0430nn@example.com", "\uff07 OR 1=1", "..", "%00", "\x00", "a b@example.com",
    "&list=all", "userId==1;visitIp>0",
]  # fmt: skip
ANY_TEXT = st.one_of(st.sampled_from(NASTY), st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60))


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("everything")
    (folder / "it.yaml").write_text(FILE)
    return read_account({"vendor_file": "it.yaml", "activities": {"default": "crm"}}, folder)


def request_of(account: Any, name: str, **slots: Any) -> Outgoing:
    return build(account.vendor.calls[name], account.slots(**slots), account.base_urls["default"], account.raw)


def unescape(text: str) -> str:
    """What a reader of backslash escapes makes of a text; fails at the first quote that would end it."""
    found, rest = "", iter(text)
    for each in rest:
        assert each not in "'\""
        found += next(rest) if each == "\\" else each
    return found


def test_no_value_changes_the_shape_of_a_request(account: Any, counts: Any) -> None:
    tried = {"sent": 0, "refused": 0}

    @settings(max_examples=counts(300, 20_000), deadline=None, database=None)
    @given(value=ANY_TEXT)
    def try_it(value: str) -> None:
        try:
            outgoing = request_of(account, "find", value=value)
        except NeedsPerson:
            tried["refused"] += 1
            return
        tried["sent"] += 1
        url = httpx.URL(outgoing.url)
        raw_path, _, query = url.raw_path.decode("ascii").partition("?")
        assert (url.scheme, url.host, url.userinfo) == ("https", "api.example.com", b"")
        segments = raw_path.split("/")
        assert segments[:5] == ["", "base", "a", "b", "people"]
        assert unquote(segments[5], errors="surrogatepass") == f"mail:{value}"
        assert segments[6:] == ["found"]
        asked = parse_qs(query, keep_blank_values=True, strict_parsing=True, errors="surrogatepass")
        assert asked.keys() == {"q", "list", "soql"}
        assert (asked["q"], asked["list"]) == ([value], ["x", "y"])
        (soql,) = asked["soql"]
        before, after = "SELECT Id FROM Contact WHERE Email = '", "'"
        assert soql.startswith(before)
        assert soql.endswith(after)
        assert unescape(soql[len(before) : -1]) == value
        body = json.loads(outgoing.content or b"")
        assert body == {
            "exact": value,
            "where": body["where"],
            "hashed": [hashlib.sha256(value.strip().lower().encode()).hexdigest()],
            "deep": [{"a": {"b": value}}],
            "braces": "{not a slot}",
        }
        assert json.loads(body["where"].removeprefix('properties["$email"] == ')) == value
        assert outgoing.headers == {"X-Folder": "/a/b"}

    try_it()
    assert tried["sent"] > 20
    assert tried["refused"] > 5  # what cannot be printed has no place in a query language, a slash none in a path


def test_no_value_changes_a_form(account: Any, counts: Any) -> None:
    @settings(max_examples=counts(200, 10_000), deadline=None, database=None)
    @given(value=ANY_TEXT)
    def try_it(value: str) -> None:
        outgoing = request_of(account, "form", value=value)
        form = parse_qs((outgoing.content or b"").decode("ascii"), keep_blank_values=True, strict_parsing=True)
        assert form.keys() == {"segment", "plain", "module"}
        assert form["plain"] == [value]
        (segment,) = form["segment"]
        condition, count = segment.split(";")
        assert count == "visitCount>0"
        assert unquote(condition.removeprefix("userId==")) == value
        assert not set(",;&<>=!") & set(condition.removeprefix("userId=="))

    try_it()


def test_no_value_leaves_its_segment_of_a_path(account: Any, counts: Any) -> None:
    @settings(max_examples=counts(200, 10_000), deadline=None, database=None)
    @given(value=ANY_TEXT)
    def try_it(value: str) -> None:
        try:
            outgoing = request_of(account, "look", value=value)
        except Unplaceable:
            assert value in (".", "..")
            return
        raw = httpx.URL(outgoing.url).raw_path.decode("ascii")
        before, people, segment, traits = raw.removeprefix("/base").split("/")
        assert (before, people, traits) == ("", "people", "traits")
        assert unquote(segment) == value

    try_it()


@pytest.mark.parametrize("key", ["..", ".", "", "a/b", "a\\b", "../admin"])
def test_a_key_that_could_lead_elsewhere_stops_a_call_that_changes_something(account: Any, key: str) -> None:
    with pytest.raises(Unplaceable):
        request_of(account, "erase", key=key)


@pytest.mark.parametrize("key", ["1", "a%2Fb", "a?b", "a#b", "a;b", "ünï"])
def test_any_other_key_is_one_segment(account: Any, key: str) -> None:
    (segment,) = request_of(account, "erase", key=key).path.split("/")[2:]
    assert unquote(segment) == key


def test_a_value_that_is_not_there_stops_the_request(account: Any) -> None:
    with pytest.raises(NeedsPerson, match="needs value, which is not there"):
        request_of(account, "find")


@pytest.mark.parametrize(
    ("value", "filters", "expected"),
    [
        (" Ann@Example.com ", "trim|lower|md5", hashlib.md5(b"ann@example.com").hexdigest()),
        ("+386 (31) 000-001", "e164", "+38631000001"),
        ("0038631000001", "e164", "+38631000001"),
        ("+386 31 000 001", "digits", "38631000001"),
        ("50%_\\", "like", "50\\%\\_\\\\"),
        ("42", "number", 42),
        ("ÄNN@example.com", "fold", "Änn@example.com"),
        ("o'x", "single_quoted", "o\\'x"),
    ],
)
def test_a_filter_gives_what_vendors_want(value: str, filters: str, expected: Any) -> None:
    template, problems = parse(f"{{value|{filters}}}")
    assert problems == []
    assert template.whole
    assert Slots(value=value).of(template.whole) == expected


@pytest.mark.parametrize("number", ["031 000 001", "call me", "+0123", "+12345678901234567"])
def test_a_telephone_number_that_is_not_international_goes_to_a_person(number: str) -> None:
    with pytest.raises(NeedsPerson):
        to_e164(number)


@pytest.mark.parametrize(
    ("filters", "value"), [("number", "007"), ("number", "1e3"), ("number", "x"), ("digits", "ann")]
)
def test_a_value_of_which_nothing_is_left_finds_nothing_and_asks_for_nothing(filters: str, value: str) -> None:
    template, _ = parse(f"{{value|{filters}}}")
    assert template.whole
    with pytest.raises(Unsearchable):
        Slots(value=value).of(template.whole)


@pytest.mark.parametrize("value", [each for each in NASTY if "@" in each])
def test_a_hostile_claim_reaches_no_other_route_and_finds_nobody(value: str, tmp_path: Path) -> None:
    vendor = Postbox()
    try:
        subject = Subject({"email": (value,)})
    except Faults:
        return  # it cannot even be asked for
    with_it = open_postbox(vendor, tmp_path)
    assert list(with_it.export(subject)) == []
    assert list(with_it.channels(subject)) == []
    assert {(each.method, each.target.partition("?")[0]) for each in vendor.asked} == {
        ("GET", "/v2/folders/main/readers")
    }
    assert all(each.query["search"] == [value] for each in vendor.asked)
    assert not any(value in text for each in vendor.asked for text in each.headers.values())


def test_an_empty_form_is_filled_with_exactly_what_is_corrected(tmp_path: Path) -> None:
    person, sent = {"id": "1", "email": "ann@example.com", "name": "Ann"}, []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            sent.append((request.headers["Content-Type"], request.content))
            person["name"] = "Anna & Co"
        return httpx.Response(200, json=person)

    connector = open_file(
        """\
calls:
  find: {get: /people, query: {email: "{value}"}, record: "@"}
  get_person: {get: "/people/{key}", record: "@", answers: {404: nothing}}
  change: {post: "/people/{key}", form: {}}
kinds:
  person:
    find: [{by: email, call: find}]
    read: get_person
    key: id
    match: {email: email}
    rectify: {call: change, put: form, fields: {name: "person[name]"}}
""",
        answer,
        tmp_path,
    )
    ann = Subject({"email": ("ann@example.com",)})
    (record,) = connector.export(ann)
    (changed,) = connector.rectify(ann, [Correction("person", "1", record.digest, {"name": "Anna & Co"})])
    assert (changed.count, changed.verified) == (1, True)
    assert sent == [("application/x-www-form-urlencoded", b"person%5Bname%5D=Anna+%26+Co")]
