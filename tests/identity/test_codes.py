"""The codes themselves: how they look, what is read as one, and what is kept of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from habeas_identity.codes import LENGTH, LETTERS, make_code, mark_code, read_code, show_code

BOUND = {"challenge": "c", "case": "k", "purpose": "prove", "channel": "m", "browser": "b"}


def test_a_code_has_eight_of_31_letters_that_nobody_confuses() -> None:
    assert (len(LETTERS), len(set(LETTERS)), LENGTH) == (31, 31, 8)
    assert not set(LETTERS) & set("01OIL")
    codes = {make_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert {letter for code in codes for letter in code} == set(LETTERS)


@given(st.text(alphabet=LETTERS, min_size=LENGTH, max_size=LENGTH))
def test_a_code_is_read_however_it_is_typed(code: str) -> None:
    for typed in (
        code,
        code.lower(),
        show_code(code),
        f"  {show_code(code)}\n",
        " ".join(code),
        show_code(code).replace("-", "\u2011"),
    ):
        assert read_code(typed) == code


@given(st.text(max_size=80))
def test_whatever_is_typed_is_a_code_or_none(typed: str) -> None:
    code = read_code(typed)
    assert code is None or (len(code) == LENGTH and set(code) <= set(LETTERS))


@pytest.mark.parametrize("typed", ["", "ABCDEFG", "ABCDEFGHJ", "ABCDEFG0", "ABCD EFGO", "ÅBCDEFGH", "ABCDEFGH" * 20])
def test_what_can_be_no_code_is_read_as_none(typed: str) -> None:
    assert read_code(typed) is None


@pytest.mark.parametrize("part", BOUND)
def test_what_is_kept_of_a_code_is_bound_to_all_that_it_may_be_used_for(part: str) -> None:
    kept = mark_code(b"p" * 32, "ABCDEFGH", **BOUND)
    assert kept != mark_code(b"p" * 32, "ABCDEFGH", **{**BOUND, part: "other"})
    assert kept != mark_code(b"q" * 32, "ABCDEFGH", **BOUND)
    assert kept != mark_code(b"p" * 32, "ABCDEFGJ", **BOUND)
    assert len(kept) == 32
