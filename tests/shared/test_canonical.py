"""Bytes that are signed have one form only."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.crypto.canonical import (
    bind,
    digest_json,
    read_base64,
    read_base64url,
    read_instant,
    read_json,
    read_object,
    write_base64,
    write_base64url,
    write_instant,
    write_json,
)
from habeas.errors import Refused

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(PLAIN)
def test_what_is_written_is_read_again(value: object) -> None:
    """Writing and reading are each other's inverse."""
    assert read_json(write_json(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        '{"b":1,"a":2}',
        '{"a": 1}',
        '{"a":1,"a":1}',
        '{"a":1.0}',
        '{"a":1e3}',
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":1}\n',
        '\ufeff{"a":1}',
        '{"a":"\\u0061"}',
        '{"a":"\\ud800"}',
        '{"a":01}',
        '{"a":-0}',
        '{"a":tru}',
        "[" * 5000 + "]" * 5000,
        '{"a":' + "9" * 5000 + "}",
        "",
    ],
)
def test_json_in_another_form_is_refused(text: str) -> None:
    """Spaces, order, doubled keys, floats, escapes and depth all have one form or none."""
    with pytest.raises(Refused):
        read_json(text.encode())


def test_json_that_is_too_long_is_refused() -> None:
    """A reader never parses more than it has to."""
    with pytest.raises(Refused, match="too long"):
        read_json(json.dumps("a" * (1 << 20)).encode())


def test_a_float_is_never_written() -> None:
    """Floats have more than one text, so they are a bug."""
    with pytest.raises(TypeError):
        write_json({"a": 1.5})


@given(st.binary(max_size=80))
def test_base64_has_one_form(data: bytes) -> None:
    """Both alphabets come back as they were, and any other spelling of the same bytes is refused."""
    assert read_base64(write_base64(data)) == data
    assert read_base64url(write_base64url(data)) == data
    for wrong in (write_base64(data) + "\n", write_base64(data) + "=", " " + write_base64(data)):
        with pytest.raises(Refused):
            read_base64(wrong)
    with pytest.raises(Refused):
        read_base64url(write_base64url(data) + "=")


@pytest.mark.parametrize("text", ["QQ", "QR==", "QQ=", "Q===", "QQ==QQ==", "Q Q=", "é===", "-_8=", "QUI", "QUJ="])
def test_sloppy_base64_is_refused(text: str) -> None:
    """Missing padding, non-zero trailing bits, foreign characters."""
    with pytest.raises(Refused):
        read_base64(text)


@pytest.mark.parametrize("text", ["QR", "Q", "QQ==", "+/8", "QU J", "QUJ"])
def test_sloppy_base64url_is_refused(text: str) -> None:
    """The same in the alphabet of URLs."""
    with pytest.raises(Refused):
        read_base64url(text)


def test_python_would_have_read_trailing_bits() -> None:
    """The reason for the second look: the library takes two texts for one value."""
    assert base64.b64decode("QR==", validate=True) == base64.b64decode("QQ==", validate=True)


@given(st.lists(st.text(max_size=6), max_size=5), st.lists(st.text(max_size=6), max_size=5))
def test_different_names_never_bind_to_equal_bytes(one: list[str], other: list[str]) -> None:
    """Joining is unambiguous, whatever the names contain."""
    if one != other:
        assert bind(*one) != bind(*other)


def test_digests_of_two_purposes_differ() -> None:
    """A digest made for one purpose proves nothing for another."""
    assert digest_json("plan", {"a": 1}) != digest_json("scope", {"a": 1})


def test_an_instant_is_written_in_utc() -> None:
    """Whole seconds, UTC, one form."""
    noon = datetime(2026, 3, 29, 12, 0, 0, 999, timezone(timedelta(hours=2)))
    assert write_instant(noon) == "2026-03-29T10:00:00Z"
    assert read_instant("2026-03-29T10:00:00Z") == datetime(2026, 3, 29, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["2026-02-30T10:00:00Z", "2026-03-29T10:00:00+00:00", "2026-03-29 10:00:00Z", "٢026-03-29T10:00:00Z", ""]
)
def test_an_instant_in_another_form_is_refused(text: str) -> None:
    """Nothing is guessed about time."""
    with pytest.raises(Refused):
        read_instant(text)


@pytest.mark.parametrize("value", [[], {}, {"a": 1, "b": 2}, {"a": "1"}, {"a": True}, {"a": None}])
def test_an_object_of_another_shape_is_refused(value: object) -> None:
    """Missing, unknown and wrongly typed keys; a boolean is no number."""
    with pytest.raises(Refused):
        read_object(value, {"a": int}, "the thing")
