"""The reader of files that people write."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.marked import MAX_DEPTH, load_marked
from habeas.sdk.errors import Faults

DOCUMENT = """\
version: 1
tables:
  customer:
    key: [id]
    shared: yes
    country: NO
  "orders":
    since: 2026-01-31
    text: "2026-01-31"
    code: 0123
    at: 12:30
    rate: 1.5
    nothing:
    on: no
"""


def test_values_come_out_plain_and_without_yaml_surprises() -> None:
    data = load_marked(DOCUMENT).data
    assert data["tables"]["customer"] == {"key": ["id"], "shared": True, "country": "NO"}
    assert data["tables"]["orders"] == {
        "since": date(2026, 1, 31),
        "text": "2026-01-31",
        "code": "0123",
        "at": "12:30",
        "rate": 1.5,
        "nothing": None,
        "on": False,
    }


def test_every_key_and_item_knows_its_line() -> None:
    marked = load_marked(DOCUMENT, name="map.yaml")
    assert marked.line_of(("tables", "customer")) == 3
    assert marked.line_of(("tables", "customer", "key", 0)) == 4
    assert marked.line_of(("tables", "orders", "since")) == 8
    assert marked.where(("tables", "orders", "no such key")) == "map.yaml:7"
    assert marked.line_of(()) == 1


def test_a_file_is_named_in_its_faults(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text("a: 1\na: 2\n")
    with pytest.raises(Faults) as caught:
        load_marked(path)
    assert [fault.where for fault in caught.value.faults] == [f"{path}:2"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\na: 2\n", 2, "twice"),
        ("a: {b: 1, b: 2}\n", 1, "twice"),
        ("a: &x 1\nb: *x\n", 2, "aliases"),
        ("a: !!python/object/apply:os.system [id]\n", 1, "tags"),
        ("a: !!str 1\n", 1, "tags"),
        ("a: 1\n---\nb: 2\n", 2, "more than one document"),
        ("? [a]\n: 1\n", 1, "plain text"),
        ("a: 2026-02-30\n", 1, "calendar"),
        ("a: [1\nb: 2\n", 2, "not readable"),
        ("a: \x00\n", 1, "not readable"),
        ("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1), 1, "deeper"),
        ("[" * 100_000, 1, "deeper"),
        ("a: '" + "x" * (1 << 20) + "'", 1, "larger"),
    ],
)
def test_a_document_of_bad_form_is_refused_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(Faults) as caught:
        load_marked(text)
    assert [(fault.where, words in fault.problem) for fault in caught.value.faults] == [(f"text:{line}", True)]


def test_every_duplicate_is_named_at_once() -> None:
    with pytest.raises(Faults) as caught:
        load_marked("a: 1\na: 2\nb:\n  c: 1\n  c: 2\n")
    assert [fault.where for fault in caught.value.faults] == ["text:2", "text:5"]


@pytest.mark.parametrize("raw", [b"a: \xff\n", b"x" * ((1 << 20) + 1)])
def test_a_file_that_is_no_short_text_is_refused(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "map.yaml"
    path.write_bytes(raw)
    with pytest.raises(Faults):
        load_marked(path)


def test_a_missing_file_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(Faults, match="cannot be read"):
        load_marked(tmp_path / "none.yaml")


@given(st.text(max_size=300))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        load_marked(text)
    except Faults as faults:
        assert faults.faults  # noqa: PT017
