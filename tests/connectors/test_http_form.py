"""A vendor's file is refused with the line of every fault, and the schema and the loader know the same form."""

import copy
import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from connectors.postbox import Postbox, file_of_the_page, open_postbox
from jsonschema import Draft202012Validator

from habeas.connectors.http.loading import VENDORS, list_vendors, load_shipped, load_vendor
from habeas.connectors.http.schema import describe_form
from habeas.marked import load_marked
from habeas.sdk import Faults, Operation

VALIDATOR = Draft202012Validator(describe_form())


def faults_of(text: str) -> list[str]:
    with pytest.raises(Faults) as caught:
        load_vendor(text, name="it.yaml")
    return [str(each) for each in caught.value.faults]


def changed(old: str, new: str) -> str:
    text = file_of_the_page()
    assert old in text
    return text.replace(old, new)


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(describe_form())


@pytest.mark.parametrize("name", list_vendors())
def test_a_file_that_ships_is_of_the_form(name: str) -> None:
    document = load_marked((VENDORS / f"{name}.yaml").read_text(encoding="utf-8"))
    assert [error.message for error in VALIDATOR.iter_errors(document.data)] == []
    assert load_shipped(name).vendor == name


def without_one(data: Any) -> Iterator[Any]:
    """The document with one thing less, or of another type, or one key more, at every place in it."""
    for path, value in places(data):
        for new in (None, 7, "", [], {"surprise": True}):
            if type(new) is not type(value):
                yield put(data, path, new)
        if isinstance(value, dict):
            yield put(data, path, {**value, "surprise": "x"})
            for key in value:
                yield put(data, path, {name: each for name, each in value.items() if name != key})


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    yield path, data
    inner = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def put(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    whole = copy.deepcopy(data)
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return whole


def test_what_the_schema_refuses_the_loader_refuses(counts: Callable[[int, int], int]) -> None:
    data = load_marked(file_of_the_page()).data
    refused = taken = 0
    for each in islice(without_one(data), 0, None, counts(11, 1)):
        is_valid = VALIDATOR.is_valid(each)
        try:
            load_vendor(json.dumps(each))
        except Faults:
            refused += not is_valid
        else:
            taken += 1
            assert is_valid, f"the loader took what the schema refuses: {json.dumps(each)[:2000]}"
    assert refused > counts(40, 500)
    assert taken > 0


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("find_readers:\n", "find_reader:\n", "there is no call find_readers"),
        ("key: id\n    match", "keys: id\n    match", "this key is not known"),
        ('"{value}"}', '"{valeu}"}', "{valeu} is no slot"),
        ('"{value}"}', '"{value|upside_down}"}', "filter that is not known"),
        ('"{value}"}', '"x {value}"}', "beside other text without a filter"),
        ('"{value}"}', "\"name = {value|single_quoted}\"}", "does not stand between ' and '"),
        ("get: /readers/{key}", "get: /readers/{key}?a=b", "a path holds no ?"),
        ("get: /readers/{key}", "get: /readers/../{key}", "a path holds no ?"),
        ("get: /readers/{key}", "get: readers/{key}", "a path begins with /"),
        ("delete: /readers/{key}\n", "delete: /readers/{value}\n", "names the record, by {key}"),
        ("steps: [mute_reader, delete_reader]", "steps: [get_reader]", "is a get, which changes nothing"),
        ("expect: gone}", "expect: empty}", "does not say where its records are"),
        ("answers: {404: nothing}\n  list_notes", "scope: x\n  list_notes", "get_reader never answers nothing"),
        ("also_removes: [note]", "also_removes: [reader]", "is no kind below this one"),
        ("also_removes: [note]", "held_by: [reader]", "is no kind below this one"),
        ("json: {muted: true}", "json: {muted: '{today}'}", "another request of it each day"),
        ("under: reader", "under: note", "it is under itself"),
        ("{by: email, call", "{by: phone, call", "match does not say which field holds phone"),
        ("records: notes", "records: notes[", "it is no JMESPath"),
        ("rates: [10 per PT1S]", "rates: [10 per P1M]", "it is no rate"),
        ("default: {rates", "search: {concurrent: 1}\n  default: {ratse", "this key is not known"),
        ("scope: readers.read", "headers: {X-Who: '{value}'}", "only options may stand in it"),
        ("identifies: {reader_number: number}", "identifies: {Reader: number}", "cannot be a name here"),
        ("does: erases, steps: [delete_note]}", "does: keeps}", "needs ground, and no steps"),
        ("does: erases, steps: [delete_note]}", "does: anonymises, steps: [delete_note]}", "has to be read back"),
        ("json: {muted: true}", "json: {muted: '{options.colour}'}", "there is no option colour"),
        ("version: 1", "version: 2", "is not known"),
        ("version: 1", "version: 1\nerrors: [{means: later}]", "it would hold for every answer"),
        ("get: /readers/{parent.id}/notes", "get: /readers/{parent.id}/notes\n    json: {}", "a get has no body"),
        ("default: {bearer: token}", "default: {body: {token: token}}", "its secret goes into the body"),
        ("default: {bearer: token}", "default: {bearer: token, header: X}", "give one of them"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_line(old: str, new: str, fault: str) -> None:
    faults = faults_of(changed(old, new))
    assert any(fault in each for each in faults), faults
    assert all(each.startswith("it.yaml:") and each.split(":")[1].isdigit() for each in faults)


def test_every_fault_is_told_at_once_in_the_order_of_the_lines() -> None:
    text = (
        changed("records: readers", "records: 7").replace("does: erases", "does: burns").replace("put: json", "put: x")
    )
    faults = faults_of(text)
    assert len(faults) == 4  # `does` stands there twice
    assert faults == sorted(faults, key=lambda each: int(each.split(":")[1]))


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"colour": "blue"}, "colour: this key is not known"),
        ({"options": {"shelf": "a"}}, "options.shelf: the vendor's file has no such option"),
        ({"options": {"folder": 1.5}}, "options.folder: it is no text"),
        ({"options": {"folder": "a\r\nX: y"}}, "options.folder: it is no text"),
        ({"base_url": "http://api.example.com"}, "base_url: it is not encrypted"),
        ({"base_url": "https://user:word@api.example.com"}, "base_url: it holds a user"),
        ({"base_url": "https://api.example.com?x=1"}, "base_url: it holds a user, a query"),
        ({"base_url": "ftp://api.example.com"}, "base_url: it is no address"),
        ({"base_url": "https://[api"}, "base_url: it is no address"),
        ({"token_file": "not-there"}, "token_file: the file cannot be read"),
        ({"token_env": "X"}, "token: token_file and token_env are given"),
        ({"activities": {"readers": "a"}}, "activities.readers: the vendor's file has no such kind"),
        ({"activities": {"reader": "a"}}, "activities: there is none for note"),
        ({"max_rows": 0}, "max_rows: it is no number"),
        ({"country": "Slovenia"}, "country: it is no country"),
        ({"timeout_seconds": True}, "timeout_seconds: it is no number"),
        ({"insecure_http": "perhaps"}, "insecure_http: it is neither"),
        ({"ca_file": "token"}, "ca_file: it cannot be read as certificates"),
        ({"vendor": "postbox"}, "vendor: give exactly one of vendor and vendor_file"),
        ({"vendor": "no-such-vendor", "vendor_file": None}, "'no-such-vendor' does not ship"),
        ({"other_base_urls": {"x": "https://x.example.com"}}, "other_base_urls.x: the vendor's file has no such base"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(settings: dict[str, Any], fault: str, tmp_path: Path) -> None:
    with pytest.raises(Faults) as caught:
        open_postbox(Postbox(), tmp_path, **settings)
    assert any(str(each).startswith(fault) or fault in str(each) for each in caught.value.faults), caught.value.faults


def test_http_is_taken_to_this_machine_or_where_it_is_meant(tmp_path: Path) -> None:
    open_postbox(Postbox(), tmp_path, base_url="http://[::1]:8080/v2")
    open_postbox(Postbox(), tmp_path, base_url="http://crm.example.com/v2", insecure_http=True)


def test_it_supports_what_its_file_says(tmp_path: Path) -> None:
    said = {Operation.CHANNELS, Operation.IDENTIFY, Operation.LOCATE, Operation.EXPORT, Operation.ERASE,
            Operation.RECTIFY, Operation.SUPPRESS, Operation.CHECK}  # fmt: skip
    assert open_postbox(Postbox(), tmp_path).supports == said
    bare = changed("channel: {email: email}\n", "\n").replace("identifies: {reader_number: number}\n", "\n")
    assert open_postbox(Postbox(), tmp_path, None, bare).supports == said - {Operation.CHANNELS, Operation.IDENTIFY}
