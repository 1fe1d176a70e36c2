"""A file is a noun that tells what is in it, and a test is a sentence."""

import ast
import re
from pathlib import PurePosixPath
from typing import Any

WORDLESS = {"util", "utils", "helper", "helpers", "common", "base", "manager", "managers", "misc", "core", "stuff"}
#: A declarative `Base` is SQLAlchemy's own word; as a file it would tell nothing.
WORDLESS_INSIDE = WORDLESS - {"base", "core"}
WORDS_IN_A_SENTENCE = 3


def test_no_file_has_a_name_that_does_not_choose(sources: list[Any]) -> None:
    faults = [
        source.path
        for source in sources
        for part in (*PurePosixPath(source.path).parts[:-1], PurePosixPath(source.path).stem)
        if WORDLESS & set(re.split(r"[_\-]", part)) or part.endswith("_service")
    ]
    assert not faults, f"a name that says what is in it is wanted for {faults}"


def test_no_class_or_function_has_a_name_that_does_not_choose(sources: list[Any]) -> None:
    faults = [
        f"{source.path}:{node.lineno} {node.name}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef | ast.FunctionDef)
        and (WORDLESS_INSIDE & set(words_of(node.name)) or node.name.startswith("dao_"))
    ]
    assert not faults, f"names that say what the thing is or does are wanted: {faults}"


def test_a_test_s_name_is_a_sentence(sources: list[Any]) -> None:
    faults = [
        f"{source.path}:{node.lineno} {node.name}"
        for source in sources
        if source.is_test
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and len(node.name.split("_")) - 1 < WORDS_IN_A_SENTENCE
    ]
    assert not faults, f"at least {WORDS_IN_A_SENTENCE} words that claim something are wanted: {faults}"


def words_of(name: str) -> list[str]:
    """The words of a snake_case or CamelCase name, in small letters."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+", name)]
