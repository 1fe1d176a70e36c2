"""A file can be read at once; where it cannot, a sentence at its top says why."""

from typing import Any

import pytest

LINES = 250
#: Tests are read one at a time, and a table of cases is easier to check in one place.
TEST_LINES = 400
TOP = 30
MARKER = "# long because "


def limit_of(source: Any) -> int:
    return TEST_LINES if source.is_test else LINES


def has_a_reason(source: Any) -> bool:
    return any(line.startswith(MARKER) and len(line) > len(MARKER) + 10 for line in source.lines[:TOP])


def test_a_long_file_says_at_its_top_why(sources: list[Any]) -> None:
    faults = [
        f"{source.path} ({len(source.lines)} lines)"
        for source in sources
        if len(source.lines) > limit_of(source) and not has_a_reason(source)
    ]
    assert not faults, f"split, or begin with `{MARKER}<reason>`: {faults}"


def test_no_file_gives_a_reason_that_it_does_not_need(sources: list[Any]) -> None:
    faults = [source.path for source in sources if has_a_reason(source) and len(source.lines) <= limit_of(source)]
    assert not faults, f"these are short again, and their reason can go: {faults}"


@pytest.mark.parametrize("folder", ["shared", "services"])
def test_every_module_says_in_one_sentence_what_it_is_for(sources: list[Any], folder: str) -> None:
    import ast

    faults = [
        source.path
        for source in sources
        if source.path.startswith(f"{folder}/") and source.text.strip() and not ast.get_docstring(source.tree)
    ]
    assert not faults, f"a docstring is missing at the top of {faults}"
