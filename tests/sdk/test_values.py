"""Values become JSON in one way only."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas.sdk import Record, canonical_json, digest_of, plain


class Colour(Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (7, 7),
        (1.5, 1.5),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        ("å", "å"),
        (date(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), "2026-01-31T12:00:00+00:00"),
        (datetime(2026, 1, 31, 12), "2026-01-31T12:00:00"),  # noqa: DTZ001 -- columns without a zone exist
        (time(12, 30), "12:30:00"),
        (timedelta(hours=1, microseconds=5), "PT3600.000005S"),
        (Decimal("0.990"), "0.990"),
        (Decimal("1E+3"), "1000"),
        (Decimal("NaN"), "NaN"),
        (b"\x00\xff", "AP8="),
        (memoryview(b"a"), "YQ=="),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (Colour.RED, "red"),
        ((1, [Decimal(2)]), [1, ["2"]]),
        ({"b": {2, 1}}, {"b": [1, 2]}),
    ],
)
def test_a_value_has_one_plain_form(value: object, expected: object) -> None:
    assert plain(value) == expected


def test_a_value_that_is_not_understood_is_an_error() -> None:
    with pytest.raises(TypeError, match="object"):
        plain(object())


def test_canonical_json_is_sorted_tight_and_utf8() -> None:
    assert canonical_json({"b": 1, "a": ["å", None]}) == '{"a":["å",null],"b":1}'.encode()
    assert canonical_json("\ud800") == b'"\xed\xa0\x80"'


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.none() | st.booleans()))
def test_order_of_fields_does_not_change_a_digest(data: dict[str, object]) -> None:
    turned = dict(reversed(data.items()))
    assert digest_of("k", "1", data) == digest_of("k", "1", turned)  # type: ignore[arg-type]


def test_a_digest_tells_kind_key_and_content_apart() -> None:
    digests = {
        digest_of("a", "1", {"x": 1}),
        digest_of("b", "1", {"x": 1}),
        digest_of("a", "2", {"x": 1}),
        digest_of("a", "1", {"x": "1"}),
        digest_of("a", "1", {}),
    }
    assert len(digests) == 5


def test_what_is_located_has_the_digest_of_the_record() -> None:
    record = Record("order", "1", "sales", {"x": 1}, {"email": "a@example.com"}, dated=date(2026, 1, 1))
    located = record.located()
    assert located.digest == record.digest == digest_of("order", "1", {"x": 1})
    assert (located.kind, located.key, located.activity, located.dated) == ("order", "1", "sales", date(2026, 1, 1))
